"""Stakeholder communication: the right words, to the right people, on time; on the engine, without a screen."""
