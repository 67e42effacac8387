"""Reading and writing the database: rows in, rows out; no rule of the service desk stands here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from vagt.adapters.embedded.record import Entry, LinkRow, Record, Row
from vagt.adapters.embedded.schema import COLUMNS, FLAGS, TIMES
from vagt.domain.incident import LinkKind, State
from vagt.domain.timeline import EntryKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ALL = ", ".join(COLUMNS)
_OPEN = "state IN ('new', 'active', 'waiting')"
_STORED = COLUMNS[1:]
# Only names from our own dataclass and question marks are put into these.
_INSERT = f"INSERT INTO incident ({', '.join(_STORED)}) VALUES ({', '.join('?' * len(_STORED))})"  # noqa: S608
_UPDATE = f"UPDATE incident SET {', '.join(f'{name} = ?' for name in _STORED)} WHERE pk = ?"  # noqa: S608


def stamp(at: datetime) -> int:
    """Microseconds since 1970: exact, and sorts."""
    return (at - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


class Store:
    """One connection to the file. Not safe for several threads at once: its owner uses one."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @property
    def db(self) -> sqlite3.Connection:
        """For tables that a part of the practice shift keeps beside these."""
        return self._db

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction that holds the file's write lock from its beginning: nobody writes in between."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Several reads of one and the same state."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("COMMIT")

    # Facts about the file

    def meta(self, key: str) -> str | None:
        found = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if found is None else str(found[0])

    def set_meta(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def seq(self) -> int:
        return int(self.meta("seq") or 0)

    def _next_seq(self) -> int:
        following = self.seq() + 1
        self.set_meta("seq", str(following))
        return following

    def operators(self) -> frozenset[str]:
        """Logins of those who have ever opened this file."""
        return frozenset(str(row[0]) for row in self._db.execute("SELECT login FROM operator"))

    def add_operator(self, login: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO operator VALUES (?)", (login,))

    # Incidents

    def add(self, row: Row) -> Row:
        """Store a new incident; gives it with its identity."""
        row = replace(row, seq=self._next_seq())
        cursor = self._db.execute(_INSERT, _values(row))
        return replace(row, pk=int(cursor.lastrowid or 0))

    def save(self, row: Row, *, silently: bool = False) -> Row:
        """Store a change; it gets a new version, except `silently` (a clock ran out, nobody did anything)."""
        row = replace(row, seq=self._next_seq(), version=row.version + (0 if silently else 1))
        self._db.execute(_UPDATE, (*_values(row), row.pk))
        return row

    def row(self, pk: int | None) -> Row | None:
        return None if pk is None else self._one("pk = ?", pk)

    def rows(self, pks: Iterable[int]) -> list[Row]:
        found = (self.row(pk) for pk in dict.fromkeys(pks))
        return [row for row in found if row is not None]

    def open_after(self, pk: int, limit: int) -> list[Row]:
        """Open incidents in the order of their identity: a page stays right while rows change."""
        return self._many(f"{_OPEN} AND pk > ? ORDER BY pk LIMIT ?", pk, limit)

    def open_count(self) -> int:
        return int(self._db.execute(f"SELECT count(*) FROM incident WHERE {_OPEN}").fetchone()[0])  # noqa: S608

    def changed_after(self, seq: int, limit: int) -> list[Row]:
        return self._many("seq > ? ORDER BY seq LIMIT ?", seq, limit)

    def newest(self, limit: int, *, include_closed: bool) -> list[Row]:
        where = "1" if include_closed else _OPEN
        return self._many(f"{where} ORDER BY created_at DESC, pk DESC LIMIT ?", limit)

    def waking(self, until: datetime) -> list[Row]:
        """Those to which something happens by itself up to `until`, in order."""
        return self._many("wake_at <= ? ORDER BY wake_at, pk", stamp(until))

    def next_wake(self) -> datetime | None:
        found = self._db.execute("SELECT min(wake_at) FROM incident WHERE wake_at IS NOT NULL").fetchone()
        return None if found[0] is None else moment(found[0])

    def resolved_by_others(self) -> list[Row]:
        """Resolved incidents that no operator touched, in the order in which they were resolved."""
        return self._many("state = 'resolved' AND NOT operated ORDER BY resolved_at, pk")

    def closed_beyond(self, keep: int) -> list[int]:
        """Rows of closed incidents that no operator touched, but for the newest `keep`."""
        found = self._db.execute(
            "SELECT pk FROM incident WHERE state = 'closed' AND NOT operated ORDER BY closed_at DESC, pk DESC"
            " LIMIT -1 OFFSET ?",
            (keep,),
        )
        return [int(row[0]) for row in found]

    def delete(self, pk: int) -> None:
        """Remove an incident with all that belongs to it; increments tell that it is gone."""
        self._db.execute("DELETE FROM entry WHERE incident = ?", (pk,))
        self._db.execute("DELETE FROM link WHERE incident = ? OR other = ?", (pk, pk))
        self._db.execute("DELETE FROM step WHERE incident = ?", (pk,))
        self._db.execute("DELETE FROM file WHERE incident = ?", (pk,))
        self._db.execute("DELETE FROM incident WHERE pk = ?", (pk,))
        self._db.execute("INSERT OR REPLACE INTO tombstone VALUES (?, ?)", (f"i{pk}", self._next_seq()))

    def gone_after(self, seq: int, limit: int) -> list[tuple[str, int]]:
        found = self._db.execute("SELECT id, seq FROM tombstone WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))
        return [(str(id), int(at)) for id, at in found]

    def _one(self, where: str, *values: object) -> Row | None:
        found = self._many(where, *values)
        return found[0] if found else None

    def _many(self, where: str, *values: object) -> list[Row]:
        cursor = self._db.execute(f"SELECT {_ALL} FROM incident WHERE {where}", values)  # noqa: S608
        return [_row(found) for found in cursor]

    # What belongs to an incident

    def tell(self, pk: int, entry: Entry) -> None:
        """Add a line to the timeline."""
        self._db.execute(
            "INSERT INTO entry (incident, at, by, kind, public, text) VALUES (?, ?, ?, ?, ?, ?)",
            (pk, stamp(entry.at), entry.by, entry.kind.value, int(entry.public), entry.text),
        )

    def entries(self, pk: int) -> list[Entry]:
        return self._entries("incident = ? ORDER BY at, id", pk)

    def last_entry(self, pk: int) -> Entry | None:
        found = self._entries("incident = ? ORDER BY id DESC LIMIT 1", pk)
        return found[0] if found else None

    def _entries(self, where: str, *values: object) -> list[Entry]:
        cursor = self._db.execute(f"SELECT at, by, kind, text, public, id FROM entry WHERE {where}", values)  # noqa: S608
        return [
            Entry(moment(at), by, EntryKind(kind), text, bool(public), id) for at, by, kind, text, public, id in cursor
        ]

    def link(self, pk: int, kind: LinkKind, *, other: int | None = None, record: str | None = None) -> bool:
        """Note a relation; False where it was known already."""
        cursor = self._db.execute("INSERT OR IGNORE INTO link VALUES (?, ?, ?, ?)", (pk, kind.value, other, record))
        return cursor.rowcount > 0

    def unlink(self, pk: int, kind: LinkKind, other: int) -> None:
        self._db.execute("DELETE FROM link WHERE incident = ? AND kind = ? AND other = ?", (pk, kind.value, other))

    def links(self, pks: Sequence[int]) -> dict[int, list[LinkRow]]:
        """The relations of these incidents, with the titles of what they lead to."""
        found: dict[int, list[LinkRow]] = {}
        for start in range(0, len(pks), 500):
            some = pks[start : start + 500]
            cursor = self._db.execute(
                "SELECT link.incident, link.kind, link.other, link.record, ifnull(incident.title, record.title)"  # noqa: S608
                " FROM link LEFT JOIN incident ON incident.pk = link.other"
                " LEFT JOIN record ON record.number = link.record"
                f" WHERE link.incident IN ({', '.join('?' * len(some))}) ORDER BY link.rowid",
                some,
            )
            for pk, kind, other, record, title in cursor:
                found.setdefault(pk, []).append(LinkRow(LinkKind(kind), other, record, title or ""))
        return found

    def add_record(self, record: Record) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)",
            (record.number, record.kind.value, record.title, record.state),
        )

    def records(self, kind: LinkKind) -> list[Record]:
        """All problems, or all changes, newest number first."""
        cursor = self._db.execute(
            "SELECT number, title, state FROM record WHERE kind = ? ORDER BY number DESC", (kind,)
        )
        return [Record(number, kind, title, state) for number, title, state in cursor]

    # Commands that were carried out

    def done(self, command: str) -> int | None:
        """The incident on which this command was carried out; None: it never was."""
        found = self._db.execute("SELECT incident FROM command WHERE id = ?", (command,)).fetchone()
        return None if found is None else int(found[0])

    def note_done(self, command: str, pk: int, at: datetime) -> None:
        self._db.execute("INSERT INTO command VALUES (?, ?, ?)", (command, pk, stamp(at)))

    # The practice shift's script

    def plan(self, due: datetime, pk: int, deed: str, detail: str) -> None:
        self._db.execute(
            "INSERT INTO step (due, incident, deed, detail) VALUES (?, ?, ?, ?)", (stamp(due), pk, deed, detail)
        )

    def next_step(self) -> tuple[int, datetime, int, str, str] | None:
        """The first planned step, as (id, due, incident's row, deed, detail)."""
        found = self._db.execute("SELECT id, due, incident, deed, detail FROM step ORDER BY due, id LIMIT 1").fetchone()
        return None if found is None else (found[0], moment(found[1]), found[2], found[3], found[4])

    def drop_step(self, id: int) -> None:
        self._db.execute("DELETE FROM step WHERE id = ?", (id,))

    def drop_steps(self) -> None:
        self._db.execute("DELETE FROM step")

    def delay_steps(self, by: timedelta) -> None:
        self._db.execute("UPDATE step SET due = due + ?", (by // _MICROSECOND,))


def _values(row: Row) -> list[object]:
    values: list[object] = []
    for name in _STORED:
        value = getattr(row, name)
        if value is not None and name in TIMES:
            value = stamp(value)
        elif name in FLAGS:
            value = int(value)
        elif isinstance(value, State):
            value = value.value
        values.append(value)
    return values


def _row(found: Sequence[Any]) -> Row:
    values: dict[str, Any] = dict(zip(COLUMNS, found, strict=True))
    for name in TIMES:
        if values[name] is not None:
            values[name] = moment(values[name])
    for name in FLAGS:
        values[name] = bool(values[name])
    values["state"] = State(values["state"])
    return Row(**values)
