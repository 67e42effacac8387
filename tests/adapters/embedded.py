"""An embedded backend on a folder of the test's own, with time that stands still until it is moved."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from vagt.adapters.embedded.session import EmbeddedSession, connect
from vagt.adapters.protocol import Connection, Done
from vagt.config.settings import BackendSettings, OptionValue
from vagt.domain.clock import Clock, ManualClock
from vagt.domain.commands import Change, Command, Create
from vagt.domain.incident import Incident, Key
from vagt.domain.priority import PriorityMatrix

MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""A Tuesday."""
ORGANISATION: dict[str, OptionValue] = {
    "people": {"anna": "Anna Holm <anna@acme.example>", "bo": "Bo Friis", "carl": "Carl Lund", "dorte": "Dorte Bach"},
    "teams": {"NOC": "anna, bo", "Network": "carl, dorte"},
    "leads": {"NOC": "bo"},
    "services": {"E-mail": "NOC", "VPN": "Network"},
    "problems": {"PRB1": "Mail store fills up"},
    "changes": {"CHG7": "New mail store"},
}

_ids = itertools.count(1)


async def no_secret() -> str:
    """The embedded backend has none."""
    return ""


def connection(
    folder: Path,
    clock: Clock,
    *,
    operator: str = "anna",
    name: str = "desk",
    options: dict[str, OptionValue] | None = None,
    matrix: PriorityMatrix | None = None,
) -> Connection:
    """What a session of the embedded backend needs to know."""
    return Connection(
        settings=BackendSettings(name=name, adapter="embedded", options=options or {}),
        secret=no_secret,
        clock=clock,
        matrix=matrix or PriorityMatrix(),
        data_dir=folder,
        operator=operator,
    )


@dataclass
class Desk:
    """A session with short words for what tests do all the time."""

    session: EmbeddedSession
    clock: ManualClock
    operator: str
    name: str = "desk"
    cursor: str | None = None
    known: dict[str, Incident] = field(default_factory=dict)
    """What a console would hold: the listing and all increments so far."""

    def command(self, change: Change, on: str | None = None, *, id: str = "") -> Command:
        return Command(
            id=id or f"test-{next(_ids)}",
            backend=self.name,
            subject=Key(self.name, on) if on else None,
            ref=self.name,
            change=change,
            by=self.operator,
            at=self.clock.now(),
        )

    async def does(self, change: Change, on: str | None = None, *, expected: str | None = None) -> Done:
        """Carry out one change on the incident with id `on`."""
        return await self.session.perform(self.command(change, on), expected)

    async def after(self, change: Change, on: str | None = None, *, expected: str | None = None) -> Incident:
        """The incident as it is once the change is carried out."""
        done = await self.does(change, on, expected=expected)
        assert done.incident is not None
        return done.incident

    async def opened(self, title: str = "Mail is slow", **fields: object) -> Incident:
        """A new incident."""
        return await self.after(Create(title=title, **fields))  # type: ignore[arg-type]

    async def now(self, id: str) -> Incident:
        """The incident as the backend has it."""
        (incident,) = await self.session.get([id])
        return incident

    async def told(self, id: str) -> list[str]:
        """The texts of its timeline, oldest first."""
        return [entry.text for entry in await self.session.timeline(id)]

    async def poll(self) -> set[str]:
        """Bring `known` up to date as an engine does; the ids that were told."""
        told: set[str] = set()
        more = True
        while more:
            batch = await self.session.changes(self.cursor)
            if batch.restart:
                self.known.clear()
            self.known.update({incident.id: incident for incident in batch.items})
            for id in batch.gone:
                self.known.pop(id, None)
            told |= {incident.id for incident in batch.items} | set(batch.gone)
            self.cursor, more = batch.cursor, batch.more
        return told

    def open_ids(self) -> set[str]:
        return {id for id, incident in self.known.items() if incident.is_open}


@asynccontextmanager
async def desk(
    folder: Path,
    *,
    clock: ManualClock | None = None,
    operator: str = "anna",
    name: str = "desk",
    shift: bool = False,
    seed: int = 1,
    speed: float = 1.0,
    options: dict[str, OptionValue] | None = None,
    matrix: PriorityMatrix | None = None,
) -> AsyncIterator[Desk]:
    """An open embedded backend: with `shift` the practice shift, else the small organisation above."""
    clock = clock or ManualClock(MORNING)
    if options is None:
        options = {"shift": True, "seed": seed, "speed": speed} if shift else dict(ORGANISATION)
    session = await connect(
        connection(folder, clock, operator=operator, name=name, options=options, matrix=matrix),
    )
    try:
        yield Desk(session, clock, operator, name)
    finally:
        await session.close()
