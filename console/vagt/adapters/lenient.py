"""Lenient reading of a vendor's records: what cannot be read is dropped with a line in the log, never guessed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

_log = logging.getLogger(__name__)
_LONGEST = 1_000_000

Row = Mapping[str, object]


class Fields:
    """One record's fields. The log names the field and the record; the content may be private and stays out."""

    def __init__(self, row: Row, of: str) -> None:
        self.row = row
        self._of = of

    def text(self, name: str, limit: int = _LONGEST) -> str:
        """A text, or a number as text, at most `limit` characters; empty where it is missing or something else."""
        value = self.row.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value[:limit]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        self._dropped(name)
        return ""

    def number(self, name: str) -> int | None:
        """A whole number, also where it comes as text."""
        text = self.text(name, 32).strip()
        if not text:
            return None
        try:
            return int(float(text)) if "." in text else int(text)
        except (ValueError, OverflowError):
            self._dropped(name)
            return None

    def flag(self, name: str) -> bool:
        """True for true, "true", "yes" and 1; False for everything else."""
        value = self.row.get(name)
        if isinstance(value, str):
            return value.strip().lower() in ("true", "yes", "1")
        return value is True or (isinstance(value, int) and value == 1)

    def time(self, name: str) -> datetime | None:
        """A moment in UTC; None where it is missing, cannot be read, or is the year 1."""
        text = self.text(name, 64).strip()
        if not text:
            return None
        moment = moment_of(text)
        if moment is None and not text.startswith("0001-"):
            self._dropped(name)
        return moment

    def _dropped(self, name: str) -> None:
        _log.warning("%s: %s is unreadable and was left out", self._of, name)


def text_of(value: object) -> str:
    """A text or number as text without blanks around it; empty where it is neither."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def moment_of(text: str) -> datetime | None:
    """ISO 8601 with any offset, as UTC; without one it is taken for UTC. None for the year 1 and what is unreadable."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.year <= 1:
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
