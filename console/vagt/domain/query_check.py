"""What a piece of a query becomes: a question to ask of an incident, and what is known of the answer beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vagt.domain.columns import Columns
from vagt.domain.incident import Incident
from vagt.domain.query_facts import Facts

Run = Callable[[Incident, Facts], bool]
Flip = Callable[[Incident, Facts], datetime | None]
Pick = Callable[[Columns, Sequence[int], Facts], list[int]]
"""Of these places those whose incidents fit, in the order in which they were given."""
Moments = Callable[[Columns, Sequence[int], Facts, datetime], list[tuple[datetime, int]]]
"""For each of these places the next moments, up to a last one, at which time may change the answer; more do no harm."""


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
    pick: Pick | None = None
    """The same as `run` for many at once, where that is quicker."""
    moments: Moments | None = None
    """The same as `flip` for many at once, where that is quicker."""

    def sift(self, columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        """Of these places those whose incidents fit, in the order in which they were given."""
        if self.pick is not None:
            return self.pick(columns, places, facts)
        run, incidents = self.run, columns.incidents
        return [at for at in places if (one := incidents[at]) is not None and run(one, facts)]

    def flips(
        self, columns: Columns, places: Sequence[int], facts: Facts, until: datetime
    ) -> list[tuple[datetime, int]]:
        """When time may change the answer for these places, `until` that moment, as (moment, place)."""
        flip = self.flip
        if flip is None:
            return []
        if self.moments is not None:
            return self.moments(columns, places, facts, until)
        incidents = columns.incidents
        return [
            (moment, at)
            for at in places
            if (one := incidents[at]) is not None and (moment := flip(one, facts)) is not None and moment <= until
        ]


def flip_at(moment: datetime, span: timedelta, facts: Facts) -> datetime | None:
    """`moment` + `span`, where that is not over."""
    try:
        at = moment + span
    except OverflowError:  # beyond the year 9999
        return None
    return at if at >= facts.now else None
