"""Jira Service Management, Cloud and Data Center, with JSM Operations where the account has it."""
