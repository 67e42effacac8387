"""One SQLite file with one thread that talks to it, asked from the event loop."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from vagt.config.disk import is_full
from vagt.engine.schema import Schema

T = TypeVar("T")

IN_MEMORY = Path(":memory:")
"""SQLite's name for a database without a file."""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says that the file itself is broken (sqlite.org, “Result and Error Codes”)."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in _DAMAGED


def words_of(error: BaseException, path: Path) -> str:
    """What to tell a person about a failure of the disk or the file."""
    code = getattr(error, "sqlite_errorcode", None)
    base = code & 0xFF if isinstance(code, int) else None
    if base == sqlite3.SQLITE_FULL or (base == sqlite3.SQLITE_IOERR and is_full(path.parent)):
        return f"the disk that holds {path.parent} is full: free some space"
    if base in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return f"{path.parent} cannot be written to: “vagt doctor” finds out why"
    if base in _DAMAGED:
        return f"{path} is damaged"
    if base in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"{path} is locked by another program"
    return f"{path}: {error}"


class Database:
    """A file in WAL mode. `durable`: a committed transaction survives loss of power, not only a crash."""

    def __init__(self, path: Path, schema: Schema, *, durable: bool) -> None:
        self.path = path
        self._schema = schema
        self._durable = durable
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=path.stem)
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        """Which file was opened: another one may stand under its name since."""

    async def open(self) -> None:
        """Create or migrate it. Raises DataError for a newer file, sqlite3.Error and OSError."""
        await self._in_thread(self._open)

    def _open(self) -> None:
        self._shut()
        # SQLite gives the -wal and -shm files the mode of the main one (sqlite.org, “WAL-mode File Format”).
        if self.path != IN_MEMORY:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._file = _identity(self.path)
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=5.0, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={'FULL' if self._durable else 'NORMAL'}")
            connection.execute("PRAGMA cache_size=-16000")
            self._schema.prepare(connection, self.path)
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    async def write(self, work: Callable[[sqlite3.Connection], T], after: Callable[[T], None] | None = None) -> T:
        """Run `work` in one transaction; on return it is committed, and `after` was run with what it gave.

        Raises sqlite3.Error and what `work` raises; `after` must not raise.
        """

        def transaction() -> T:
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            if after is not None:
                after(result)
            return result

        return await self._in_thread(transaction)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work`, which only reads. Raises sqlite3.Error."""
        return await self._in_thread(lambda: work(self._opened()))

    async def version(self) -> int:
        """A number that is another one as soon as some other connection has written."""
        return await self.read(lambda connection: int(connection.execute("PRAGMA data_version").fetchone()[0]))

    async def is_another(self) -> bool:
        """Whether the file under this name is no longer the one that was opened: set aside by another process, gone."""
        if self.path == IN_MEMORY:
            return False
        return await self._in_thread(lambda: self._connection is None or _identity(self.path) != self._file)

    async def set_aside(self, label: str) -> Path | None:
        """Rename a damaged file, so that a new one can take its place; where it went, None: another process did it."""

        def move() -> Path | None:
            self._shut()
            if _identity(self.path) != self._file:
                return None
            target = self.path.with_name(f"{self.path.name}.{label}")
            for suffix in ("", "-wal", "-shm"):
                part = self.path.with_name(self.path.name + suffix)
                if part.exists():
                    part.replace(target.with_name(target.name + suffix))
            return target

        return await self._in_thread(move)

    async def close(self) -> None:
        """Finish what is under way and let go of the file. Safe to call twice."""

        if not self._thread._shutdown:
            await self._in_thread(self._shut)
            self._thread.shutdown(wait=False)

    def _shut(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.OperationalError(f"{self.path} is not open")
        return self._connection

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._thread._shutdown:
            raise sqlite3.OperationalError(f"{self.path} is closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and number of the file that stands under this name; None: there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
