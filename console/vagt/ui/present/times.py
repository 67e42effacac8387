"""Moments as people read them: local time, and how far that is from now."""

from __future__ import annotations

from datetime import datetime, tzinfo

from vagt.domain.durations import spoken
from vagt.domain.moments import local

__all__ = ["local", "relative", "spoken", "when"]


def relative(moment: datetime, now: datetime) -> str:
    """`2 h 3 m ago`, `in 13 m`, `40 s ago`, `now`: seconds are told within the minute only."""
    seconds = (now - moment).total_seconds()
    span = abs(seconds)
    if span < 1:
        return "now"
    words = spoken(span if span < 60 else span // 60 * 60)
    return f"{words} ago" if seconds > 0 else f"in {words}"


def when(moment: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Local time and how far that is from now: `14:15 (2 h 3 m ago)`."""
    return f"{local(moment, now, zone)} ({relative(moment, now)})"
