"""Who has the duty when: what rotas of the config and iCalendar files have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

_FAR = 500
"""Hand-overs that are looked through for one that brings somebody else."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One person's turn. Times are UTC; None: it has no such end that anybody can tell."""

    who: str
    start: datetime | None = None
    until: datetime | None = None
    override: bool = False
    """Somebody else would have had it."""


class Roster(Protocol):
    """Who has the duty at any moment, and when that changes."""

    def people_at(self, moment: datetime) -> tuple[str, ...]:
        """Those on call then, the first to be called first; () for nobody."""
        ...

    def next_boundary(self, moment: datetime) -> datetime | None:
        """The first moment after `moment` at which somebody may be relieved."""
        ...

    def last_boundary(self, moment: datetime) -> datetime | None:
        """The last moment, `moment` included, at which somebody may have been relieved."""
        ...


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody else has the duty for a while. Times are UTC."""

    start: datetime
    until: datetime
    who: str


class Overridden:
    """A roster with overrides laid over it; where two overlap, the one written last holds."""

    def __init__(self, base: Roster, overrides: Iterable[Override]) -> None:
        self._base = base
        self._overrides = tuple(overrides)

    def people_at(self, moment: datetime) -> tuple[str, ...]:
        found = self.override_at(moment)
        return (found.who,) if found is not None else self._base.people_at(moment)

    def override_at(self, moment: datetime) -> Override | None:
        """The override that holds then."""
        return next((each for each in reversed(self._overrides) if each.start <= moment < each.until), None)

    def next_boundary(self, moment: datetime) -> datetime | None:
        mine = (edge for each in self._overrides for edge in (each.start, each.until) if edge > moment)
        return min((edge for edge in (*mine, self._base.next_boundary(moment)) if edge is not None), default=None)

    def last_boundary(self, moment: datetime) -> datetime | None:
        mine = (edge for each in self._overrides for edge in (each.start, each.until) if edge <= moment)
        return max((edge for edge in (*mine, self._base.last_boundary(moment)) if edge is not None), default=None)


def next_change(roster: Roster, moment: datetime) -> datetime | None:
    """The next moment at which other people are on call than at `moment`; None: never, as far as one sees."""
    now = roster.people_at(moment)
    return next((edge for edge in _ahead(roster, moment) if roster.people_at(edge) != now), None)


def duties_at(roster: Roster, moment: datetime) -> tuple[Duty, ...]:
    """Whoever is on call at a moment, with the turn of each from its beginning to its end."""
    return tuple(_turn(roster, who, moment) for who in roster.people_at(moment))


def _turn(roster: Roster, who: str, moment: datetime) -> Duty:
    until = next((edge for edge in _ahead(roster, moment) if who not in roster.people_at(edge)), None)
    start: datetime | None = None
    edge = roster.last_boundary(moment)
    for _ in range(_FAR):
        if edge is None or who not in roster.people_at(edge):
            break
        start = edge
        edge = roster.last_boundary(_just_before(edge))
    override = isinstance(roster, Overridden) and roster.override_at(moment) is not None
    return Duty(who, start, until, override)


def _ahead(roster: Roster, moment: datetime) -> Iterator[datetime]:
    edge = roster.next_boundary(moment)
    for _ in range(_FAR):
        if edge is None:
            return
        yield edge
        edge = roster.next_boundary(edge)


def _just_before(edge: datetime) -> datetime:
    return edge - edge.resolution
