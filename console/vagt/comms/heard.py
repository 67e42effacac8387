"""What each audience of an incident heard last, told by the records of what was sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from vagt.comms.record import UpdateRecord


@dataclass(frozen=True, slots=True)
class Word:
    """The last update that one audience got. Times are UTC."""

    update: str
    """Its id."""
    at: datetime
    next_update: datetime | None = None
    """Until when it was promised the next one."""


def words_of(records: Iterable[UpdateRecord]) -> dict[str, Word]:
    """Audience to the last word that reached it, of these updates, oldest first.

    An update of which nothing arrived at an audience is no word to it.
    """
    found: dict[str, Word] = {}
    for record in records:
        for audience in record.reached:
            found[audience] = Word(record.id, record.at, record.next_update)
    return found
