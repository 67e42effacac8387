"""The right person knows in time: who is on call, which path an incident climbs, and who carries its steps out."""
