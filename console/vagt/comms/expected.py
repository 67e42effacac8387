"""When it should work again: who said so, how sure, and how much of that an audience is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from vagt.comms.catalogue import SURENESS
from vagt.comms.words import Words

_LEAST = {"certain": timedelta(0), "likely": timedelta(minutes=15), "guess": timedelta(minutes=30)}
_PART = {"certain": 0.0, "likely": 0.25, "guess": 0.5}
_STEP = timedelta(minutes=5)
LEAD = timedelta(minutes=10)
"""So long before it passes, a new one is asked for."""


@dataclass(frozen=True, slots=True)
class Expected:
    """An expected time of recovery with who gave it."""

    at: datetime
    """UTC."""
    by: str
    sure: str = "likely"
    """certain, likely or guess."""

    def problem(self, now: datetime) -> str:
        """Why it must not be sent, in words; empty where it may."""
        if self.at <= now:
            return "the expected time has passed: give a new one, or none"
        if not self.by.strip():
            return "nobody stands behind the expected time: say who gave it"
        if self.sure not in SURENESS:
            return f"how sure is one of {', '.join(SURENESS)}"
        return ""

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """From when to when it may be back: the less sure and the farther away, the wider."""
        margin = max(_LEAST[self.sure], (self.at - now) * _PART[self.sure])
        end = self.at + margin
        over = (end - datetime(2000, 1, 1, tzinfo=end.tzinfo)) % _STEP
        return self.at, end if not over or not margin else end + (_STEP - over)

    def asked_anew_at(self, told_at: datetime) -> datetime:
        """When somebody should ask for a new one: a little before it passes."""
        return self.at - min(LEAD, max(timedelta(0), (self.at - told_at) / 2))


def in_words(
    expected: Expected | None,
    more_at: datetime | None,
    *,
    now: datetime,
    words: Words,
    zone: tzinfo | None,
    with_source: bool,
) -> str:
    """As an audience hears it: a window, or when more will be known; who said so only where `with_source`."""
    if expected is None or expected.problem(now):
        if more_at is None or more_at <= now:
            return words.say("expected_unknown")
        return words.say("expected_more", time=words.clock(more_at, now, zone))
    start, end = expected.window(now)
    if start == end:
        told = words.say("expected_by", time=words.clock(start, now, zone))
    else:
        told = words.say("expected_window", start=words.clock(start, now, zone), end=words.clock(end, now, zone))
    if not with_source:
        return told
    return words.say("expected_source", expected=told, who=expected.by, sure=words.say(f"sure_{expected.sure}"))
