"""Lenient reading of Table API rows: what cannot be read is dropped with a log line, never guessed ("Table API").

Rows are asked for with `sysparm_display_value=all` and without links, so that a cell is
`{"value", "display_value"}`; a plain text is read as well. Everything is text, empty is `""`, and a
field that an access rule hides is missing: that is how the two are told apart.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from vagt.adapters.html_text import html_to_text

_log = logging.getLogger(__name__)

Row = Mapping[str, object]
SYS_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST = 1_000_000
_MARKED = re.compile(r"\[code\]((?:(?!\[/?code\]).)*)\[/code\]", re.DOTALL)


def dropped(what: str, of: str) -> None:
    """Leave a trace of something unreadable; its content may be private and stays out."""
    _log.warning("ServiceNow: %s of %s is unreadable and was left out", what, of)


def _text(cell: object, what: str, of: str, limit: int) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell if len(cell) <= limit else cell[:limit]
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return str(cell)
    if of:
        dropped(what, of)
    return ""


def value(row: Row, name: str, of: str = "", limit: int = _LONGEST) -> str:
    """The raw value of a field; empty where it is missing, empty or unreadable."""
    cell = row.get(name)
    if isinstance(cell, Mapping):
        cell = cell.get("value", cell.get("display_value"))
    return _text(cell, name, of, limit)


def shown(row: Row, name: str, of: str = "", limit: int = _LONGEST) -> str:
    """What people see of a field; the raw value where there is nothing to see."""
    cell = row.get(name)
    if isinstance(cell, Mapping):
        return _text(cell.get("display_value"), name, of, limit) or _text(cell.get("value"), name, of, limit)
    return _text(cell, name, of, limit)


def readable(row: Row, name: str) -> bool:
    """Whether the account may read the field: a hidden one is missing, an empty one is there."""
    return name in row


def number(row: Row, name: str, of: str = "") -> int | None:
    """A whole number; None where there is none."""
    text = value(row, name, of).strip()
    if not text:
        return None
    try:
        return int(text) if len(text) < 20 else None
    except ValueError:
        if of:
            dropped(name, of)
        return None


def moment(text: str, what: str = "", of: str = "") -> datetime | None:
    """A raw date-time, which is UTC in whole seconds; None where there is none."""
    text = text.strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        if of:
            dropped(what, of)
        return None


def time_of(row: Row, name: str, of: str = "") -> datetime | None:
    """A field that holds a date-time, from its raw value: displayed dates are in anybody's format."""
    return moment(value(row, name), name, of)


def wire_time(when: datetime) -> str:
    """A moment as a query and a field want it: UTC, without a zone."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def id_of(row: Row) -> str:
    """The row's sys_id; empty where it has none."""
    return value(row, "sys_id").strip()


def is_sys_id(text: str) -> bool:
    return SYS_ID.fullmatch(text) is not None


def rows_of(result: object) -> tuple[Row, ...]:
    """The objects of a list."""
    if not isinstance(result, Sequence) or isinstance(result, str | bytes):
        return ()
    return tuple(item for item in result if isinstance(item, Mapping))


def words_of(text: str) -> str:
    """A journal entry for reading: what stands between [code] and [/code] is HTML."""
    return _MARKED.sub(lambda match: html_to_text(match[1]), text)


def clean(text: str) -> str:
    """Text that the database keeps whole: no NUL, escapes or lone surrogates, LF as line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in text if c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160))
    return kept.encode("utf-8", "replace").decode("utf-8")
