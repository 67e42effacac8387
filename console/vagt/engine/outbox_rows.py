"""The outbox's rows inside one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from vagt.domain.commands import Command, MoveTo
from vagt.domain.incident import Key, State
from vagt.engine.codec import Undecodable, intent_from_bytes, intent_to_bytes
from vagt.engine.intent import Intent, Stage
from vagt.engine.snapshot import bump

ENDED = frozenset({Stage.DONE, Stage.UNDONE, Stage.DISCARDED})
_ENDED_SQL = ", ".join(f"'{stage.value}'" for stage in sorted(ENDED))


class Rows:
    """Reads and changes intents; `touched` tells which, as they are when the transaction commits."""

    def __init__(self, connection: sqlite3.Connection, writer: str, now: datetime) -> None:
        self._connection = connection
        self._writer = writer
        self.now = now
        self.rev = bump(connection)
        self.touched: dict[str, Intent] = {}
        self.moved: list[Intent] = []
        """Those that came to another stage, in the order in which they did."""
        self._stages: dict[str, Stage] = {}

    def get(self, id: str) -> Intent | None:
        row = self._connection.execute(f"SELECT {_COLUMNS} FROM intents WHERE id = ?", (id,)).fetchone()  # noqa: S608  our own words
        return None if row is None else self._known(_read(row))

    def on(self, key: Key | None) -> list[Intent]:
        """What has not ended on this incident, in the order in which it was done; nothing for None."""
        if key is None:
            return []
        return self._select("backend = ? AND subject = ?", (key.backend, key.id))

    def of(self, backend: str, stage: Stage) -> list[Intent]:
        return self._select("backend = ? AND stage = ?", (backend, stage.value))

    def at(self, stage: Stage) -> list[Intent]:
        return self._select("stage = ?", (stage.value,))

    def _select(self, where: str, values: tuple[object, ...]) -> list[Intent]:
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM intents WHERE {where} AND stage NOT IN ({_ENDED_SQL}) ORDER BY seq",  # noqa: S608  our own words
            values,
        )
        # what cannot be read is moved by nobody but the person who gives it up
        return [self._known(intent) for row in rows if not (intent := _read(row)).unreadable]

    def _known(self, intent: Intent) -> Intent:
        self._stages[intent.command.id] = intent.stage
        return intent

    def _written(self, intent: Intent) -> Intent:
        id = intent.command.id
        self.touched[id] = intent
        if self._stages.get(id) is not intent.stage:
            self._stages[id] = intent.stage
            self.moved.append(intent)
        return intent

    def add(self, intent: Intent) -> Intent:
        """Put a new one at the end; it comes back with its `seq`."""
        inserted = self._connection.execute(
            "INSERT INTO intents (id, backend, subject, stage, bulk, not_before, ended, rev, writer, body)"
            " VALUES (?, ?, ?, ?, ?, ?, NULL, ?, ?, ?)",
            (
                intent.command.id,
                intent.command.backend,
                None if intent.command.subject is None else intent.command.subject.id,
                intent.stage.value,
                intent.command.bulk,
                intent.not_before.timestamp(),
                self.rev,
                self._writer,
                intent_to_bytes(intent),
            ),
        )
        return self._written(replace(intent, seq=inserted.lastrowid or 0))

    def put(self, intent: Intent) -> Intent:
        """Write a changed one back."""
        ended = self.now.timestamp() if intent.stage in ENDED else None
        self._connection.execute(
            "UPDATE intents SET stage = ?, not_before = ?, ended = ?, rev = ?, writer = ?, body = ? WHERE id = ?",
            (
                intent.stage.value,
                intent.not_before.timestamp(),
                ended,
                self.rev,
                self._writer,
                intent_to_bytes(intent),
                intent.command.id,
            ),
        )
        return self._written(intent)

    def forget_ended(self, before: datetime) -> None:
        """Drop what ended before that moment; the audit log has it all."""
        self._connection.execute("DELETE FROM intents WHERE ended < ?", (before.timestamp(),))


def outstanding(connection: sqlite3.Connection) -> list[tuple[int, Intent]]:
    """All that has not ended, as (revision, intent), in order."""
    rows = connection.execute(
        f"SELECT rev, {_COLUMNS} FROM intents WHERE stage NOT IN ({_ENDED_SQL}) ORDER BY seq"  # noqa: S608  our own words
    )
    return [(rev, _read(row)) for rev, *row in rows]


def ended(connection: sqlite3.Connection, limit: int) -> list[tuple[int, Intent]]:
    """The last that ended, the newest first."""
    rows = connection.execute(
        f"SELECT rev, {_COLUMNS} FROM intents WHERE ended IS NOT NULL ORDER BY ended DESC, rev DESC, seq DESC LIMIT ?",  # noqa: S608  our own words
        (limit,),
    )
    return [(rev, intent) for rev, *row in rows if not (intent := _read(row)).unreadable]


def written_by_others(connection: sqlite3.Connection, writer: str, after: int) -> tuple[int, list[tuple[int, Intent]]]:
    """(the last revision, what other processes changed after revision `after`)."""
    upto = int(connection.execute("SELECT value FROM meta WHERE name = 'rev'").fetchone()[0])
    rows = connection.execute(
        f"SELECT rev, {_COLUMNS} FROM intents WHERE rev > ? AND writer != ? ORDER BY rev, seq",  # noqa: S608  our own words
        (after, writer),
    )
    found = ((rev, _read(row), row[_STAGE]) for rev, *row in rows)
    return upto, [(rev, intent) for rev, intent, stage in found if not (intent.unreadable and stage in ENDED)]


def by_ids(connection: sqlite3.Connection, ids: Collection[str]) -> dict[str, Intent]:
    """These, ended or not."""
    found = {}
    for id in ids:
        row = connection.execute(f"SELECT {_COLUMNS} FROM intents WHERE id = ?", (id,)).fetchone()  # noqa: S608  our own words
        if row is not None:
            found[id] = _read(row)
    return found


_COLUMNS = "body, seq, id, backend, subject, stage, not_before"
_STAGE = 5
UNREADABLE = (
    "what this was cannot be read: its row in the outbox is damaged. Look at the incident, for it may have been sent; "
    "then give it up, and what waits behind it goes on"
)


def _read(row: Sequence[Any]) -> Intent:
    """The intent; where its bytes are damaged, what the columns beside them still tell."""
    body, seq, id, backend, subject, _, not_before = row
    try:
        return intent_from_bytes(body, seq)
    except Undecodable:
        at = datetime.fromtimestamp(not_before if isinstance(not_before, int | float) else 0.0, UTC)
        key = None if subject is None else Key(str(backend), str(subject))
        command = Command(
            id=str(id),
            backend=str(backend),
            subject=key,
            ref=str(backend) if key is None else f"{backend}:{subject}",
            change=MoveTo("", "an action that cannot be read", State.ACTIVE, ""),
            by="",
            at=at,
        )
        return Intent(command=command, stage=Stage.REFUSED, seq=seq, not_before=at, reason=UNREADABLE, unreadable=True)
