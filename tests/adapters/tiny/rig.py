"""The rig for the service in memory; `session_type` lets a test plant a fault."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tests.adapters.tiny.service import Service
from tests.adapters.tiny.session import TinySession
from vagt.adapters.conformance import BaseRig, Fault, Truth
from vagt.adapters.protocol import Session


class TinyRig(BaseRig):
    """One service, and sessions of `session_type` on it."""

    colleague = "bo"
    other_team = "network"
    secrets = ("tok-canary-1",)
    settle = 0.001

    def __init__(self, session_type: type[TinySession] = TinySession, *, crowd: int = 0) -> None:
        self.service = Service()
        self.session_type = session_type
        self.manifest = session_type.manifest
        self.page_size = session_type.page
        self.crowd = crowd
        self.crowd_seconds = 5.0

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
            is_open=row.is_open,
            assignee=row.assignee,
            internal=tuple(text for text, public, _, _ in row.words if not public),
            public=tuple(text for text, public, _, _ in row.words if public),
        )

    def requests(self) -> int:
        return self.service.requests

    def inject(self, fault: Fault) -> AbstractAsyncContextManager[None] | None:
        return self._during(fault)

    @asynccontextmanager
    async def _during(self, fault: Fault) -> AsyncIterator[None]:
        self.service.faults.add(fault)
        self.service.written = False
        try:
            yield
        finally:
            self.service.faults.discard(fault)
