"""A backend that forgets what is over: the console keeps the last it saw, and rings when it begins again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.engine.fakes import EVERYTHING, START, Bench, FakeSession, World, incident, opened, settings_for, settle
from vagt.adapters.embedded.manifest import MANIFEST
from vagt.adapters.protocol import NotFoundError
from vagt.domain.capability import Capability
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Snooze
from vagt.domain.incident import Key, State
from vagt.engine.backend import Backend
from vagt.engine.events import Event, Rang
from vagt.engine.fanout import Subscription
from vagt.engine.request import Request

ONE = Key("desk", "1")


@pytest.fixture
def world() -> World:
    world = World(ManualClock(START))
    world.put(incident("1", priority=1), incident("2"))
    return world


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backend, "manifest", lambda self: replace(MANIFEST, keeps_past=False, resync=1200.0))


async def forgets(bench: Bench) -> None:
    """The backend no longer has it, and the console lists everything again."""
    bench.world.delete("1")
    await bench.pass_time(1300, step=20)


@pytest.mark.usefixtures("forgetful")
async def test_what_it_no_longer_lists_is_resolved_and_not_lost(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await forgets(bench)
        over = bench.engine.board.get(ONE)
        assert over is not None and over.state is State.RESOLVED and over.resolved_at is not None
        assert over.title == "Incident 1" and over.priority == 1, "as it was last seen"
        assert await bench.engine.find("desk:11") == over
        with pytest.raises(NotFoundError):
            await bench.engine.find("desk:999")
        closed = await bench.engine.fetch("desk", include_closed=True)
        assert {one.id: one.state for one in closed} == {"1": State.RESOLVED, "2": State.NEW}
        assert [one.id for one in await bench.engine.fetch("desk")] == ["2"]


async def test_what_any_other_backend_no_longer_has_was_deleted(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await forgets(bench)
        assert bench.engine.board.get(ONE) is None
        with pytest.raises(NotFoundError):
            await bench.engine.find("desk:11")


async def listen(subscription: Subscription, into: list[Event]) -> None:
    async for event in subscription:
        into += [event]


@pytest.mark.parametrize(("who", "rings"), [("system", 1), ("anna", 0)])
async def test_what_begins_again_rings_unless_i_did_it(tmp_path: Path, world: World, who: str, rings: int) -> None:
    heard: list[Event] = []
    async with opened(tmp_path, world, settings=settings_for(bell="p<=2"), start=False) as bench:
        task = asyncio.ensure_future(listen(bench.engine.events(), heard))
        await bench.engine.start()
        await settle()
        world.change("1", "system", state=State.RESOLVED)
        await bench.pass_time(20)
        assert not [event for event in heard if isinstance(event, Rang)], "that it ended is no alarm"
        world.change("1", who, state=State.NEW)
        await bench.pass_time(20)
        assert [event.keys for event in heard if isinstance(event, Rang)] == [frozenset({ONE})] * rings
        task.cancel()


def _put(world: World, until: datetime) -> None:
    world.change("1", "anna", snoozed_until=until)


async def test_a_colleague_who_ends_a_snooze_in_the_backend_ends_it_here(tmp_path: Path, world: World) -> None:
    until = START + timedelta(hours=1)
    session = FakeSession(world, able=EVERYTHING | {Capability.SNOOZE})
    async with opened(tmp_path, world, sessions={"desk": session}) as bench:
        session.before["perform"] = [lambda: _put(world, until)]
        await bench.engine.submit([Request("desk", ONE, Snooze(until, "known"))], undo=False)
        await bench.pass_time(1)
        assert bench.engine.board.snoozed_until(ONE) == until
        world.change("1", "bo", snoozed_until=None)
        await bench.pass_time(20)
        assert not bench.engine.board.is_snoozed(ONE)
