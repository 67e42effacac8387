"""What people are called in front of people: by their login where that can be read, else by their name."""

from __future__ import annotations

import re

_OPAQUE = re.compile(r"[0-9A-Za-z]{1,20}:[0-9A-Za-z-]{4,128}|[0-9a-f]{24}|P[0-9A-Z]{6,13}")
"""Ids that some systems have in place of logins: Jira Cloud's accounts, PagerDuty's users."""


def for_people(login: str | None, name: str | None) -> str:
    """The login; the name in place of an id that says nothing to anybody."""
    if login and name and _OPAQUE.fullmatch(login):
        return name
    return login or ""
