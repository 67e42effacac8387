"""Several consoles, each with a data folder of its own, on one embedded backend, with time moved by hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from tests.unit.escalation.scene import T0, at
from vagt.adapters.embedded.session import EmbeddedSession
from vagt.adapters.embedded.session import connect as embedded
from vagt.adapters.protocol import Connection, Seen, Session
from vagt.channels.protocol import ChannelSession, Line, Message, Telling
from vagt.config.response import ChannelSettings, EscalationSettings, PersonSettings, RotaSettings, StepSettings
from vagt.config.settings import BackendSettings, ConsoleSettings, Settings
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Change, Create
from vagt.domain.incident import Incident, Key
from vagt.domain.timeline import TimelineEntry
from vagt.engine.engine import Engine
from vagt.engine.request import Request
from vagt.escalation.carrying import Result
from vagt.escalation.desk import Escalation
from vagt.escalation.timing import Timing

AT_ONCE = Timing(stagger=0.0)
"""All consoles claim at the same moment: the hardest case."""

DESK = {
    "people": {"anna": "Anna Holm", "bo": "Bo Friis", "carl": "Carl Berg", "dora": "Dora Lund"},
    "teams": {"NOC": "anna, bo", "Databases": "carl"},
    "services": {"Mail": "NOC"},
}
PEOPLE = (
    PersonSettings(name="anna", full_name="Anna Holm", manager="dora", channels=("anna-ntfy", "anna-mail")),
    PersonSettings(name="bo", full_name="Bo Friis", manager="dora", channels=("bo-ntfy",)),
    PersonSettings(name="carl", full_name="Carl Berg", manager="dora", channels=("carl-ntfy",)),
    PersonSettings(name="dora", full_name="Dora Lund", channels=("dora-mail",)),
)
ROTAS = (
    RotaSettings(name="noc", team="NOC", people=("anna", "bo"), start=datetime(2026, 11, 23, 8), every=7 * 86400.0),
    RotaSettings(name="db", team="Databases", people=("carl",), start=datetime(2026, 11, 23, 8), every=7 * 86400.0),
)
CHANNELS = tuple(
    ChannelSettings(name=name, url=f"json://{name}.example/{{secret}}")
    for name in ("anna-ntfy", "anna-mail", "bo-ntfy", "carl-ntfy", "dora-mail", "noc-chat")
)
PATH = EscalationSettings(
    name="p1",
    query="p<=1",
    ack_timeout=1800.0,
    steps=(
        StepSettings(after=0, to="oncall:noc"),
        StepSettings(after=600, to="oncall:db", notify=("noc-chat",)),
        StepSettings(after=1500, to="manager", kind="hierarchical"),
    ),
)


@dataclass
class Wire:
    """All channels of all consoles: who was told what, by whom."""

    told: list[tuple[str, str, Message]] = field(default_factory=list)
    """(console, channel, message), in order."""
    down: dict[str, Exception] = field(default_factory=dict)
    """By channel: what each try raises."""
    after: dict[str, Exception] = field(default_factory=dict)
    """By channel: what a try raises once it has been told."""
    remembers: bool = False
    """Whether the channels can tell that they know a message."""

    @property
    def channels(self) -> list[str]:
        return [channel for _, channel, _ in self.told]

    def opening(self, console: str) -> Callable[[Line], ChannelSession]:
        return lambda line: _Channel(self, console, line.settings.name)


class _Channel:
    def __init__(self, wire: Wire, console: str, name: str) -> None:
        self.wire, self.console, self.name = wire, console, name

    async def prepare(self, message: Message) -> Telling:
        async def tell() -> str:
            return await self._tell(message)

        return tell

    async def _tell(self, message: Message) -> str:
        if self.name in self.wire.down:
            raise self.wire.down[self.name]
        known = self.wire.remembers and any(message.id == told.id for _, _, told in self.wire.told)
        if not known:
            self.wire.told.append((self.console, self.name, message))
        if self.name in self.wire.after:
            raise self.wire.after[self.name]
        return ""

    async def seen(self, message: Message, first_tried: datetime) -> Seen:
        if not self.wire.remembers:
            return Seen.UNKNOWN
        return Seen.YES if any(message.id == told.id for _, _, told in self.wire.told) else Seen.NO

    async def check(self) -> str:
        return ""

    async def close(self) -> None:
        return None


def settings(who: str = "anna", **changes: object) -> Settings:
    made = Settings(
        console=ConsoleSettings(undo=0.0, watch=True, refresh=5.0),
        backends=(BackendSettings(name="desk", adapter="embedded", username=who, options=dict(DESK)),),
        people=PEOPLE,
        rotas=ROTAS,
        channels=CHANNELS,
        escalations=(PATH,),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class Console:
    """One console."""

    name: str
    engine: Engine
    escalation: Escalation
    results: list[Result] = field(default_factory=list)
    sessions: list[EmbeddedSession] = field(default_factory=list)

    async def at_rest(self) -> None:
        """Every thread that writes for it has done so, however busy the machine is."""
        parts = self.engine._parts
        for database in (parts.outbox._database, parts.store._database, self.escalation.memory._database):
            if not database._thread._shutdown:
                await database._in_thread(lambda: None)
        for session in self.sessions:
            if not session._worker._shutdown:
                await asyncio.get_running_loop().run_in_executor(session._worker, lambda: None)

    async def stop(self) -> None:
        await self.escalation.stop()
        await self.engine.stop()


@dataclass
class Room:
    """The backend and the consoles on it."""

    folder: Path
    clock: ManualClock
    wire: Wire = field(default_factory=Wire)
    consoles: dict[str, Console] = field(default_factory=dict)

    async def console(
        self,
        name: str = "anna",
        *,
        act: bool = True,
        folder: str = "",
        config: Settings | None = None,
        start: bool = True,
        wrap: Callable[[Session], Session] = lambda session: session,
        timing: Timing = AT_ONCE,
    ) -> Console:
        """One more; `folder`: of an earlier one, for a restart; `wrap`: comes between it and the desk."""

        sessions: list[EmbeddedSession] = []

        async def connect(connection: Connection) -> Session:
            session = await embedded(replace(connection, data_dir=self.folder))
            sessions.append(session)
            return wrap(session)

        data = self.folder / (folder or name)
        engine = await Engine.open(
            config or settings(name),
            data,
            clock=self.clock,
            operator=name,
            secrets=_no_secret,
            connect=connect,
            open_channel=self.wire.opening(name),
        )
        escalation = Escalation(engine, act=act, timing=timing)
        await escalation.open()
        made = Console(name, engine, escalation, sessions=sessions)
        escalation.watch.on_result = made.results.append
        self.consoles[name] = made
        if start:
            await engine.start()
            await self.settle()
            escalation.start()
            await self.settle()
        return made

    async def settle(self, times: int = 4) -> None:
        """Let tasks and database threads come to rest."""
        for _ in range(times):
            for _ in range(8):
                await asyncio.sleep(0)
            for console in tuple(self.consoles.values()):
                await console.at_rest()

    async def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Let time go by with everything done that is due."""
        await self.settle()
        while seconds > 1e-9:
            self.clock.advance(min(step, seconds))
            seconds -= step
            await self.settle()

    async def to(self, minutes: float) -> None:
        """Let time go by until so many minutes after noon: in strides, and slowly before the end."""
        left = (at(minutes) - self.clock.now()).total_seconds()
        if left > 12:
            await self.pass_time(left - 12, 6.0)
        await self.pass_time((at(minutes) - self.clock.now()).total_seconds())

    async def until(self, fits: Callable[[], bool], within: float = 60.0, step: float = 0.5) -> None:
        """Let time go by until something holds; fails where it never does."""
        # twice as long where the disk is busy: the clock that is moved here does not wait for it
        for _ in range(2 * int(within / step)):
            await self.settle()
            if fits():
                return
            self.clock.advance(step)
        ends = time.monotonic() + 20
        while not fits() and time.monotonic() < ends:
            # a thread or a disk that is slow has real time of its own to come to an end
            await asyncio.sleep(0.02)
            await self.settle()
        assert fits(), "it never came to be"

    async def incident(self, by: Console, title: str = "Mail is down", *, urgent: int = 1) -> Key:
        """Somebody registers a priority 1 incident (or a milder one)."""
        create = Create(title=title, impact=urgent, urgency=urgent, service="Mail", team="NOC")
        (intent,) = await by.engine.submit([Request("desk", None, create)], undo=False)
        for _ in range(500):
            # a slow disk is no matter of the clock that is moved here
            if _made(by, intent.command.id):
                break
            await self.settle(1)
        await self.until(lambda: _made(by, intent.command.id) != "", 30)
        found = await by.engine.find(_made(by, intent.command.id))
        return found.key

    async def do(self, by: Console, key: Key, change: Change) -> None:
        (intent,) = await by.engine.submit([Request(key.backend, key, change)], undo=False)
        id = intent.command.id
        await self.until(lambda: not any(i.command.id == id and i.stage.is_pending for i in by.engine.intents()), 30)

    async def timeline(self, key: Key) -> tuple[TimelineEntry, ...]:
        console = next(iter(self.consoles.values()))
        return await console.engine.timeline(key)

    async def now(self, key: Key) -> Incident:
        console = next(iter(self.consoles.values()))
        shown = console.engine.board.get(key)
        assert shown is not None
        return await console.engine.find(shown.ref)


def _made(by: Console, id: str) -> str:
    return next((i.result_ref for i in by.engine.recent() if i.command.id == id), "")


async def _no_secret(_: object) -> str:
    return "hunter2-secret"


@asynccontextmanager
async def room(folder: Path) -> AsyncIterator[Room]:
    """A room that is cleared in the end."""
    made = Room(folder, ManualClock(T0))
    try:
        yield made
    finally:
        for console in made.consoles.values():
            await console.stop()
