"""A backend in memory that does as a test tells it, and an engine on it whose time stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from vagt.adapters.protocol import (
    Account,
    Batch,
    ConflictError,
    Connection,
    Done,
    NotFoundError,
    Seen,
    Transition,
)
from vagt.channels.protocol import Message
from vagt.config.response import ChannelSettings
from vagt.config.settings import BackendSettings, ConsoleSettings, Settings
from vagt.domain.capability import Capabilities, Capability
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Command, Comment, Create, Note, Verb
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident, Key, State
from vagt.domain.overlay import overlaid
from vagt.domain.timeline import EntryKind, TimelineEntry
from vagt.engine.engine import Engine
from vagt.engine.intent import Intent

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
EVERYTHING = frozenset(Capability) - {Capability.SNOOZE}


def incident(id: str, **changes: object) -> Incident:
    """A new incident on the backend `desk`."""
    plain = Incident(
        backend="desk",
        id=id,
        number=f"1{id}",
        title=f"Incident {id}",
        state=State.NEW,
        native_state="new",
        priority=3,
        created_at=START,
        updated_at=START,
        updated_by="system",
        version="1",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


@dataclass
class World:
    """What the server of a backend has, whoever is connected to it."""

    clock: ManualClock
    name: str = "desk"
    login: str = "anna"
    incidents: dict[str, Incident] = field(default_factory=dict)
    log: list[tuple[int, str]] = field(default_factory=list)
    """(counter, id) of every change: what `changes` is answered from."""
    words: dict[str, list[TimelineEntry]] = field(default_factory=dict)
    applied: list[str] = field(default_factory=list)
    """Ids of commands, each time that one took effect."""
    counter: int = 0

    def put(self, *incidents: Incident) -> None:
        for one in incidents:
            self.counter += 1
            self.incidents[one.id] = one
            self.log.append((self.counter, one.id))

    def change(self, id: str, by: str, **changes: object) -> Incident:
        """Somebody changes an incident."""
        self.counter += 1
        changed = replace(
            self.incidents[id],
            updated_at=self.clock.now(),
            updated_by=by,
            version=str(self.counter + 100),
            **changes,  # type: ignore[arg-type]
        )
        self.incidents[id] = changed
        self.log.append((self.counter, id))
        return changed

    def delete(self, id: str) -> None:
        del self.incidents[id]

    def apply(self, command: Command, by: str) -> Incident:
        """Let a command take effect."""
        self.applied.append(command.id)
        change = command.change
        if isinstance(change, Create):
            id = str(900 + self.counter)
            self.put(incident(id, backend=self.name, title=change.title, updated_by=by, updated_at=self.clock.now()))
            return self.incidents[id]
        assert command.subject is not None
        id = command.subject.id
        if isinstance(change, Note | Comment):
            kind = EntryKind.NOTE if isinstance(change, Note) else EntryKind.COMMENT
            self.words.setdefault(id, []).append(
                TimelineEntry(self.clock.now(), by, kind, isinstance(change, Comment), change.text)
            )
            return self.change(id, by)
        wanted = overlaid(self.incidents[id], command, by)
        return self.change(
            id,
            by,
            **{
                name: getattr(wanted, name)
                for name in ("state", "assignee", "assignee_name", "team", "priority", "impact", "urgency", "major",
                             "acknowledged_at", "resolved_at", "resolution", "waiting_reason", "links", "closed_at")
            },
            native_state=wanted.state.value,
        )  # fmt: skip


Script = Callable[[], Awaitable[None] | None]


@dataclass
class FakeSession:
    """A session whose next answers a test can bend: errors, delays, lost answers."""

    world: World
    page: int = 100
    always_complete: bool = False
    able: frozenset[Capability] = EVERYTHING
    teams: tuple[str, ...] = ("NOC",)
    before: dict[str, list[Exception | Script]] = field(default_factory=dict)
    """By method name: raised, or awaited, before the method does anything, one for each call."""
    after: dict[str, list[Exception | Script]] = field(default_factory=dict)
    """The same once it has taken effect: the answer is lost."""
    remembers: Seen | None = None
    """What `seen` answers; None: the truth."""
    calls: list[str] = field(default_factory=list)
    sent: list[tuple[str, str | None]] = field(default_factory=list)
    """(command id, expected version) of every `perform`."""
    closed: int = 0
    probes: int = 0

    async def _step(self, name: str, plans: dict[str, list[Exception | Script]]) -> None:
        waiting = plans.get(name)
        if not waiting:
            return
        step = waiting.pop(0)
        if isinstance(step, Exception):
            raise step
        result = step()
        if result is not None:
            await result

    async def probe(self) -> Account:
        self.calls.append("probe")
        self.probes += 1
        await self._step("probe", self.before)
        return Account(
            login=self.world.login,
            name="Anna Holm",
            teams=self.teams,
            capabilities=Capabilities(self.able, ((Capability.SNOOZE, "this desk cannot snooze"),)),
        )

    async def changes(self, cursor: str | None) -> Batch:
        self.calls.append("changes")
        await self._step("changes", self.before)
        world = self.world
        if cursor is None or cursor.startswith("list:"):
            start = 0 if cursor is None else int(cursor.split(":")[1])
            mark = world.counter if cursor is None else int(cursor.split(":")[2])
            listed = sorted((one for one in world.incidents.values() if one.is_open), key=lambda one: one.id)
            items = tuple(listed[start : start + self.page])
            more = start + self.page < len(listed)
            return Batch(
                items=items,
                cursor=f"list:{start + self.page}:{mark}" if more else f"since:{mark}",
                more=more,
                complete=not more,
                restart=cursor is None,
                total=len(listed) if cursor is None else None,
            )
        since = int(cursor.split(":")[1])
        ids = dict.fromkeys(id for counter, id in world.log if counter > since and id in world.incidents)
        return Batch(items=tuple(world.incidents[id] for id in ids), cursor=f"since:{world.counter}")

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        self.calls.append("get")
        await self._step("get", self.before)
        found = tuple(self.world.incidents[id] for id in ids if id in self.world.incidents)
        await self._step("get", self.after)
        return found

    async def find(self, number: str) -> Incident:
        for one in self.world.incidents.values():
            if one.number == number:
                return one
        raise NotFoundError(f"no incident {number}")

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        found = [one for one in self.world.incidents.values() if include_closed or one.is_open]
        return tuple(found[:limit])

    async def timeline(self, id: str) -> tuple[TimelineEntry, ...]:
        self.calls.append("timeline")
        await self._step("timeline", self.before)
        return tuple(self.world.words.get(id, ()))

    async def transitions(self, id: str) -> tuple[Transition, ...]:
        self.calls.append("transitions")
        return (Transition("t1", "Stop", State.WAITING, "stopped"),)

    async def fields(self, verb: Verb, id: str | None) -> tuple[FieldSpec, ...]:
        self.calls.append("fields")
        return (FieldSpec("text", "Text", required=True),)

    async def directory(
        self, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        self.calls.append("directory")
        return tuple(DirectoryEntry(id, id.title()) for id in ("anna", "bo", "carl") if text in id)

    async def oncall(self, team: str | None) -> tuple[OnCall, ...]:
        return (OnCall("noc", team or "NOC", "bo"),)

    async def perform(self, command: Command, expected: str | None) -> Done:
        self.calls.append("perform")
        self.sent.append((command.id, expected))
        await self._step("perform", self.before)
        if command.subject is not None:
            now = self.world.incidents.get(command.subject.id)
            if now is None:
                raise NotFoundError("no such incident")
            if command.is_guarded and expected is not None and now.version != expected:
                raise ConflictError("it has changed", now)
        result = self.world.apply(command, self.world.login)
        await self._step("perform", self.after)
        return Done(result)

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        self.calls.append("seen")
        await self._step("seen", self.before)
        if self.remembers is not None:
            return self.remembers
        return Seen.YES if command.id in self.world.applied else Seen.NO

    async def close(self) -> None:
        self.closed += 1


@dataclass
class FakeChannel:
    """A channel whose next answers a test can bend."""

    told: list[Message] = field(default_factory=list)
    """Whatever reached somebody."""
    remembers: Seen = Seen.UNKNOWN
    before: list[Exception | Script] = field(default_factory=list)
    """Raised, or awaited, before it is told, one for each try."""
    after: list[Exception | Script] = field(default_factory=list)
    """The same once it has been told."""
    down: Exception | None = None
    """Raised at every try."""
    tries: int = 0

    async def prepare(self, message: Message) -> Callable[[], Awaitable[str]]:
        return lambda: self.tell(message)

    async def tell(self, message: Message) -> str:
        self.tries += 1
        if self.down is not None:
            raise self.down
        await self._step(self.before)
        self.told.append(message)
        await self._step(self.after)
        return ""

    async def _step(self, plan: list[Exception | Script]) -> None:
        if not plan:
            return
        step = plan.pop(0)
        if isinstance(step, Exception):
            raise step
        if (result := step()) is not None:
            await result

    async def seen(self, message: Message, first_tried: datetime) -> Seen:
        return self.remembers

    async def check(self) -> str:
        return "here"

    async def close(self) -> None:
        return None


@dataclass
class Bench:
    """One engine on one fake backend (or several), in a folder, with time moved by hand."""

    engine: Engine
    clock: ManualClock
    session: FakeSession
    sessions: dict[str, FakeSession]
    data_dir: Path

    @property
    def world(self) -> World:
        return self.session.world

    async def pass_time(self, seconds: float, step: float = 0.5) -> None:
        """Let time go by, in steps, each with everything done that is due."""
        await settle()
        while seconds > 1e-9:
            self.clock.advance(min(step, seconds))
            seconds -= step
            await settle()

    async def until(self, fits: Callable[[], bool], within: float = 120.0) -> None:
        """Let time go by until something holds. Fails where it never does."""
        for _ in range(int(within / 0.5) or 5):
            await settle()
            if fits():
                return
            if within:
                self.clock.advance(0.5)
        await settle()
        assert fits(), "it never came to be"

    def intent(self, id: str) -> Intent:
        found = self.engine._parts.outbox.get(id)
        assert found is not None
        return found


_OPEN: list[Engine] = []


async def settle() -> None:
    """Let every task and every database thread come to rest, without waiting for time to pass."""
    for _ in range(5):
        for _ in range(10):
            await asyncio.sleep(0)
        for engine in _OPEN:
            for database in (engine._parts.outbox._database, engine._parts.store._database):
                if not database._thread._shutdown:
                    await database._in_thread(lambda: None)
    for _ in range(10):
        await asyncio.sleep(0)


def settings_for(*names: str, channels: tuple[str, ...] = (), **console: object) -> Settings:
    return Settings(
        console=ConsoleSettings(**console),  # type: ignore[arg-type]
        backends=tuple(BackendSettings(name=name, adapter="fake") for name in names or ("desk",)),
        channels=tuple(ChannelSettings(name=name, url=f"json://{name}.example/{{secret}}") for name in channels),
    )


async def no_secret(_: BackendSettings | ChannelSettings) -> str:
    return "hunter2-secret"


@asynccontextmanager
async def opened(
    data_dir: Path,
    world: World | None = None,
    *,
    clock: ManualClock | None = None,
    settings: Settings | None = None,
    sessions: dict[str, FakeSession] | None = None,
    channels: dict[str, FakeChannel] | None = None,
    start: bool = True,
    poll: bool = True,
    crash: bool = False,
) -> AsyncIterator[Bench]:
    """An engine, stopped at the end; `crash`: dropped without a word, as kill -9 would."""
    settings = settings or settings_for()
    clock = clock or (world.clock if world else ManualClock(START))
    first = settings.backends[0].name
    sessions = sessions or {first: FakeSession(world or World(clock))}

    async def connect(connection: Connection) -> FakeSession:
        await connection.secret()
        return sessions[connection.settings.name]

    engine = await Engine.open(
        settings,
        data_dir,
        clock=clock,
        operator="anna",
        secrets=no_secret,
        connect=connect,
        open_channel=lambda line: (channels or {})[line.settings.name],
    )
    _OPEN.append(engine)
    bench = Bench(engine, clock, sessions[first], sessions, data_dir)
    if start:
        await engine.start(poll=poll)
        await settle()
    try:
        yield bench
    finally:
        _OPEN.remove(engine)
        if crash:
            await dropped(engine)
        else:
            await engine.stop()


async def dropped(engine: Engine) -> None:
    """End an engine as kill -9 would: nothing more is written, locks fall."""
    main = engine._supervisor._main
    tasks: set[asyncio.Task[object]] = set()
    for sender in engine._parts.senders.values():
        tasks |= set(sender._busy.values())
    if main is not None:
        tasks.add(main)
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    await engine._parts.outbox._database.close()
    await engine._parts.store._database.close()


def keys(ids: Iterable[str], backend: str = "desk") -> list[Key]:
    return [Key(backend, id) for id in ids]
