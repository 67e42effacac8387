"""Tests of the ServiceNow adapter, against an instance that exists only on this machine."""
