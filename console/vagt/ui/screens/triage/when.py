"""Reading a moment as people type it at 3 a.m.: the console's notation, and what is short for it."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo

from vagt.domain import moments

_SPAN = re.compile(r"(\d+[dhms]\s*)+")
_HOUR = re.compile(r"\d{1,2}")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{2})")


def read_moment(text: str, now: datetime, zone: tzinfo | None = None) -> datetime:
    """The moment (UTC) ahead that `text` means: `30m` is `+30m`, `8` is `08:00`, `8.30` is `08:30`.

    Times of day are in `zone` (None: this machine's). Raises ValueError with words for the operator.
    """
    typed = text.strip().lower()
    if _SPAN.fullmatch(typed):
        typed = f"+{typed}"
    elif _HOUR.fullmatch(typed):
        typed = f"{typed}:00"
    elif (dotted := _DOTTED.fullmatch(typed)) is not None:
        typed = f"{dotted[1]}:{dotted[2]}"
    else:
        typed = text.strip()
    moment = moments.parse(typed, now, zone)
    if moment <= now:
        raise ValueError("that moment has passed")
    return moment
