"""The PagerDuty adapter against an account that was written from the vendor's pages."""
