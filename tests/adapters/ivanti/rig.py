"""The rig for Ivanti: a stand-in tenant on a socket, a colleague who works in its state, and its switches as faults."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from tests.doubles.ivanti import IvantiDouble, Quirks, Row
from tests.doubles.ivanti import rules as tenant_rules
from tests.servers.cutter import Cutter
from tests.servers.faulty import WAIT, at_the_proxy, switched
from vagt.adapters.conformance import BaseRig, Fault, Truth
from vagt.adapters.ivanti.manifest import MANIFEST
from vagt.adapters.ivanti.mapping import readable
from vagt.adapters.ivanti.session import IvantiSession, open_session
from vagt.adapters.protocol import Connection
from vagt.config.settings import BackendSettings, OptionValue
from vagt.domain.clock import Clock, SystemClock
from vagt.domain.incident import LinkKind
from vagt.domain.priority import PriorityMatrix

ACTIONS: dict[str, str] = {"Close Incident": "Closed", "Send to Network Support": "Logged"}


class IvantiRig(BaseRig):
    """The operator is anna; bo is of the same team. With auth "session" she signs in herself."""

    manifest = MANIFEST
    page_size = 20
    colleague = "bo"
    other_team = "Network Support"
    settle = 1.1
    crowd = 1500
    requests_a_page = 4  # each incident has two SLA clocks, which are rows of another set
    title_length = 255
    link_kind = LinkKind.PARENT

    def __init__(self, quirks: Quirks | None = None, *, auth: str = "api-key") -> None:
        self.double = IvantiDouble(quirks)
        self.tenant = self.double.tenant
        self.auth = auth
        self.options: dict[str, OptionValue] = {
            "page_size": self.page_size,
            "actions": ACTIONS,
            "escalation_team": "Network Support",
        }
        self.quirks = self.double.quirks
        self.cutter = Cutter("127.0.0.1", 0)
        self._sessions: list[IvantiSession] = []
        self._started = False
        self._password = self.tenant.passwords["anna"]
        spelling = self.quirks.note_parent or "Incident"
        self.tenant.insert(
            "journal__notess", "bo", NotesBody="old", ParentLink_Category=spelling, ParentLink_RecID="F" * 32
        )

    @property
    def secret(self) -> str:
        return self.tenant.api_key if self.auth == "api-key" else self._password

    @property
    def secrets(self) -> Sequence[str]:
        return (self.secret, *self.tenant.sessions)

    async def start(self) -> None:
        if not self._started:
            self._started = True
            await self.double.start()
            self.cutter.turn_to(self.double.web.port)
            await self.cutter.start()

    async def close(self) -> None:
        for session in self._sessions:
            await session.close()
        await self.cutter.stop()
        await self.double.stop()

    def requests(self) -> int:
        return len(self.double.web.log) + len([one for one in self.cutter.exchanges if one.fate == "canned"])

    async def connect(
        self,
        *,
        clock: Clock | None = None,
        query: str = "",
        below: str = "",
        thorough: bool = False,
        **options: OptionValue,
    ) -> IvantiSession:
        await self.start()

        async def secret() -> str:
            return self.secret

        settings = BackendSettings(
            name="ivanti",
            adapter="ivanti",
            url=self.cutter.url + below,
            auth=self.auth,
            username="anna",
            query=query,
            options={**self.options, **options},
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

    def row(self, id: str) -> Row:
        return self.tenant.incident(id)

    async def seed(self, titles: Sequence[str]) -> tuple[str, ...]:
        await self.start()
        return tuple([self.double.seed(title)["RecId"] for title in titles])

    def update(self, id: str, **fields: object) -> None:
        """The colleague changes something in the tenant's own way."""
        tenant_rules.update(self.tenant, self.row(id), dict(fields), "bo")

    async def change(self, id: str) -> None:
        now = self.row(id)["Urgency"]
        self.update(id, Urgency={"Low": "Medium", "Medium": "High", "High": "Low"}[now])

    async def give(self, id: str) -> None:
        self.update(id, Owner="bo")

    async def finish(self, id: str) -> None:
        owner = self.row(id)["Owner"] or "bo"
        self.update(id, Status="Resolved", CauseCode="Other", Resolution="done", Owner=owner)

    async def remove(self, id: str) -> bool:
        del self.tenant.sets["incidents"][id]
        return True

    async def truth(self, id: str) -> Truth:
        row = self.row(id)
        notes = self.tenant.notes(id)
        return Truth(
            is_open=row["Status"] not in ("Resolved", "Closed"),
            assignee=row["Owner"],
            internal=tuple(note["NotesBody"] for note in notes if not note["PublishToWeb"]),
            public=(readable(row["Symptom"]), *(note["NotesBody"] for note in notes if note["PublishToWeb"])),
        )

    def inject(self, fault: Fault) -> AbstractAsyncContextManager[None] | None:
        return self._fault(fault)

    @asynccontextmanager
    async def _fault(self, fault: Fault) -> AsyncIterator[None]:
        quirks = self.quirks
        match fault:
            case Fault.THROTTLED:
                with switched(quirks, throttle=float(WAIT)):
                    yield
            case Fault.FORBIDDEN:
                with switched(quirks, forbid_writes=True):
                    yield
            case Fault.SIGNED_OUT:
                quirks.revoked |= {self.tenant.api_key, *self.tenant.sessions}
                self.tenant.passwords["anna"] = "another"
                try:
                    yield
                finally:
                    quirks.revoked.clear()
                    self.tenant.passwords["anna"] = self._password
            case _:
                async with at_the_proxy(self.cutter, fault):
                    yield
