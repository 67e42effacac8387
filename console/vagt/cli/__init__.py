"""The same capabilities without a terminal; never imports Textual."""
