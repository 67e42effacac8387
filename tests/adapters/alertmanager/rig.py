"""The rig for Alertmanager: a proxy in front of a real one, Prometheus as the colleague, its own API as the truth."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from tests.servers.alertmanager import PASSWORD, USER, Alertmanager
from tests.servers.cutter import Cutter
from tests.servers.faulty import at_the_proxy
from vagt.adapters.alertmanager.manifest import MANIFEST
from vagt.adapters.alertmanager.reading import PAGE
from vagt.adapters.alertmanager.session import AlertmanagerSession, open_session
from vagt.adapters.conformance import BaseRig, Fault, Truth
from vagt.adapters.protocol import Connection
from vagt.config.settings import BackendSettings, OptionValue
from vagt.domain.clock import Clock, SystemClock
from vagt.domain.priority import PriorityMatrix


class AlertmanagerRig(BaseRig):
    """A world of its own in a shared Alertmanager, told apart by a label; the operator is anna, who signs in."""

    manifest = MANIFEST
    page_size = PAGE
    colleague = "bo"
    other_team = "net"
    crowd = 5000
    crowd_seconds = 15.0
    title_length = 1000
    settle = 0.05
    secrets: Sequence[str] = (PASSWORD,)

    def __init__(self, server: Alertmanager) -> None:
        self.server = server
        self.world = secrets.token_hex(4)
        self.cutter = Cutter("127.0.0.1", server.port)
        self.labels: dict[str, dict[str, str]] = {}
        """Our incidents: id → the labels of the alert that it was seeded with."""
        self._sessions: list[AlertmanagerSession] = []
        server.sign_in(True)

    def requests(self) -> int:
        return len(self.cutter.exchanges)

    async def start(self) -> None:
        await self.cutter.start()

    async def stop(self) -> None:
        for session in self._sessions:
            await session.close()
        await self.cutter.stop()
        self.server.sign_in(False)
        self.server.resolve([alert["labels"] for alert in self.server.alerts(self.filter)])

    async def close(self) -> None:
        await self.stop()

    @property
    def filter(self) -> str:
        return f'world="{self.world}"'

    async def connect(
        self,
        *,
        clock: Clock | None = None,
        query: str = "",
        auth: str = "basic",
        thorough: bool = False,
        **options: OptionValue,
    ) -> AlertmanagerSession:
        async def secret() -> str:
            return PASSWORD

        settings = BackendSettings(
            name="am",
            adapter="alertmanager",
            url=self.cutter.url,
            auth=auth,
            username=USER,
            query=f"{self.filter} {query}",
            options=options,
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
                thorough=thorough,
            )
        )
        self._sessions.append(session)
        return session

    def alert(self, title: str, case: str, **labels: str) -> dict[str, Any]:
        """One alert as Prometheus sends it."""
        held = {"alertname": "Kit", "world": self.world, "case": case, "severity": "warning", **labels}
        return {"labels": held, "annotations": {"summary": title}, "generatorURL": "http://prom.example/graph"}

    async def seed(self, titles: Sequence[str]) -> tuple[str, ...]:
        alerts = [self.alert(title, f"c{len(self.labels) + n}") for n, title in enumerate(titles)]
        self.server.fire(alerts)
        found = []
        for alert in alerts:
            id = id_of({name: alert["labels"][name] for name in ("alertname", "world", "case")})
            self.labels[id] = alert["labels"]
            found.append(id)
        return tuple(found)

    async def change(self, id: str) -> None:
        """Another alert of the same group begins."""
        self.server.fire(
            [{"labels": {**self.labels[id], "instance": secrets.token_hex(3)}, "annotations": {"summary": "another"}}]
        )

    async def give(self, id: str) -> None:
        """Nobody can have it: what a colleague does is look into it, which Alertmanager never learns."""

    async def finish(self, id: str) -> None:
        """All of the group is well again."""
        self.server.resolve([alert["labels"] for alert in self.firing(id)])

    async def remove(self, id: str) -> bool:
        await self.finish(id)
        return True

    async def server_restarts(self) -> None:
        """It knows no alert afterwards; silences stay."""
        self.server.stop()
        self.server.start()

    def firing(self, id: str) -> list[dict[str, Any]]:
        """The alerts of one incident."""
        return self.server.alerts(self.filter, f'case="{self.labels[id]["case"]}"')

    async def truth(self, id: str) -> Truth:
        comments = [silence["comment"] for silence in self.held(id) if silence["status"]["state"] == "active"]
        return Truth(is_open=bool(self.firing(id)), assignee=None, internal=tuple(comments))

    def held(self, id: str) -> list[dict[str, Any]]:
        """The silences that name this incident's labels."""
        wanted = {name: self.labels[id][name] for name in ("alertname", "world", "case")}
        return [one for one in self.server.silences() if _said(one["matchers"]) == wanted]

    def inject(self, fault: Fault) -> AbstractAsyncContextManager[None] | None:
        return self._fault(fault)

    @asynccontextmanager
    async def _fault(self, fault: Fault) -> AsyncIterator[None]:
        if fault is not Fault.SIGNED_OUT:
            async with at_the_proxy(self.cutter, fault):
                yield
            return
        self.server.change_password()
        try:
            yield
        finally:
            self.server.sign_in(True)


def id_of(labels: Mapping[str, str]) -> str:
    """What a group with these labels is called: worked out here as the page about the backend tells it."""
    import hashlib

    text = "\0".join(f"{name}\1{value}" for name, value in sorted(labels.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _said(matchers: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in matchers if one["value"]}
