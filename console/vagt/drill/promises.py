"""Promised words: what was promised in public or by a hold, and whether it was kept. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vagt.adapters.embedded.record import Entry
from vagt.domain.timeline import EntryKind

GRACE = timedelta(minutes=1)
"""So much later, by the shift's time, and it still counts as kept."""
_WITHIN = re.compile(
    r"\b(?:in|within|inside|om|inden\s+for)\s+(?:about\s+|the\s+next\s+|ca\.?\s+)?"
    r"(?:(?P<number>\d{1,3})\s*(?P<unit>minut\w*|min|mins|m|hours?|h|timer?|t)\b"
    r"|(?P<word>half\s+an\s+hour|an\s+hour|the\s+hour|en\s+halv\s+time|en\s+time))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Promise:
    """A word that somebody waits for. Times are UTC, by the wall clock."""

    incident: int
    made: datetime
    due: datetime
    by_hold: bool = False
    """Put on hold until `due`: somebody of ours looks at it then, in public or not."""


def minutes_promised(text: str) -> float | None:
    """For when the text promises something (“next word in 20 minutes”, “within the hour”); None: it does not."""
    found = _WITHIN.search(text)
    if found is None:
        return None
    if found["word"]:
        return 30.0 if "hal" in found["word"].casefold() else 60.0
    number = float(found["number"])
    return number if found["unit"].casefold().startswith("m") else number * 60


def spoken(pk: int, entries: Iterable[Entry], by: frozenset[str], speed: float) -> list[Promise]:
    """The promises in public comments of these people; minutes are the shift's."""
    made = []
    for entry in entries:
        if entry.kind is EntryKind.COMMENT and entry.public and entry.by in by:
            minutes = minutes_promised(entry.text)
            if minutes is not None:
                made.append(Promise(pk, entry.at, entry.at + timedelta(minutes=minutes / speed)))
    return made


def kept(promise: Promise, entries: Sequence[Entry], ours: frozenset[str], end: datetime, speed: float) -> bool | None:
    """Whether somebody of ours came back in time; None: its time had not come yet when the shift ended."""
    limit = promise.due + GRACE / speed
    for entry in entries:
        counts = entry.public or promise.by_hold
        if counts and entry.by in ours and promise.made < entry.at <= limit:
            return True
    return None if end < limit else False
