"""PagerDuty over its REST API v2."""
