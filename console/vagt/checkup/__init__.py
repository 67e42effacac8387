"""Whether the console can work here and with its backends, and how a backend is connected; no screen, no command."""
