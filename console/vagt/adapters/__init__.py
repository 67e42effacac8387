"""The border to the backends: what an adapter is, and the built-in ones."""
