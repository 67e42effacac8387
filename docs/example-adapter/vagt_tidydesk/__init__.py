"""Vagt's adapter for Tidy Desk."""
