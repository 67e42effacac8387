"""The incidents in the store: what each question and each change is in SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from vagt.domain.incident import Incident, Key
from vagt.engine.codec import Undecodable, incident_from_bytes, incident_to_bytes

_NO_PRIORITY = 9
_GONE_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Applied:
    """What a page did to the snapshot."""

    changed: tuple[Incident, ...] = ()
    """New ones and those that are not as they were."""
    arrived: frozenset[Key] = frozenset()
    """Those of `changed` that were not known."""
    gone: tuple[Key, ...] = ()
    doubtful: tuple[str, ...] = ()
    """Ids that were left alone: something newer was stored after the answer had been asked for."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the reading of one backend has come."""

    cursor: str | None = None
    generation: int = 0
    """Counts full listings; each row knows in which one it was last listed."""
    complete_at: datetime | None = None
    """When a full listing last came to its end."""


@dataclass(slots=True)
class Page:
    """One answer of a backend on its way into the snapshot."""

    backend: str
    items: Sequence[Incident]
    asked_at: datetime
    """When the answer was asked for: what was stored after that may be newer than the answer."""
    stored_at: datetime
    gone: Collection[str] = ()
    listed: bool = True
    """It came from a listing, so that these are known to belong to the queue."""
    restart: bool = False
    complete_at: datetime | None = None
    cursor: str | None = None
    keep_cursor: bool = True
    force: bool = field(default=False)
    """Take it even where something newer seems to be there."""


def seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def moment(value: float | None) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(value, UTC)


def bump(connection: sqlite3.Connection) -> int:
    """The number of this transaction: greater than that of every earlier one."""
    row = connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'rev' RETURNING value").fetchone()
    return int(row[0])


def number_from(connection: sqlite3.Connection, start: int) -> None:
    """Let the next transaction's number be greater than `start`."""
    connection.execute("UPDATE meta SET value = max(value, ?) WHERE name = 'rev'", (start,))


