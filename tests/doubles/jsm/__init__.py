"""A Jira Service Management site that exists only on this machine: Cloud with Operations, or Data Center."""
