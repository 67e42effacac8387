"""Actions that the backends have not confirmed, and what to do where one of them met somebody else's."""
