"""One incident, whole: beside the queue where the terminal is wide, instead of it where not."""
