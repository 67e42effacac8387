"""The text of a clock that runs towards a deadline, in a few cells."""

from __future__ import annotations

from vagt_widgets.glyphs import UNICODE, Glyphs

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def short_span(seconds: float) -> str:
    """A length of time without a sign, in at most five cells: `40s`, `42m`, `1h05`, `23h`, `3d`, `120d`."""
    whole = int(abs(seconds))
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        return f"{whole // MINUTE}m"
    if whole < 10 * HOUR:
        return f"{whole // HOUR}h{whole % HOUR // MINUTE:02}"
    if whole < 2 * DAY:
        return f"{whole // HOUR}h"
    return f"{whole // DAY}d"


def time_left(seconds: float | None, *, paused: bool = False, glyphs: Glyphs = UNICODE) -> str:
    """What is left until a deadline: `42m`, `-1h05` once it has passed, `⏸ 2h00` while paused, "" without one.

    The minus sign, not a colour, says that it is late. A clock that just ran out shows `-0s`, never `0s`.
    """
    if seconds is None:
        return glyphs.paused if paused else ""
    text = ("-" if seconds <= 0 else "") + short_span(seconds)
    return f"{glyphs.paused} {text}" if paused else text


def age(seconds: float) -> str:
    """How long ago something was; never negative, whatever the two clocks think."""
    return short_span(max(0.0, seconds))
