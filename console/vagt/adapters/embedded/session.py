"""The protocol's methods on the database; everything that touches the file runs in a thread of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from vagt.adapters.embedded import files, setup
from vagt.adapters.embedded.desk import Doing, Outcome, ServiceDesk
from vagt.adapters.embedded.listing import page
from vagt.adapters.embedded.lookup import looked_up
from vagt.adapters.embedded.manifest import MANIFEST
from vagt.adapters.embedded.mapping import entry_of, incident_of
from vagt.adapters.embedded.record import Row, pk_of, pk_of_number
from vagt.adapters.embedded.schema import WrongFile
from vagt.adapters.embedded.transitions import fields_of, transitions_of
from vagt.adapters.embedded.verbs import carry_out
from vagt.adapters.protocol import (
    Account,
    Attachment,
    Batch,
    ConflictError,
    Connection,
    Done,
    ForbiddenError,
    NotFoundError,
    ProtocolError,
    Seen,
    Transition,
    UnavailableError,
)
from vagt.config.disk import is_full
from vagt.domain import durations
from vagt.domain.capability import Capabilities
from vagt.domain.commands import Command, Create, Verb
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident
from vagt.domain.timeline import TimelineEntry

T = TypeVar("T")
_DID = {
    "Acknowledged": "acknowledged it",
    "Taken": "took it",
    "Closed": "closed it",
    "Reopened": "reopened it",
    "Declared a major incident": "declared it a major incident",
}
"""How the commonest lines of a timeline are told in a conflict."""


class EmbeddedSession:
    """One open database, acting as one operator."""

    def __init__(self, connection: Connection, opened: setup.Opened, worker: ThreadPoolExecutor) -> None:
        self._name = connection.settings.name
        self._clock = connection.clock
        self._opened = opened
        self._desk: ServiceDesk = opened.desk
        self._store = opened.desk.store
        self._worker = worker
        self._folder = connection.data_dir
        self._closed = False

    async def probe(self) -> Account:
        opened = self._opened
        organisation = self._desk.organisation
        return Account(
            login=opened.login,
            name=organisation.name_of(opened.login) or opened.login,
            teams=organisation.teams_of(opened.login),
            capabilities=Capabilities(MANIFEST.capabilities),
            product="Vagt embedded, SQLite " + sqlite3.sqlite_version,
            clock_skew=0.0,
            notes=opened.notes,
        )

    async def changes(self, cursor: str | None) -> Batch:
        def read() -> Batch:
            self._advance()
            with self._store.reading():
                found = page(self._store, cursor)
                items = self._incidents(found.rows)
            return Batch(
                items=items,
                cursor=str(found.cursor),
                more=found.more,
                complete=found.complete,
                restart=found.restart,
                gone=found.gone,
                total=found.total,
            )

        return await self._run(read)

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        def read() -> tuple[Incident, ...]:
            self._advance()
            pks = [pk for pk in map(pk_of, ids) if pk is not None]
            with self._store.reading():
                return self._incidents(self._store.rows(pks))

        return await self._run(read)

    async def find(self, number: str) -> Incident:
        def read() -> Incident:
            self._advance()
            with self._store.reading():
                row = self._store.row(pk_of_number(number))
                if row is None:
                    raise NotFoundError(f"There is no incident “{number}”.")
                return self._incidents([row])[0]

        return await self._run(read)

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        def read() -> tuple[Incident, ...]:
            self._advance()
            with self._store.reading():
                return self._incidents(self._store.newest(max(limit, 0), include_closed=include_closed))

        return await self._run(read)

    async def timeline(self, id: str) -> tuple[TimelineEntry, ...]:
        def read() -> tuple[TimelineEntry, ...]:
            with self._store.reading():
                row = self._row(id)
                return tuple(entry_of(entry, self._desk.organisation) for entry in self._store.entries(row.pk))

        return await self._run(read)

    async def transitions(self, id: str) -> tuple[Transition, ...]:
        return await self._run(lambda: transitions_of(self._row(id), self._desk.organisation))

    async def fields(self, verb: Verb, id: str | None) -> tuple[FieldSpec, ...]:
        return await self._run(
            lambda: fields_of(verb, None if id is None else self._row(id), self._desk.organisation),
        )

    async def directory(
        self, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        return await self._run(lambda: looked_up(self._desk, kind, text, within))

    async def oncall(self, team: str | None) -> tuple[OnCall, ...]:
        organisation = self._desk.organisation
        wanted = organisation.teams
        if team is not None:
            found = organisation.team(team)
            if found is None:
                raise NotFoundError(f"There is no team “{team}”.")
            wanted = (found,)
        now = self._clock.now()
        return tuple(duty for each in wanted for duty in organisation.on_call(now, each, self._name))

    async def perform(self, command: Command, expected: str | None) -> Done:
        def write() -> Done:
            with self._store.writing():
                now = self._clock.now()
                self._opened.advance(now)
                earlier = self._store.done(command.id)
                if earlier is not None:
                    row = self._store.row(earlier)
                    return Done(self._incidents([row])[0] if row else None, "already done")
                if words := self._opened.closed(now):
                    raise ForbiddenError(words)
                outcome = self._carry_out(command, expected, Doing(self._opened.login, now))
                self._store.note_done(command.id, outcome.row.pk, now)
                self._opened.after_operator(outcome.row, command.change, now)
                return Done(self._incidents([outcome.row])[0], outcome.message)

        return await self._run(write)

    def _carry_out(self, command: Command, expected: str | None, doing: Doing) -> Outcome:
        if isinstance(command.change, Create):
            return self._desk.create(command.change, doing)
        row = self._row(command.subject.id if command.subject else "")
        if command.is_guarded and expected is not None and expected != str(row.version):
            raise ConflictError(self._what_happened(row, doing.at), self._incidents([row])[0])
        return carry_out(self._desk, row, command.change, doing)

    def _what_happened(self, row: Row, now: datetime) -> str:
        last = self._store.last_entry(row.pk)
        if last is None:
            return "It changed meanwhile."
        who = self._desk.organisation.name_of(last.by) or last.by
        ago = durations.short(max(0.0, (now - last.at).total_seconds()))
        did = _DID.get(last.text)
        return f"{who} {did} {ago} ago." if did else f"{who}, {ago} ago: {last.text.splitlines()[0]}"

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        del first_tried  # The table of commands knows exactly, whenever it was.
        return await self._run(lambda: Seen.NO if self._store.done(command.id) is None else Seen.YES)

    async def attachments(self, id: str) -> tuple[Attachment, ...]:
        def read() -> tuple[Attachment, ...]:
            with self._store.reading():
                return files.listed(self._store, self._row(id))

        return await self._run(read)

    async def attach(self, id: str, name: str, content: bytes) -> Attachment:
        def write() -> Attachment:
            with self._store.writing():
                now = self._clock.now()
                self._opened.advance(now)
                if words := self._opened.closed(now):
                    raise ForbiddenError(words)
                return files.added(self._desk, self._row(id), name, content, Doing(self._opened.login, now))

        return await self._run(write)

    async def attached(self, id: str, attachment: str) -> bytes:
        return await self._run(lambda: files.content_of(self._store, self._row(id), attachment))

    async def close(self) -> None:
        """Let go of the file once what runs has ended. Never raises."""
        if self._closed:
            return
        self._closed = True
        self._worker.submit(self._store.close)
        self._worker.shutdown(wait=False)

    def _advance(self) -> None:
        """Let happen what is due; the write lock is asked for only where something is."""
        now = self._clock.now()
        if self._opened.is_due(now):
            with self._store.writing():
                self._opened.advance(now)

    def _row(self, id: str) -> Row:
        row = self._store.row(pk_of(id))
        if row is None:
            raise NotFoundError(f"There is no incident “{id}”.")
        return row

    def _incidents(self, rows: Sequence[Row]) -> tuple[Incident, ...]:
        links = self._store.links([row.pk for row in rows])
        now = self._clock.now()
        organisation = self._desk.organisation
        return tuple(incident_of(row, links.get(row.pk, ()), self._name, organisation, now) for row in rows)

    async def _run(self, work: Callable[[], T]) -> T:
        """Do blocking work in our thread.

        Cancelled half way, a transaction still ends whole, in that thread; `seen` tells which way.
        """
        if self._closed:
            raise UnavailableError("The session is closed.")
        return await in_thread(self._worker, work, self._folder)


async def in_thread(worker: ThreadPoolExecutor, work: Callable[[], T], folder: Path) -> T:
    """Run `work` in the worker; what SQLite or the file system say of `folder` becomes an error of the protocol."""
    try:
        return await asyncio.get_running_loop().run_in_executor(worker, work)
    except sqlite3.OperationalError as error:
        if is_full(folder):
            # SQLite itself calls it an "I/O error" where not even its lock file can grow.
            raise UnavailableError(f"The disk that holds {folder} is full.") from error
        raise UnavailableError(f"The database cannot be used now: {error}.") from error
    except (sqlite3.DatabaseError, WrongFile) as error:
        raise ProtocolError(f"The database is not usable: {error}.") from error
    except OSError as error:
        raise UnavailableError(f"The database cannot be opened: {error}.") from error
    except ValueError as error:
        raise ProtocolError(f"{error}") from error


async def connect(connection: Connection) -> EmbeddedSession:
    """Open (or make) the backend's file. Raises UnavailableError or ProtocolError."""
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"embedded-{connection.settings.name}")
    try:
        opened = await in_thread(worker, lambda: setup.opened(connection), connection.data_dir)
    except BaseException:
        worker.shutdown(wait=False)
        raise
    return EmbeddedSession(connection, opened, worker)