def rev(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT value FROM meta WHERE name = 'rev'").fetchone()[0])


def adopt(connection: sqlite3.Connection, writer: str, backends: Iterable[tuple[str, str, str]]) -> None:
    """Take up the config's backends as (name, system, scope).

    Another system under a known name shares nothing with the old one: its rows go. Another
    scope (query, account) is the same system: the rows stay, and all is listed anew.
    """
    for name, system, scope in backends:
        row = connection.execute("SELECT system, scope FROM backends WHERE name = ?", (name,)).fetchone()
        if row is not None and row[0] == system:
            if row[1] != scope:
                connection.execute(
                    "UPDATE backends SET scope = ?, cursor = NULL, account = NULL WHERE name = ?", (scope, name)
                )
            continue
        if row is not None:
            for table in ("incidents", "snoozes", "unseen", "gone", "chosen"):
                connection.execute(f"DELETE FROM {table} WHERE backend = ?", (name,))  # noqa: S608  our own names
        connection.execute(
            "INSERT OR REPLACE INTO backends (name, system, scope, writer) VALUES (?, ?, ?, ?)",
            (name, system, scope, writer),
        )


def apply(connection: sqlite3.Connection, writer: str, page: Page) -> Applied:
    """One page in one transaction, the cursor with it."""
    now_rev = bump(connection)
    generation = _generation(connection, page)
    changed: list[Incident] = []
    arrived: set[Key] = set()
    doubtful: list[str] = []
    asked, stored = page.asked_at.timestamp(), page.stored_at.timestamp()
    for incident in page.items:
        body = incident_to_bytes(incident)
        row = connection.execute(
            "SELECT id, body, read_at, generation FROM incidents WHERE backend = ? AND native_id = ?",
            (page.backend, incident.id),
        ).fetchone()
        if row is None:
            _insert(connection, incident, body, _Stamp(generation, stored, now_rev, writer))
            changed.append(incident)
            arrived.add(incident.key)
            continue
        row_id, known, known_read_at, known_generation = row
        row_generation = generation if page.listed else known_generation
        same = known == body
        if not same and known_read_at > asked and not page.force:
            doubtful.append(incident.id)
            if row_generation != known_generation:
                connection.execute("UPDATE incidents SET generation = ? WHERE id = ?", (row_generation, row_id))
        elif not same:
            _update(connection, row_id, incident, body, _Stamp(row_generation, stored, now_rev, writer))
            changed.append(incident)
        elif row_generation != known_generation or not page.listed:
            connection.execute(
                "UPDATE incidents SET generation = ?, read_at = max(read_at, ?) WHERE id = ?",
                (row_generation, stored, row_id),
            )
    gone = remove(connection, writer, now_rev, page.backend, page.gone)
    return Applied(tuple(changed), frozenset(arrived), gone, tuple(doubtful))


def _generation(connection: sqlite3.Connection, page: Page) -> int:
    row = connection.execute("SELECT generation FROM backends WHERE name = ?", (page.backend,)).fetchone()
    generation = int(row[0]) if row is not None else 0
    if page.restart:
        generation += 1
    if page.restart or not page.keep_cursor:
        connection.execute(
            "UPDATE backends SET cursor = ?, generation = ? WHERE name = ?", (page.cursor, generation, page.backend)
        )
    if page.complete_at is not None:
        connection.execute(
            "UPDATE backends SET complete_at = ? WHERE name = ?", (page.complete_at.timestamp(), page.backend)
        )
    return generation


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What is written beside an incident."""

    generation: int
    stored: float
    rev: int
    writer: str


def _insert(connection: sqlite3.Connection, incident: Incident, body: bytes, stamp: _Stamp) -> None:
    connection.execute(
        "INSERT INTO incidents (backend, native_id, number, open, rank, updated, generation, read_at, rev, writer,"
        " body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (incident.backend, incident.id, *_columns(incident), *_stamped(stamp), body),
    )
    connection.execute("DELETE FROM gone WHERE backend = ? AND native_id = ?", (incident.backend, incident.id))


def _update(connection: sqlite3.Connection, row_id: int, incident: Incident, body: bytes, stamp: _Stamp) -> None:
    connection.execute(
        "UPDATE incidents SET number = ?, open = ?, rank = ?, updated = ?, generation = ?, read_at = ?, rev = ?,"
        " writer = ?, body = ? WHERE id = ?",
        (*_columns(incident), *_stamped(stamp), body, row_id),
    )


def _stamped(stamp: _Stamp) -> tuple[int, float, int, str]:
    return stamp.generation, stamp.stored, stamp.rev, stamp.writer


def _columns(incident: Incident) -> tuple[str, int, int, float]:
    updated = incident.updated_at or incident.created_at
    rank = _NO_PRIORITY if incident.priority is None else incident.priority
    return incident.number, int(incident.is_open), rank, 0.0 if updated is None else updated.timestamp()


def remove(
    connection: sqlite3.Connection, writer: str, now_rev: int, backend: str, ids: Collection[str]
) -> tuple[Key, ...]:
    """Forget these; the keys of those that were known."""
    gone = []
    for native_id in ids:
        found = connection.execute("DELETE FROM incidents WHERE backend = ? AND native_id = ?", (backend, native_id))
        if found.rowcount:
            gone.append(Key(backend, native_id))
            connection.execute("INSERT OR REPLACE INTO gone VALUES (?, ?, ?, ?)", (backend, native_id, now_rev, writer))
            connection.execute("DELETE FROM unseen WHERE backend = ? AND native_id = ?", (backend, native_id))
    if gone:
        connection.execute("DELETE FROM gone WHERE rev < ?", (now_rev - _GONE_KEPT,))
    return tuple(gone)


def unlisted(connection: sqlite3.Connection, backend: str) -> tuple[tuple[str, int], ...]:
    """Open incidents that the present full listing has not named, as (id, for how many listings)."""
    row = connection.execute("SELECT generation FROM backends WHERE name = ?", (backend,)).fetchone()
    if row is None:
        return ()
    rows = connection.execute(
        "SELECT native_id, ? - generation FROM incidents WHERE backend = ? AND open = 1 AND generation < ?",
        (row[0], backend, row[0]),
    )
    return tuple((str(native_id), int(missed)) for native_id, missed in rows)


def progress(connection: sqlite3.Connection, backend: str) -> Progress:
    row = connection.execute(
        "SELECT cursor, generation, complete_at FROM backends WHERE name = ?", (backend,)
    ).fetchone()
    return Progress() if row is None else Progress(row[0], int(row[1]), moment(row[2]))


def open_slice(
    connection: sqlite3.Connection, backends: Collection[str], after: tuple[int, int], limit: int
) -> tuple[list[Incident], tuple[int, int] | None, list[str]]:
    """Open incidents, the most urgent first: (incidents, where to go on, backends with unreadable rows)."""
    rank, last = after
    columns = "SELECT rank, id, backend, body FROM incidents WHERE open = 1"
    # Two questions, since for (rank, id) > (?, ?) SQLite would read all rows of the rank again for every slice.
    rows = connection.execute(f"{columns} AND rank = ? AND id > ? ORDER BY id LIMIT ?", (rank, last, limit)).fetchall()
    if len(rows) < limit:
        rows += connection.execute(f"{columns} AND rank > ? ORDER BY rank, id LIMIT ?", (rank, limit - len(rows)))
    found, broken = _decoded(((row[2], row[3]) for row in rows), backends)
    return found, (rows[-1][0], rows[-1][1]) if len(rows) == limit else None, broken


def closed(
    connection: sqlite3.Connection, backends: Collection[str], since: float, until: float, limit: int
) -> list[Incident]:
    """Incidents no longer open, last changed between two moments, the newest first."""
    rows = connection.execute(
        "SELECT backend, body FROM incidents WHERE open = 0 AND updated >= ? AND updated < ?"
        " ORDER BY updated DESC LIMIT ?",
        (since, until, limit),
    )
    return _decoded(rows, backends)[0]


def one(connection: sqlite3.Connection, key: Key) -> Incident | None:
    row = connection.execute("SELECT body FROM incidents WHERE backend = ? AND native_id = ?", tuple(key)).fetchone()
    return None if row is None else next(readable((row[0],)), None)


def by_number(connection: sqlite3.Connection, number: str, backends: Collection[str]) -> list[Key]:
    """Who has an incident of that number."""
    found = []
    for backend in backends:
        rows = connection.execute("SELECT native_id FROM incidents WHERE backend = ? AND number = ?", (backend, number))
        found += [Key(backend, str(row[0])) for row in rows]
    return found


def readable(bodies: Iterable[bytes]) -> Iterator[Incident]:
    for body in bodies:
        try:
            yield incident_from_bytes(body)
        except Undecodable:
            continue


def _decoded(rows: Iterable[tuple[str, bytes]], backends: Collection[str]) -> tuple[list[Incident], list[str]]:
    found: list[Incident] = []
    broken: set[str] = set()
    for backend, body in rows:
        if backend not in backends:
            continue
        try:
            found.append(incident_from_bytes(body))
        except Undecodable:
            broken.add(backend)
    return found, sorted(broken)
