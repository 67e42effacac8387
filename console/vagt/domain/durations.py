"""Lengths of time as people write and read them."""

from __future__ import annotations

import re

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_WRITTEN = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?")
LONGEST = 36500 * 86400
"""Seconds; beyond a hundred years a written duration is a slip of the finger."""
_REMEDY = "a duration is written like 90s, 15m, 4h or 2d"


class DurationError(ValueError):
    """The text is not a duration; the message says how one is written."""


def parse(text: str) -> float:
    """Seconds in `90s`, `15m`, `4h`, `2d`, or several of them from the largest down (`1h30m`).

    A bare `0` is no time. Raises DurationError.
    """
    squeezed = text.strip().lower().replace(" ", "")
    if squeezed == "0":
        return 0.0
    match = _WRITTEN.fullmatch(squeezed)
    if not squeezed or match is None or not squeezed.isascii():
        raise DurationError(f"“{text}” is not a duration; {_REMEDY}")
    seconds = sum(int(part) * unit for part, unit in zip(match.groups(), _UNITS.values(), strict=True) if part)
    if seconds > LONGEST:
        raise DurationError(f"“{text}” is longer than a hundred years")
    return float(seconds)


def written(seconds: float) -> str:
    """The shortest text that `parse` reads back as these whole seconds: `1h30m`."""
    rest = max(0, round(seconds))
    parts = []
    for letter, unit in _UNITS.items():
        count, rest = divmod(rest, unit)
        if count:
            parts.append(f"{count}{letter}")
    return "".join(parts) or "0s"


def spoken(seconds: float) -> str:
    """For people: the two largest units, `4 h 10 m`; what is over already has a minus in front."""
    parts = _largest_two(seconds)
    sign = "-" if seconds < 0 and parts != ["0 s"] else ""
    return sign + " ".join(parts)


def short(seconds: float) -> str:
    """For a column, at most five characters within 999 days: `45s`, `12m`, `4h10`, `3d`, `-12m`.

    Under ten hours the minutes are told; everything is rounded towards zero, so that a clock
    never shows time that has not passed or is no longer left.
    """
    sign = "-" if seconds < 0 else ""
    whole = int(abs(seconds))
    if whole < 60:
        return f"{sign}{whole}s" if whole else "0s"
    if whole < 3600:
        return f"{sign}{whole // 60}m"
    if whole < 36000:
        return f"{sign}{whole // 3600}h{whole % 3600 // 60:02}"
    if whole < 172800:
        return f"{sign}{whole // 3600}h"
    return f"{sign}{whole // 86400}d"


def _largest_two(seconds: float) -> list[str]:
    rest = int(abs(seconds))
    counts = []
    for letter, unit in _UNITS.items():
        count, rest = divmod(rest, unit)
        counts.append((count, letter))
    first = next((index for index, (count, _) in enumerate(counts) if count), len(counts) - 1)
    shown = counts[first : first + 2]
    return [f"{count} {letter}" for position, (count, letter) in enumerate(shown) if count or position == 0]
