"""The full-screen console on Textual."""
