"""A console that writes stakeholder updates on any backend's rig, with real servers for mail and web."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.mailbox import Mailbox
from tests.servers.receiver import Receiver
from vagt.adapters.protocol import Connection, Session
from vagt.comms.composer import Composer
from vagt.comms.delivery import Delivery, settled
from vagt.comms.office import Office
from vagt.config.response import AudienceSettings, ChannelSettings
from vagt.config.settings import BackendSettings, ConsoleSettings, Settings
from vagt.domain.clock import SystemClock
from vagt.domain.incident import Incident
from vagt.engine.engine import Engine

_FIELDS = ("service", "impact_text", "scope", "workaround", "next_update")


@dataclass
class Desk:
    """One operator's console on one incident."""

    engine: Engine
    incident: Incident
    told: list[str] = field(default_factory=list)

    async def compose(self, template: str = "investigating") -> Composer:
        composer = await Composer.open(self.engine, self.incident.key, template=template, resume=False)
        composer.set("service", "Mail")
        composer.set("impact_text", "Mail cannot be sent.\n\nNor received: 1 < 2 & so on.")
        composer.set("impact_text.da", "Der kan ikke sendes mail.\n\nHeller ikke modtages, æøå.")
        composer.set("next_update", "+45m")
        return composer

    async def send(self, composer: Composer, patience: float = 30.0) -> tuple[Delivery, ...]:
        return await settled(self.engine, await composer.send(undo=False), patience)

    @property
    def office(self) -> Office:
        return Office(self.engine)


def settings(own: str, box: Mailbox, web: Receiver, *, approval: bool = False) -> Settings:
    """Users in Danish by the backend's own channel, managers by mail, abroad by a web hook that falls back to mail."""
    return Settings(
        console=ConsoleSettings(undo=0),
        backends=(BackendSettings(name="any", adapter="embedded"),),
        channels=(
            ChannelSettings(name="boss-mail", url=box.url("bosses@acme.test"), timeout=2),
            ChannelSettings(name="status-page", url=f"json://{web.host}/hook", timeout=2),
            ChannelSettings(name="spare-mail", url=box.url("abroad@acme.test"), timeout=2),
        ),
        audiences=(
            AudienceSettings(
                name="users", query="", fields=_FIELDS, language="da", timezone="Europe/Copenhagen", channels=(own,),
                approval=approval,
            ),
            AudienceSettings(name="managers", query="", public=False, language="en", channels=("boss-mail",)),
            AudienceSettings(
                name="abroad", query="", fields=_FIELDS, language="en", timezone="UTC", channels=("status-page",),
                fallback=("spare-mail",),
            ),
        ),
    )  # fmt: skip


@asynccontextmanager
async def console(
    folder: Path, known: Settings, connect: Callable[[], Awaitable[Session]], id: str
) -> AsyncIterator[Desk]:
    """An engine on the rig's session, with the incident on its board."""

    async def made(connection: Connection) -> Session:
        return await connect()

    async def no_secret(_: BackendSettings | ChannelSettings) -> str:
        return ""

    session = await connect()
    (found,) = await session.get([id])
    renamed = Settings(
        console=known.console,
        backends=(BackendSettings(name=found.backend, adapter="embedded"),),
        channels=known.channels,
        audiences=known.audiences,
    )
    engine = await Engine.open(
        renamed, folder, clock=SystemClock(), operator="anna", secrets=no_secret, connect=made, load=False
    )
    try:
        incident = await engine.find(found.ref)
        await engine.start(poll=False)
        yield Desk(engine, incident)
    finally:
        await engine.stop()
