"""The rig for Tidy Desk: a server of its own, and its desk looked into past the adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from tidydesk_server import TOKEN, TidyDeskServer
from vagt.adapters.conformance import BaseRig, Fault, Truth
from vagt.adapters.protocol import Connection, Session
from vagt.config.settings import BackendSettings
from vagt.domain.clock import SystemClock
from vagt.domain.priority import PriorityMatrix
from vagt_tidydesk.manifest import MANIFEST
from vagt_tidydesk.session import connect


class TidyDeskRig(BaseRig):
    """The operator is Anna, her colleague Bo."""

    manifest = MANIFEST
    page_size = 20
    colleague = "bo"
    other_team = "net"
    secrets = (TOKEN,)

    def __init__(self) -> None:
        self.server = TidyDeskServer()
        self.desk = self.server.desk

    async def connect(self) -> Session:
        if not self.server.port:
            await self.server.start()

        async def secret() -> str:
            return TOKEN

        settings = BackendSettings(
            name="tidy", adapter="tidydesk", url=self.server.url, options={"page_size": self.page_size}
        )
        return await connect(
            Connection(
                settings=settings,
                secret=secret,
                clock=SystemClock(),
                matrix=PriorityMatrix(),
                data_dir=Path(),
                operator="anna",
            )
        )

    async def close(self) -> None:
        await self.server.stop()

    async def seed(self, titles: Sequence[str]) -> tuple[str, ...]:
        return tuple(str(self.desk.create({"title": title}, "bo")["id"]) for title in titles)

    async def change(self, id: str) -> None:
        self.desk.update(int(id), {"priority": self.desk.tickets[int(id)]["priority"] % 5 + 1}, "bo")

    async def give(self, id: str) -> None:
        self.desk.update(int(id), {"assignee": "bo"}, "bo")

    async def finish(self, id: str) -> None:
        self.desk.update(int(id), {"status": "done", "solution": "Bo did it", "code": "fixed"}, "bo")

    async def truth(self, id: str) -> Truth:
        ticket, said = self.desk.tickets[int(id)], self.desk.entries[int(id)]
        return Truth(
            is_open=ticket["status"] != "done",
            assignee=ticket["assignee"],
            internal=tuple(entry["text"] for entry in said if not entry["public"]),
            public=tuple(entry["text"] for entry in said if entry["public"]),
        )

    # What may be left out, and makes the kit show more

    crowd = 10_000

    def requests(self) -> int:
        return self.server.requests

    async def remove(self, id: str) -> bool:
        self.desk.delete(int(id))
        return True

    def inject(self, fault: Fault) -> AbstractAsyncContextManager[None] | None:
        return self._during(fault)

    @asynccontextmanager
    async def _during(self, fault: Fault) -> AsyncIterator[None]:
        if fault is Fault.DOWN:
            await self.server.stop()
        self.server.fault, self.server.written = fault.value.replace(" ", "-"), False
        try:
            yield
        finally:
            self.server.fault = ""
            if fault is Fault.DOWN:
                await self.server.start()
