"""A backend in an SQLite file, so that several processes, and a killed one's successor, meet the same server."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tests.unit.engine.fakes import EVERYTHING, START, incident
from vagt.adapters.protocol import Account, Batch, ConflictError, Done, NotFoundError, Seen
from vagt.domain.capability import Capabilities
from vagt.domain.commands import Command
from vagt.domain.incident import Incident
from vagt.domain.overlay import overlaid
from vagt.engine.codec import incident_from_bytes, incident_to_bytes

LOGIN = "anna"


class FileDesk:
    """Its session and its server in one; `told` is called before each request is answered."""

    def __init__(self, path: Path, told: Callable[[str], None] = lambda _: None, seed: int = 0) -> None:
        self._told = told
        self._random = random.Random(seed)
        self._database = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._database.execute("CREATE TABLE IF NOT EXISTS incidents (id TEXT PRIMARY KEY, body BLOB)")
        self._database.execute("CREATE TABLE IF NOT EXISTS applied (command TEXT, subject TEXT, verb TEXT)")

    def fill(self, count: int) -> None:
        for number in range(count):
            one = incident(str(number))
            self._database.execute("INSERT OR IGNORE INTO incidents VALUES (?, ?)", (one.id, incident_to_bytes(one)))

    def applied(self) -> list[tuple[str, str, str]]:
        """(command, incident, verb) in the order in which they took effect."""
        return [tuple(row) for row in self._database.execute("SELECT * FROM applied ORDER BY rowid")]

    def all(self) -> tuple[Incident, ...]:
        rows = self._database.execute("SELECT body FROM incidents ORDER BY id")
        return tuple(incident_from_bytes(row[0]) for row in rows)

    async def probe(self) -> Account:
        return Account(login=LOGIN, capabilities=Capabilities(EVERYTHING))

    async def changes(self, cursor: str | None) -> Batch:
        return Batch(items=self.all(), cursor="x", complete=True, restart=True)

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        return tuple(one for one in self.all() if one.id in ids)

    async def find(self, number: str) -> Incident:
        for one in self.all():
            if one.number == number:
                return one
        raise NotFoundError(number)

    async def perform(self, command: Command, expected: str | None) -> Done:
        self._told(f"asked {command.id}")
        await asyncio.sleep(self._random.random() * 0.004)
        assert command.subject is not None
        (now,) = await self.get((command.subject.id,))
        if command.is_guarded and expected is not None and now.version != expected:
            raise ConflictError("changed", now)
        changed = replace(
            overlaid(now, command, LOGIN), version=str(int(now.version or 0) + 1), updated_by=LOGIN, updated_at=START
        )
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute("UPDATE incidents SET body = ? WHERE id = ?", (incident_to_bytes(changed), changed.id))
        self._database.execute("INSERT INTO applied VALUES (?, ?, ?)", (command.id, changed.id, command.verb.value))
        self._database.execute("COMMIT")
        self._told(f"applied {command.id}")
        await asyncio.sleep(self._random.random() * 0.004)
        return Done(changed)

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        row = self._database.execute("SELECT 1 FROM applied WHERE command = ?", (command.id,)).fetchone()
        return Seen.YES if row else Seen.NO

    async def close(self) -> None:
        self._database.close()
