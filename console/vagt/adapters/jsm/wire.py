"""Lenient reading of Jira's records: what cannot be read is dropped with a log line, never guessed ("Issues").

A field that is missing does not belong to the issue's type; one that is null is empty. Both are
treated alike.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from vagt.adapters.lenient import moment_of

_log = logging.getLogger(__name__)

Row = Mapping[str, object]
NOTHING: Row = {}


def dropped(what: str, of: str) -> None:
    """Leave a trace of something unreadable; its content may be private and stays out."""
    _log.warning("Jira: %s of %s is unreadable and was left out", what, of)


def part(row: Row, name: str) -> Row:
    """An object inside an object; empty where there is none."""
    held = row.get(name)
    return held if isinstance(held, Mapping) else NOTHING


def parts(row: Row, name: str) -> list[Row]:
    """The objects of a list."""
    return rows_of(row.get(name))


def rows_of(value: object) -> list[Row]:
    """The objects of a list; none where it is none."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return []
    return [item for item in value if isinstance(item, Mapping)]


def text(row: Row, name: str, limit: int = 10_000) -> str:
    """A text or number as text, without blanks around it."""
    held = row.get(name)
    if isinstance(held, str):
        return held.strip()[:limit]
    if isinstance(held, int | float) and not isinstance(held, bool):
        return str(held)
    return ""


def moment(row: Row, name: str, of: str = "") -> datetime | None:
    """A date-time with an offset (no colon in it), as UTC; None where there is none."""
    held = row.get(name)
    if held is None:
        return None
    found = moment_of(held) if isinstance(held, str) else None
    if found is None and of:
        dropped(name, of)
    return found


def millis(when: datetime) -> int:
    """Milliseconds since 1970."""
    return round(when.timestamp() * 1000)


def from_millis(value: object) -> datetime | None:
    """A moment from milliseconds since 1970."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def whole(value: object) -> int | None:
    """A whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def id_of(row: Row) -> str:
    """The id of an object."""
    return text(row, "id", 200)
