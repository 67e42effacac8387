"""Several processes on one data folder, and processes that are killed: each action is applied once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, World, incident, opened, settle
from tests.unit.engine.filedesk import FileDesk
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Note, Snooze, Take
from vagt.domain.incident import Key
from vagt.engine.audit import AuditLog
from vagt.engine.health import Condition
from vagt.engine.intent import Stage
from vagt.engine.lease import Lease
from vagt.engine.request import Request

ROOT = Path(__file__).parents[3]
ONE = Key("desk", "1")


def spawn(what: str, tmp_path: Path, seed: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.unit.engine.other_process",
            what,
            str(tmp_path / "data"),
            str(tmp_path / "desk"),
            str(seed),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_points_fifty_actions_are_applied_once_and_in_order(tmp_path: Path, seed: int) -> None:
    desk = FileDesk(tmp_path / "desk")
    desk.fill(10)
    rng = random.Random(seed)
    what, kills = "fifty", 0
    for start in range(60):
        process = spawn(what, tmp_path, seed=start)
        assert process.stdout is not None
        patience = rng.randrange(1, 24)
        ended = ""
        for line in process.stdout:
            ended = line.strip()
            if ended == "submitted":
                what = "send"
            elif what == "send" and ended.startswith(("asked", "applied")):
                patience -= 1
                if patience <= 0:
                    process.send_signal(signal.SIGKILL)
                    kills += 1
                    break
        process.stdout.close()
        process.wait()
        if ended == "empty":
            break
    else:
        pytest.fail("the outbox never became empty")
    applied = desk.applied()
    assert kills >= 3
    assert len(applied) == 50
    assert max(Counter(command for command, _, _ in applied).values()) == 1
    for number in range(10):
        assert [verb for _, subject, verb in applied if subject == str(number)] == [
            "take", "note", "priority", "note", "priority",
        ]  # fmt: skip
    assert AuditLog(tmp_path / "data" / "audit.jsonl").verify().ok


async def test_a_command_in_another_process_works_while_a_console_is_open(tmp_path: Path) -> None:
    FileDesk(tmp_path / "desk").fill(5)
    console = spawn("console", tmp_path)
    try:
        assert console.stdout is not None
        assert (await asyncio.to_thread(console.stdout.readline)).strip() == "open"
        command = spawn("submit", tmp_path)
        out, _ = await asyncio.to_thread(command.communicate, None, 30)
        lines = out.splitlines()
        assert lines[-1] == "settled done done done"
        assert not [line for line in lines if line.startswith("asked")], "the console sends, not the command"
    finally:
        console.kill()
        console.communicate()
    assert len(FileDesk(tmp_path / "desk").applied()) == 3


async def test_a_lease_has_one_holder_and_falls_with_it(tmp_path: Path) -> None:
    first, second = Lease(tmp_path / "lock"), Lease(tmp_path / "lock")
    assert first.acquire() and first.acquire()
    assert not second.acquire()
    first.release()
    first.release()
    assert second.acquire()
    second.release()


async def test_the_second_console_follows_the_first_and_takes_over_when_it_dies(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))
    async with opened(tmp_path, world) as first:
        await settle()
        async with opened(tmp_path, world) as second:
            await second.pass_time(1)
            assert second.session.calls == []
            world.put(incident("2"))
            await first.pass_time(20)
            assert second.engine.board.get(Key("desk", "2")) is not None
            assert second.engine.health("desk").condition is Condition.FRESH
            (mine,) = await second.engine.submit([Request("desk", ONE, Take())], undo=False)
            await second.pass_time(1)
            assert first.session.sent and not second.session.sent
            assert second.intent(mine.command.id).stage is Stage.DONE
            assert first.intent(mine.command.id).stage is Stage.DONE
            shown = second.engine.board.get(ONE)
            assert shown is not None and shown.assignee == "anna"
            await first.engine.stop()
            await second.pass_time(1)
            assert "changes" in second.session.calls
            (own,) = await second.engine.submit([Request("desk", ONE, Note("still here"))], undo=False)
            await second.pass_time(1)
            assert second.intent(own.command.id).stage is Stage.DONE
            assert [id for id, _ in second.session.sent] == [own.command.id]


async def test_what_the_first_left_on_the_wire_when_it_died_is_asked_about_by_the_second(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))

    async def dead_line() -> None:
        await world.clock.sleep(1e6)

    async with opened(tmp_path, world, crash=True) as first:
        await settle()
        first.session.after["perform"] = [dead_line]
        (intent,) = await first.engine.submit([Request("desk", ONE, Note("x"))], undo=False)
        await first.pass_time(1)
    async with opened(tmp_path, world) as second:
        await second.pass_time(5)
        assert second.intent(intent.command.id).stage is Stage.DONE
    assert world.applied == [intent.command.id]


async def test_a_snooze_an_undo_and_a_refresh_in_one_console_are_seen_in_the_other(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))
    async with opened(tmp_path, world) as first:
        await settle()
        async with opened(tmp_path, world) as second:
            (held,) = await second.engine.submit([Request("desk", ONE, Take())])
            await second.pass_time(1)
            assert first.engine.board.pending(ONE) == 1
            assert [one.command.id for one in await first.engine.undo()] == [held.command.id]
            await second.pass_time(1)
            assert second.engine.board.pending(ONE) == 0
            until = START + timedelta(hours=1)
            await second.engine.submit([Request("desk", ONE, Snooze(until))], undo=False)
            await second.pass_time(1)
            assert first.engine.board.is_snoozed(ONE) and second.engine.board.is_snoozed(ONE)
            polls = first.session.calls.count("changes")
            second.engine.refresh()
            await second.pass_time(1)
            assert first.session.calls.count("changes") == polls + 1


async def test_a_command_that_only_sends_does_not_poll(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))
    async with opened(tmp_path, world, poll=False) as command:
        found = await command.engine.find("desk:11")
        (intent,) = await command.engine.submit([Request("desk", found.key, Take())], undo=False)
        (done,) = await command.engine.settled([intent.command.id], timeout=None)
        assert done.stage is Stage.DONE
        assert "changes" not in command.session.calls
