"""An answer that was lost, a console that died: the backend is asked before anything goes again."""

from __future__ import annotations

import asyncio
import errno
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, Bench, World, incident, opened, settle
from vagt.adapters import registry
from vagt.adapters.protocol import NotFoundError, ProtocolError, Seen, ThrottledError, UnavailableError
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Acknowledge, Announce, Change, Comment, Create, Escalate, Note, SetPriority, Take
from vagt.domain.incident import Key, State
from vagt.engine.intent import Stage
from vagt.engine.lease import Lease
from vagt.engine.performer import LOST
from vagt.engine.request import Request

ONE = Key("desk", "1")
GONE = UnavailableError("connection reset", sent=True)


@pytest.fixture
def world() -> World:
    world = World(ManualClock(START))
    world.put(incident("1"), incident("2"))
    return world


async def test_an_action_that_arrived_is_not_sent_again(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.after["perform"] = [GONE]
        (intent,) = await bench.engine.submit([Request("desk", ONE, Note("restarting"))], undo=False)
        await bench.pass_time(1)
        unsure = bench.intent(intent.command.id)
        assert (unsure.stage, unsure.reason) == (Stage.UNSURE, "connection reset")
        await bench.pass_time(8)
        assert bench.intent(intent.command.id).stage is Stage.DONE
        assert world.applied == [intent.command.id]
        assert bench.engine.board.get(ONE) == world.incidents["1"]


async def test_an_action_that_did_not_arrive_is_sent_again(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.before["perform"] = [GONE]
        (intent,) = await bench.engine.submit([Request("desk", ONE, Note("restarting"))], undo=False)
        await bench.pass_time(8)
        assert bench.intent(intent.command.id).stage is Stage.DONE
        assert world.applied == [intent.command.id]
        assert bench.session.calls.count("seen") == 1


async def test_it_waits_before_asking_since_the_request_may_still_be_at_work(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world, poll=False) as bench:
        bench.session.before["perform"] = [GONE]
        await bench.engine.submit([Request("desk", ONE, Note("x"))], undo=False)
        await bench.pass_time(1.5)
        assert "seen" not in bench.session.calls


@pytest.mark.parametrize(
    "change",
    [Note("x"), Comment("x"), Create("x"), Escalate("x", level=2), Announce("status", "x", "y")],
    ids=lambda change: change.verb.value,
)
async def test_where_the_backend_cannot_say_what_adds_needs_a_person(
    tmp_path: Path, world: World, change: Change
) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.remembers = Seen.UNKNOWN
        bench.session.before["perform"] = [GONE]
        subject = None if isinstance(change, Create) else ONE
        (intent,) = await bench.engine.submit([Request("desk", subject, change)], undo=False)
        await bench.pass_time(10)
        stopped = bench.intent(intent.command.id)
        assert (stopped.stage, stopped.reason) == (Stage.UNKNOWN, LOST)
        assert world.applied == []
        await bench.engine.retry(intent.command.id)
        await bench.pass_time(1)
        assert world.applied == [intent.command.id]


async def test_where_the_backend_cannot_say_what_sets_is_compared_with_what_is_there(
    tmp_path: Path, world: World
) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.remembers = Seen.UNKNOWN
        bench.session.after["perform"] = [GONE]
        (arrived,) = await bench.engine.submit([Request("desk", ONE, Take())], undo=False)
        await bench.pass_time(10)
        assert bench.intent(arrived.command.id).stage is Stage.DONE
        bench.session.before["perform"] = [GONE]
        (lost,) = await bench.engine.submit([Request("desk", Key("desk", "2"), Take())], undo=False)
        await bench.pass_time(10)
        assert bench.intent(lost.command.id).stage is Stage.DONE
        assert world.applied == [arrived.command.id, lost.command.id]


async def test_the_second_try_is_compared_with_what_the_operator_saw(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.before["perform"] = [GONE]
        (intent,) = await bench.engine.submit([Request("desk", ONE, SetPriority(priority=1))], undo=False)
        await bench.pass_time(1)
        world.change("1", "bo", priority=5)
        await bench.pass_time(10)
        stopped = bench.intent(intent.command.id)
        assert stopped.stage is Stage.CONFLICT and "priority 3 → 5" in stopped.reason
        assert world.incidents["1"].priority == 5


async def test_asking_whether_it_arrived_is_itself_tried_until_it_is_answered(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.after["perform"] = [GONE]
        bench.session.before["seen"] = [UnavailableError(""), ThrottledError("", 10.0), ProtocolError("?", sent=True)]
        (intent,) = await bench.engine.submit([Request("desk", ONE, Note("once"))], undo=False)
        await bench.until(lambda: bench.intent(intent.command.id).stage is Stage.DONE)
        assert world.applied == [intent.command.id]


async def test_where_the_incident_is_gone_when_we_ask_a_person_is_told(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.before["perform"] = [GONE]
        bench.session.before["seen"] = [NotFoundError("no such ticket")]
        (intent,) = await bench.engine.submit([Request("desk", ONE, Note("x"))], undo=False)
        await bench.pass_time(10)
        assert bench.intent(intent.command.id).reason == "no such ticket"


@pytest.mark.parametrize("arrived", [True, False])
async def test_after_a_crash_on_the_wire_the_backend_is_asked_first(
    tmp_path: Path, world: World, arrived: bool
) -> None:
    async def dead_line() -> None:
        await world.clock.sleep(1e6)

    async with opened(tmp_path, world, crash=True) as bench:
        (bench.session.after if arrived else bench.session.before)["perform"] = [dead_line]
        (intent,) = await bench.engine.submit([Request("desk", ONE, Comment("we are on it"))], undo=False)
        await bench.pass_time(1)
        assert bench.intent(intent.command.id).stage is Stage.SENDING
    async with opened(tmp_path, world) as bench:
        assert bench.engine.board.pending(ONE) == 1
        await bench.pass_time(10)
        assert bench.intent(intent.command.id).stage is Stage.DONE
        assert bench.session.calls.index("seen") < [*bench.session.calls, "perform"].index("perform")
    assert world.applied == [intent.command.id]


@pytest.mark.parametrize("stage", [Stage.HELD, Stage.QUEUED, Stage.CONFLICT])
async def test_each_stage_survives_a_crash(tmp_path: Path, world: World, stage: Stage) -> None:
    async with opened(tmp_path, world, crash=True) as bench:
        if stage is Stage.QUEUED:
            bench.session.before["perform"] = [UnavailableError("down")] * 99
            bench.session.before["changes"] = [UnavailableError("down")] * 99
        if stage is Stage.CONFLICT:
            world.change("1", "bo", state=State.WAITING, native_state="stalled")
        (intent,) = await bench.engine.submit([Request("desk", ONE, SetPriority(priority=1))], undo=stage is Stage.HELD)
        await bench.pass_time(2)
        before = bench.intent(intent.command.id)
        assert before.stage is stage
    async with opened(tmp_path, world, start=False) as bench:
        assert bench.intent(intent.command.id) == before
        shown = bench.engine.board.pending(ONE)
        assert shown == (0 if stage is Stage.CONFLICT else 1)


async def test_a_stop_leaves_what_is_on_the_wire_in_the_outbox(tmp_path: Path, world: World) -> None:
    async def dead_line() -> None:
        await world.clock.sleep(1e6)

    async with opened(tmp_path, world) as bench:
        bench.session.before["perform"] = [dead_line]
        (intent,) = await bench.engine.submit([Request("desk", ONE, Acknowledge())], undo=False)
        await bench.pass_time(1)
    async with opened(tmp_path, world) as bench:
        await bench.pass_time(10)
        assert bench.intent(intent.command.id).stage is Stage.DONE
    assert world.applied == [intent.command.id]


async def test_an_end_takes_less_than_a_second_whatever_hangs(tmp_path: Path, world: World) -> None:
    async def deaf() -> None:
        await asyncio.Event().wait()

    async with opened(tmp_path, world) as bench:
        await settle()
        bench.session.before = {"perform": [deaf, deaf], "changes": [deaf]}
        bench.session.close = deaf  # type: ignore[method-assign]
        await bench.engine.submit([Request("desk", Key("desk", id), Take()) for id in "12"], undo=False)
        bench.engine.refresh()
        await bench.pass_time(1)
        begin = time.perf_counter()
        await bench.engine.stop()
        assert time.perf_counter() - begin < 1.0


async def test_a_result_that_the_disk_did_not_take_is_found_out_by_asking(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        database = bench.engine._parts.outbox._database

        async def fill_the_disk() -> None:
            await database.read(lambda connection: connection.execute("PRAGMA query_only=1"))

        bench.session.after["perform"] = [fill_the_disk]
        (intent,) = await bench.engine.submit([Request("desk", ONE, Note("once"))], undo=False)
        await bench.pass_time(5)
        assert bench.intent(intent.command.id).stage is Stage.SENDING
        await database.read(lambda connection: connection.execute("PRAGMA query_only=0"))
        await bench.until(lambda: bench.intent(intent.command.id).stage is Stage.DONE)
        assert world.applied == [intent.command.id]


@pytest.mark.parametrize("late", [3, 9])
async def test_a_note_that_arrives_late_is_not_sent_twice(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    async with opened(tmp_path, world) as bench:
        _settles(bench, monkeypatch, 10.0)
        bench.session.before["perform"] = [UnavailableError("no answer within 10 s", sent=True)]
        (intent,) = await bench.engine.submit([Request("desk", ONE, Note("restarting"))], undo=False)
        await bench.pass_time(late)
        assert "seen" in bench.session.calls and world.applied == []
        world.apply(intent.command, "anna")  # the backend has been at work on it all the time
        await bench.pass_time(20)
        assert bench.intent(intent.command.id).stage is Stage.DONE
        assert world.applied == [intent.command.id]


async def test_one_that_never_arrives_goes_again_once_that_is_certain(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path, world) as bench:
        _settles(bench, monkeypatch, 10.0)
        bench.session.before["perform"] = [GONE, GONE]
        note, take = await bench.engine.submit(
            [Request("desk", ONE, Note("x")), Request("desk", Key("desk", "2"), Take())], undo=False
        )
        await bench.pass_time(7)
        assert bench.intent(take.command.id).stage is Stage.DONE, "what only sets something does not wait"
        assert bench.intent(note.command.id).stage is Stage.UNSURE
        await bench.pass_time(8)
        assert bench.intent(note.command.id).stage is Stage.DONE
        assert world.applied.count(note.command.id) == 1
        assert bench.session.calls.count("seen") == 3


def _settles(bench: Bench, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the backend's adapter say so."""
    manifest = registry.manifest("embedded")
    backend = bench.engine._parts.backends["desk"]
    monkeypatch.setattr(backend, "manifest", lambda: replace(manifest, settles=seconds, resync=1200.0))


async def test_a_sign_in_that_hangs_has_sent_nothing(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world, start=False) as bench:
        backend = bench.engine._parts.backends["desk"]
        bench.session.before["probe"] = [TimeoutError(), RuntimeError("a bug")]  # as a timeout of ours ends it
        for kind in (UnavailableError, ProtocolError):
            with pytest.raises(kind) as caught:
                await backend.ready()
            assert not caught.value.sent


async def test_without_a_lock_nothing_is_sent_since_another_process_may_do_the_same(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = True

    def acquire(self: Lease) -> bool:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return True

    monkeypatch.setattr(Lease, "acquire", acquire)
    async with opened(tmp_path, world) as bench:
        (intent,) = await bench.engine.submit([Request("desk", ONE, Note("x"))], undo=False)
        await bench.pass_time(10)
        assert bench.engine.board.get(ONE) is not None, "reading goes on"
        assert bench.intent(intent.command.id).stage is Stage.QUEUED and bench.session.sent == []
        full = False
        await bench.pass_time(10)
        assert bench.intent(intent.command.id).stage is Stage.DONE
