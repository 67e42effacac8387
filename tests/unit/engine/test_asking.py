"""Questions asked live: bounded in time, remembered for a moment, the most used first; and snoozing."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.engine.fakes import EVERYTHING, START, FakeSession, World, incident, opened, settings_for, settle
from vagt.adapters.protocol import NotFoundError, UnavailableError
from vagt.config.settings import BackendSettings, Settings
from vagt.domain.capability import Capability
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Assign, Create, Note, Snooze, Verb
from vagt.domain.directory import DirectoryKind
from vagt.domain.incident import Key, State
from vagt.engine.intent import Stage
from vagt.engine.request import Request

ONE = Key("desk", "1")


@pytest.fixture
def world() -> World:
    world = World(ManualClock(START))
    world.put(incident("1"), incident("2", state=State.CLOSED))
    return world


async def test_transitions_and_fields_are_remembered_until_the_incident_changes_or_time_passes(
    tmp_path: Path, world: World
) -> None:
    async with opened(tmp_path, world) as bench:
        await settle()

        async def ask() -> tuple[int, int]:
            await bench.engine.transitions(ONE)
            await bench.engine.fields(Verb.RESOLVE, ONE, "desk")
            return bench.session.calls.count("transitions"), bench.session.calls.count("fields")

        assert await ask() == await ask() == (1, 1)
        await bench.pass_time(12)
        assert await ask() == (2, 1)
        world.change("1", "bo")
        await bench.pass_time(20)
        assert await ask() == (3, 2)
        bench.engine.refresh()
        assert await ask() == (4, 3)


async def test_the_timeline_is_always_asked_for(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await bench.engine.submit([Request("desk", ONE, Note("first"))], undo=False)
        await bench.pass_time(1)
        assert [entry.text for entry in await bench.engine.timeline(ONE)] == ["first"]
        await bench.engine.timeline(ONE)
        assert bench.session.calls.count("timeline") == 2


async def test_a_question_that_is_not_answered_ends_in_words(tmp_path: Path, world: World) -> None:
    settings = Settings(backends=(BackendSettings(name="desk", adapter="fake", timeout=0.3),))
    async with opened(tmp_path, world, settings=settings) as bench:
        await settle()

        async def never() -> None:
            await asyncio.Event().wait()

        bench.session.before["timeline"] = [never]
        with pytest.raises(UnavailableError, match=r"no answer within 0\.3 s"):
            await bench.engine.timeline(ONE)


async def test_what_was_chosen_before_comes_first_also_after_a_restart(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await settle()
        for who in ("carl", "bo", "carl"):
            await bench.engine.submit([Request("desk", ONE, Assign(to=who, to_name=who.title(), team="NOC"))])
        await bench.engine.submit([Request("desk", None, Create("x", service="mail"))])
        found = await bench.engine.directory("desk", DirectoryKind.PERSON, "")
        assert [entry.id for entry in found] == ["carl", "bo", "anna"]
    async with opened(tmp_path, world, start=False) as bench:
        frequent = bench.engine.frequent
        assert [entry.id for entry in frequent(DirectoryKind.PERSON, "desk")] == ["carl", "bo"]
        assert [entry.id for entry in frequent(DirectoryKind.TEAM, "desk")] == ["NOC"]
        assert [entry.id for entry in frequent(DirectoryKind.SERVICE, "desk")] == ["mail"]
        assert frequent(DirectoryKind.CATEGORY, "desk") == ()


async def test_an_incident_is_found_by_reference_or_by_a_number_that_one_backend_has(tmp_path: Path) -> None:
    clock = ManualClock(START)
    worlds = {name: World(clock, name) for name in ("a", "b")}
    worlds["a"].put(incident("1", backend="a"), incident("5", backend="a", state=State.CLOSED))
    worlds["b"].put(incident("1", backend="b"))
    sessions = {name: FakeSession(world) for name, world in worlds.items()}
    async with opened(tmp_path, clock=clock, settings=settings_for("a", "b"), sessions=sessions) as bench:
        await settle()
        find = bench.engine.find
        assert (await find("b:11")).key == Key("b", "1")
        assert (await find("15")).key == Key("a", "5")
        for ref, words in (("11", "several"), ("77", "no backend has"), ("a:77", "no incident"), ("c:1", "called “c”")):
            with pytest.raises(NotFoundError, match=words):
                await find(ref)
        assert [one.id for one in await bench.engine.fetch("a")] == ["1"]
        assert {one.id for one in await bench.engine.fetch("a", include_closed=True)} == {"1", "5"}
        assert (await bench.engine.oncall("a"))[0].who == "bo"


async def test_the_whole_queue_is_fetched_past_one_page(tmp_path: Path, world: World) -> None:
    world.put(*(incident(f"x{number}") for number in range(230)))
    async with opened(tmp_path, world, start=False) as bench:
        assert len(await bench.engine.fetch("desk")) == 231


@pytest.mark.parametrize("read_only", [False, True])
async def test_a_backend_that_cannot_snooze_leaves_it_to_the_console(
    tmp_path: Path, world: World, read_only: bool
) -> None:
    until = START + timedelta(minutes=30)
    async with opened(tmp_path, world, settings=settings_for(read_only=read_only)) as bench:
        await settle()
        (intent,) = await bench.engine.submit([Request("desk", ONE, Snooze(until))])
        assert bench.engine.board.is_snoozed(ONE), "at once"
        await bench.pass_time(6)
        assert bench.intent(intent.command.id).stage is Stage.DONE
        assert bench.engine.board.is_snoozed(ONE) and bench.session.sent == []
    async with opened(tmp_path, world) as bench:
        assert bench.engine.board.snoozed_until(ONE) == until
        await bench.pass_time(1800, step=30)
        assert not bench.engine.board.is_snoozed(ONE)


async def test_a_local_snooze_does_not_wait_for_a_backend_that_is_away(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await settle()
        bench.session.before["perform"] = [UnavailableError("down")] * 50
        bench.session.before["changes"] = [UnavailableError("down")] * 50
        await bench.engine.submit([Request("desk", Key("desk", "2"), Note("x"))], undo=False)
        await bench.pass_time(3)
        (intent,) = await bench.engine.submit([Request("desk", ONE, Snooze(START + timedelta(hours=1)))], undo=False)
        await bench.pass_time(1)
        assert bench.intent(intent.command.id).stage is Stage.DONE


async def test_a_snooze_that_was_taken_back_shows_the_incident_again(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await settle()
        await bench.engine.submit([Request("desk", ONE, Snooze(START + timedelta(hours=1)))])
        await bench.engine.undo()
        assert not bench.engine.board.is_snoozed(ONE)


async def test_a_backend_that_can_snooze_is_told(tmp_path: Path, world: World) -> None:
    session = FakeSession(world, able=EVERYTHING | {Capability.SNOOZE})
    async with opened(tmp_path, world, sessions={"desk": session}) as bench:
        await settle()
        (intent,) = await bench.engine.submit([Request("desk", ONE, Snooze(START + timedelta(hours=1)))], undo=False)
        await bench.pass_time(1)
        assert [id for id, _ in session.sent] == [intent.command.id]
        assert bench.engine.board.is_snoozed(ONE)
