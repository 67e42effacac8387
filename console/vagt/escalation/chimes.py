"""When a clock warns: the row changes its colour by itself, and the bell rings at each part of the time, once."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from vagt.domain.incident import ClockKind, ClockState, Incident, Key, SlaClock
from vagt.domain.sla import next_clock

Warnings = Callable[[Incident, SlaClock], tuple[datetime, ...]]
"""The moments (UTC) at which a clock of an incident warns; the last is the one at which it runs out."""


class Chimes:
    """Keeps the moments at which somebody should look up."""

    def __init__(self, warnings: Warnings, rings_for: Callable[[Incident], bool]) -> None:
        """`rings_for`: whose clocks ring, of all incidents."""
        self._warnings = warnings
        self._rings_for = rings_for
        self._heap: list[tuple[datetime, Key, str, datetime]] = []
        self._clocks: dict[Key, SlaClock] = {}

    def look(self, incidents: Iterable[Incident], gone: Collection[Key] = ()) -> None:
        """These are new, or another than before; those are gone."""
        for key in gone:
            self._clocks.pop(key, None)
        for incident in incidents:
            clock = next_clock(incident)
            if clock is None or clock.kind is not ClockKind.SLA or clock.state is not ClockState.RUNNING:
                self._clocks.pop(incident.key, None)
                continue
            if self._clocks.get(incident.key) == clock or clock.due_at is None:
                continue
            self._clocks[incident.key] = clock
            if self._rings_for(incident):
                for moment in self._warnings(incident, clock):
                    heapq.heappush(self._heap, (moment, incident.key, clock.name, clock.due_at))

    def due(self, now: datetime) -> frozenset[Key]:
        """Whose clock has come to a moment at which it warns, since this was asked last."""
        found = set()
        while self._heap and self._heap[0][0] <= now:
            moment, key, name, due = heapq.heappop(self._heap)
            clock = self._clocks.get(key)
            # A moment long past is no news: the console was not open then.
            if clock is not None and (clock.name, clock.due_at) == (name, due) and (now - moment).total_seconds() < 30:
                found.add(key)
        return frozenset(found)
