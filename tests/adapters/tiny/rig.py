"""The rig for the service in memory; `session_type` lets a test plant a fault."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tests.adapters.tiny.service import Service
from tests.adapters.tiny.session import MANIFEST, PAGE, TinySession
from vagt.adapters.conformance import Fault, Truth
from vagt.adapters.protocol import Session


class TinyRig:
    """One service, and sessions of `session_type` on it."""

    colleague = "bo"
    other_team = "network"
    secrets = ("tok-canary-1",)
    page_size = PAGE
    settle = 0.01

    def __init__(self, session_type: type[TinySession] = TinySession) -> None:
        self.service = Service()
        self.session_type = session_type
        self.manifest = MANIFEST

    async def connect(self) -> Session:
        return self.session_type(self.service)

    async def seed(self, titles: Sequence[str]) -> tuple[str, ...]:
        return tuple(str(self.service.add(title)) for title in titles)

    async def change(self, id: str) -> None:
        self.service.update(int(id), priority=self.service.rows[int(id)].priority % 5 + 1)

    async def give(self, id: str) -> None:
        self.service.update(int(id), assignee=self.colleague)

    async def finish(self, id: str) -> None:
        self.service.update(int(id), state="resolved")

    async def remove(self, id: str) -> bool:
        self.service.remove(int(id))
        return True

    async def truth(self, id: str) -> Truth:
        row = self.service.rows[int(id)]
        return Truth(
            is_open=row.state != "resolved",
            assignee=row.assignee,
            internal=tuple(text for text, public, _, _ in row.words if not public),
            public=tuple(text for text, public, _, _ in row.words if public),
        )

    def inject(self, fault: Fault) -> AbstractAsyncContextManager[None] | None:
        return self._during(fault)

    @asynccontextmanager
    async def _during(self, fault: Fault) -> AsyncIterator[None]:
        self.service.faults.add(fault)
        try:
            yield
        finally:
            self.service.faults.discard(fault)
