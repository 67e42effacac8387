"""What this data folder keeps of its own: reminders, holds that stop a deadline, steps that no note can tell of."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from vagt.domain.incident import Key
from vagt.engine.console_id import console_id
from vagt.engine.database import Database, words_of
from vagt.engine.schema import Schema
from vagt.escalation.record import Mark, MarkKind
from vagt.escalation.slas import Paused

log = logging.getLogger("vagt.escalation")

WATCH = Schema(
    steps=(
        (
            """CREATE TABLE reminders (backend TEXT NOT NULL, native_id TEXT NOT NULL, ref TEXT NOT NULL,
                at REAL NOT NULL, note TEXT NOT NULL, rung REAL, PRIMARY KEY (backend, native_id)) WITHOUT ROWID""",
            """CREATE TABLE pauses (backend TEXT NOT NULL, native_id TEXT NOT NULL, seconds REAL NOT NULL, since REAL,
                PRIMARY KEY (backend, native_id)) WITHOUT ROWID""",
            """CREATE TABLE marks (number INTEGER PRIMARY KEY, backend TEXT NOT NULL, native_id TEXT NOT NULL,
                kind TEXT NOT NULL, path TEXT NOT NULL, step INTEGER NOT NULL, round TEXT NOT NULL, id TEXT NOT NULL,
                at REAL NOT NULL, who TEXT NOT NULL, until REAL, reached INTEGER NOT NULL, manual INTEGER NOT NULL)""",
            "CREATE INDEX marks_of ON marks (backend, native_id)",
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Reminder:
    """The operator wants to be reminded of an incident."""

    key: Key
    ref: str
    at: datetime
    note: str
    rung: bool = False
    """It has rung, and nobody has dismissed it."""


class Memory:
    """One small file. Where it cannot be written, what it would keep lives until the program ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._database = Database(folder / "watch.sqlite", WATCH, durable=True)
        self._reminders: dict[Key, Reminder] = {}
        self._pauses: dict[Key, Paused] = {}
        self._version = -1
        self.problem = ""
        """Why nothing can be kept, in words."""

    async def open(self) -> None:
        """Read it. Raises DataError where a newer Vagt wrote it."""
        try:
            await self._database.open()
            self._reminders = await self._database.read(_reminders)
            self._pauses = await self._database.read(_pauses)
        except (sqlite3.Error, OSError) as error:
            self._failed(error)

    async def close(self) -> None:
        await self._database.close()

    def console(self) -> str:
        """What tells this data folder from every other: the owner of its claims."""
        try:
            return console_id(self._folder)
        except OSError as error:
            self._failed(error)
            return uuid4().hex

    def reminders(self) -> tuple[Reminder, ...]:
        """All that have not been dismissed, the earliest first."""
        return tuple(sorted(self._reminders.values(), key=lambda reminder: reminder.at))

    def reminder(self, key: Key) -> Reminder | None:
        return self._reminders.get(key)

    async def look(self) -> None:
        """Take over what another process on this data folder was told."""
        try:
            version = await self._database.version()
            if version == self._version:
                return
            self._version = version
            self._reminders = await self._database.read(_reminders)
        except (sqlite3.Error, OSError) as error:
            self._failed(error)

    async def remind(self, reminder: Reminder) -> None:
        """Keep it; an earlier one of the same incident is replaced."""
        self._reminders[reminder.key] = reminder
        rung = reminder.at.timestamp() if reminder.rung else None
        await self._write(
            "INSERT OR REPLACE INTO reminders VALUES (?, ?, ?, ?, ?, ?)",
            (*reminder.key, reminder.ref, reminder.at.timestamp(), reminder.note, rung),
        )

    async def dismiss(self, key: Key) -> None:
        """The operator has been reminded."""
        if self._reminders.pop(key, None) is not None:
            await self._write("DELETE FROM reminders WHERE backend = ? AND native_id = ?", tuple(key))

    def paused(self, key: Key) -> Paused:
        """How long it has waited, as far as this console saw it."""
        return self._pauses.get(key, _NEVER)

    def pauses(self) -> frozenset[Key]:
        """Those that have waited, or wait."""
        return frozenset(self._pauses)

    def waited(self, key: Key, paused: Paused) -> None:
        """So long it has waited, from now on; `pause` keeps it."""
        self._pauses[key] = paused

    async def pause(self, key: Key) -> None:
        """Keep how long it has waited."""
        paused = self._pauses.get(key, _NEVER)
        since = None if paused.since is None else paused.since.timestamp()
        await self._write("INSERT OR REPLACE INTO pauses VALUES (?, ?, ?, ?)", (*key, paused.seconds, since))

    async def forget(self, keys: Iterable[Key]) -> None:
        """These are over: nothing of them is asked for again."""
        for key in keys:
            self._pauses.pop(key, None)
            await self._write("DELETE FROM pauses WHERE backend = ? AND native_id = ?", tuple(key))
            await self._write("DELETE FROM marks WHERE backend = ? AND native_id = ?", tuple(key))

    async def mark(self, key: Key, mark: Mark) -> None:
        """Keep a step where the backend takes no notes: only this data folder knows of it then."""
        await self._write(
            "INSERT INTO marks (backend, native_id, kind, path, step, round, id, at, who, until, reached, manual)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *key,
                mark.kind.value,
                mark.path,
                mark.step,
                mark.round,
                mark.id,
                mark.at.timestamp(),
                mark.by,
                None if mark.until is None else mark.until.timestamp(),
                mark.reached,
                mark.manual,
            ),
        )

    async def marks(self, key: Key) -> tuple[Mark, ...]:
        """The steps of an incident that were kept here, in order."""
        try:
            return await self._database.read(lambda connection: _marks(connection, key))
        except (sqlite3.Error, OSError) as error:
            self._failed(error)
            return ()

    async def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            await self._database.write(lambda connection: connection.execute(statement, values).rowcount)
            self.problem = ""
        except (sqlite3.Error, OSError) as error:
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        self.problem = f"reminders and steps are not kept: {words_of(error, self._folder / 'watch.sqlite')}"
        log.error("%s", self.problem)


_NEVER = Paused()


def _reminders(connection: sqlite3.Connection) -> dict[Key, Reminder]:
    rows = connection.execute("SELECT backend, native_id, ref, at, note, rung FROM reminders")
    found = (
        Reminder(Key(str(backend), str(native_id)), ref, _moment(at), note, rung is not None)
        for backend, native_id, ref, at, note, rung in rows
    )
    return {reminder.key: reminder for reminder in found}


def _pauses(connection: sqlite3.Connection) -> dict[Key, Paused]:
    rows = connection.execute("SELECT backend, native_id, seconds, since FROM pauses")
    return {
        Key(str(backend), str(native_id)): Paused(seconds, None if since is None else _moment(since))
        for backend, native_id, seconds, since in rows
    }


def _marks(connection: sqlite3.Connection, key: Key) -> tuple[Mark, ...]:
    rows = connection.execute(
        "SELECT kind, path, step, round, id, at, who, until, reached, manual FROM marks"
        " WHERE backend = ? AND native_id = ? ORDER BY number",
        tuple(key),
    )
    return tuple(
        Mark(
            kind=MarkKind(kind),
            path=path,
            step=step,
            round=round,
            id=id,
            at=_moment(at),
            by=who,
            until=None if until is None else _moment(until),
            reached=bool(reached),
            manual=bool(manual),
        )
        for kind, path, step, round, id, at, who, until, reached, manual in rows
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
