"""How each backend stands: how old its data is, what is wrong, and when it is asked again."""
