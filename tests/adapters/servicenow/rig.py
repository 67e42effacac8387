"""The rig for ServiceNow: the double behind a proxy that loses answers; the operator is anna, the colleague bo."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from tests.doubles.servicenow.auth import CLIENT_ID, CLIENT_SECRET
from tests.doubles.servicenow.rules import create
from tests.doubles.servicenow.server import Instance
from tests.doubles.servicenow.world import API_KEY, PASSWORD
from tests.doubles.web import Logged
from tests.servers.cutter import Cutter
from tests.servers.faulty import WAIT, at_the_proxy, switched
from vagt.adapters.conformance import BaseRig, Fault, Truth
from vagt.adapters.protocol import Connection
from vagt.adapters.servicenow.manifest import MANIFEST
from vagt.adapters.servicenow.session import SnowSession, open_session
from vagt.config.settings import BackendSettings, OptionValue
from vagt.domain.clock import Clock, SystemClock
from vagt.domain.priority import PriorityMatrix

SECRETS = {"basic": PASSWORD, "api-key": API_KEY, "oauth": CLIENT_SECRET}
EVERYTHING: dict[str, OptionValue] = {"declare_major": True, "may_close": True}
"""Options that give every declared ability a place."""


class SnowRig(BaseRig):
    """One instance of its own."""

    manifest = MANIFEST
    page_size = 20
    colleague = "bo"
    other_team = "Database"
    settle = 1.1
    title_length = 160
    quiet_requests = 1
    crowd = 1200
    crowd_seconds = 30.0

    def __init__(self, *, auth: str = "basic", incidents: int = 0, **quirks: Any) -> None:
        self.instance = Instance(incidents_=incidents, **quirks)
        self.instance.door.accounts["bo"].roles = ("itil", "itil_admin")
        self.instance.door.accounts["anna"].roles = ("itil", "itil_admin")
        self.auth = auth
        self.secret = SECRETS[auth]
        self.cutter: Cutter | None = None
        self._down: Cutter | None = None
        self._sessions: list[SnowSession] = []

    @property
    def secrets(self) -> Sequence[str]:
        door = self.instance.door
        tokens = [text for token in door.tokens for text in (token.access, token.refresh) if text]
        return (PASSWORD, API_KEY, CLIENT_SECRET, *door.sessions, *tokens)

    @property
    def log(self) -> list[Logged]:
        return self.instance.web.log

    async def start(self) -> None:
        await self.instance.start()
        self.cutter = Cutter("127.0.0.1", self.instance.web.port)
        await self.cutter.start()

    async def stop(self) -> None:
        for session in self._sessions:
            await session.close()
        if self.cutter is not None:
            await self.cutter.stop()
        await self.instance.stop()
        unsupported = [line.target for line in self.log if line.status == 599]
        assert not unsupported, f"the double was asked what it does not know: {unsupported}"

    async def close(self) -> None:
        await self.stop()

    def requests(self) -> int:
        return len(self.log) + len([e for e in self._proxy.exchanges if e.fate in ("canned", "lost request")])

    @property
    def _proxy(self) -> Cutter:
        assert self.cutter is not None, "not started"
        return self.cutter

    async def connect(
        self, *, clock: Clock | None = None, query: str = "", thorough: bool = False, **options: OptionValue
    ) -> SnowSession:
        async def secret() -> str:
            return self.secret

        held: dict[str, OptionValue] = {"page_size": self.page_size, **EVERYTHING, **options}
        if self.auth == "oauth":
            held.setdefault("client_id", CLIENT_ID)
        settings = BackendSettings(
            name="snow",
            adapter="servicenow",
            url=self._proxy.url,
            auth=self.auth,
            username="" if self.auth == "api-key" else "anna",
            query=query,
            options=held,
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

    async def seed(self, titles: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.register(title) for title in titles)

    def register(self, title: str, **values: str) -> str:
        """A new incident of bo's for the group Network."""
        world = self.instance.world
        body = {
            "short_description": title,
            "description": f"About {title}",
            "caller_id": world.users["caller"],
            "assignment_group": world.groups["Network"],
            **values,
        }
        return create(self.instance.store, "incident", body, self.instance.user("bo"))["sys_id"]

    def row(self, id: str) -> dict[str, str]:
        return self.instance.store.tables["incident"][id]

    async def change(self, id: str) -> None:
        row = self.row(id)
        self.instance.save(id, urgency="1" if row["urgency"] != "1" else "2")

    async def give(self, id: str) -> None:
        self.instance.save(id, assigned_to=self.instance.world.users["bo"])

    async def finish(self, id: str) -> None:
        code = self.instance.store.by("sys_choice", "element", "close_code")[0]["value"]
        self.instance.save(id, state="6", close_code=code, close_notes="done by bo")

    async def remove(self, id: str) -> bool:
        self.instance.store.delete("incident", id)
        return True

    async def truth(self, id: str) -> Truth:
        row = self.row(id)
        person = self.instance.store.get("sys_user", row["assigned_to"])
        return Truth(
            is_open=row["active"] == "true" and row["state"] != "6",
            assignee=person["user_name"] if person else None,
            internal=self.instance.words(id, "work_notes"),
            public=self.instance.words(id, "comments"),
        )

    def inject(self, fault: Fault) -> AbstractAsyncContextManager[None] | None:
        return self._fault(fault)

    @asynccontextmanager
    async def _fault(self, fault: Fault) -> AsyncIterator[None]:
        quirks, door = self.instance.quirks, self.instance.door
        match fault:
            case Fault.THROTTLED:
                with switched(quirks, retry_after=WAIT):
                    yield
            case Fault.FORBIDDEN:
                with switched(quirks, read_only_account=True):
                    yield
            case Fault.SIGNED_OUT:
                with switched(door, shut=True):
                    door.revoke_all()
                    yield
            case _:
                async with at_the_proxy(self._proxy, fault):
                    yield
