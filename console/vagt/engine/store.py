"""The last snapshot of every backend, in one SQLite file that can be thrown away and read again."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from vagt.domain.clock import Clock
from vagt.domain.directory import DirectoryEntry, DirectoryKind
from vagt.domain.incident import Incident, Key
from vagt.domain.past import Past
from vagt.engine import keepsakes, past, snapshot
from vagt.engine.database import IN_MEMORY, Database, is_damage, words_of
from vagt.engine.health import Health
from vagt.engine.keepsakes import Foreign
from vagt.engine.schema import STORE
from vagt.engine.snapshot import Applied, Page, Progress

T = TypeVar("T")
log = logging.getLogger("vagt.store")

_SLICE = 300
"""Rows decoded in one go: a few milliseconds."""
_TOLD = timedelta(minutes=15)
_START = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(9999, 1, 1, tzinfo=UTC)


class Store:
    """What the backends last told. Its own failures never stop the console: they are told in `problem`."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._path = path
        self._database = Database(path, STORE, durable=False)
        self._adopted: tuple[tuple[str, str, str], ...] = ()
        self._behind: set[str] = set()
        self._mending = asyncio.Lock()
        self._mended = 0
        self.writer = uuid4().hex
        """Tells our own writes from those of other processes."""
        self.problem = ""
        """Why nothing is stored at the moment, in words; empty where all is well."""
        self._aside: tuple[datetime, str] | None = None
        self._unwritten = False
        """The problem is one of writing: that something can be read does not end it."""

    async def open(self, backends: Iterable[tuple[str, str, str]]) -> None:
        """Open it for the config's backends, as (name, system, scope). Raises DataError for a newer file.

        A damaged file is set aside and a new one begun. Where the folder cannot be written to,
        the store stays in memory, and `problem` says so.
        """
        self._adopted = tuple(backends)
        try:
            await self._open()
        except (sqlite3.Error, OSError) as error:
            if is_damage(error):
                await self._rebuild(error)
                return
            self.problem = words_of(error, self._path)
            log.warning("the store is kept in memory: %s", self.problem)
            self._database = Database(IN_MEMORY, STORE, durable=False)
            await self._open()

    async def _open(self) -> None:
        await self._database.open()
        await self._database.write(lambda connection: snapshot.adopt(connection, self.writer, self._adopted))

    async def _rebuild(self, error: BaseException) -> None:
        label = f"damaged-{self._clock.now():%Y%m%dT%H%M%S}"
        where = await self._database.set_aside(label)
        if where is not None:
            self._aside = self._clock.now(), where.name
            log.error("the store was damaged (%s); it was set aside as %s and is read again", error, where)
        else:
            log.warning("the store was damaged (%s); another process has set it aside already", error)
        await self._open_another()

    async def _open_another(self) -> None:
        """A new file: its transactions are numbered on from any that another process has seen in the old one."""
        await self._open()
        start = int(self._clock.now().timestamp() * 1000)
        await self._database.write(lambda connection: snapshot.number_from(connection, start))
        self._behind.update(name for name, _, _ in self._adopted)

    @property
    def mended(self) -> str:
        """That the file was damaged and what became of it, in words, for a while; else empty."""
        if self._aside is None or self._clock.now() - self._aside[0] > _TOLD:
            return ""
        return f"{self._path.name} was damaged: kept as {self._aside[1]}, and everything is read again"

    def behind(self, backend: str) -> bool:
        """Something that was read could not be kept, and now it could be: time to read everything again."""
        return backend in self._behind and not self.problem

    async def apply(
        self,
        backend: str,
        items: Collection[Incident],
        *,
        asked_at: datetime,
        gone: Collection[str] = (),
        listed: bool = False,
        restart: bool = False,
        complete: bool = False,
        cursor: str | None = None,
        force: bool = False,
    ) -> Applied:
        """Store an answer, in one transaction with the cursor that came with it.

        `listed`: it is a page of `changes`, and `cursor` is where to go on. `restart` and `complete`
        as in `Batch`. What was stored after `asked_at` is left alone and named in `doubtful`, unless `force`.
        Where the disk fails, the answer counts as changed and the cursor is not moved on disk,
        so that nothing is missing after a restart.
        """
        now = self._clock.now()
        if restart:
            self._behind.discard(backend)

        def work(connection: sqlite3.Connection) -> Applied:
            page = Page(
                backend=backend,
                items=tuple(items),
                asked_at=asked_at,
                stored_at=now,
                gone=gone,
                listed=listed,
                restart=restart,
                complete_at=now if complete else None,
                cursor=None if backend in self._behind else cursor,
                keep_cursor=not listed,
                force=force,
            )
            return snapshot.apply(connection, self.writer, page)

        try:
            return await self._write(work)
        except (sqlite3.Error, OSError):
            self._behind.add(backend)
            return Applied(tuple(items), frozenset(), tuple(Key(backend, native_id) for native_id in gone))

    async def remove(self, backend: str, ids: Collection[str]) -> tuple[Key, ...]:
        """Forget incidents that the backend no longer shows; their keys."""
        await self._keep(
            lambda connection: snapshot.remove(connection, self.writer, snapshot.bump(connection), backend, ids)
        )
        return tuple(Key(backend, native_id) for native_id in ids)

    async def progress(self, backend: str) -> Progress:
        """Where the reading of this backend stands."""
        return await self._read(lambda connection: snapshot.progress(connection, backend))

    async def forget_cursor(self, backend: str) -> None:
        """The next reading begins a full listing."""
        await self._keep(
            lambda connection: connection.execute("UPDATE backends SET cursor = NULL WHERE name = ?", (backend,))
        )

    async def unlisted(self, backend: str) -> tuple[tuple[str, int], ...]:
        """Open ones that the full listing which just ended did not name, as (id, in how many listings)."""
        return await self._read(lambda connection: snapshot.unlisted(connection, backend))

    async def open_ones(self, backends: Collection[str], size: int = _SLICE) -> AsyncIterator[list[Incident]]:
        """All open incidents in slices, the most urgent first. Unreadable rows are asked for again later."""
        after: tuple[int, int] | None = (-1, 0)
        broken: set[str] = set()
        while after is not None:
            start = after
            found, after, unreadable = await self._read(
                lambda connection, start=start: snapshot.open_slice(connection, backends, start, size)  # type: ignore[misc]
            )
            broken.update(unreadable)
            if found:
                yield found
        for backend in sorted(broken):
            log.warning("some stored incidents of %s cannot be read; all are listed again", backend)
            await self.forget_cursor(backend)

    async def closed(
        self,
        backends: Collection[str],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 1000,
    ) -> list[Incident]:
        """Incidents that are no longer open, last changed within [since, until), the newest first."""
        start, end = (since or _START).timestamp(), (until or _END).timestamp()
        return await self._read(lambda connection: snapshot.closed(connection, backends, start, end, limit))

    async def past(self, backends: Collection[str], *, most: int, size: int = _SLICE) -> AsyncIterator[list[Past]]:
        """The newest `most` closed incidents in slices, the longest unchanged first, without their long texts."""
        place: past.Place | None = await self._read(lambda connection: past.beginning(connection, most))
        while place is not None:
            start = place
            found, place = await self._read(
                lambda connection, start=start: past.slice_after(connection, backends, start, size)  # type: ignore[misc]
            )
            if found:
                yield found

    async def get(self, key: Key) -> Incident | None:
        """As last stored, open or not."""
        return await self._read(lambda connection: snapshot.one(connection, key))

    async def by_number(self, number: str, backends: Collection[str]) -> list[Key]:
        """The incidents that people call `number`."""
        return await self._read(lambda connection: snapshot.by_number(connection, number, backends))

    async def save_health(self, health: Health) -> None:
        await self._keep(lambda connection: keepsakes.save_health(connection, self.writer, health))

    async def healths(self) -> tuple[Health, ...]:
        """What was last known of each backend."""
        return await self._read(keepsakes.healths)

    async def snooze(self, key: Key, until: datetime | None) -> None:
        await self._keep(lambda connection: keepsakes.snooze(connection, self.writer, key, until))

    async def snoozes(self) -> dict[Key, datetime]:
        now = self._clock.now().timestamp()
        return await self._read(lambda connection: keepsakes.snoozes(connection, now))

    async def mark(self, marks: Collection[tuple[Key, str]]) -> None:
        """Remember marks ("new", "changed"; empty: looked at)."""
        await self._keep(lambda connection: keepsakes.mark(connection, marks))

    async def marks(self) -> dict[Key, str]:
        return await self._read(keepsakes.marks)

    async def tidy(self, limit: datetime) -> None:
        """Forget marks of incidents that were closed before `limit`, and snoozes that ended before it."""
        await self._keep(lambda connection: keepsakes.tidy(connection, limit.timestamp()))

    async def chose(self, backend: str, kind: DirectoryKind, entry: DirectoryEntry) -> None:
        at = self._clock.now().timestamp()
        await self._keep(lambda connection: keepsakes.chose(connection, backend, kind, entry, at))

    async def choices(self) -> dict[tuple[str, DirectoryKind], dict[str, tuple[DirectoryEntry, int]]]:
        return await self._read(keepsakes.choices)

    async def version(self) -> int:
        """Another number as soon as another process has written."""
        if await self._database.is_another():
            log.warning("another file stands in the place of the store: it is used from now on")
            await self._open_another()
        return await self._database.version()

    async def revision(self) -> int:
        """The number of the last transaction, for `foreign`."""
        return await self._read(snapshot.rev)

    async def foreign(self, after: int) -> Foreign:
        """What other processes wrote after revision `after`."""
        return await self._read(lambda connection: keepsakes.foreign(connection, self.writer, after))

    async def wish(self) -> None:
        """Ask whichever process polls to do it now."""
        await self._keep(keepsakes.wish)

    async def wished(self) -> int:
        return await self._read(keepsakes.wished)

    async def close(self) -> None:
        await self._database.close()

    async def _keep(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Write what can be done without; a failure stands in `problem` and in the log."""
        with suppress(sqlite3.Error, OSError):
            await self._write(work)

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._guarded(lambda: self._database.write(work), writes=True)

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._guarded(lambda: self._database.read(work), writes=False)

    async def _guarded(self, attempt: Callable[[], Awaitable[T]], *, writes: bool) -> T:
        mended = self._mended
        try:
            result = await attempt()
        except (sqlite3.Error, OSError) as error:
            if not is_damage(error):
                self.problem = words_of(error, self._path)
                self._unwritten = self._unwritten or writes
                log.error("nothing is stored: %s", self.problem)
                raise
            async with self._mending:
                if mended == self._mended:
                    await self._rebuild(error)
                    self._mended += 1
            return await attempt()
        if self.problem and self._database.path == self._path and (writes or not self._unwritten):
            self.problem, self._unwritten = "", False
        return result
