"""The rig for the embedded backend: a colleague works on the same file, and the truth is read by plain SQL."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from vagt.adapters.conformance import BaseRig, Truth
from vagt.adapters.embedded.listing import PAGE
from vagt.adapters.embedded.manifest import MANIFEST
from vagt.adapters.embedded.session import EmbeddedSession, connect
from vagt.adapters.protocol import Connection
from vagt.config.settings import BackendSettings
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Assign, Change, Command, Create, Note, Resolve, SetPriority
from vagt.domain.incident import Key
from vagt.domain.priority import PriorityMatrix

NAME = "desk"
OPTIONS: dict[str, dict[str, str]] = {
    "people": {"anna": "Anna Holm", "bo": "Bo Friis", "carl": "Carl Berg"},
    "teams": {"noc": "anna, bo", "network": "carl, anna"},
    "services": {"mail": "noc", "vpn": "network"},
}


async def no_secret() -> str:
    return ""


class EmbeddedRig(BaseRig):
    """One database file, the operator Anna, and her colleague Bo."""

    manifest = MANIFEST
    page_size = PAGE
    crowd = 10_000
    colleague = "bo"
    other_team = "network"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._bo: EmbeddedSession | None = None

    async def connect(self, who: str = "anna") -> EmbeddedSession:
        return await connect(
            Connection(
                settings=BackendSettings(name=NAME, adapter="embedded", username=who, options=dict(OPTIONS)),
                secret=no_secret,
                clock=SystemClock(),
                matrix=PriorityMatrix(),
                data_dir=self.folder,
                operator=who,
            )
        )

    async def close(self) -> None:
        if self._bo is not None:
            await self._bo.close()

    async def _as_bo(self, id: str | None, change: Change) -> str:
        if self._bo is None:
            self._bo = await self.connect("bo")
        command = Command(
            id=uuid.uuid4().hex,
            backend=NAME,
            subject=Key(NAME, id) if id else None,
            ref=NAME,
            change=change,
            by="bo",
            at=datetime.now(UTC),
        )
        done = await self._bo.perform(command, None)
        assert done.incident is not None
        return done.incident.id

    async def seed(self, titles: Sequence[str]) -> tuple[str, ...]:
        if len(titles) > 1000:
            return await self._seed_many(titles)
        return tuple(
            [await self._as_bo(None, Create(title=title, impact=2, urgency=2, team="noc")) for title in titles]
        )

    async def _seed_many(self, titles: Sequence[str]) -> tuple[str, ...]:
        """The first one as an operator would, the others as its copies in one transaction."""
        (first,) = await self.seed(titles[:1])
        assert self._bo is not None
        store = self._bo._store

        def copied() -> tuple[str, ...]:
            with store.writing():
                model = store.row(int(first.removeprefix("i")))
                assert model is not None
                return tuple(store.add(replace(model, title=title)).id for title in titles[1:])

        return (first, *await self._bo._run(copied))

    async def change(self, id: str) -> None:
        await self._as_bo(id, SetPriority(impact=1, urgency=2))

    async def give(self, id: str) -> None:
        await self._as_bo(id, Assign(to="bo"))

    async def finish(self, id: str) -> None:
        await self._as_bo(id, Resolve(text="bo did it", code="fixed"))

    async def remove(self, id: str) -> bool:
        """Housekeeping deletes rows as no operator can; so does this."""
        await self._as_bo(id, Note(text="to be removed"))
        assert self._bo is not None
        store = self._bo._store

        def delete() -> None:
            with store.writing():
                store.delete(int(id.removeprefix("i")))

        await self._bo._run(delete)
        return True

    async def truth(self, id: str) -> Truth:
        with sqlite3.connect(self.folder / f"embedded-{NAME}.sqlite") as database:
            state, assignee = database.execute(
                "SELECT state, assignee FROM incident WHERE pk = ?", (id.removeprefix("i"),)
            ).fetchone()
            said = database.execute(
                "SELECT text, public FROM entry WHERE incident = ? ORDER BY id", (id.removeprefix("i"),)
            ).fetchall()
        return Truth(
            is_open=state in ("new", "active", "waiting"),
            assignee=assignee,
            internal=tuple(text for text, public in said if not public),
            public=tuple(text for text, public in said if public),
        )
