"""Somebody else was there first: told in words, never overwritten; mine goes on where only words were added."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, World, incident, opened
from vagt.adapters.protocol import TransitionError
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Acknowledge, Assign, Note, Reopen, Resolve, SetPriority, Take
from vagt.domain.incident import Key, State
from vagt.engine.intent import Stage
from vagt.engine.request import Request

ONE = Key("desk", "1")


@pytest.fixture
def world() -> World:
    world = World(ManualClock(START))
    world.put(incident("1"), incident("2"))
    return world


async def test_the_later_of_two_who_acknowledge_is_told_who_was_first(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        (intent,) = await bench.engine.submit([Request("desk", ONE, Acknowledge())])
        await bench.pass_time(1)
        world.change(
            "1", "bo", state=State.ACTIVE, assignee="bo", assignee_name="Bo Berg", acknowledged_at=world.clock.now()
        )
        await bench.pass_time(4.5)
        told = bench.intent(intent.command.id)
        assert (told.stage, told.reason) == (Stage.CONFLICT, "Bo Berg acknowledged it 4 s ago")
        assert told.theirs == world.incidents["1"]
        assert bench.engine.board.get(ONE) == world.incidents["1"], "what is shown is theirs"
        assert world.applied == []


async def test_acknowledging_what_another_had_already_is_plain_and_takes_nothing(tmp_path: Path, world: World) -> None:
    world.put(incident("3", assignee="carl"))
    async with opened(tmp_path, world) as bench:
        (intent,) = await bench.engine.submit([Request("desk", Key("desk", "3"), Acknowledge())], undo=False)
        (done,) = await bench.engine.settled([intent.command.id], timeout=None)
        assert (done.stage, done.reason) == (Stage.DONE, "")
        assert world.incidents["3"].assignee == "carl"


async def test_a_change_that_the_decision_rested_on_stops_the_action_and_shows_both_sides(
    tmp_path: Path, world: World
) -> None:
    async with opened(tmp_path, world) as bench:
        await bench.pass_time(1)
        world.change("1", "bo", state=State.ACTIVE, native_state="open")
        world.clock.advance(4)
        (intent,) = await bench.engine.submit([Request("desk", ONE, SetPriority(priority=1))], undo=False)
        (told,) = await bench.engine.settled([intent.command.id], timeout=None)
        assert told.stage is Stage.CONFLICT
        assert told.reason == "bo changed state new → active 4 s ago"
        assert told.command.base is not None and told.command.base.state is State.NEW
        assert told.theirs is not None and told.theirs.state is State.ACTIVE


async def test_where_only_words_were_added_mine_goes_on_top(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await bench.pass_time(1)
        world.change("1", "bo", description="more is known now")
        (intent,) = await bench.engine.submit([Request("desk", ONE, SetPriority(priority=1))], undo=False)
        (done,) = await bench.engine.settled([intent.command.id], timeout=None)
        assert done.stage is Stage.DONE
        assert len(bench.session.sent) == 2
        assert (world.incidents["1"].priority, world.incidents["1"].description) == (1, "more is known now")


async def test_what_is_so_already_is_done_and_says_by_whom(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await bench.pass_time(1)
        world.change("1", "bo", priority=1)
        (intent,) = await bench.engine.submit([Request("desk", ONE, SetPriority(priority=1))], undo=False)
        (done,) = await bench.engine.settled([intent.command.id], timeout=None)
        assert done.stage is Stage.DONE and done.reason.startswith("it was so already: bo changed it")
        assert world.applied == []


async def test_a_resolution_that_another_wrote_does_not_swallow_mine(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await bench.pass_time(1)
        world.change("1", "bo", state=State.RESOLVED, native_state="resolved", resolution="rebooted")
        (intent,) = await bench.engine.submit([Request("desk", ONE, Resolve("replaced the disk"))], undo=False)
        (told,) = await bench.engine.settled([intent.command.id], timeout=None)
        assert told.stage is Stage.CONFLICT and "bo resolved it" in told.reason


async def test_retry_on_top_of_theirs_does_mine_on_what_is_there_now(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await bench.pass_time(1)
        world.change("1", "bo", state=State.ACTIVE, assignee="bo")
        take, up = [
            (await bench.engine.submit([Request("desk", ONE, change)]))[0]
            for change in (Take(), SetPriority(priority=1))
        ]
        await bench.pass_time(7)
        assert [bench.intent(one.command.id).stage for one in (take, up)] == [Stage.CONFLICT, Stage.CONFLICT]
        await bench.engine.retry(take.command.id)
        await bench.pass_time(2)
        assert bench.intent(take.command.id).stage is Stage.CONFLICT, "without looking it is the same conflict again"
        await bench.engine.retry(take.command.id, accept_theirs=True)
        await bench.pass_time(2)
        assert [bench.intent(one.command.id).stage for one in (take, up)] == [Stage.DONE, Stage.DONE]
        now = world.incidents["1"]
        assert (now.state, now.assignee, now.priority) == (State.ACTIVE, "anna", 1)


async def test_accepting_theirs_does_not_accept_what_came_after_it(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await bench.pass_time(1)
        world.change("1", "bo", assignee="bo")
        (intent,) = await bench.engine.submit([Request("desk", ONE, SetPriority(priority=1))], undo=False)
        await bench.engine.settled([intent.command.id], timeout=None)
        world.change("1", "carl", assignee="carl")
        await bench.engine.retry(intent.command.id, accept_theirs=True)
        (again,) = await bench.engine.settled([intent.command.id], timeout=None)
        assert again.stage is Stage.CONFLICT and "assignee bo → carl" in again.reason


async def test_notes_go_through_whatever_happened_meanwhile(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await bench.pass_time(1)
        world.change("1", "bo", state=State.RESOLVED, assignee="bo", native_state="resolved")
        (intent,) = await bench.engine.submit([Request("desk", ONE, Note("seen in the rack"))], undo=False)
        (done,) = await bench.engine.settled([intent.command.id], timeout=None)
        assert done.stage is Stage.DONE


async def test_a_note_does_not_smuggle_anothers_change_under_my_next_action(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await bench.pass_time(1)
        world.change("1", "bo", assignee="bo")
        note, up = [
            (await bench.engine.submit([Request("desk", ONE, change)]))[0]
            for change in (Note("x"), SetPriority(priority=1))
        ]
        # what the operator saw when both were made is from before Bo's change
        assert up.command.base is not None and up.command.base.assignee is None
        await bench.pass_time(7)
        assert bench.intent(note.command.id).stage is Stage.DONE
        assert bench.intent(up.command.id).stage is Stage.CONFLICT
        assert world.incidents["1"].priority == 3


async def test_a_change_between_two_of_mine_is_a_conflict_for_the_second(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:

        async def bo_assigns() -> None:
            world.change("1", "bo", assignee="bo")

        bench.session.after["perform"] = [bo_assigns]
        first, second = [
            (await bench.engine.submit([Request("desk", ONE, change)]))[0]
            for change in (SetPriority(priority=2), Assign(team="DB"))
        ]
        await bench.pass_time(8)
        assert bench.intent(first.command.id).stage is Stage.DONE
        assert bench.intent(second.command.id).stage is Stage.CONFLICT


async def test_what_its_state_does_not_allow_because_it_is_done_already_is_done(tmp_path: Path, world: World) -> None:
    world.put(incident("3", state=State.RESOLVED, native_state="resolved"))
    async with opened(tmp_path, world) as bench:
        await bench.engine.find("desk:13")
        world.change("3", "bo", state=State.ACTIVE, native_state="open")
        bench.session.before["perform"] = [TransitionError("it is not resolved")]
        (intent,) = await bench.engine.submit([Request("desk", Key("desk", "3"), Reopen())], undo=False)
        (done,) = await bench.engine.settled([intent.command.id], timeout=None)
        assert done.stage is Stage.DONE and "bo changed it" in done.reason


async def test_a_poll_that_returns_an_incident_with_an_action_of_mine_keeps_the_action_laid_over(
    tmp_path: Path, world: World
) -> None:
    async with opened(tmp_path, world) as bench:
        await bench.engine.submit([Request("desk", ONE, Take())])
        world.change("1", "bo", title="Mail is down everywhere")
        bench.engine.refresh()
        await bench.pass_time(1)
        theirs, shown = bench.engine.board.theirs(ONE), bench.engine.board.get(ONE)
        assert theirs is not None and (theirs.title, theirs.assignee) == ("Mail is down everywhere", None)
        assert shown is not None and (shown.title, shown.assignee) == ("Mail is down everywhere", "anna")
