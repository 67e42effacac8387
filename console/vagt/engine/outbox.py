"""The operator's intentions: on disk before anything is said of them, and mirrored in memory for the screens."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from vagt.domain.clock import Clock
from vagt.domain.commands import Attach
from vagt.domain.incident import Key
from vagt.engine import moves, outbox_rows
from vagt.engine.codec import Undecodable
from vagt.engine.database import Database, is_damage, words_of
from vagt.engine.errors import DataError, OutboxError, SpoolError
from vagt.engine.intent import Intent, Stage
from vagt.engine.outbox_rows import ENDED, Rows
from vagt.engine.schema import OUTBOX
from vagt.engine.spool import Spool, Staged

T = TypeVar("T")
K = TypeVar("K")
log = logging.getLogger("vagt.outbox")

RECENT = 200
_KEPT = timedelta(days=30)
_AGAIN = 5.0
"""Seconds between tries to open a file that could not be used."""


class Outbox:
    """Each change is committed with fsync when its call returns; `on_change` then tells the new state."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._database = Database(path, OUTBOX, durable=True)
        self.spool = Spool(path.with_name("spool"))
        """The files that wait to be attached."""
        self._writer = uuid4().hex
        self._seen_rev = 0
        self._version = 0
        self._revs: dict[str, int] = {}
        self._open: dict[str, Intent] = {}
        self._on: dict[Key, dict[str, Intent]] = {}
        self._lanes: dict[str, dict[Key | str, dict[str, Intent]]] = {}
        """By who is told, and there by incident, or by its own id where it is about none."""
        self._ended: OrderedDict[str, Intent] = OrderedDict()
        self._writes: set[asyncio.Task[object]] = set()
        self.on_change: Callable[[Sequence[Intent]], None] = lambda _: None
        """Told what is another than before, whoever changed it."""
        self.on_move: Callable[[Sequence[Intent]], None] = lambda _: None
        """Told, in the writing thread, what this process has moved to another stage."""
        self._tried_at = 0.0
        self.problem = ""
        """Why no action can be taken, in words; empty where all is well."""

    async def open(self) -> None:
        """Read what is outstanding. Raises DataError for a newer file; other trouble stands in `problem`.

        `look` tries again from time to time, so that a disk that has room again needs no restart.
        """
        self._tried_at = self._clock.monotonic()
        try:
            await self._database.open()
            await self._load()
            self.problem = ""
        except (sqlite3.Error, OSError, Undecodable) as error:
            self.problem = words_of(error, self._path)
            if is_damage(error) or isinstance(error, Undecodable):
                # Intentions are never thrown away by a program: a person decides.
                self.problem = f"{self._path} is damaged; nothing can be sent until you have moved it away"
            log.error("the outbox cannot be used: %s", self.problem)

    async def _load(self) -> None:
        self._version = await self._database.version()
        self._seen_rev, _ = await self._database.read(
            lambda connection: outbox_rows.written_by_others(connection, self._writer, 1 << 62)
        )
        for rev, intent in await self._database.read(outbox_rows.outstanding):
            if intent.unreadable:
                log.error("row %d of the outbox cannot be read", intent.seq)
            self._take(rev, intent)
        for rev, intent in reversed(await self._database.read(lambda c: outbox_rows.ended(c, RECENT))):
            self._take(rev, intent)
        await self.forget_ended()

    async def forget_ended(self) -> None:
        """Drop what ended long ago; the audit log has it all. A disk that is full may stop us: another time, then."""
        now = self._clock.now()
        try:
            await self._database.write(lambda connection: Rows(connection, "", now).forget_ended(now - _KEPT))
        except (sqlite3.Error, OSError) as error:
            log.warning("nothing was tidied in the outbox: %s", words_of(error, self._path))
        if self.spool.names():
            await self._sweep()

    async def _sweep(self) -> None:
        """Remove the copies of files that nothing waits for any more."""
        now = self._clock.now()

        def sweep(connection: sqlite3.Connection) -> None:
            waiting = [intent for _, intent in outbox_rows.outstanding(connection)]
            if any(intent.unreadable for intent in waiting):
                return  # nobody knows which copy it needs
            changes = (intent.command.change for intent in waiting)
            self.spool.sweep({change.digest for change in changes if isinstance(change, Attach)}, now)

        try:
            await self._database.write(sweep)
        except (sqlite3.Error, OSError, Undecodable) as error:
            log.warning("the copies of files were not tidied: %s", words_of(error, self._path))

    async def change(self, move: Callable[[Rows], T]) -> T:
        """One transaction of `vagt.engine.moves`. Raises OutboxError where it could not be written."""
        if self.problem and not self._path.exists():
            raise OutboxError(f"the action was not taken: {self.problem}")
        now = self._clock.now()

        def work(connection: sqlite3.Connection) -> tuple[T, Rows]:
            rows = Rows(connection, self._writer, now)
            return move(rows), rows

        async def write() -> T:
            result, rows = await self._database.write(work, lambda done: self.on_move(done[1].moved))
            self._merge((rows.rev, intent) for intent in rows.touched.values())
            if any(i.stage in ENDED and isinstance(i.command.change, Attach) for i in rows.touched.values()):
                await self._sweep()
            return result

        # Once begun it is told to the end, even where whoever asked has been cancelled.
        task = asyncio.ensure_future(write())
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        try:
            return await asyncio.shield(task)
        except (sqlite3.Error, OSError, Undecodable) as error:
            words = self.problem or words_of(error, self._path)
            log.error("the outbox was not written: %s", words)
            raise OutboxError(f"the action was not taken: {words}") from error

    async def append(self, intents: Sequence[Intent], staged: Sequence[Staged] = ()) -> tuple[Intent, ...]:
        """All on disk, with the files that they attach, or none and OutboxError."""

        def add(rows: Rows) -> list[Intent]:
            # Under the same lock as every sweep: a copy is named by an action before it can look forgotten.
            self.spool.place(staged)
            for intent in intents:
                change = intent.command.change
                if isinstance(change, Attach) and not self.spool.has(change):
                    raise SpoolError(f"the copy of {change.name} is gone; choose the file again")
            return moves.append(rows, intents)

        try:
            return tuple(await self.change(add))
        except SpoolError as error:
            raise OutboxError(f"the action was not taken: {error.words}") from error
        finally:
            self.spool.drop(staged)

    async def undo(self) -> tuple[Intent, ...]:
        """Take back the newest held action with all of its bulk; those that were taken back."""
        now = self._clock.now()
        held = [i for i in self._open.values() if i.stage is Stage.HELD and not moves.is_due(i, now)]
        if not held:
            return ()
        newest = max(held, key=lambda intent: intent.seq)
        bulk = newest.command.bulk
        ids = [i.command.id for i in held if i is newest or (bulk is not None and i.command.bulk == bulk)]

        def take_back(rows: Rows) -> list[Intent]:
            moves.undo(rows, ids)
            return sorted(rows.touched.values(), key=lambda intent: intent.seq)

        return tuple(await self.change(take_back))

    async def look(self) -> bool:
        """Take over what other processes have written; whether there was anything. Raises sqlite3.Error."""
        if self.problem:
            return await self._opened_again()
        version = await self._database.version()
        if version == self._version:
            return False
        self._version = version
        self._seen_rev, found = await self._database.read(
            lambda connection: outbox_rows.written_by_others(connection, self._writer, self._seen_rev)
        )
        self._merge(found)
        return bool(found)

    async def _opened_again(self) -> bool:
        if self._clock.monotonic() - self._tried_at < _AGAIN:
            return False
        try:
            await self.open()
        except DataError as error:
            self.problem = error.words
        if not self.problem:
            log.info("the outbox can be used again")
            self.on_change(self.intents())
        return not self.problem

    async def stored(self, ids: Collection[str]) -> dict[str, Intent]:
        """How these stand on disk, however long ago they ended."""
        return await self._database.read(lambda connection: outbox_rows.by_ids(connection, ids))

    async def close(self) -> None:
        """Let what is being written come to its end."""
        if self._writes:
            await asyncio.wait(set(self._writes), timeout=0.5)
        await self._database.close()

    def intents(self) -> tuple[Intent, ...]:
        """Everything that has not ended, in order."""
        return tuple(sorted(self._open.values(), key=lambda intent: intent.seq))

    def recent(self) -> tuple[Intent, ...]:
        """What ended, the newest first."""
        return tuple(reversed(self._ended.values()))

    def get(self, id: str) -> Intent | None:
        return self._open.get(id) or self._ended.get(id)

    def on(self, key: Key) -> tuple[Intent, ...]:
        """What has not ended on this incident, in order."""
        return tuple(sorted(self._on.get(key, {}).values(), key=lambda intent: intent.seq))

    def subjects(self) -> Iterator[Key]:
        """Incidents with anything outstanding."""
        return iter(tuple(self._on))

    def heads(self, backend: str) -> list[Intent]:
        """For this backend or channel, in order: the first pending one of each incident, and all about none."""
        first: list[Intent] = []
        for intents in self._lanes.get(backend, {}).values():
            stop = min((intent.seq for intent in intents.values() if intent.unreadable), default=None)
            pending = [i for i in intents.values() if i.stage.is_pending and (stop is None or i.seq < stop)]
            if pending:
                first.append(min(pending, key=lambda intent: intent.seq))
        return sorted(first, key=lambda intent: intent.seq)

    def held(self, backend: str) -> list[Intent]:
        """What can still be taken back."""
        return [intent for intent in self._of(backend) if intent.stage is Stage.HELD]

    def pending(self, backend: str) -> list[Intent]:
        """All that may still happen by itself."""
        return [intent for intent in self._of(backend) if intent.stage.is_pending]

    def _of(self, backend: str) -> Iterator[Intent]:
        for intents in self._lanes.get(backend, {}).values():
            yield from intents.values()

    def _merge(self, written: Iterable[tuple[int, Intent]]) -> None:
        news = [intent for rev, intent in written if self._take(rev, intent)]
        if news:
            self.on_change(news)

    def _take(self, rev: int, intent: Intent) -> bool:
        """Mirror one row; False where we know it as it is, or newer."""
        id, key = intent.command.id, intent.command.subject
        if rev <= self._revs.get(id, -1):
            return False
        self._revs[id] = rev
        self._open.pop(id, None)
        lane = self._lanes.setdefault(intent.command.backend, {})
        _drop(lane, key or id, id)
        if key is not None:
            _drop(self._on, key, id)
        if intent.stage in ENDED:
            self._ended[id] = intent
            self._ended.move_to_end(id)
            if len(self._ended) > RECENT:
                forgotten, _ = self._ended.popitem(last=False)
                self._revs.pop(forgotten, None)
            return True
        self._open[id] = intent
        lane.setdefault(key or id, {})[id] = intent
        if key is not None:
            self._on.setdefault(key, {})[id] = intent
        return True


def _drop(groups: dict[K, dict[str, Intent]], group: K, id: str) -> None:
    """Take one out, and its group with it where that was the last."""
    members = groups.get(group)
    if members is not None and members.pop(id, None) is not None and not members:
        del groups[group]
