"""Runs beside an open console: reads what others have promised, lets the clocks tell it, reminds before they end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vagt.comms import aftermath, approvals, releasing
from vagt.comms.approval import Proposal, Standing
from vagt.comms.approvals import DecisionError, Waiting, Why
from vagt.comms.cadence import CLOCK, reminder_due
from vagt.comms.office import Office, Seen
from vagt.domain import durations
from vagt.domain.incident import Incident, Key, SlaClock
from vagt.engine.errors import EngineError, OutboxError
from vagt.engine.events import IncidentsChanged, OutboxChanged

log = logging.getLogger("vagt.comms")

_APART = 1.0
"""Seconds between two timelines that are read."""
_AGAIN = 20.0
"""Seconds before the same one is read again."""
_TICK = 10.0
"""Seconds between two looks at the clocks."""
GRACE = 30.0
"""Seconds after an approval, before which the console of whoever approved it sends."""
_LATER = 60.0
"""Seconds until an approved text is tried again whose backend could not be reached."""
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


@dataclass(frozen=True, slots=True)
class Approved:
    """An approved text that this console sends by itself, unless another one has done it by then."""

    waiting: Waiting
    due: datetime
    """By the backend's clock (UTC)."""


class Courier:
    """Start it once the engine runs; it costs nothing where the config has no audiences."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.on_due: Callable[[Due], None] = lambda _: None
        """Told once for each clock, a little before it runs out."""
        self.on_released: Callable[[Incident, Proposal, str], None] = lambda *_: None
        """Told of each approved text that this console sent by itself, or could not: why not, in words."""
        self._tasks: list[asyncio.Task[None]] = []
        self._wanted: dict[Key, None] = {}
        self._read: dict[Key, tuple[object, float]] = {}
        self._concerned: dict[Key, frozenset[str]] = {}
        """Of open incidents, who is to hear of them."""
        self._looked: set[Key] = set()
        self._told: set[tuple[Key, str, datetime | None]] = set()
        self._more = asyncio.Event()
        self._approved: dict[tuple[Key, str], Approved] = {}
        self._tried: set[tuple[Key, str]] = set()

    def start(self) -> None:
        """Begin; the clocks show at once what is known from before."""
        if not self.office.audiences or self._tasks:
            return
        self.office.run_clocks()
        for work in (self._follow(), self._reading(), self._ticking(), self._releasing()):
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
            heard = self.office.concerned(incident) if incident is not None else ()
            is_open = incident is not None and incident.is_open
            names = frozenset(one.name for one in heard if is_open)
            before = self._concerned.pop(key, frozenset[str]())
            if names - before and key in self._looked:
                # it was not theirs when this console looked last: their time does not count from its beginning
                self.office.promises.concerns(key, names - before, self.office.now())
                self.office.engine.clocks.changed((key,))
            self._looked.add(key)
            if names:
                self._concerned[key] = names
            # of what is over, the last word may wait for an approval
            if incident is None or not (names or any(one.approval for one in heard)):
                continue
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
                self._approvals(seen)
            await clock.sleep(_APART)

    def _approvals(self, seen: Seen) -> None:
        """Which texts of mine, or approved by me, are approved and not sent: whoever was to send them may be gone."""
        backend = seen.incident.backend
        for proposal in seen.proposals:
            place = (seen.incident.key, proposal.id)
            mine = any(approvals.is_mine(self.office, backend, name) for name in (proposal.by, proposal.decided_by))
            if proposal.standing is not Standing.APPROVED or proposal.decided_at is None or not mine:
                self._approved.pop(place, None)
            elif place not in (self._approved.keys() | self._tried) and not self.office.settings.console.read_only:
                due = proposal.decided_at + timedelta(seconds=GRACE)
                self._approved[place] = Approved(Waiting(proposal, seen), due)

    async def _releasing(self) -> None:
        while True:
            for place, one in tuple(self._approved.items()):
                if one.due <= self.office.engine.now_at(place[0].backend):
                    self._approved.pop(place, None)
                    await self._release(place, one)
            await self.office.engine.clock.sleep(_TICK)

    async def _release(self, place: tuple[Key, str], one: Approved) -> None:
        proposal, incident = one.waiting.proposal, one.waiting.seen.incident
        self._tried.add(place)
        try:
            await releasing.release(self.office, one.waiting)
        except DecisionError as error:
            if error.why is Why.AWAY:
                self._tried.discard(place)
                self._approved[place] = replace(one, due=one.due + timedelta(seconds=_LATER))
            elif error.why is Why.REFUSED:
                self.on_released(incident, proposal, error.words)
        except (EngineError, OSError) as error:
            log.warning("%s: an approved update was not sent: %s", incident.ref, error)
        else:
            self.on_released(incident, proposal, "")

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
