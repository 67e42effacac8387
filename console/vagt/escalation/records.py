"""Timelines of incidents with something due, read no more often than they can have changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from vagt.domain.capability import Capability
from vagt.domain.incident import Incident, Key
from vagt.engine.engine import Engine
from vagt.escalation.memory import Memory
from vagt.escalation.record import NOTHING, Mark, Record, record_of

_AGAIN = 60.0
"""Seconds after which a timeline is read again although nothing says that it changed."""
_AT_ONCE = 3
"""Timelines that are read at the same time."""


@dataclass(frozen=True, slots=True)
class _Known:
    record: Record
    version: tuple[str | None, datetime | None]
    at: float
    """When it was read, on the monotonic clock."""


class Records:
    """What was read of each incident's escalation."""

    def __init__(self, engine: Engine, memory: Memory) -> None:
        self._engine = engine
        self._memory = memory
        self._known: dict[Key, _Known] = {}
        self._turn = asyncio.Semaphore(_AT_ONCE)

    def known(self, key: Key) -> Record | None:
        """What was read last, however old; None: nothing yet."""
        known = self._known.get(key)
        return None if known is None else known.record

    def is_fresh(self, incident: Incident) -> bool:
        """Whether reading it again would tell nothing new, as far as one can see."""
        known = self._known.get(incident.key)
        if known is None or known.version != _version(incident):
            return False
        return self._engine.clock.monotonic() - known.at < _AGAIN

    def in_backend(self, backend: str) -> bool:
        """Whether the backend itself keeps what consoles say to each other: it takes notes, and tells them again."""
        return self._engine.knows(backend, Capability.NOTE) and self._engine.knows(backend, Capability.TIMELINE)

    async def read(self, incident: Incident) -> Record:
        """Read it now. Raises AdapterError."""
        key = incident.key
        async with self._turn:
            at = self._engine.clock.monotonic()
            if self.in_backend(key.backend):
                record = record_of(await self._engine.timeline(key))
            else:
                record = await self._local(key)
        self._known[key] = _Known(record, _version(incident), at)
        return record

    async def _local(self, key: Key) -> Record:
        record = NOTHING
        for mark in await self._memory.marks(key):
            record = record.plus(mark)
        return record

    async def keep(self, incident: Incident, mark: Mark) -> None:
        """Keep a mark that cannot stand in a note."""
        await self._memory.mark(incident.key, mark)
        await self.read(incident)

    def expect(self, incident: Incident, mark: Mark) -> None:
        """A mark is on its way into the timeline: until that is read again, it counts as there."""
        known = self._known.get(incident.key)
        record = NOTHING if known is None else known.record
        self._known[incident.key] = _Known(record.plus(mark), ("", None), self._engine.clock.monotonic())

    def forget(self, key: Key) -> None:
        """It is over."""
        self._known.pop(key, None)


def _version(incident: Incident) -> tuple[str | None, datetime | None]:
    return incident.version, incident.updated_at
