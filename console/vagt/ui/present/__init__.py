"""From domain values to words and cells: pure functions, no Textual."""
