"""The rig for Request Tracker: a proxy in front of a real one, a colleague with a token of his own, and root's view."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.servers.cutter import Cutter
from tests.servers.faulty import at_the_proxy
from tests.servers.rt import PASSWORD, RtServer
from vagt.adapters.conformance import BaseRig, Fault, Truth
from vagt.adapters.protocol import Connection
from vagt.adapters.rt.manifest import MANIFEST
from vagt.adapters.rt.session import RtSession, open_session
from vagt.config.settings import BackendSettings, OptionValue
from vagt.domain.clock import Clock, SystemClock
from vagt.domain.priority import PriorityMatrix

EVERYTHING: dict[str, OptionValue] = {
    "close_status": "closed",
    "impact_field": "Impact",
    "urgency_field": "Urgency",
    "impact_values": {"1": "High", "2": "Medium", "3": "Low"},
    "urgency_values": {"1": "High", "2": "Medium", "3": "Low"},
    "service_field": "Service",
    "category_field": "Category",
    "resolution_code_field": "Code",
    "major_field": "Major",
}
"""Options that give every declared ability a place in the seeded RT."""


class Api:
    """RT's own interface as one of its users, without any code of the adapter."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"{url}/REST/2.0", headers={"Authorization": f"token {token}"}, timeout=30, trust_env=False
        )

    async def send(self, method: str, path: str, body: object = None) -> Any:
        answer = await self._client.request(method, path, json=body)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    async def ticket(self, id: str) -> dict[str, Any]:
        return dict(await self.send("GET", f"/ticket/{id}"))

    async def put(self, id: str, way: str = "", **fields: object) -> list[str]:
        return list(await self.send("PUT", f"/ticket/{id}{way}", fields))

    async def say(self, id: str, way: str, text: str) -> None:
        await self.send("POST", f"/ticket/{id}/{way}", {"Content": text, "ContentType": "text/plain"})

    async def create(self, queue: str, subject: str, **more: object) -> str:
        body = {"Queue": queue, "Subject": subject, "ContentType": "text/plain", **more}
        return str((await self.send("POST", "/ticket", body))["id"])

    async def delete(self, id: str) -> None:
        await self.send("DELETE", f"/ticket/{id}")

    async def history(self, id: str) -> list[dict[str, Any]]:
        fields = "fields=Type,Field,OldValue,NewValue,Creator,Created"
        told = await self.send("GET", f"/ticket/{id}/history?{fields}&per_page=100")
        return list(told["items"])

    async def texts(self, id: str, type_: str) -> list[str]:
        """The bodies of the messages of one type, read one by one from their attachments."""
        found = []
        for row in await self.history(id):
            if row["Type"] != type_:
                continue
            entry = await self.send("GET", f"/transaction/{row['id']}")
            for link in entry["_hyperlinks"]:
                if link["ref"] == "attachment":
                    part = await self.send("GET", f"/attachment/{link['_url'].rpartition('/')[2]}")
                    found.append(base64.b64decode(part["Content"]).decode())
        return found

    async def close(self) -> None:
        await self._client.aclose()


class RtRig(BaseRig):
    """Two queues of its own in a shared RT; the operator is anna, the colleague bo."""

    manifest = MANIFEST
    page_size = 20
    colleague = "bo"
    settle = 1.1
    crowd = 160
    title_length = 120  # RT counts 200 bytes
    quiet_requests = 2  # what was updated, and how many are open: RT tells of nothing that left our sight

    def __init__(
        self, server: RtServer, *, lifecycle: str = "incident", auth: str = "token", user: str = "anna"
    ) -> None:
        self.server = server
        self.queue = server.queue(lifecycle=lifecycle, sla=True)
        self.other_team = server.queue(lifecycle=lifecycle)
        self.auth = auth
        self.user = user
        self.token = server.ask("token", user=user)["token"]
        self.secrets = (self.token, PASSWORD) if auth != "token" else (self.token,)
        self.cutter = Cutter("127.0.0.1", server.port)
        self.bo = Api(server.url, server.tokens["bo"])
        self.root = Api(server.url, server.tokens["root"])
        self.options: dict[str, OptionValue] = {"page_size": self.page_size, **EVERYTHING}
        self._sessions: list[RtSession] = []

    def requests(self) -> int:
        return len(self.cutter.exchanges)

    async def start(self) -> None:
        await self.cutter.start()

    async def stop(self) -> None:
        for session in self._sessions:
            await session.close()
        await self.bo.close()
        await self.root.close()
        await self.cutter.stop()

    async def close(self) -> None:
        await self.stop()

    async def connect(self, *, clock: Clock | None = None, query: str = "", **options: OptionValue) -> RtSession:
        async def secret() -> str:
            return self.token if self.auth == "token" else PASSWORD

        settings = BackendSettings(
            name="rt",
            adapter="rt",
            url=self.cutter.url,
            auth=self.auth,
            username="" if self.auth == "token" else self.user,
            query=query,
            options={**self.options, "queues": [self.queue, self.other_team], **options},
        )
        session = await open_session(
            Connection(
                settings=settings,
                secret=secret,
                clock=clock or SystemClock(),
                matrix=PriorityMatrix(),
                data_dir=Path("/nonexistent"),
                operator="nobody",
                seed=7,
            )
        )
        self._sessions.append(session)
        return session

    async def seed(self, titles: Sequence[str]) -> tuple[str, ...]:
        if len(titles) > 5:
            return self.server.tickets(self.queue, titles)
        return tuple([await self.bo.create(self.queue, title, Content=f"About {title}") for title in titles])

    async def change(self, id: str) -> None:
        held = int((await self.root.ticket(id))["Priority"])
        await self.bo.put(id, Priority=held + 25)

    async def give(self, id: str) -> None:
        await self.bo.put(id, Owner="bo")

    async def finish(self, id: str) -> None:
        await self.bo.put(id, Status="open")
        await self.bo.put(id, Status="resolved")

    async def remove(self, id: str) -> bool:
        await self.root.delete(id)
        return True

    async def truth(self, id: str) -> Truth:
        row = await self.root.ticket(id)
        owner = row["Owner"]["id"]
        return Truth(
            is_open=row["Status"] in ("new", "open", "pending", "spotted", "fixing", "parked", "stalled"),
            assignee=None if owner == "Nobody" else owner,
            internal=tuple(await self.root.texts(id, "Comment")),
            public=(*await self.root.texts(id, "Create"), *await self.root.texts(id, "Correspond")),
        )

    def inject(self, fault: Fault) -> AbstractAsyncContextManager[None] | None:
        return self._fault(fault)

    @asynccontextmanager
    async def _fault(self, fault: Fault) -> AsyncIterator[None]:
        if fault is not Fault.SIGNED_OUT:
            async with at_the_proxy(self.cutter, fault):
                yield
            return
        self.server.ask("revoke", user=self.user, token=self.token)
        try:
            yield
        finally:
            self.token = self.server.ask("token", user=self.user)["token"]
            self.secrets = (*self.secrets, self.token)
