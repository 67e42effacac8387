"""The rig for Jira: the double behind a proxy that loses answers; the operator is anna, the colleague bo."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from tests.doubles.jsm import world
from tests.doubles.jsm.adf import plain
from tests.doubles.jsm.server import Site
from tests.doubles.jsm.state import Issue
from tests.doubles.web import Logged
from tests.servers.cutter import Cutter
from tests.servers.faulty import WAIT, at_the_proxy, switched
from vagt.adapters.conformance import BaseRig, Fault, Truth
from vagt.adapters.jsm.manifest import MANIFEST
from vagt.adapters.jsm.session import JsmSession, open_session
from vagt.adapters.protocol import Connection
from vagt.config.settings import BackendSettings, OptionValue
from vagt.domain.clock import Clock, SystemClock
from vagt.domain.priority import PriorityMatrix

SECRETS = (world.API_TOKEN, world.SCOPED_TOKEN, world.SERVICE_TOKEN, world.PAT, world.PASSWORD)


_HARMLESS = ("/search", "/search/jql", "bulkfetch", "count", "/attachTemporaryFile")
"""What changes no incident: searches, reads of many, and a file that hangs on nothing yet."""


def changes_something(line: str) -> bool:
    """Whether a request's first line writes: searches and reads of many are POST as well."""
    method, _, rest = line.partition(" ")
    path = rest.split(" ")[0]
    return method in ("POST", "PUT", "DELETE") and not path.endswith(_HARMLESS)


class JsmRig(BaseRig):
    """One site of its own."""

    manifest = MANIFEST
    page_size = 20
    settle = 0.3
    title_length = 255
    quiet_requests = 1
    crowd = 1200
    crowd_seconds = 30.0
    secrets = SECRETS

    def __init__(self, *, deployment: str = "cloud", auth: str = "", incidents: int = 0, **quirks: Any) -> None:
        self.site = Site(deployment=deployment, incidents_=incidents, **quirks)
        self.auth = auth or ("basic" if self.site.cloud else "token")
        self.secret = world.API_TOKEN if self.site.cloud else world.PAT
        self.username = "anna@example.org" if self.auth == "basic" else ""
        self.colleague = self.identity("bo")
        self.other_team = "Database"
        self.clock: Clock = SystemClock()
        self.cutter: Cutter | None = None
        self._sessions: list[JsmSession] = []

    def identity(self, login: str) -> str:
        return self.site.store.users[login].account_id if self.site.cloud else login

    @property
    def log(self) -> list[Logged]:
        return self.site.web.log

    async def start(self) -> None:
        await self.site.start()
        self.cutter = Cutter("127.0.0.1", self.site.web.port)
        await self.cutter.start()

    async def stop(self) -> None:
        for session in self._sessions:
            await session.close()
        if self.cutter is not None:
            await self.cutter.stop()
        await self.site.stop()

    async def close(self) -> None:
        await self.stop()

    def requests(self) -> int:
        return len(self.log) + len([e for e in self.proxy.exchanges if e.fate in ("canned", "lost request")])

    @property
    def proxy(self) -> Cutter:
        assert self.cutter is not None, "not started"
        return self.cutter

    def settings(self, *, query: str = "", **options: OptionValue) -> BackendSettings:
        held: dict[str, OptionValue] = {"projects": ["OPS"], "page_size": self.page_size}
        if not self.site.cloud:
            # Teams are told by Operations, which Data Center does not have
            held["team_field"] = "components"
        held |= {"gateway_url": self.proxy.url, **options}
        url = self.proxy.url + self.site.context
        return BackendSettings(
            name="jira", adapter="jsm", url=url, auth=self.auth, username=self.username, query=query, options=held
        )

    async def connect(
        self, *, clock: Clock | None = None, query: str = "", thorough: bool = False, **options: OptionValue
    ) -> JsmSession:
        async def secret() -> str:
            return self.secret

        session = await open_session(
            Connection(
                settings=self.settings(query=query, **options),
                secret=secret,
                clock=clock or self.clock,
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
        return tuple(self.site.register(title).id for title in titles)

    def issue(self, id: str) -> Issue:
        return self.site.store.issues[id]

    async def change(self, id: str) -> None:
        urgency = "511" if self.issue(id).fields.get(world.URGENCY) != "511" else "513"
        self.site.save(id, **{world.URGENCY: urgency})

    async def give(self, id: str) -> None:
        self.site.save(id, assignee="bo")

    async def finish(self, id: str) -> None:
        self.site.save(id, status="5", resolution="10000")

    async def remove(self, id: str) -> bool:
        self.site.store.remove(id)
        return True

    async def truth(self, id: str) -> Truth:
        issue = self.issue(id)
        assignee = issue.fields["assignee"]
        return Truth(
            is_open=world.STATUSES[issue.fields["status"]][1] != "done",
            assignee=self.identity(assignee) if assignee else None,
            internal=self.words(id, public=False),
            public=self.words(id, public=True),
        )

    def words(self, id: str, *, public: bool) -> tuple[str, ...]:
        return tuple(plain(c.body) for c in self.issue(id).comments if c.public is public)

    def bodies(self, path_end: str) -> list[dict[str, Any]]:
        """What was sent to addresses that end so."""
        found = []
        for raw in self.proxy.requests:
            head, _, body = raw.partition(b"\r\n\r\n")
            if head.split(b" ", 2)[1].decode().partition("?")[0].endswith(path_end) and body:
                found.append(json.loads(body))
        return found

    def inject(self, fault: Fault) -> AbstractAsyncContextManager[None] | None:
        return self._fault(fault)

    @asynccontextmanager
    async def _fault(self, fault: Fault) -> AsyncIterator[None]:
        quirks, door = self.site.quirks, self.site.door
        match fault:
            case Fault.THROTTLED:
                with switched(quirks, retry_after=WAIT):
                    yield
            case Fault.FORBIDDEN:
                with switched(quirks, read_only_account=True):
                    yield
            case Fault.SIGNED_OUT:
                with switched(door, shut=True):
                    yield
            case _:
                async with at_the_proxy(self.proxy, fault, changes_something):
                    yield
