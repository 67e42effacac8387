"""Everything an engine is made of, put together: opened from the data folder, wired, and closed again."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import re
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vagt.channels.protocol import Open
from vagt.config.response import ChannelSettings
from vagt.config.settings import BackendSettings, Settings
from vagt.domain import durations
from vagt.domain.capability import Capability
from vagt.domain.clock import Clock
from vagt.domain.commands import Command, Snooze, channel_of
from vagt.domain.incident import Incident, Key
from vagt.domain.overlay import overlaid
from vagt.domain.query import Query, QueryError, parse
from vagt.engine import log as logfile
from vagt.engine.ability import Ability
from vagt.engine.asking import Asking
from vagt.engine.audit import AuditLog
from vagt.engine.backend import Backend, Connect, Secrets
from vagt.engine.board import Board
from vagt.engine.channel import Channel
from vagt.engine.choices import Choices
from vagt.engine.clocks import Clocks
from vagt.engine.desk import Desk
from vagt.engine.errors import DataError
from vagt.engine.events import HealthChanged, IncidentsChanged, OutboxChanged
from vagt.engine.fanout import Fanout
from vagt.engine.gate import Gate
from vagt.engine.health import Condition, Health
from vagt.engine.healthbook import HealthBook
from vagt.engine.intake import Intake
from vagt.engine.intent import Intent, Stage
from vagt.engine.lease import Lease
from vagt.engine.outbox import Outbox
from vagt.engine.performer import Performer, is_local
from vagt.engine.poller import Poller
from vagt.engine.sender import Sender
from vagt.engine.store import Store
from vagt.engine.teller import Teller
from vagt.engine.trail import Trail

log = logging.getLogger("vagt.engine")

_FIRST = 2000
"""Incidents on the board before the first frame; the others, less urgent, follow in the background."""
_TOLD = 0.3
"""Seconds between two tellings of what has come from the store meanwhile."""
_FROZEN = 5000
"""After so many incidents the collector is told not to look at them again."""
_CLOSED_SHOWN = timedelta(days=1)
"""So long a closed incident stays on the board; afterwards it is in the store only."""
_CLOSED_MOST = 2000
"""Closed ones on the board at the most, also where they are asked for."""
_PARTING = 0.5
"""Seconds that signing out may take."""
_SLICE = 300
_PART = 8
"""Characters from which a part of a secret is one itself; a shorter one would hide ordinary words."""
_UNWELL = frozenset({Condition.NEVER, Condition.STALE, Condition.SIGNED_OUT, Condition.THROTTLED})


class Parts:
    """The engine's parts by name, and what happens between them."""

    def __init__(
        self,
        settings: Settings,
        data_dir: Path,
        *,
        clock: Clock,
        operator: str,
        secrets: Secrets,
        seed: int,
        connect: Connect | None,
        open_channel: Open | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.data_dir = data_dir
        self.operator = operator
        self._redactor = logfile.Redactor()
        self._logging: logfile.JsonLines | None = None
        self._rest: AsyncIterator[list[Incident]] | None = None
        self._more = False
        self._recalled = False
        self._background: set[asyncio.Future[None]] = set()
        self.polling: set[str] = set()
        """The backends that this process polls: their health is ours to tell the others."""
        self.fanout = Fanout()
        self.store = Store(data_dir / "store.sqlite", clock)
        self.outbox = Outbox(data_dir / "outbox.sqlite", clock)
        self.board = Board(
            clock, matrix=settings.matrix, forgotten=_seconds(settings.console.forgotten), bell=_bell(settings)
        )
        self.clocks = Clocks(self.board, self.publish)
        self.book = HealthBook((backend.name, self.refresh_of(backend)) for backend in settings.backends)
        self.gate = Gate(settings)
        self.intake = Intake(self.store, self.board, self.fanout, clock)
        self.choices = Choices(self.store)
        self.backends = {
            backend.name: Backend(
                settings,
                backend,
                clock=clock,
                data_dir=data_dir,
                operator=operator,
                secrets=self._learning(secrets),
                seed=seed,
                connect=connect,
            )
            for backend in settings.backends
        }
        self.asking = Asking(self.backends, clock)
        self.ability = Ability(self.backends, self.gate, self.board.get)
        self.channels = {
            channel.name: Channel(channel, clock=clock, secrets=self._learning(secrets), open=open_channel)
            for channel in settings.channels
        }
        self.desk = Desk(
            self.backends, clock, channels=self.channels, undo=settings.console.undo, me=self.me, get=self.board.get
        )
        self.senders = {name: self._sender(backend, seed) for name, backend in self.backends.items()}
        self.senders |= {channel.name: self._teller(channel, seed) for channel in self.channels.values()}
        self.pollers = {name: self._poller(backend, seed) for name, backend in self.backends.items()}
        self.trail = Trail(AuditLog(data_dir / "audit.jsonl"), clock, operator)
        self.outbox.on_move = self.trail.record
        self.outbox.on_change = self._outbox_changed
        self.book.on_change = self._health_changed

    def me(self, backend: str) -> str:
        """My login there; for a channel, or where no backend is meant, the operator's own name."""
        if not backend or channel_of(backend):
            return self.operator
        known = self.backends[backend]
        return known.account.login if known.account is not None else known.settings.username or self.operator

    def my_teams(self, backend: str) -> tuple[str, ...]:
        account = self.backends[backend].account
        return account.teams if account is not None and account.teams else self.settings.teams

    def overlay(self, incident: Incident, command: Command) -> Incident:
        """How it will look once the command is applied."""
        return overlaid(incident, command, self.me(incident.backend), self.settings.matrix)

    def refresh_of(self, backend: BackendSettings) -> float:
        return backend.refresh if backend.refresh is not None else self.settings.console.refresh

    def lease(self, job: str, backend: str) -> Lease:
        """The right to do one job for one backend in this data folder."""
        return Lease(self.data_dir / f"{job}-{backend.replace(':', '+')}.lock")

    @property
    def reading(self) -> bool:
        return self._more

    def publish(self, event: IncidentsChanged) -> None:
        if event.keys:
            self.fanout.publish(event)

    async def open(self, *, load: bool) -> None:
        """Read the data folder; no network. Raises DataError."""
        _make_folder(self.data_dir)
        self._logging = logfile.begin(self.data_dir / "vagt.log", self._redactor)
        names = [(backend.name, backend.system, backend.scope) for backend in self.backends.values()]
        try:
            await asyncio.gather(self.store.open(names), self.outbox.open())
            for health in await self.store.healths():
                if health.backend in self.backends:
                    self.backends[health.backend].account = health.account
                    self.book.resume(health)
            for name in self.backends:
                self._know(name)
            await self.choices.load()
            if load:
                await self._load_first()
            self.board.snoozes(dict(await self.store.snoozes()))
        except BaseException:
            await self.close()
            raise
        self._lay_over(tuple(self.outbox.subjects()))

    async def _load_first(self) -> None:
        self._rest = self.store.open_ones(tuple(self.backends))
        first: list[Incident] = []
        async for piece in self._rest:
            first += piece
            if len(first) >= _FIRST:
                self._more = True
                break
        first += await self._recently_closed()
        self.board.load(first, await self.store.marks())

    async def load_rest(self) -> None:
        """What did not have to be there for the first frame; then, for ever, drop what is closed for long."""
        if self._rest is not None:
            # Should it break off, it is read again from the start.
            rest, self._rest = self._rest, self.store.open_ones(tuple(self.backends))
            await self._take_in(rest)
            self._rest = None
            await self.board.rank_usual()
        gc.freeze()
        while True:
            await self.clock.sleep(3600)
            limit = self.clock.now() - _CLOSED_SHOWN
            old = [key for key, incident in self.board.incidents.items() if _closed_before(incident, limit)]
            if self._recalled:
                old.sort(key=lambda key: _changed_at(self.board.incidents[key]), reverse=True)
                old = old[_CLOSED_MOST:]
            self.publish(self.board.apply((), [key for key in old if not self.outbox.on(key)]))
            await self.store.tidy(limit)
            await self.outbox.forget_ended()

    async def _take_in(self, rest: AsyncIterator[list[Incident]]) -> None:
        """Put the rest of the store on the board, a slice at a time; told now and then, for each telling is drawn."""
        told = self.clock.monotonic()
        untold: set[Key] = set()
        fresh = 0
        async for piece in rest:
            event = self.board.apply(self._unknown(piece), news=False)
            untold |= event.keys
            fresh += len(piece)
            if fresh >= _FROZEN:
                # Incidents live long: at 100,000 of them, each full look of the collector stops the console for 0.2 s.
                gc.freeze()
                fresh = 0
            if self.clock.monotonic() - told >= _TOLD:
                self.publish(IncidentsChanged(frozenset(untold)))
                untold.clear()
                told = self.clock.monotonic()
            await asyncio.sleep(0)
        self._more = False
        self.publish(IncidentsChanged(frozenset(untold)))

    def _unknown(self, incidents: list[Incident]) -> list[Incident]:
        """A poll may have brought a newer one while the stored ones were still being read."""
        return [incident for incident in incidents if self.board.theirs(incident.key) is None]

    async def recall_closed(self) -> None:
        """Closed ones are asked for: from now on the newest of them stay on the board, however old."""
        self._recalled = True
        found = await self.store.closed(tuple(self.backends), limit=_CLOSED_MOST)
        for start in range(0, len(found), _SLICE):
            self.publish(self.board.apply(self._unknown(found[start : start + _SLICE]), news=False))
            await asyncio.sleep(0)

    async def _recently_closed(self) -> list[Incident]:
        since = self.clock.now() - _CLOSED_SHOWN
        return await self.store.closed(tuple(self.backends), since=since, limit=_CLOSED_MOST)

    async def close(self) -> None:
        """Let go of everything. Sessions are signed out where that is quick."""
        self.fanout.end()
        signing_out = {asyncio.ensure_future(backend.reset()) for backend in self.backends.values()}
        signing_out |= {asyncio.ensure_future(channel.close()) for channel in self.channels.values()}
        if signing_out:
            # Whoever is signing in just now may hold it up for long.
            await asyncio.wait(signing_out, timeout=_PARTING)
        for task in (*self._background, *signing_out):
            task.cancel()
        await asyncio.gather(self.outbox.close(), self.store.close(), return_exceptions=True)
        if self._logging is not None:
            logfile.end(self._logging)

    def later(self, work: asyncio.Future[None]) -> None:
        """Keep hold of a small task that nobody waits for."""
        self._background.add(work)
        work.add_done_callback(self._background.discard)

    def _outbox_changed(self, intents: Sequence[Intent]) -> None:
        self.fanout.publish(OutboxChanged(frozenset(intent.command.id for intent in intents)))
        for intent in intents:
            self._remember_snooze(intent)
        self._lay_over({intent.command.subject for intent in intents if intent.command.subject is not None})
        for name in {intent.command.backend for intent in intents} & self.senders.keys():
            self.senders[name].kick()

    def _lay_over(self, keys: Collection[Key]) -> None:
        commands: dict[Key, list[Command]] = {
            # What goes through a channel changes nothing of the incident.
            key: [
                intent.command
                for intent in self.outbox.on(key)
                if intent.stage.is_pending and not intent.command.channel
            ]
            for key in keys
        }
        self.publish(self.board.overlays(commands))

    def _remember_snooze(self, intent: Intent) -> None:
        """A snooze that was confirmed outlives its intent: in the backend where that keeps it, else here."""
        change, key = intent.command.change, intent.command.subject
        if isinstance(change, Snooze) and key is not None and intent.stage is Stage.DONE:
            # what a backend keeps comes with the incident, and goes when a colleague ends it there
            theirs = self.board.theirs(key)
            until = None if theirs is not None and theirs.snoozed_until is not None else change.until
            self.publish(self.board.snooze(key, until))
            self.later(asyncio.ensure_future(self.store.snooze(key, until)))

    def _health_changed(self, health: Health) -> None:
        self.fanout.publish(HealthChanged(health.backend))
        if health.account is not None:
            self._know(health.backend)
        stale = {known.backend for known in self.book.all() if known.condition in _UNWELL}
        self.publish(self.board.stale(stale))
        if health.backend in self.polling:
            self.later(asyncio.ensure_future(self.store.save_health(health)))

    def _know(self, backend: str) -> None:
        self.publish(self.board.know(backend, self.me(backend), self.my_teams(backend)))

    def _learning(self, secrets: Secrets) -> Secrets:
        """What is handed out as a secret never stands in the log."""

        async def secret(backend: BackendSettings | ChannelSettings) -> str:
            found = await secrets(backend)
            self._redactor.learn(found)
            for part in re.split("[/:]", found) if isinstance(backend, ChannelSettings) else ():
                # The secret of a channel may be several, which a library meets one by one.
                if len(part) >= _PART:
                    self._redactor.learn(part)
            return found

        return secret

    def _sender(self, backend: Backend, seed: int) -> Sender:
        performer = Performer(backend, self.outbox, self.intake, gate=self.gate, matrix=self.settings.matrix)
        return Sender(
            backend,
            self.outbox,
            performer,
            self.clock,
            random_source=random.Random(f"send {backend.name} {seed}"),
            is_local=lambda intent: is_local(
                intent.command, self.ability.knows(intent.command.backend, Capability.SNOOZE)
            ),
        )

    def _teller(self, channel: Channel, seed: int) -> Sender:
        return Sender(
            channel,
            self.outbox,
            Teller(channel, self.outbox, gate=self.gate, known=self.channels),
            self.clock,
            random_source=random.Random(f"tell {channel.name} {seed}"),
            is_local=lambda _: False,
        )

    def _poller(self, backend: Backend, seed: int) -> Poller:
        return Poller(
            backend,
            self.store,
            self.intake,
            self.book,
            self.clock,
            refresh=self.refresh_of(backend.settings),
            random_source=random.Random(f"poll {backend.name} {seed}"),
            on_good=self.senders[backend.name].encourage,
        )


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"the data folder {path} cannot be made: {error.strerror or error}") from error


def _seconds(text: str) -> float:
    try:
        return durations.parse(text)
    except durations.DurationError:
        return 4 * 3600.0


def _bell(settings: Settings) -> Query | None:
    try:
        return parse(settings.console.bell) if settings.console.bell.strip() else None
    except QueryError as error:
        log.warning("the bell's query is not understood: %s", error)
        return None


def _closed_before(incident: Incident, limit: datetime) -> bool:
    return not incident.is_open and _changed_at(incident) < limit


def _changed_at(incident: Incident) -> datetime:
    """When it last changed; now, as it were, where that is not known."""
    return incident.updated_at or incident.closed_at or incident.resolved_at or datetime.max.replace(tzinfo=UTC)
