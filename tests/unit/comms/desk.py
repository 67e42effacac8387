"""An incident with audiences, on a fake backend whose time is moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.unit.engine.fakes import (
    EVERYTHING,
    START,
    Bench,
    FakeChannel,
    FakeSession,
    World,
    incident,
    opened,
    settings_for,
    settle,
)
from tests.waiting import until
from vagt.comms.composer import Composer
from vagt.comms.office import Office
from vagt.config.response import AudienceSettings, PersonSettings
from vagt.config.settings import Settings
from vagt.domain.capability import Capability
from vagt.domain.clock import ManualClock
from vagt.domain.incident import Incident, Key, State

KEY = Key("desk", "1")
USERS = AudienceSettings(
    name="users",
    query="p<=2",
    fields=("title", "service", "impact_text", "workaround", "expected", "next_update", "started"),
    language="da",
    timezone="Europe/Copenhagen",
    channels=("comment",),
)
MANAGERS = AudienceSettings(
    name="managers", query="p<=1", public=False, language="en", timezone="UTC", channels=("boss-mail",)
)
ABROAD = AudienceSettings(name="abroad", query="p<=1", language="en", timezone="UTC", channels=("status-page",))
MAIL_DOWN = incident(
    "1",
    title="Mail is down on db-07",
    description="db-07.int.acme.example is out of memory",
    service="Mail",
    state=State.ACTIVE,
    priority=1,
    impact=1,
    urgency=1,
    assignee="anna",
    assignee_name="Anna Holm",
    created_at=START - timedelta(minutes=2),
)


def settings(*audiences: AudienceSettings, people: tuple[PersonSettings, ...] = ()) -> Settings:
    plain = settings_for(channels=("boss-mail", "status-page", "spare"))
    return replace(plain, audiences=audiences or (USERS, MANAGERS), people=people)


@asynccontextmanager
async def desk(
    folder: Path,
    *audiences: AudienceSettings,
    incidents: tuple[Incident, ...] = (MAIL_DOWN,),
    world: World | None = None,
    channels: dict[str, FakeChannel] | None = None,
    login: str = "anna",
    crash: bool = False,
    start: bool = True,
    people: tuple[PersonSettings, ...] = (),
    able: frozenset[Capability] = EVERYTHING,
) -> AsyncIterator[Bench]:
    """A console of `login` on the world's backend."""
    if world is None:
        world = World(ManualClock(START))
        world.put(*incidents)
    session = FakeSession(replace(world, login=login), able=able)
    session.world.incidents, session.world.log, session.world.words = world.incidents, world.log, world.words
    known = {name: FakeChannel() for name in ("boss-mail", "status-page", "spare")} | (channels or {})
    async with opened(
        folder,
        session.world,
        settings=settings(*audiences, people=people),
        sessions={"desk": session},
        channels=known,
        crash=crash,
        start=start,
    ) as bench:
        if start:
            await until(lambda: bench.engine.board.get(KEY), "the first listing", pause=settle)
        yield bench


async def composing(bench: Bench, template: str = "", *, resume: bool = True) -> Composer:
    return await Composer.open(bench.engine, KEY, template=template, resume=resume)


async def ready(bench: Bench, template: str = "") -> Composer:
    """A composer with all that a first update needs."""
    composer = await composing(bench, template)
    composer.set("impact_text", "Mail cannot be sent.")
    composer.set("next_update", "+30m")
    return composer


def office(bench: Bench) -> Office:
    return Office(bench.engine)
