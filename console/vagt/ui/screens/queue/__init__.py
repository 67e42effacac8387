"""The queue: what is to be done, in the order in which it hurts."""
