"""Watch-keeping: looks at what is due, announces what will be, and carries it out where it may."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice

from vagt.adapters.protocol import AdapterError
from vagt.domain import marker
from vagt.domain.actions import BY_NAME
from vagt.domain.commands import Note
from vagt.domain.incident import Key
from vagt.engine.engine import Engine
from vagt.engine.events import IncidentsChanged
from vagt.engine.lease import Lease
from vagt.escalation.carrying import Carrier, Result
from vagt.escalation.chimes import Chimes
from vagt.escalation.ladder import ANNOUNCED, EARLY, Ladder, Rung, urgency
from vagt.escalation.records import Records
from vagt.escalation.reminding import Reminding

log = logging.getLogger("vagt.escalation")

_PACE = 1.0
"""Seconds between two looks at the clock."""
_LATELY = timedelta(seconds=120)
"""For so long after a person's escalation, a change of the incident may be its note."""
_LEARNT = 20
"""Timelines that are asked for within 20 seconds where nothing is carried out."""
_SLICE = 200
_AT_ONCE = 4
"""Incidents that are looked after at the same time."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A step that is due or soon will be, as people are told of it."""

    rung: Rung
    seconds: float
    """Until it is due; negative: for so long it has been."""
    taken: bool
    """A console will carry it out by itself: it can be held until then."""


