"""Lengths of time as people write and read them."""

from __future__ import annotations

import re

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_WRITTEN = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?")
_REMEDY = "a duration is written like 90s, 15m, 4h or 2d"


class DurationError(ValueError):
    """The text is not a duration; the message says how one is written."""


def parse(text: str) -> float:
    """Seconds in `90s`, `15m`, `4h`, `2d`, or several of them from the largest down (`1h30m`).

    Raises DurationError.
    """
    squeezed = text.strip().lower().replace(" ", "")
    match = _WRITTEN.fullmatch(squeezed)
    if not squeezed or match is None or not squeezed.isascii():
        raise DurationError(f"“{text}” is not a duration; {_REMEDY}")
    return float(sum(int(part) * unit for part, unit in zip(match.groups(), _UNITS.values(), strict=True) if part))


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


def _largest_two(seconds: float) -> list[str]:
    rest = int(abs(seconds))
    counts = []
    for letter, unit in _UNITS.items():
        count, rest = divmod(rest, unit)
        counts.append((count, letter))
    first = next((index for index, (count, _) in enumerate(counts) if count), len(counts) - 1)
    shown = counts[first : first + 2]
    return [f"{count} {letter}" for position, (count, letter) in enumerate(shown) if count or position == 0]
