"""The account as a rig for the conformance kit: the operator is Anna, her colleague Bo."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from tests.doubles.pagerduty.rules import open_incident, resolve
from tests.doubles.pagerduty.server import PagerDuty
from tests.doubles.pagerduty.state import Incident
from tests.doubles.pagerduty.world import ACCOUNT_KEY, BEARER, CLIENT_ID, CLIENT_SECRET, READ_ONLY_KEY, USER_KEY
from tests.doubles.web import Logged
from tests.servers.cutter import Cutter
from tests.servers.faulty import WAIT, at_the_proxy, switched
from vagt.adapters.conformance.rig import BaseRig, Fault, Truth
from vagt.adapters.pagerduty.manifest import MANIFEST
from vagt.adapters.pagerduty.session import PdSession, open_session
from vagt.adapters.protocol import Connection
from vagt.config.settings import BackendSettings, OptionValue
from vagt.domain.clock import Clock, SystemClock
from vagt.domain.priority import PriorityMatrix

WAYS = {
    "user key": ("api-key", USER_KEY),
    "account key": ("api-key", ACCOUNT_KEY),
    "reading key": ("api-key", READ_ONLY_KEY),
    "token": ("token", BEARER),
    "oauth": ("oauth", CLIENT_SECRET),
}
"""Credential → how the config says it, and the secret."""
ANNA, BO = "anna@acme.example", "bo@acme.example"


class PdRig(BaseRig):
    """One account of its own."""

    manifest = MANIFEST
    page_size = 20
    colleague = BO
    other_team = "Database"
    settle = 1.1
    title_length = 1024
    quiet_requests = 2
    crowd = 600
    crowd_seconds = 30.0

    def __init__(self, *, way: str = "user key", incidents: int = 0, **quirks: Any) -> None:
        self.account = PagerDuty(incidents_=incidents, **quirks)
        self.way = way
        self.auth, self.secret = WAYS[way]
        self.cutter: Cutter | None = None
        self._sessions: list[PdSession] = []

    @property
    def secrets(self) -> Sequence[str]:
        return (USER_KEY, ACCOUNT_KEY, READ_ONLY_KEY, CLIENT_SECRET, *self.account.door.tokens)

    @property
    def log(self) -> list[Logged]:
        return self.account.web.log

    async def start(self) -> None:
        await self.account.start()
        self.cutter = Cutter("127.0.0.1", self.account.web.port)
        await self.cutter.start()

    async def stop(self) -> None:
        for session in self._sessions:
            await session.close()
        if self.cutter is not None:
            await self.cutter.stop()
        await self.account.stop()
        assert not self.account.strange, f"asked with parameters that no page names: {set(self.account.strange)}"
        ignored = self.account.incidents.ignored
        assert not ignored, f"written were fields that nobody knows: {set(ignored)}"

    async def close(self) -> None:
        await self.stop()

    def requests(self) -> int:
        return len(self.log) + len([e for e in self.proxy.exchanges if e.fate in ("canned", "lost request")])

    @property
    def proxy(self) -> Cutter:
        assert self.cutter is not None, "not started"
        return self.cutter

    async def connect(
        self,
        *,
        clock: Clock | None = None,
        thorough: bool = False,
        username: str | None = None,
        url: str = "",
        **options: OptionValue,
    ) -> PdSession:
        async def secret() -> str:
            return self.secret

        held: dict[str, OptionValue] = {"page_size": self.page_size, **options}
        if self.auth == "oauth":
            held |= {"client_id": CLIENT_ID, "account": "us.acme", "identity_url": self.proxy.url}
        nobody = self.way in ("account key", "oauth")
        settings = BackendSettings(
            name="pd",
            adapter="pagerduty",
            url=url or self.proxy.url,
            auth=self.auth,
            username=(ANNA if nobody else "") if username is None else username,
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

    # --- what the backend does past the adapter
    def incident(self, id: str) -> Incident:
        return self.account.store.incidents[id]

    def register(self, title: str, service: str = "Mail", **values: Any) -> str:
        """A new incident; the service Mail pages nobody at first."""
        return open_incident(self.account.store, title, self.account.world.services[service], **values).id

    async def seed(self, titles: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.register(title) for title in titles)

    async def change(self, id: str) -> None:
        incident, priorities = self.incident(id), self.account.store.priorities
        wanted = priorities[1][0] if incident.priority != priorities[1][0] else priorities[2][0]
        self.account.save(incident, priority={"id": wanted, "type": "priority_reference"})

    async def give(self, id: str, to: str = "bo") -> None:
        who = {"id": self.account.world.users[to], "type": "user_reference"}
        self.account.save(self.incident(id), assignments=[{"assignee": who}])

    async def finish(self, id: str) -> None:
        resolve(self.account.store, self.incident(id), self.account.world.users["bo"], "done by bo")

    async def remove(self, id: str) -> bool:
        self.incident(id).hidden = True
        return True

    async def truth(self, id: str) -> Truth:
        incident, users = self.incident(id), self.account.store.users
        return Truth(
            is_open=incident.status != "resolved",
            assignee=users[incident.assigned[0][0]].email if incident.assigned else None,
            internal=tuple(note.content for note in incident.notes),
            public=tuple(update.message for update in incident.updates),
        )

    def inject(self, fault: Fault) -> AbstractAsyncContextManager[None] | None:
        return self._fault(fault)

    @asynccontextmanager
    async def _fault(self, fault: Fault) -> AsyncIterator[None]:
        quirks, door = self.account.quirks, self.account.door
        match fault:
            case Fault.THROTTLED:
                with switched(quirks, throttled=WAIT):
                    yield
            case Fault.FORBIDDEN:
                with switched(quirks, read_only_account=True):
                    yield
            case Fault.SIGNED_OUT:
                with switched(door, shut=True):
                    yield
            case _:
                async with at_the_proxy(self.proxy, fault):
                    yield
