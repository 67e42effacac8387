"""What a piece of a query becomes: a question to ask of an incident, and what is known of the answer beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from vagt.domain.incident import Incident
from vagt.domain.query_facts import Facts

Run = Callable[[Incident, Facts], bool]
Flip = Callable[[Incident, Facts], datetime | None]


@dataclass(frozen=True, slots=True)
class Closed:
    """What the answer can be for an incident that is resolved or closed."""

    can_hold: bool
    can_fail: bool


EITHER = Closed(can_hold=True, can_fail=True)
NEVER = Closed(can_hold=False, can_fail=True)


@dataclass(frozen=True, slots=True)
class Check:
    """One question."""

    run: Run
    flip: Flip | None = None
    """The next moment, now included, around which time may change the answer; None: it never does."""
    closed: Closed = EITHER
    cost: int = 1
    """Roughly, in tenths of a microsecond: the cheap ones are asked first."""


def flip_at(moment: datetime, span: timedelta, facts: Facts) -> datetime | None:
    """`moment` + `span`, where that is not over."""
    try:
        at = moment + span
    except OverflowError:  # beyond the year 9999
        return None
    return at if at >= facts.now else None
