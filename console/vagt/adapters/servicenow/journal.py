"""Notes and comments, read both ways ("Journal fields").

First the structured table sys_journal_field. Many instances let only administrators read it and
answer 200 with nothing; then the journal comes as the form shows it, one text, newest first, with
times in the account's zone and in a format of its own, which is found by trying.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import pairwise

from vagt.adapters.servicenow.wire import Row, shown, time_of, value

COMMENTS, WORK_NOTES = "comments", "work_notes"
FIELDS = ("sys_id", "element", "value", "sys_created_on", "sys_created_by")
_HEAD = re.compile(
    r"^(?P<stamp>\d[\d/.\-]+ \d[\d:]+(?: ?[AaPp][Mm])?) - (?P<who>.+?) \((?P<label>[^()\n]+)\)$", re.MULTILINE
)
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y.%m.%d")
_TIMES = ("%H:%M:%S", "%I:%M:%S %p", "%H:%M", "%I:%M %p")
_JAVA = (
    ("yyyy", "%Y"),
    ("MM", "%m"),
    ("dd", "%d"),
    ("HH", "%H"),
    ("hh", "%I"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("a", "%p"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One note or comment."""

    element: str
    text: str
    at: datetime | None
    """None where the form's text does not let us read it."""
    by: str
    """The login, or, from the form's text, the name."""
    id: str = ""

    @property
    def public(self) -> bool:
        return self.element == COMMENTS


def entry_of(row: Row) -> Entry:
    """A row of sys_journal_field."""
    return Entry(
        value(row, "element"),
        value(row, "value"),
        time_of(row, "sys_created_on", "a journal entry"),
        value(row, "sys_created_by"),
        value(row, "sys_id"),
    )


def entries_in(row: Row, zone: tzinfo, formats: Sequence[str]) -> tuple[Entry, ...]:
    """The entries in an incident's displayed comments and work notes, oldest first."""
    found: list[Entry] = []
    for element in (COMMENTS, WORK_NOTES):
        found += _split(shown(row, element), element, zone, formats)
    return tuple(sorted(found, key=lambda entry: entry.at or datetime.min.replace(tzinfo=UTC)))


def _split(text: str, element: str, zone: tzinfo, formats: Sequence[str]) -> list[Entry]:
    heads = list(_HEAD.finditer(text.replace("\r\n", "\n")))
    stamps = [head["stamp"] for head in heads]
    reading = _reading(stamps, formats)
    entries = []
    for position, head in enumerate(heads):
        end = heads[position + 1].start() if position + 1 < len(heads) else len(text)
        body = text[head.end() + 1 : end].removesuffix("\n").removesuffix("\n")
        at = _read(head["stamp"], reading)
        entries.append(Entry(element, body, at.replace(tzinfo=zone).astimezone(UTC) if at else None, head["who"]))
    return entries[::-1]


def _reading(stamps: Sequence[str], formats: Sequence[str]) -> str:
    """The format in which all stamps can be read and go from new to old; empty where none does."""
    for pattern in (*formats, *(f"{date} {time}" for date in _DATES for time in _TIMES)):
        moments = [_read(stamp, pattern) for stamp in stamps]
        if all(moments) and all(a >= b for a, b in pairwise(m for m in moments if m)):
            return pattern
    return ""


def _read(stamp: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, pattern) if pattern else None
    except ValueError:
        return None


def account_format(date_format: str, time_format: str) -> str:
    """The account's Java pattern as strptime wants it; empty where it has none of its own."""
    if not date_format or not time_format:
        return ""
    pattern = f"{date_format} {time_format}"
    for word, code in _JAVA:
        pattern = pattern.replace(word, code)
    return pattern
