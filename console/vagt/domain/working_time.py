"""The hours in which a deadline counts: spans of the week in a time zone, with days off."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SPAN = re.compile(r"(\w{3})(?:-(\w{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)")
_FURTHEST = 366 * 20
"""Days that are looked through for the end of a deadline; a calendar without hours has none."""

Minutes = tuple[int, int]
"""From when until when on one day, in minutes since midnight."""


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """When clocks run. Local hours: where the clocks change, a day has as many hours as it then has."""

    zone: tzinfo
    week: tuple[tuple[Minutes, ...], ...]
    """The open spans of Monday to Sunday, in order and apart."""
    holidays: frozenset[date] = frozenset()

    def due(self, start: datetime, seconds: float) -> datetime | None:
        """The moment (UTC) at which `seconds` of open time after `start` have passed; None: never."""
        left = seconds
        for opens, closes in self._spans(start):
            begun = max(opens, start)
            length = (closes - begun).total_seconds()
            if length <= 0:
                continue
            if left <= length:
                return begun + timedelta(seconds=left)
            left -= length
        return None

    def seconds_between(self, start: datetime, end: datetime) -> float:
        """How much open time lies between two moments; 0 where the second is not the later one."""
        total = 0.0
        for opens, closes in self._spans(start):
            if opens >= end:
                break
            total += max(0.0, (min(closes, end) - max(opens, start)).total_seconds())
        return total

    def is_open(self, at: datetime) -> bool:
        """Whether clocks run then."""
        opens, closes = next(self._spans(at), (None, None))
        return opens is not None and closes is not None and opens <= at < closes

    def _spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open spans (UTC) that end after `start`, in order."""
        first = start.astimezone(self.zone).date() - timedelta(days=1)
        if not any(self.week):
            return
        for ahead in range(_FURTHEST):
            day = first + timedelta(days=ahead)
            if day in self.holidays:
                continue
            for begins, ends in self.week[day.weekday()]:
                opens, closes = self._moment(day, begins), self._moment(day, ends)
                if closes > start:
                    yield opens, closes

    def _moment(self, day: date, minutes: int) -> datetime:
        days, rest = divmod(minutes, 24 * 60)
        local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), self.zone)
        return local.astimezone(UTC)


def working_time(hours: Iterable[str], zone: tzinfo, holidays: Collection[date] = ()) -> WorkingTime:
    """Working time of spans like `Mon-Fri 08:00-16:00`. Raises ValueError for one that is not written so."""
    week: list[list[Minutes]] = [[] for _ in DAYS]
    for text in hours:
        found = _SPAN.fullmatch(text)
        if found is None or found[1] not in DAYS or (found[2] or found[1]) not in DAYS:
            raise ValueError(f"“{text}” is not written like Mon-Fri 08:00-16:00")
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        span = (int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6]))
        for ahead in range((last - first) % 7 + 1):
            week[(first + ahead) % 7].append(span)
    return WorkingTime(zone, tuple(_apart(day) for day in week), frozenset(holidays))


def _apart(spans: list[Minutes]) -> tuple[Minutes, ...]:
    """In order, and those that touch as one: an hour written twice is counted once."""
    merged: list[Minutes] = []
    for begins, ends in sorted(spans):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((begins, ends))
    return tuple(merged)
