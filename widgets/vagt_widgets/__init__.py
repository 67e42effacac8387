"""Textual parts that know nothing of incidents and serve any full-screen program."""
