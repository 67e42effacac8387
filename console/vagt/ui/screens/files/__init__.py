"""Files of incidents on the screen: the list, and the paths that they come from and go to."""
