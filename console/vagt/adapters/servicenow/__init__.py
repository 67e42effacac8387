"""ServiceNow over its Table API: incidents, SLA clocks, journals and on-call."""