class Watch:
    """Runs for as long as a console is open, or `vagt watch` runs.

    `act`: carry out what is due; else it is only proposed. Of several processes on one data
    folder, one acts.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        ladder: Ladder,
        records: Records,
        carrier: Carrier,
        reminding: Reminding,
        chimes: Chimes,
        act: bool,
    ) -> None:
        self._engine = engine
        self._ladder = ladder
        self._records = records
        self._carrier = carrier
        self._reminding = reminding
        self._chimes = chimes
        self._act = act
        self._lease = Lease(engine.data_dir / "watch.lock")
        self._busy: dict[Key, asyncio.Task[None]] = {}
        self._waiting: dict[Key, Rung] = {}
        self._closing = False
        self._other = False
        self.on_result: Callable[[Result], None] = lambda _: None
        """Told what became of each step and reminder."""
        self.on_change: Callable[[], None] = lambda: None
        """Told that proposals may be others than before."""

    @property
    def acts(self) -> bool:
        """Whether this process carries steps out: it is asked to, and no other process here does."""
        return self._act and self._lease.held

    @property
    def stands_by(self) -> bool:
        """Whether this process is asked to carry steps out, and another one on this data folder does."""
        return self._act and self._other

    def proposals(self) -> tuple[Proposal, ...]:
        """Steps that are due or will be within a minute, the first to come first."""
        found = self._ladder.soon()
        now = {name: self._engine.now_at(name) for name in {rung.key.backend for rung in found}}
        return tuple(
            Proposal(rung, (due - now[rung.key.backend]).total_seconds(), self._act and self._may(rung.key))
            for rung in found
            if (rung.sure or rung.standing.lapsed) and (due := rung.standing.due_at) is not None
        )

    def _may(self, key: Key) -> bool:
        return not self._engine.unable(BY_NAME["escalate"], key)

    async def run(self) -> None:
        """For ever; what goes wrong with one incident is logged and tried again."""
        following = asyncio.ensure_future(self._follow())
        try:
            await self._look_all()
            while True:
                await self._turn_once()
                await self._engine.clock.sleep(_PACE)
        finally:
            self._closing = True
            following.cancel()
            tasks = [following, *self._busy.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._lease.release()

    async def once(self) -> list[Result]:
        """Everything that is due now, in order; ends when nothing more is."""
        results: list[Result] = []
        self.on_result = results.append
        self._take_lease()
        try:
            while rungs := self._ladder.due():
                before = len(results)
                for rung in rungs:
                    await self._attend(rung)
                if len(results) == before:
                    break
            results += await self._reminding.ring()
        finally:
            self._lease.release()
        return results

    async def _turn_once(self) -> None:
        if self._act:
            self._take_lease()
        due = self._ladder.due()
        if not self.acts:
            # Whoever only proposes learns of the most urgent first, and spares the backend the others for now.
            for place, rung in enumerate(due[_LEARNT:]):
                self._ladder.again_in(rung.key, 20.0 * (1 + place // _LEARNT))
            due = due[:_LEARNT]
        self._waiting |= {rung.key: rung for rung in due}
        self._begin()
        for result in await self._reminding.ring():
            self.on_result(result)
        self._engine.ring(self._chimes.due(self._engine.clock.now()))
        self.on_change()

    def _take_lease(self) -> None:
        try:
            self._other = not self._lease.acquire()
        except OSError as error:
            log.warning("nothing can be carried out from this data folder: %s", error)

    def _begin(self) -> None:
        """Those that wait have their turn, the most urgent first, however long others have waited already."""
        while self._waiting and len(self._busy) < _AT_ONCE:
            free = [rung for key, rung in self._waiting.items() if key not in self._busy]
            if not free:
                return
            rung = min(free, key=urgency)
            del self._waiting[rung.key]
            task = asyncio.ensure_future(self._guarded(rung))
            self._busy[rung.key] = task
            task.add_done_callback(partial(self._ended, rung.key))

    def _ended(self, key: Key, _: asyncio.Task[None]) -> None:
        self._busy.pop(key, None)
        if not self._closing:
            self._begin()

    async def _guarded(self, rung: Rung) -> None:
        try:
            await self._attend(rung)
        except Exception:
            log.exception("the escalation of %s failed; it is looked at again", rung.incident.ref)
            self._ladder.again_in(rung.key, 30.0)

    async def _attend(self, rung: Rung) -> None:
        if self.acts:
            result = await self._carrier.attend(rung)
            if result is not None:
                self.on_result(result)
                if rung.standing.lapsed:
                    # Whoever acknowledged it sits here, perhaps.
                    self._engine.ring([rung.key])
            # What was read may have moved its clock, and the next step may be due as well.
            self._engine.clocks.changed([rung.key])
            return
        await self._learn(rung)

    async def _learn(self, rung: Rung) -> None:
        """Nothing is carried out here; but what others have taken is known only from the timeline."""
        incident = self._engine.board.get(rung.key)
        if incident is None:
            return
        if not self._records.is_fresh(incident):
            with suppress(AdapterError):
                await self._records.read(incident)
            self._ladder.look((incident,))
            self._engine.clocks.changed([rung.key])
        found = self._ladder.get(rung.key)
        if found is not None and found.standing.is_due(self._engine.now_at(rung.key.backend)):
            if not rung.sure or not rung.standing.is_due(self._engine.now_at(rung.key.backend)):
                self._engine.ring([rung.key])
            self._ladder.again_in(rung.key, 60.0)

    async def _look_all(self) -> None:
        """Take the whole board in."""
        await self._look_through(tuple(self._engine.board.incidents))

    async def _look_through(self, keys: Collection[Key]) -> None:
        """In slices, so that keys of the keyboard are answered meanwhile."""
        rest = iter(keys)
        while piece := tuple(islice(rest, _SLICE)):
            self._look(piece)
            await asyncio.sleep(0)

    def _look(self, keys: Collection[Key]) -> None:
        found = [(key, self._engine.board.get(key)) for key in keys]
        there = [incident for _, incident in found if incident is not None]
        gone = [key for key, incident in found if incident is None]
        self._ladder.look(there, gone)
        self._chimes.look(there, gone)
        for incident in there:
            rung = self._ladder.get(incident.key)
            if rung is not None and rung.sure and not self._records.is_fresh(incident):
                self._ladder.again_in(incident.key, self._read_again_in(rung))
        for key in gone:
            self._records.forget(key)

    def _read_again_in(self, rung: Rung) -> float:
        """Seconds until it is worth reading what may have been written since: before it is announced at the latest."""
        if rung.standing.claim is not None or self._spoke(rung.key):
            # Whoever claimed it may have said by now that it is done; and what we said ourselves is known to be there.
            return _PACE
        due = rung.standing.due_at
        left = 0.0 if due is None else (due - self._engine.now_at(rung.key.backend)).total_seconds()
        return max(_PACE, left - ANNOUNCED - EARLY)

    def _spoke(self, key: Key) -> bool:
        """Whether a person at this console escalated it lately: that stands in a note of ours."""
        limit = self._engine.clock.now() - _LATELY
        for intent in self._engine.recent():
            if (intent.changed_at or intent.command.at) < limit:
                break
            change = intent.command.change
            if intent.command.subject == key and isinstance(change, Note) and marker.find(change.text):
                return True
        return False

    async def _follow(self) -> None:
        async for event in self._engine.events():
            if isinstance(event, IncidentsChanged):
                await self._look_through(event.keys)
