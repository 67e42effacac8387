"""Vagt: the watch. A console for the people who restore service."""
