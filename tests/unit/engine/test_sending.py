"""An action on its way: held, sent in order, retried, refused; the queue shows it all the while."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, FakeSession, World, incident, opened, settings_for, settle
from vagt.adapters.protocol import (
    AuthError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    ThrottledError,
    TransitionError,
    UnavailableError,
)
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Acknowledge, Assign, Create, Note, Resolve, SetPriority, Take
from vagt.domain.incident import Key, State
from vagt.engine.health import Condition
from vagt.engine.intent import Stage
from vagt.engine.request import Request

ONE = Key("desk", "1")
TWO = Key("desk", "2")


@pytest.fixture
def world() -> World:
    world = World(ManualClock(START))
    world.put(*(incident(str(number)) for number in range(1, 10)))
    return world


async def test_an_action_shows_at_once_leaves_after_the_undo_window_and_is_confirmed(
    tmp_path: Path, world: World
) -> None:
    async with opened(tmp_path, world) as bench:
        (intent,) = await bench.engine.submit([Request("desk", ONE, Acknowledge())])
        assert intent.stage is Stage.HELD
        shown = bench.engine.board.get(ONE)
        assert shown is not None and (shown.state, shown.assignee) == (State.ACTIVE, "anna")
        assert bench.engine.board.pending(ONE) == 1
        await bench.pass_time(4.5)
        assert bench.session.sent == []
        await bench.pass_time(1)
        assert bench.intent(intent.command.id).stage is Stage.DONE
        assert world.incidents["1"].assignee == "anna"
        assert bench.engine.board.pending(ONE) == 0
        assert bench.engine.intents() == ()
        assert [done.command.id for done in bench.engine.recent()] == [intent.command.id]


async def test_without_an_undo_window_it_leaves_at_once(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        (intent,) = await bench.engine.submit([Request("desk", ONE, Take())], undo=False)
        settled = await bench.engine.settled([intent.command.id], timeout=None)
        assert [one.stage for one in settled] == [Stage.DONE]


async def test_undo_takes_back_the_newest_held_action_with_its_whole_bulk(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await bench.engine.submit([Request("desk", Key("desk", "3"), Take())])
        await bench.engine.submit([Request("desk", key, Acknowledge()) for key in (ONE, TWO)])
        undone = await bench.engine.undo()
        assert [one.command.subject for one in undone] == [ONE, TWO]
        assert {one.stage for one in undone} == {Stage.UNDONE}
        assert bench.engine.board.get(ONE) == world.incidents["1"]
        await bench.pass_time(6)
        assert [world.incidents[id].assignee for id in "123"] == [None, None, "anna"]
        assert await bench.engine.undo() == ()


async def test_an_action_that_has_left_its_window_cannot_be_taken_back(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world, start=False) as bench:
        await bench.engine.submit([Request("desk", ONE, Take())])
        bench.clock.advance(5)
        assert await bench.engine.undo() == ()


async def test_actions_on_one_incident_leave_in_order_each_on_what_the_one_before_made(
    tmp_path: Path, world: World
) -> None:
    async with opened(tmp_path, world) as bench:
        for change in (Take(), SetPriority(priority=1), Note("on it"), Resolve("restarted")):
            await bench.engine.submit([Request("desk", ONE, change)])
        await bench.pass_time(8)
        assert [one.command.verb.value for one in reversed(bench.engine.recent())] == [
            "take",
            "priority",
            "note",
            "resolve",
        ]
        assert {one.stage for one in bench.engine.recent()} == {Stage.DONE}
        now = world.incidents["1"]
        assert (now.state, now.priority, now.assignee, now.resolution) == (State.RESOLVED, 1, "anna", "restarted")
        versions = [expected for _, expected in bench.session.sent]
        assert len(set(versions)) == 4, "each is compared with the version that the one before it made"


async def test_a_created_incident_comes_back_with_its_reference(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        (intent,) = await bench.engine.submit([Request("desk", None, Create("Mail is down"))], undo=False)
        (done,) = await bench.engine.settled([intent.command.id], timeout=None)
        assert done.stage is Stage.DONE
        created = next(one for one in world.incidents.values() if one.title == "Mail is down")
        assert done.result_ref == created.ref
        assert bench.engine.board.get(created.key) == created


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ForbiddenError("you may not"), "you may not"),
        (NotFoundError("no such ticket"), "no such ticket"),
        (InvalidError("bad", (("team", "unknown"),)), "bad (team: unknown)"),
        (TransitionError("not from here"), "not from here"),
    ],
)
async def test_a_refusal_is_kept_with_the_backends_words(
    tmp_path: Path, world: World, error: Exception, words: str
) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.before["perform"] = [error]
        (intent,) = await bench.engine.submit([Request("desk", ONE, Take())], undo=False)
        (settled,) = await bench.engine.settled([intent.command.id], timeout=None)
        assert (settled.stage, settled.reason) == (Stage.REFUSED, words)
        assert bench.engine.pending(ONE) == (settled,)
        assert bench.engine.board.get(ONE) == world.incidents["1"], "a refused action is no longer laid over"
        await bench.engine.retry(intent.command.id)
        (again,) = await bench.engine.settled([intent.command.id], timeout=None)
        assert again.stage is Stage.DONE


async def test_what_was_made_on_top_of_a_refused_action_stops_with_it_and_goes_with_it(
    tmp_path: Path, world: World
) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.before["perform"] = [InvalidError("who is that?")]
        first, note, last = [
            (await bench.engine.submit([Request("desk", ONE, change)]))[0]
            for change in (Assign(to="nobody-knows"), Note("told them"), SetPriority(priority=1))
        ]
        await bench.pass_time(8)
        stages = [bench.intent(one.command.id).stage for one in (first, note, last)]
        assert stages == [Stage.REFUSED, Stage.DONE, Stage.CONFLICT]
        assert "who is that?" in bench.intent(last.command.id).reason
        await bench.engine.retry(first.command.id)
        await bench.pass_time(2)
        assert [bench.intent(one.command.id).stage for one in (first, last)] == [Stage.DONE, Stage.DONE]
        assert world.applied == [note.command.id, first.command.id, last.command.id]


async def test_giving_up_a_refused_action_leaves_those_on_top_of_it_to_the_operator(
    tmp_path: Path, world: World
) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.before["perform"] = [InvalidError("no")]
        (first,) = await bench.engine.submit([Request("desk", ONE, Assign(to="x"))])
        (second,) = await bench.engine.submit([Request("desk", ONE, SetPriority(priority=1))])
        await bench.pass_time(8)
        await bench.engine.discard(first.command.id)
        await bench.pass_time(5)
        left = bench.intent(second.command.id)
        assert left.stage is Stage.CONFLICT and "given up" in left.reason
        await bench.engine.retry(second.command.id)
        await bench.pass_time(1)
        assert world.incidents["1"].priority == 1


async def test_a_backend_that_is_away_is_tried_again_with_longer_pauses_and_nothing_is_lost(
    tmp_path: Path, world: World
) -> None:
    async with opened(tmp_path, world, poll=False) as bench:
        bench.session.before["perform"] = [UnavailableError("connection refused")] * 6
        requests = [Request("desk", Key("desk", str(number)), Take()) for number in range(1, 6)]
        intents = await bench.engine.submit(requests, undo=False)
        await bench.pass_time(2)
        waiting = bench.intent(intents[0].command.id)
        assert (waiting.stage, waiting.reason) == (Stage.QUEUED, "connection refused")
        tried = len(bench.session.sent)
        await bench.pass_time(100)
        assert {bench.intent(one.command.id).stage for one in intents} == {Stage.DONE}
        assert sorted(world.applied) == sorted(one.command.id for one in intents)
        assert len(bench.session.sent) == 11
        assert tried < 6, "the whole backend rests, not only the one action"


async def test_a_throttle_makes_the_whole_backend_wait_as_long_as_it_asks(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world, poll=False) as bench:
        bench.session.before["perform"] = [ThrottledError("slow down", 30.0)]
        (first,) = await bench.engine.submit([Request("desk", ONE, Take())], undo=False)
        await settle()
        (second,) = await bench.engine.submit([Request("desk", TWO, Take())], undo=False)
        await bench.pass_time(29)
        assert len(bench.session.sent) == 1
        await bench.pass_time(2)
        assert {bench.intent(one.command.id).stage for one in (first, second)} == {Stage.DONE}


async def test_a_refused_sign_in_keeps_actions_queued_until_somebody_asks_again(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world, poll=False) as bench:
        bench.session.before["perform"] = [AuthError("token expired")]
        (intent,) = await bench.engine.submit([Request("desk", ONE, Take())], undo=False)
        await bench.pass_time(200)
        waiting = bench.intent(intent.command.id)
        assert (waiting.stage, waiting.reason) == (Stage.QUEUED, "token expired")
        assert len(bench.session.sent) == 1
        bench.engine.refresh()
        await bench.pass_time(1)
        assert bench.intent(intent.command.id).stage is Stage.DONE


async def test_an_answer_that_makes_no_sense_is_tried_some_times_and_then_shown(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world, poll=False) as bench:
        bench.session.before["perform"] = [ProtocolError("<html>")] * 9
        (intent,) = await bench.engine.submit([Request("desk", ONE, Take())], undo=False)
        await bench.pass_time(120)
        stopped = bench.intent(intent.command.id)
        assert (stopped.stage, stopped.reason, stopped.attempts) == (Stage.REFUSED, "<html>", 5)


async def test_a_bug_in_an_adapter_is_that_actions_trouble_only(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.before["perform"] = [KeyError("oops")]
        bad, good = await bench.engine.submit([Request("desk", key, Take()) for key in (ONE, TWO)], undo=False)
        await bench.pass_time(10)
        assert {bench.intent(one.command.id).stage for one in (bad, good)} == {Stage.DONE}
        assert sorted(world.applied) == sorted(one.command.id for one in (bad, good))


async def test_read_only_stops_every_write_at_the_gate(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world, settings=settings_for(read_only=True)) as bench:
        (intent,) = await bench.engine.submit([Request("desk", ONE, Take())], undo=False)
        (settled,) = await bench.engine.settled([intent.command.id], timeout=None)
        assert settled.stage is Stage.REFUSED and "read-only" in settled.reason
        assert bench.session.sent == []


async def test_four_go_at_once_and_never_two_on_one_incident(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        under_way: list[str] = []
        most = 0

        async def slow() -> None:
            nonlocal most
            under_way.append(bench.session.sent[-1][0])
            most = max(most, len(under_way))
            subjects = [bench.intent(id).command.subject for id in under_way]
            assert len(set(subjects)) == len(subjects)
            await bench.clock.sleep(1)
            under_way.pop()

        bench.session.before["perform"] = [slow] * 20
        for change in (Take(), SetPriority(priority=1)):
            await bench.engine.submit([Request("desk", Key("desk", str(n)), change) for n in range(1, 9)], undo=False)
        await bench.pass_time(10)
        assert bench.engine.intents() == ()
        assert most == 4


async def test_a_slow_backend_does_not_hold_up_another(tmp_path: Path) -> None:
    clock = ManualClock(START)
    slow, quick = World(clock, "slow"), World(clock, "quick")
    slow.put(incident("1", backend="slow"))
    quick.put(incident("1", backend="quick"))
    sessions = {"slow": FakeSession(slow), "quick": FakeSession(quick)}

    async def never() -> None:
        await clock.sleep(1e6)

    sessions["slow"].before = {"changes": [never], "perform": [never]}
    async with opened(tmp_path, clock=clock, settings=settings_for("slow", "quick"), sessions=sessions) as bench:
        _, second = await bench.engine.submit(
            [Request(name, Key(name, "1"), Take()) for name in ("slow", "quick")], undo=False
        )
        await bench.pass_time(2)
        assert bench.intent(second.command.id).stage is Stage.DONE
        assert bench.engine.health("quick").condition is Condition.FRESH
        assert bench.engine.health("slow").condition is Condition.NEVER


async def test_an_action_never_goes_to_another_system_of_the_same_name(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        (intent,) = await bench.engine.submit([Request("desk", ONE, Take())])
    moved = settings_for()
    moved = type(moved)(
        console=moved.console,
        backends=(type(moved.backends[0])(name="desk", adapter="fake", url="https://other.example"),),
    )
    async with opened(tmp_path, world, settings=moved) as bench:
        await bench.pass_time(6)
        stopped = bench.intent(intent.command.id)
        assert stopped.stage is Stage.REFUSED and "https://other.example" in stopped.reason
        assert world.applied == []


async def test_settled_gives_up_waiting_when_its_time_is_over(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world, poll=False) as bench:
        bench.session.before["perform"] = [UnavailableError("down")] * 50
        (intent,) = await bench.engine.submit([Request("desk", ONE, Take())], undo=False)
        waiting = asyncio.ensure_future(bench.engine.settled([intent.command.id], timeout=5.0))
        await bench.pass_time(6)
        (left,) = await waiting
        assert left.stage is Stage.QUEUED
