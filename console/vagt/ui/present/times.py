"""Moments and spans as people read them: local time, and how far that is from now."""

from __future__ import annotations

from datetime import datetime, tzinfo

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def local(moment: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """On the clocks of `zone` (None: this machine's): `14:15` today, else `24 Dec 14:15`, with another year's number."""
    there, today = moment.astimezone(zone), now.astimezone(zone)
    if there.date() == today.date():
        return f"{there:%H:%M}"
    year = "" if there.year == today.year else f" {there.year}"
    return f"{there.day} {_MONTHS[there.month - 1]}{year} {there:%H:%M}"


def spoken(seconds: float) -> str:
    """The two largest units of a span, its sign left out: `4 h 10 m`, `2 d`, `0 s`."""
    rest = int(abs(seconds))
    parts: list[str] = []
    for size, letter in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {letter}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts) or "0 s"


def relative(moment: datetime, now: datetime) -> str:
    """`2 h 3 m ago`, `in 40 s`, `now`."""
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"{spoken(seconds)} ago" if seconds > 0 else f"in {spoken(seconds)}"


def when(moment: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Local time and how far that is from now: `14:15 (2 h 3 m ago)`."""
    return f"{local(moment, now, zone)} ({relative(moment, now)})"
