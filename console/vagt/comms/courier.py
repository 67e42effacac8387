"""Runs beside an open console: reads what others have promised, lets the clocks tell it, reminds before they end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from vagt.comms import aftermath
from vagt.comms.cadence import CLOCK, reminder_due
from vagt.comms.office import Office
from vagt.domain import durations
from vagt.domain.incident import Incident, Key, SlaClock
from vagt.engine.errors import OutboxError
from vagt.engine.events import IncidentsChanged, OutboxChanged

log = logging.getLogger("vagt.comms")

_APART = 1.0
"""Seconds between two timelines that are read."""
_AGAIN = 20.0
"""Seconds before the same one is read again."""
_TICK = 10.0
"""Seconds between two looks at the clocks."""
_SLICE = 200
_LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """An update that somebody should write now."""

    key: Key
    ref: str
    clock: SlaClock
    audiences: tuple[str, ...] = ()
    """Who waits for it, where others who are to hear of the incident do not."""

    def words(self, now: datetime, name: str = "") -> str:
        """For people: what is due, and when; the incident as `name` where one is given."""
        called = name or self.ref
        what = " to ".join(filter(None, (self.clock.name, ", ".join(self.audiences))))
        if self.clock.due_at is None:
            return f"{called}: {what} is due"
        minutes = round((self.clock.due_at - now).total_seconds() / 60)
        long = f"{abs(minutes)} min" if abs(minutes) < 60 else durations.spoken(abs(minutes) * 60)
        when = f"in {long}" if minutes > 0 else "now" if minutes == 0 else f"{long} ago"
        return f"{called}: {what} due {when}"


class Courier:
    """Start it once the engine runs; it costs nothing where the config has no audiences."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.on_due: Callable[[Due], None] = lambda _: None
        """Told once for each clock, a little before it runs out."""
        self._tasks: list[asyncio.Task[None]] = []
        self._wanted: dict[Key, None] = {}
        self._read: dict[Key, tuple[object, float]] = {}
        self._concerned: dict[Key, frozenset[str]] = {}
        """Of open incidents, who is to hear of them."""
        self._looked: set[Key] = set()
        self._told: set[tuple[Key, str, datetime | None]] = set()
        self._more = asyncio.Event()

    def start(self) -> None:
        """Begin; the clocks show at once what is known from before."""
        if not self.office.audiences or self._tasks:
            return
        self.office.run_clocks()
        for work in (self._follow(), self._reading(), self._ticking()):
            self._tasks.append(asyncio.ensure_future(work))

    async def stop(self) -> None:
        """End. Safe to call twice."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def due(self) -> tuple[Due, ...]:
        """Every clock that is about to run out, or has; the most urgent first."""
        now = self.office.now()
        found = []
        for key in tuple(self._concerned):
            incident = self.office.engine.board.get(key)
            if incident is None or not incident.is_open:
                continue
            waits = self.office.awaited(incident)
            owed = tuple(one.audience for one in waits if one.is_due(now))
            found += [
                Due(key, incident.ref, clock, owed if clock.name == CLOCK and len(owed) < len(waits) else ())
                for clock in self.office.cadence.clocks(incident, waits, self.office.promises.last(key))
                if reminder_due(clock, now)
            ]
        return tuple(sorted(found, key=lambda one: one.clock.due_at or now))

    async def _follow(self) -> None:
        engine = self.office.engine
        events = engine.events()
        keys = list(engine.board.incidents)
        for start in range(0, len(keys), _SLICE):
            self._look(keys[start : start + _SLICE], first=True)
            await asyncio.sleep(0)
        await engine.clocks.all_changed()
        async for event in events:
            if isinstance(event, IncidentsChanged):
                self._look(event.keys)
            elif isinstance(event, OutboxChanged):
                self._take_back()
                with suppress(OutboxError):
                    for outcome in await aftermath.tell(engine):
                        if self.office.promises.miss(outcome.subject, outcome.update, outcome.missed):
                            engine.clocks.changed((outcome.subject,))

    def _take_back(self) -> None:
        """What was promised in an update that never left is no promise; the one before stands in the timeline."""
        for key, update in aftermath.taken_back(self.office.engine):
            if self.office.promises.forget(key, update):
                self._wanted[key] = None
                self._read.pop(key, None)
                self._more.set()
                self.office.engine.clocks.changed((key,))

    def _look(self, keys: frozenset[Key] | list[Key], *, first: bool = False) -> None:
        """Which of these concern somebody, and have changed since their timeline was read.

        `first`: all that there is; of what nobody has touched for long, nobody has promised anything.
        """
        since = self.office.now() - _LATELY
        for key in keys:
            incident = self.office.engine.board.theirs(key)
            names = frozenset[str]()
            if incident is not None and incident.is_open:
                names = frozenset(one.name for one in self.office.concerned(incident))
            before = self._concerned.pop(key, frozenset[str]())
            if names - before and key in self._looked:
                # it was not theirs when this console looked last: their time does not count from its beginning
                self.office.promises.concerns(key, names - before, self.office.now())
                self.office.engine.clocks.changed((key,))
            self._looked.add(key)
            if incident is None or not names:
                continue
            self._concerned[key] = names
            if first and (incident.updated_at is None or incident.updated_at < since):
                continue
            known = self._read.get(key)
            if known is None or known[0] != _mark(incident):
                self._wanted[key] = None
                self._more.set()

    async def _reading(self) -> None:
        clock = self.office.engine.clock
        while True:
            self._more.clear()
            now = clock.monotonic()
            ready = [key for key in self._wanted if now - self._read.get(key, (None, -_AGAIN))[1] >= _AGAIN]
            if not ready:
                if self._wanted:
                    await clock.sleep(_APART)
                else:
                    await self._more.wait()
                continue
            key = min(ready, key=self._urgency)
            self._wanted.pop(key, None)
            incident = self.office.engine.board.theirs(key)
            if incident is not None:
                self._read[key] = (_mark(incident), now)
                seen = await self.office.look(incident)
                if seen.problem:
                    log.info("%s: its timeline could not be read: %s", incident.ref, seen.problem)
            await clock.sleep(_APART)

    def _urgency(self, key: Key) -> int:
        incident = self.office.engine.board.theirs(key)
        return 9 if incident is None or incident.priority is None else incident.priority

    async def _ticking(self) -> None:
        while True:
            for due in self.due():
                mark = (due.key, due.clock.name, due.clock.due_at)
                if mark not in self._told:
                    self._told.add(mark)
                    self.on_due(due)
            await self.office.engine.clock.sleep(_TICK)


def _mark(incident: Incident) -> object:
    return incident.version, incident.updated_at
