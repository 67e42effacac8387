"""Triage mode: what nobody has yet, one after the other, worst first, with what incidents like it suggest."""
