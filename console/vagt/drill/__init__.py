"""The drill: a practice shift with a beginning, an end and a score card."""
