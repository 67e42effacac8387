"""The practice shift: a mid-size organisation's trouble, simulated from a seed while one works."""
