"""A console that nobody restarts for months: faults pass, clocks jump, disks fill, and it goes on."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, FakeSession, World, incident, opened, settle
from vagt.adapters.protocol import AuthError
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Note, Snooze, Take
from vagt.domain.incident import Key, State
from vagt.engine.errors import OutboxError
from vagt.engine.health import Condition
from vagt.engine.intent import Stage
from vagt.engine.lease import Lease
from vagt.engine.request import Request
from vagt.engine.store import Store

ONE = Key("desk", "1")


class Wall(ManualClock):
    """A clock that somebody sets while we run."""

    def set_back(self, seconds: float) -> None:
        self._start -= timedelta(seconds=seconds)


@pytest.fixture
def wall() -> Wall:
    return Wall(START)


@pytest.fixture
def world(wall: Wall) -> World:
    world = World(wall)
    world.put(incident("1"))
    return world


async def test_a_fault_of_the_watcher_stops_no_poller(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await settle()
        parts = bench.engine._parts
        tick, broken = parts.board.tick, [1]

        def bad_tick() -> object:
            if broken:
                raise RuntimeError("a bug in the board")
            return tick()

        parts.board.tick = bad_tick  # type: ignore[method-assign,assignment]
        await bench.pass_time(2)
        broken.clear()
        world.put(incident("2"))
        (intent,) = await bench.engine.submit([Request("desk", ONE, Take())], undo=False)
        await bench.pass_time(20)
        assert bench.engine.board.get(Key("desk", "2")) is not None
        assert bench.intent(intent.command.id).stage is Stage.DONE
        bench.session.before["changes"] = [AuthError("no")]
        await bench.until(lambda: bench.engine.health("desk").condition is Condition.SIGNED_OUT)
    assert "a bug in the board" in (tmp_path / "vagt.log").read_text()


async def test_the_rest_of_the_store_is_read_again_where_reading_broke_off(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put(*(incident(str(number), priority=number % 5 + 1) for number in range(1000)))
    async with opened(tmp_path, world):
        await settle()
    monkeypatch.setattr("vagt.engine.parts._FIRST", 10)
    async with opened(tmp_path, world, start=False) as bench:
        read, failing = bench.engine._parts.store._read, [1]

        async def bad_read(work: object) -> object:
            if failing:
                failing.clear()
                raise sqlite3.OperationalError("disk I/O error")
            return await read(work)  # type: ignore[arg-type]

        bench.engine._parts.store._read = bad_read  # type: ignore[method-assign,assignment]
        bench.session.before["changes"] = [AuthError("nothing comes from the backend")]
        await bench.engine.start()
        await bench.pass_time(8)
        assert not failing
        assert len(bench.engine.board) == 1000


async def test_an_undo_window_ends_although_the_clock_was_set_back(tmp_path: Path, world: World, wall: Wall) -> None:
    async with opened(tmp_path, world) as bench:
        await settle()
        (intent,) = await bench.engine.submit([Request("desk", ONE, Note("hello"))])
        wall.set_back(3600)
        await bench.pass_time(6)
        assert bench.intent(intent.command.id).stage is Stage.DONE


async def test_old_data_is_not_called_fresh_because_the_clock_was_set_back(
    tmp_path: Path, world: World, wall: Wall
) -> None:
    async with opened(tmp_path, world) as bench:
        await settle()
        assert bench.engine.health("desk").condition is Condition.FRESH

        async def silence() -> None:
            await wall.sleep(1e9)

        bench.session.before["changes"] = [silence]
        wall.set_back(3600)
        await bench.pass_time(2)
        assert bench.engine.health("desk").condition is Condition.STALE


async def test_a_full_listing_comes_although_the_last_one_seems_to_lie_years_ahead(
    tmp_path: Path, world: World, wall: Wall
) -> None:
    async with opened(tmp_path, world):
        await settle()
    wall.set_back(3 * 365 * 86400.0)
    world.delete("1")
    async with opened(tmp_path, world, clock=wall) as bench:
        await bench.until(lambda: bench.engine.board.get(ONE) is None, within=60)


async def test_a_disk_that_refuses_is_not_asked_without_end(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await settle()
        outbox = bench.engine._parts.outbox
        (intent,) = await bench.engine.submit([Request("desk", ONE, Snooze(START + timedelta(hours=1)))], undo=False)
        outbox._merge([])
        change, tries = outbox.change, [0]

        async def full(move: object) -> object:
            tries[0] += 1
            raise OutboxError("the disk is full")

        await settle()
        assert bench.intent(intent.command.id).stage is Stage.DONE
        outbox.change = full  # type: ignore[method-assign,assignment]
        queued = [Request("desk", ONE, Snooze(START + timedelta(hours=2)))]
        made = bench.engine._parts.desk.intents(queued, undo=False)
        outbox.change = change  # type: ignore[method-assign]
        bench.engine._parts.senders["desk"]._closing = True
        (later,) = await outbox.append(made)
        outbox.change = full  # type: ignore[method-assign,assignment]
        bench.engine._parts.senders["desk"]._closing = False
        bench.engine._parts.senders["desk"].kick()
        for _ in range(20):
            await settle()
        assert 1 <= tries[0] <= 3, "what the console does on its own rests as well"
        outbox.change = change  # type: ignore[method-assign]
        await bench.until(lambda: bench.intent(later.command.id).stage is Stage.DONE)


async def test_an_outbox_that_could_not_be_opened_is_used_once_it_can_be(tmp_path: Path, world: World) -> None:
    (tmp_path / "outbox.sqlite").mkdir()
    async with opened(tmp_path, world) as bench:
        await settle()
        assert bench.engine.problems()
        with pytest.raises(OutboxError):
            await bench.engine.submit([Request("desk", ONE, Take())], undo=False)
        (tmp_path / "outbox.sqlite").rmdir()
        await bench.pass_time(7)
        assert bench.engine.problems() == ()
        (intent,) = await bench.engine.submit([Request("desk", ONE, Take())], undo=False)
        await bench.pass_time(1)
        assert bench.intent(intent.command.id).stage is Stage.DONE


async def test_a_store_that_cannot_be_written_says_so_until_it_can_be(tmp_path: Path, wall: Wall) -> None:
    store = Store(tmp_path / "store.sqlite", wall)
    await store.open([("desk", "fake", "")])
    await store._database.read(lambda connection: connection.execute("PRAGMA query_only=1"))
    await store.apply("desk", [incident("1")], asked_at=START)
    assert store.problem
    await store.get(ONE)
    assert store.problem and not store.behind("desk"), "that it can be read mends nothing"
    await store._database.read(lambda connection: connection.execute("PRAGMA query_only=0"))
    await store.apply("desk", [incident("2")], asked_at=START)
    assert store.problem == "" and store.behind("desk")
    await store.close()


async def test_without_room_for_one_more_open_file_nobody_works_beside_whoever_has_the_lock(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crowded(_: Lease) -> bool:
        raise OSError(errno.EMFILE, "Too many open files")

    async with opened(tmp_path, world, start=False) as bench:
        with monkeypatch.context() as patch:
            patch.setattr(Lease, "acquire", crowded)
            await bench.engine.start()
            await bench.pass_time(10)
            assert bench.session.calls == []
        await bench.pass_time(10)
        assert "changes" in bench.session.calls


async def test_whoever_sends_is_encouraged_by_whoever_polls(tmp_path: Path, world: World, wall: Wall) -> None:
    polls, sends = FakeSession(world), FakeSession(world)
    async with opened(tmp_path, world, sessions={"desk": sends}, poll=False) as sender:
        await settle()
        sends.before["perform"] = [AuthError("the password has just been changed")]
        async with opened(tmp_path, world, clock=wall, sessions={"desk": polls}) as poller:
            (intent,) = await poller.engine.submit([Request("desk", ONE, Take())], undo=False)
            await sender.until(lambda: not sends.before["perform"])
            assert polls.sent == []
            await sender.until(lambda: sender.intent(intent.command.id).stage is Stage.DONE, within=40)


async def test_half_a_character_from_a_backend_stops_nothing(tmp_path: Path, world: World) -> None:
    world.put(incident("2", title="cut in the middle of \ud83d", extra=(("Room", "\udc00"),)))
    async with opened(tmp_path, world) as bench:
        await settle()
        assert bench.engine.health("desk").condition is Condition.FRESH
        (intent,) = await bench.engine.submit([Request("desk", Key("desk", "2"), Note("half \ud83d"))], undo=False)
        await bench.pass_time(1)
        assert bench.intent(intent.command.id).stage is Stage.DONE
    async with opened(tmp_path, world, start=False) as bench:
        stored = bench.engine.board.get(Key("desk", "2"))
        assert stored is not None and stored.title == "cut in the middle of \ufffd"


async def test_marks_and_snoozes_of_what_is_long_over_are_dropped(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await settle()
        world.put(incident("2"))
        await bench.engine.submit([Request("desk", ONE, Snooze(START + timedelta(hours=1)))], undo=False)
        await bench.pass_time(20)
        assert bench.engine.board.is_new(Key("desk", "2"))
        world.change("2", "bo", state=incident("2").state.CLOSED)
        await bench.pass_time(20)
        await bench.pass_time(50 * 3600, step=600)
        store = bench.engine._parts.store

        def rows(connection: sqlite3.Connection) -> list[int]:
            return [connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("unseen", "snoozes")]

        assert await store._read(rows) == [0, 0]


async def test_a_sign_in_that_hangs_does_not_hold_up_the_end(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        await settle()
        async with bench.engine._parts.backends["desk"]._lock, asyncio.timeout(30):
            await bench.engine.stop()


async def test_closed_ones_of_long_ago_are_recalled_where_they_are_asked_for(tmp_path: Path, world: World) -> None:
    old = START - timedelta(days=9)
    gone = [incident(f"c{n}", state=State.CLOSED, updated_at=old + timedelta(hours=n)) for n in range(5)]
    async with opened(tmp_path, world) as bench:
        await settle()
        await bench.engine._parts.store.apply("desk", gone, asked_at=START)
        assert len(bench.engine.board) == 1
        await bench.engine.recall_closed()
        assert {key.id for key in bench.engine.board.incidents} == {"1", *(one.id for one in gone)}
        assert not any(bench.engine.board.is_new(one.key) for one in gone)
        await bench.pass_time(2 * 3600, step=600)
        assert len(bench.engine.board) == 6, "the hourly tidying leaves them where they are asked for"
