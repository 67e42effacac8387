"""What is said to be queued is on disk; where it cannot be, it is not said."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import time
from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, World, incident, opened, settings_for, settle
from vagt.domain.actions import BY_NAME
from vagt.domain.clock import ManualClock
from vagt.domain.commands import (
    CHANGES,
    Acknowledge,
    Announce,
    Assign,
    Attach,
    Change,
    Close,
    Comment,
    Create,
    Escalate,
    Hold,
    LinkTo,
    MoveTo,
    Note,
    Notify,
    Reopen,
    Resolve,
    SetMajor,
    SetPriority,
    Snooze,
    Take,
)
from vagt.domain.incident import Key, LinkKind, State
from vagt.engine.errors import OutboxError
from vagt.engine.intent import Stage
from vagt.engine.request import Request

ONE = Key("desk", "1")
SETTINGS = settings_for(channels=("chat", "mail"))
EACH: tuple[Change, ...] = (
    Acknowledge(),
    Take(),
    Assign(team="NOC", to="bo", to_name="Bo"),
    SetPriority(impact=1, urgency=2),
    Hold("vendor", START, (("ticket", "V-1"),)),
    Snooze(START),
    Note("line 1\nline 2 — ø"),
    Comment("hello"),
    Resolve("fixed", "hw", (("cause", "disk"),)),
    Close((("a", "b"),)),
    Reopen(),
    MoveTo("t1", "Stop", State.WAITING, "stopped", (("why", "x"),)),
    SetMajor(True, (("impact", "1"),)),
    LinkTo("2", "desk:12", LinkKind.DUPLICATE),
    Create("t", "d", 1, 2, "mail", "NOC", "c", "k", (("f", "v"),)),
    Escalate("too long", 2, "boss"),
    Notify("chat", "t", "x", "<b>x</b>", "escalation", "Anna", "users", True, ("mail",), 30.0),
    Announce("status", "t", "x"),
    Attach("trace.txt", 3, hashlib.sha256(b"abc").hexdigest()),
)


def test_every_change_is_tried() -> None:
    assert {change.verb for change in EACH} == set(CHANGES)


def _asked(change: Change) -> Request:
    if isinstance(change, Notify):
        return Request.notify(change, ONE)
    return Request("desk", None if isinstance(change, Create) else ONE, change)


async def test_every_change_is_read_back_as_it_was(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))
    (tmp_path / "trace.txt").write_bytes(b"abc")
    async with opened(tmp_path, world, settings=SETTINGS) as bench:
        await settle()
        await bench.engine.stage(tmp_path / "trace.txt")
        made = [(await bench.engine.submit([_asked(change)]))[0] for change in EACH]
    async with opened(tmp_path, world, settings=SETTINGS, start=False) as bench:
        assert list(bench.engine.intents()) == made
        assert [one.command.change for one in bench.engine.intents()] == list(EACH)
        assert all(one.command.base is not None for one in made if one.command.subject is not None)


async def test_submit_returns_only_once_another_connection_can_read_it(tmp_path: Path) -> None:
    async with opened(tmp_path, start=False) as bench:
        (intent,) = await bench.engine.submit([Request("desk", ONE, Note("x"))])
        raw = sqlite3.connect(tmp_path / "outbox.sqlite")
        assert raw.execute("SELECT id FROM intents").fetchall() == [(intent.command.id,)]
        raw.close()
        level = await bench.engine._parts.outbox._database.read(
            lambda connection: connection.execute("PRAGMA synchronous").fetchone()[0]
        )
        assert level == 2, "FULL: with fsync at each commit"


async def test_two_hundred_at_once_are_one_transaction_and_quick(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(*(incident(str(number), description="d" * 500) for number in range(200)))
    async with opened(tmp_path, world) as bench:
        await bench.until(lambda: len(bench.engine.board) == 200, within=0)
        await settle()
        requests = [Request("desk", Key("desk", str(number)), Acknowledge()) for number in range(200)]
        begin = time.process_time()  # of this process: a disk or a machine that is busy with others is not meant
        intents = await bench.engine.submit(requests)
        took = time.process_time() - begin
        assert len({one.command.bulk for one in intents}) == 1
        assert [one.seq for one in intents] == list(range(intents[0].seq, intents[0].seq + 200))
        assert took < 0.5, took
        print(f"200 submitted in {took * 1000:.0f} ms")
        await bench.until(lambda: bench.engine.intents() == ())
        assert {one.state for one in world.incidents.values()} == {State.ACTIVE}
        assert len(world.applied) == 200


async def test_a_disk_that_takes_nothing_is_told_and_nothing_is_shown_as_queued(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))
    async with opened(tmp_path, world) as bench:
        await settle()
        database = bench.engine._parts.outbox._database
        await database.read(lambda connection: connection.execute("PRAGMA max_page_count=1"))
        with pytest.raises(OutboxError, match=r"was not taken.*full"):
            await bench.engine.submit([Request("desk", ONE, Note("x" * 300_000)), Request("desk", ONE, Take())])
        assert bench.engine.intents() == ()
        assert bench.engine.board.pending(ONE) == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
async def test_a_folder_that_cannot_be_written_to_still_shows_what_is_there_for_ordinary_users(tmp_path: Path) -> None:
    await _read_only(tmp_path)


async def test_a_folder_that_cannot_be_written_to_still_shows_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("vagt.engine.database.os.open", refuse)
    world = World(ManualClock(START))
    world.put(incident("1"))
    async with opened(tmp_path, world) as bench:
        monkeypatch.undo()
        await settle()
        assert len(bench.engine.board) == 1
        assert bench.engine.problems()
        assert bench.engine.unable(BY_NAME["take"], ONE)
        with pytest.raises(OutboxError, match="was not taken"):
            await bench.engine.submit([Request("desk", ONE, Take())])


async def _read_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        async with opened(folder) as bench:
            with pytest.raises(OutboxError):
                await bench.engine.submit([Request("desk", ONE, Take())])
    finally:
        folder.chmod(stat.S_IRWXU)


async def test_a_damaged_outbox_is_left_where_it_is_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "outbox.sqlite").write_bytes(b"no database" * 1000)
    async with opened(tmp_path) as bench:
        with pytest.raises(OutboxError, match=r"damaged.*moved it away"):
            await bench.engine.submit([Request("desk", ONE, Take())])
    assert (tmp_path / "outbox.sqlite").read_bytes() == b"no database" * 1000


async def test_a_row_that_cannot_be_read_stops_its_own_incident_alone(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"), incident("2"))
    async with opened(tmp_path, world, start=False, crash=True) as bench:
        notes = [Request("desk", ONE, Note("first")), Request("desk", ONE, Note("second"))]
        first, second = [(await bench.engine.submit([note], undo=False))[0] for note in notes]
        (other,) = await bench.engine.submit([Request("desk", Key("desk", "2"), Note("elsewhere"))], undo=False)
    with sqlite3.connect(tmp_path / "outbox.sqlite") as db:
        db.execute("UPDATE intents SET body = ? WHERE id = ?", (b"\xff\x00{", first.command.id))
    async with opened(tmp_path, world) as bench:
        await bench.until(lambda: bench.intent(other.command.id).stage is Stage.DONE)
        await bench.pass_time(5)
        assert bench.engine.problems() == ()
        stuck = bench.intent(first.command.id)
        assert (stuck.stage, stuck.unreadable, stuck.command.ref) == (Stage.REFUSED, True, "desk:1")
        assert "its row in the outbox is damaged" in stuck.reason
        assert bench.intent(second.command.id).stage is Stage.QUEUED, "it waits behind what nobody can read"
        with pytest.raises(OutboxError, match="cannot be read any more"):
            await bench.engine.retry(first.command.id)
        assert world.words.keys() == {"2"}
        await bench.engine.discard(first.command.id)
        await bench.until(lambda: bench.intent(second.command.id).stage is Stage.DONE)
        assert [entry.text for entry in world.words["1"]] == ["second"]


async def test_a_change_without_its_subject_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    async with opened(tmp_path, start=False) as bench:
        with pytest.raises(ValueError, match="subject"):
            await bench.engine.submit([Request("desk", None, Take())])
        with pytest.raises(KeyError):
            await bench.engine.submit([Request("nowhere", None, Create("x"))])
        assert bench.engine.intents() == ()


async def test_unknown_ids_and_what_is_on_the_wire_cannot_be_given_up(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))
    async with opened(tmp_path, world) as bench:

        async def slow() -> None:
            await bench.clock.sleep(5)

        bench.session.before["perform"] = [slow]
        (intent,) = await bench.engine.submit([Request("desk", ONE, Take())], undo=False)
        await settle()
        with pytest.raises(OutboxError, match="on its way"):
            await bench.engine.discard(intent.command.id)
        for method in (bench.engine.discard, bench.engine.retry):
            with pytest.raises(KeyError):
                await method("nothing")
        await bench.pass_time(6)
        assert bench.intent(intent.command.id).stage is Stage.DONE
        await bench.engine.discard(intent.command.id)
        assert bench.intent(intent.command.id).stage is Stage.DONE, "what is done stays done"
