"""Escalation on one engine: what screens and the command line ask of it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from vagt.adapters.protocol import AdapterError
from vagt.domain.capability import Capability
from vagt.domain.commands import Note
from vagt.domain.incident import ClockKind, ClockState, Incident, SlaClock, State
from vagt.domain.marker import find
from vagt.domain.query import Query, QueryError, parse
from vagt.engine.engine import Engine, Request
from vagt.engine.errors import OutboxError
from vagt.escalation.carrying import Carrier
from vagt.escalation.chimes import Chimes
from vagt.escalation.deadlines import Deadlines
from vagt.escalation.duty import Duties
from vagt.escalation.feeds import Fetch
from vagt.escalation.ladder import Ladder, Rung
from vagt.escalation.memory import Memory
from vagt.escalation.order import Order
from vagt.escalation.paths import Path, Paths, Step, Target, TargetError, TargetKind, target
from vagt.escalation.reach import Reach, Reaching
from vagt.escalation.record import NOTHING, Mark, MarkKind, Record, line_of
from vagt.escalation.records import Records
from vagt.escalation.reminding import Reminding
from vagt.escalation.standing import FIRST, Standing, standing
from vagt.escalation.timing import USUAL, Timing
from vagt.escalation.watch import Watch

log = logging.getLogger("vagt.escalation")

HOLD = 900.0
"""Seconds for which a step is held."""


class EscalationError(Exception):
    """It cannot be escalated so; the message says why, and what would do."""


@dataclass(frozen=True, slots=True)
class Climb:
    """An incident on its path, as a person sees it before deciding."""

    incident: Incident
    path: Path | None
    standing: Standing | None
    record: Record = NOTHING
    problem: str = ""
    """Why its timeline could not be read; then what was taken is not known."""

    @property
    def next(self) -> Step | None:
        """The step that Enter would carry out: the next one, due or not; None above the top."""
        if self.path is None:
            return None
        level = self.standing.level if self.standing is not None else 0
        return self.path.step(level + 1)


class Escalation:
    """Paths, rotas, clocks and the watch of one console."""

    def __init__(
        self, engine: Engine, *, act: bool = False, fetch: Fetch | None = None, timing: Timing = USUAL
    ) -> None:
        """`act`: carry out what is due; else it is only proposed."""
        settings = engine.settings
        self.engine = engine
        self.timing = timing
        self.paths = Paths(settings.escalations)
        self.duties = Duties(settings, engine.data_dir, engine.clock, fetch=fetch)
        self.memory = Memory(engine.data_dir)
        self.records = Records(engine, self.memory)
        self.reaching = Reaching(engine, self.duties)
        self.ladder = Ladder(self.paths, self.records.known, engine.board.facts, engine.now_at, timing)
        self.deadlines = Deadlines(engine, self.memory, self.duties.feeds)
        self.reminding = Reminding(engine, self.memory, self.duties.people)
        self.carrier = Carrier(
            engine,
            ladder=self.ladder,
            records=self.records,
            reaching=self.reaching,
            memory=self.memory,
            console=self.memory.console(),
            timing=timing,
        )
        self.chimes = Chimes(self.deadlines.warnings, self._rings)
        self.watch = Watch(
            engine,
            ladder=self.ladder,
            records=self.records,
            carrier=self.carrier,
            reminding=self.reminding,
            chimes=self.chimes,
            act=act,
        )
        self._bell = _bell(settings.console.bell)
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Read what this data folder keeps, and give the board its clocks; no network. Raises DataError."""
        await self.memory.open()
        await self._tidy()
        if self.engine.settings.slas is not None:
            self.engine.clocks.add(self.deadlines.clocks)
        if self.paths:
            self.engine.clocks.add(self.ladder.clocks)
        self.engine.clocks.add(self._reminder_clock)

    async def _tidy(self) -> None:
        """A claim that did not leave before this console ended is worth nothing any more, and in everybody's way."""
        limit = self.engine.clock.now() - timedelta(seconds=self.timing.lease)
        for intent in self.engine.intents():
            change = intent.command.change
            claims = isinstance(change, Note) and any(each.kind == MarkKind.CLAIM for each in find(change.text))
            if claims and intent.stage.is_pending and intent.command.at < limit:
                with suppress(OutboxError):
                    await self.engine.discard(intent.command.id)

    def start(self) -> None:
        """Begin to watch; the tasks live until `stop`."""
        if not self._tasks:
            works = (self.engine.clocks.all_changed(), self.deadlines.run(), self.watch.run())
            self._tasks = [asyncio.ensure_future(work) for work in works]

    async def stop(self) -> None:
        """End all tasks. What they were in the middle of is in the outbox, or is done by another console."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self.memory.close()

    async def climb(self, incident: Incident) -> Climb:
        """Where it stands on its path, by a timeline read now; never raises, `problem` says what is not known."""
        path = self.ladder.path_of(incident)
        record, problem = self.records.known(incident.key) or NOTHING, ""
        if path is not None:
            try:
                record = await self.records.read(incident)
            except AdapterError as error:
                problem = error.words or "the backend does not answer"
        found = None
        if path is not None:
            found = standing(incident, path, record, self.engine.now_at(incident.backend), self.timing)
        return Climb(incident, path, found, record, problem)

    async def reaches(self, climb: Climb) -> tuple[tuple[Step, Reach], ...]:
        """Who each step of its path reaches just now."""
        if climb.path is None:
            return ()
        steps = climb.path.steps
        found = await asyncio.gather(*(self.reaching.step(climb.incident, climb.path, step) for step in steps))
        return tuple(zip(steps, found, strict=True))

    def target_of(self, text: str, backend: str) -> Target:
        """The target that a person means: the config's language, or just a name. Raises EscalationError."""
        with suppress(TargetError):
            return target(text)
        name = text.strip()
        if not name:
            raise EscalationError("nobody is named; write oncall:ROTA, user:NAME, team:NAME or channel:NAME")
        if self.duties.rota(name) is not None:
            return Target(TargetKind.ONCALL, name)
        person = self.duties.people.find(name)
        if person is not None:
            return Target(TargetKind.USER, person.name)
        if name in {channel.name for channel in self.engine.settings.channels}:
            return Target(TargetKind.CHANNEL, name)
        if self.engine.knows(backend, Capability.ESCALATE):
            return Target(TargetKind.BACKEND, name)
        raise EscalationError(
            f"neither a rota, a person nor a channel of the config is called “{name}”;"
            " write team:NAME or user:NAME for those of the backend"
        )

    async def order(
        self,
        climb: Climb,
        reason: str,
        *,
        level: int | None = None,
        to: Target | None = None,
        reach: Reach | None = None,
    ) -> Order:
        """What a person asks for: the next step, a level, or a target; `reach` where it was looked up already.

        Raises EscalationError.
        """
        incident = climb.incident
        if not incident.is_open:
            raise EscalationError(f"it is {incident.state.value}; reopen it first")
        if not reason.strip():
            raise EscalationError("say why; the reason goes into its timeline")
        step: Step | None = None
        native_level: int | None = None
        if to is not None:
            reach = reach or await self._aimed(incident, to)
        elif climb.path is not None:
            step = climb.next if level is None else climb.path.step(level)
            if step is None:
                top = len(climb.path.steps)
                words = f"it stands at the top of {climb.path.name}" if level is None else f"its path has {top} steps"
                raise EscalationError(f"{words}; name a target")
            reach = reach or await self.reaching.step(incident, climb.path, step)
        else:
            if not self.engine.knows(incident.backend, Capability.ESCALATE):
                raise EscalationError(f"no path fits it, and {incident.backend} has none of its own; name a target")
            reach, native_level = Reach(Target(TargetKind.BACKEND), native=True), level
        if reach.is_nobody:
            raise EscalationError(f"nobody would be reached: {reach.problem or 'there is no way to tell anybody'}")
        return Order(
            incident=incident,
            system=self.engine.system(incident.backend),
            reach=reach,
            reason=reason.strip(),
            at=self.engine.now_at(incident.backend),
            path=climb.path if step is not None else None,
            step=step,
            level=native_level,
            round=climb.standing.round if climb.standing is not None else FIRST,
            back=climb.standing.back if climb.standing is not None else None,
            by=self.engine.my_name(incident.backend),
            nonce=uuid4().hex,
        )

    async def _aimed(self, incident: Incident, to: Target) -> Reach:
        if to.kind is TargetKind.BACKEND and to.name:
            return Reach(to, team=to.name, native=True)
        return await self.reaching.target(incident, to)

    def requests(self, order: Order) -> tuple[Request, ...]:
        """Everything that a person's escalation puts into the outbox, the reason for the timeline included."""
        made = [*order.giving(), *order.telling()]
        if self.engine.knows(order.incident.backend, Capability.NOTE):
            whom = order.reach.words()
            text = f"Escalated by {order.by}, {order.name}: {whom}. Reason: {order.reason}"
            made.append(order.note(text, order.mark(MarkKind.DONE, order.id("manual")[:16])))
        return tuple(made)

    def in_hand(self, incident: Incident, found: Standing | None) -> Request | None:
        """The note that says that a person has what came back, where the backend's own state cannot say so.

        None where that is not what keeps it climbing.
        """
        back = None if found is None or found.next is None or found.lapsed else found.back
        if back is None or incident.state is State.NEW or not self.records.in_backend(incident.backend):
            return None
        mark = Mark(
            kind=MarkKind.ACK,
            path="",
            step=0,
            round=back.round,
            id=uuid4().hex[:16],
            at=self.engine.now_at(incident.backend),
            by=self.engine.my_name(incident.backend),
            manual=True,
        )
        self.records.expect(incident, mark)
        self.ladder.look((incident,))
        self.engine.clocks.changed([incident.key])
        return Request(
            incident.backend, incident.key, Note(f"{mark.by} has it again: {back.words}.\n\n{line_of(mark)}")
        )

    async def hold(self, rung: Rung, seconds: float = HOLD) -> datetime:
        """Hold a step that is due or will be, on every console, until a moment (UTC). Raises OutboxError."""
        found, incident = rung.standing, rung.incident
        assert found.next is not None
        now = self.engine.now_at(incident.backend)
        until = max(now, found.due_at or now) + timedelta(seconds=seconds)
        mark = Mark(
            kind=MarkKind.HOLD,
            path=found.path.name,
            step=found.next.number,
            round=found.round,
            id=uuid4().hex[:16],
            at=now,
            by=self.engine.my_name(incident.backend),
            until=until.astimezone(UTC).replace(microsecond=0),
        )
        words = f"Escalation held by {mark.by} until {until:%H:%M} UTC: step {found.next.number} on"
        text = f"{words} {found.path.name}, {found.next.to.words}.\n\n{line_of(mark)}"
        self.engine.tell_log("escalation", incident.ref, "held", f"step {found.next.words}", id=mark.id)
        if self.records.in_backend(incident.backend):
            await self.engine.submit([Request(incident.backend, incident.key, Note(text))], undo=False)
        else:
            await self.memory.mark(incident.key, mark)
        # before the backend has it, this console knows
        self.records.expect(incident, mark)
        self.ladder.look((incident,))
        self.engine.clocks.changed([incident.key])
        return until

    def with_clocks(self, incident: Incident) -> Incident:
        """An incident that was read besides the board, with the clocks that the board would show."""
        if not incident.is_open:
            return incident
        givers = (self.deadlines.clocks, self.ladder.clocks, self._reminder_clock)
        laid = [clock for giver in givers for clock in giver(incident)]
        return replace(incident, sla=(*incident.sla, *laid))

    def _reminder_clock(self, incident: Incident) -> tuple[SlaClock, ...]:
        reminder = self.memory.reminder(incident.key)
        if reminder is None or reminder.rung:
            return ()
        return (SlaClock("reminder", reminder.at, ClockState.RUNNING, None, ClockKind.REMINDER),)

    def _rings(self, incident: Incident) -> bool:
        """Whose deadlines ring: mine, and those that the bell asks for on arrival."""
        facts = self.engine.board.facts()
        mine = self.engine.me(incident.backend)
        if incident.assignee is not None and incident.assignee == mine:
            return True
        return self._bell is not None and self._bell.matches(incident, facts)


def _bell(text: str) -> Query | None:
    try:
        return parse(text) if text.strip() else None
    except QueryError:
        return None
