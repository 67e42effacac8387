"""Moments as people read them: local time, and how far that is from now."""

from __future__ import annotations

from datetime import datetime, tzinfo

from vagt.domain.durations import spoken
from vagt.domain.moments import local

__all__ = ["local", "relative", "spoken", "when"]


def relative(moment: datetime, now: datetime) -> str:
    """`2 h 3 m ago`, `in 40 s`, `now`."""
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"{spoken(seconds)} ago" if seconds > 0 else f"in {spoken(-seconds)}"


def when(moment: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Local time and how far that is from now: `14:15 (2 h 3 m ago)`."""
    return f"{local(moment, now, zone)} ({relative(moment, now)})"
