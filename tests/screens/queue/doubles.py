"""An engine that does as it is told, so that a screen can be shown any situation at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from vagt.config.settings import BackendSettings, ConsoleSettings, Settings
from vagt.domain.actions import Action
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Command
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import ClockState, Incident, Key, SlaClock, State
from vagt.domain.overlay import overlaid
from vagt.domain.timeline import TimelineEntry
from vagt.engine.board import Board
from vagt.engine.events import Event, HealthChanged, OutboxChanged, Rang
from vagt.engine.fanout import Fanout
from vagt.engine.health import Condition, Health
from vagt.engine.intent import Intent, Stage
from vagt.engine.request import Request

START = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)


def incident(serial: int, title: str = "", **changes: Any) -> Incident:
    """A plain incident of the backend `desk`, older the higher its serial."""
    made = Incident(
        backend="desk",
        id=str(serial),
        number=f"INC{serial:04}",
        title=title or f"Incident number {serial}",
        state=State.NEW,
        native_state="New",
        priority=1 + serial % 5,
        team="NOC",
        service=("mail", "web", "vpn")[serial % 3],
        created_at=START - timedelta(minutes=serial),
        updated_at=START - timedelta(minutes=serial // 2),
        url=f"https://desk.example/{serial}",
        sla=(
            SlaClock(
                "response", START + timedelta(minutes=60 - serial), ClockState.RUNNING, START - timedelta(hours=1)
            ),
        ),
    )
    return replace(made, **changes)


class PuppetEngine:
    """The engine's face; a test moves its strings."""

    def __init__(self, incidents: Sequence[Incident] = (), **console: Any) -> None:
        backend = BackendSettings(name="desk", adapter="embedded")
        self.settings = Settings(console=ConsoleSettings(**console), backends=(backend,))
        self.clock = ManualClock(START)
        self.problems_now: tuple[str, ...] = ()
        self.reading = False
        self.board = Board(self.clock)
        self.board.know("desk", "anna", ["NOC"])
        self.board.load(incidents)
        self.health_now = {"desk": Health(backend="desk", condition=Condition.FRESH, last_good=START)}
        self.refusals: list[Callable[[Action, Key | None], str]] = []
        self.box: dict[str, Intent] = {}
        self.ended: list[Intent] = []
        self.seen: set[Key] = set()
        self.kept: list[Incident] = []
        """Closed ones in the store."""
        self.started = self.refreshed = 0
        self._fanout = Fanout()

    # What a test does to it

    def arrive(self, *incidents: Incident, ring: bool = False) -> None:
        self.tell(self.board.apply(incidents))
        if ring:
            self.tell(Rang(frozenset(one.key for one in incidents)))

    def leave(self, *keys: Key) -> None:
        self.tell(self.board.apply((), gone=set(keys)))

    def set_health(self, **changes: Any) -> None:
        self.health_now["desk"] = replace(self.health_now["desk"], **changes)
        self.tell(HealthChanged("desk"))

    def finish(self, *, refuse: Collection[Key] = (), reason: str = "not yours", remark: str = "") -> None:
        """Everything under way arrives at the backend, which refuses some and has a remark on the others."""
        touched = set()
        for id, intent in list(self.box.items()):
            if not intent.stage.is_pending:
                continue
            touched.add(id)
            subject = intent.command.subject
            if subject in refuse:
                self.box[id] = replace(intent, stage=Stage.REFUSED, reason=reason)
                continue
            del self.box[id]
            self.ended.insert(0, replace(intent, stage=Stage.DONE, reason=remark))
            if subject is not None and (before := self.board.theirs(subject)) is not None:
                left = [pending.command for pending in self.pending(subject)]
                self.tell(self.board.apply([overlaid(before, intent.command, "anna")], news=False))
                self.tell(self.board.overlay(subject, left))
        self.tell(OutboxChanged(frozenset(touched)))

    def tell(self, event: Event) -> None:
        self._fanout.publish(event)

    # Its face

    async def start(self, *, poll: bool = True) -> None:
        self.started += 1

    async def stop(self) -> None:
        self._fanout.end()

    def events(self) -> AsyncIterator[Event]:
        return self._fanout.subscribe()

    def health(self, backend: str) -> Health:
        return self.health_now[backend]

    def healths(self) -> tuple[Health, ...]:
        return tuple(self.health_now.values())

    def refresh(self) -> None:
        self.refreshed += 1

    def me(self, backend: str) -> str:
        return "anna"

    def my_teams(self, backend: str) -> tuple[str, ...]:
        return ("NOC",)

    async def submit(self, requests: Sequence[Request], *, undo: bool = True) -> tuple[Intent, ...]:
        await asyncio.sleep(0)
        made = []
        for request in requests:
            seq = len(self.box) + len(self.ended) + 1
            base = None if request.subject is None else self.board.get(request.subject)
            command = Command(
                id=f"c{seq}",
                backend=request.backend,
                subject=request.subject,
                ref=base.ref if base else request.backend,
                change=request.change,
                by="anna",
                at=self.clock.now(),
                base=base,
                bulk="b" if len(requests) > 1 else None,
            )
            intent = Intent(command=command, stage=Stage.HELD, seq=seq, not_before=self.clock.now())
            self.box[command.id] = intent
            made.append(intent)
        self._outbox_moved(made)
        return tuple(made)

    async def undo(self) -> tuple[Intent, ...]:
        held = [intent for intent in self.box.values() if intent.stage is Stage.HELD]
        if not held:
            return ()
        newest = max(held, key=lambda intent: intent.seq)
        bulk = newest.command.bulk
        gone = [i for i in held if i is newest or (bulk is not None and i.command.bulk == bulk)]
        for intent in gone:
            del self.box[intent.command.id]
        self._outbox_moved(gone)
        return tuple(gone)

    def _outbox_moved(self, intents: Sequence[Intent]) -> None:
        subjects = {intent.command.subject for intent in intents if intent.command.subject is not None}
        self.tell(self.board.overlays({key: [i.command for i in self.pending(key)] for key in subjects}))
        self.tell(OutboxChanged(frozenset(i.command.id for i in intents)))

    def intents(self) -> tuple[Intent, ...]:
        return tuple(self.box.values())

    def recent(self) -> tuple[Intent, ...]:
        return tuple(self.ended)

    def pending(self, key: Key) -> tuple[Intent, ...]:
        return tuple(intent for intent in self.box.values() if intent.command.subject == key)

    def unable(self, action: Action, key: Key | None) -> str:
        return next((reason for refuse in self.refusals if (reason := refuse(action, key))), "")

    async def timeline(self, key: Key) -> tuple[TimelineEntry, ...]:
        return ()

    async def transitions(self, key: Key) -> tuple[()]:
        return ()

    async def fields(self, verb: object, key: Key | None, backend: str) -> tuple[FieldSpec, ...]:
        return ()

    async def directory(
        self, backend: str, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        return ()

    def frequent(self, kind: DirectoryKind, backend: str) -> tuple[DirectoryEntry, ...]:
        return ()

    async def oncall(self, backend: str, team: str | None = None) -> tuple[OnCall, ...]:
        return ()

    def problems(self) -> tuple[str, ...]:
        return self.problems_now

    async def recall_closed(self) -> None:
        self.tell(self.board.apply(self.kept, news=False))

    def mark_seen(self, keys: Collection[Key]) -> None:
        self.seen |= set(keys)
        self.tell(self.board.mark_seen(keys))
