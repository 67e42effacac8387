"""Prometheus Alertmanager: alert groups as incidents, silences as snoozes."""
