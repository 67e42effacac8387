"""Text made comparable: upper and lower case, and the two ways of writing é, are the same."""

from __future__ import annotations

import re
from unicodedata import normalize

from vagt.domain.incident import Incident


def fold(text: str) -> str:
    """`text` for comparing, in any script."""
    if text.isascii():
        return text.lower()
    return normalize("NFC", text.casefold())


def haystack(incident: Incident) -> str:
    """All text of an incident that a bare word is looked for in, folded; its parts never run together."""
    return fold(
        f"{incident.title}\n{incident.number}\n{incident.service or ''}\n{incident.caller or ''}\n"
        f"{incident.assignee or ''}\n{incident.assignee_name or ''}\n{incident.team or ''}\n{incident.description}"
    )


_DIGITS = re.compile("[0-9]+")


def natural(text: str) -> str:
    """`text` so that digits in it compare by their value."""
    return _DIGITS.sub(_by_value, fold(text))


def _by_value(digits: re.Match[str]) -> str:
    value = digits[0].lstrip("0")
    return f"0{chr(min(len(value), 0xFFFF) + 1)}{value}"
