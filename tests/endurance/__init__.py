"""Nothing is lost and nothing is done twice, whatever happens to the process, the network or the backend."""
