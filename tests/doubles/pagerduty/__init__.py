"""A PagerDuty account on a socket (REST API v2), written from the vendor's pages: state, rules, limits and quirks."""
