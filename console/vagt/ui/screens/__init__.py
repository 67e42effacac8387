"""The screens: one folder or module each."""
