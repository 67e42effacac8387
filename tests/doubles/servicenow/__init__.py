"""A ServiceNow instance that exists only on this machine: the Table API and its friends, with documented quirks."""
