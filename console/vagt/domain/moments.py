"""Points in time as people write and read them; inside, every moment is UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, tzinfo

from vagt.domain import durations

_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_SPAN = re.compile(r"(\d+ ?[dhms] ?)+", re.ASCII | re.IGNORECASE)
_REMEDY = "write +30m, 14:15, 2026-12-24T08:00 (local time) or 2026-12-24T07:00:00Z"


class MomentError(ValueError):
    """The text is not a moment; the message says how one is written."""


def parse(text: str, now: datetime, zone: tzinfo | None = None) -> datetime:
    """The moment (UTC) that `text` means when it is `now`.

    `+30m` or `30m` counts from now, `14:15` is the next time that clocks in `zone` show it, and a full
    date and time is RFC 3339, or local to `zone` where it tells no offset. `zone` None is the
    machine's own. Raises MomentError.
    """
    stripped = text.strip()
    if stripped.startswith("+") or _SPAN.fullmatch(stripped):
        try:
            return now.astimezone(UTC) + timedelta(seconds=durations.parse(stripped.removeprefix("+")))
        except (durations.DurationError, OverflowError) as error:
            raise MomentError(f"“{text}” is not a moment; {_REMEDY}") from error
    of_day = _OF_DAY.fullmatch(stripped)
    try:
        if of_day is not None:
            return _next(time(int(of_day[1]), int(of_day[2])), now, zone)
        return in_zone(datetime.fromisoformat(stripped), zone)
    except (ValueError, OverflowError) as error:
        raise MomentError(f"“{text}” is not a moment; {_REMEDY}") from error


def rfc3339(moment: datetime) -> str:
    """UTC to the second, as scripts read it: `2026-11-23T09:08:20Z`."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def local(moment: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """For people, on the clocks of `zone`: `14:15` today, else `24 Dec 14:15`, with the year where it is another."""
    there, today = moment.astimezone(zone), now.astimezone(zone)
    if there.date() == today.date():
        return f"{there:%H:%M}"
    year = "" if there.year == today.year else f" {there.year}"
    return f"{there.day} {_MONTHS[there.month - 1]}{year} {there:%H:%M}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _next(of_day: time, now: datetime, zone: tzinfo | None) -> datetime:
    today = now.astimezone(zone).date()
    # two days on at most: the hour that a clock change skips or repeats can cost one
    days = (datetime.combine(today + timedelta(days=ahead), of_day) for ahead in range(3))
    return next(moment for moment in (in_zone(day, zone) for day in days) if moment > now)


def in_zone(moment: datetime, zone: tzinfo | None) -> datetime:
    """UTC of a moment; one without an offset is local time in `zone` (None: the machine's own)."""
    if moment.tzinfo is None and zone is not None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)
