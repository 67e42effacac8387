"""The snapshot on disk: large, thrown away when damaged, refused when newer, harmless when the disk fails."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, FakeSession, World, incident, opened, settle
from vagt.domain.clock import ManualClock
from vagt.domain.directory import DirectoryEntry, DirectoryKind
from vagt.domain.incident import ClockState, Incident, Key, Link, LinkKind, SlaClock, State
from vagt.engine.database import Database
from vagt.engine.errors import DataError
from vagt.engine.schema import STORE, Schema
from vagt.engine.store import Store

DESK = (("desk", "fake", "all"),)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path / "store.sqlite", ManualClock(START))
    await store.open(DESK)
    yield store
    await store.close()


async def everything(store: Store) -> list[Incident]:
    return [one async for piece in store.open_ones(("desk",)) for one in piece]


async def test_an_incident_comes_back_as_it_went_in(store: Store) -> None:
    full = incident(
        "1",
        sla=(SlaClock("response", START, ClockState.RUNNING, START),),
        links=(Link(LinkKind.PROBLEM, "P1", "Disk"),),
        extra=(("CI", "db\u202e01\x1b[31m"),),
        also_assigned=("bo", "carl"),
        waiting_until=START,
        title="日本語 \U0001f525",
    )
    await store.apply("desk", [full], asked_at=START, listed=True, cursor="c1")
    assert await everything(store) == [full]
    assert await store.get(full.key) == full
    assert (await store.progress("desk")).cursor == "c1"


async def test_a_page_tells_what_is_new_what_changed_and_what_is_as_it_was(store: Store) -> None:
    one, two = incident("1"), incident("2")
    first = await store.apply("desk", [one, two], asked_at=START, listed=True, cursor="a")
    assert first.arrived == {one.key, two.key}
    changed = incident("2", title="other")
    second = await store.apply("desk", [one, changed], asked_at=START, listed=True, cursor="b", gone=("1", "unknown"))
    assert (second.changed, second.arrived, second.gone) == ((changed,), frozenset(), (one.key,))


async def test_open_ones_come_most_urgent_first_and_closed_ones_can_be_asked_for(store: Store) -> None:
    items = [
        incident("low", priority=4),
        incident("none", priority=None),
        incident("top", priority=1),
        incident("done", state=State.CLOSED, updated_at=START - timedelta(days=3)),
        incident("done2", state=State.RESOLVED, updated_at=START - timedelta(days=1)),
    ]
    await store.apply("desk", items, asked_at=START)
    assert [one.id for one in await everything(store)] == ["top", "low", "none"]
    assert [one.id for one in await store.closed(("desk",))] == ["done2", "done"]
    assert [one.id for one in await store.closed(("desk",), since=START - timedelta(days=2))] == ["done2"]
    assert [one.id for one in await store.closed(("desk",), until=START - timedelta(days=2))] == ["done"]
    assert [one.id for one in await store.closed(("desk",), limit=1)] == ["done2"]
    assert await store.by_number("1top", ("desk",)) == [Key("desk", "top")]


async def test_a_newer_answer_is_never_replaced_by_an_older_one(tmp_path: Path) -> None:
    clock = ManualClock(START)
    store = Store(tmp_path / "s", clock)
    await store.open(DESK)
    asked = clock.now()
    clock.advance(1)
    await store.apply("desk", [incident("1", version="2", title="new")], asked_at=clock.now())
    late = await store.apply("desk", [incident("1", title="old")], asked_at=asked, listed=True, cursor="c")
    assert (late.changed, late.doubtful) == ((), ("1",))
    forced = await store.apply("desk", [incident("1", title="old")], asked_at=asked, force=True)
    assert forced.doubtful == () and forced.changed[0].title == "old"
    await store.close()


async def test_choices_snoozes_and_marks_are_kept(tmp_path: Path) -> None:
    for again in (False, True):
        store = Store(tmp_path / "s", ManualClock(START))
        await store.open(DESK)
        if not again:
            await store.chose("desk", DirectoryKind.TEAM, DirectoryEntry("noc", "NOC"))
            await store.chose("desk", DirectoryKind.TEAM, DirectoryEntry("noc", "NOC"))
            await store.snooze(Key("desk", "1"), START + timedelta(hours=1))
            await store.snooze(Key("desk", "2"), START - timedelta(hours=1))
            await store.snooze(Key("desk", "3"), START + timedelta(hours=1))
            await store.snooze(Key("desk", "3"), None)
            await store.mark([(Key("desk", "1"), "new"), (Key("desk", "2"), "changed")])
            await store.mark([(Key("desk", "1"), "")])
        else:
            assert (await store.choices())["desk", DirectoryKind.TEAM] == {"noc": (DirectoryEntry("noc", "NOC"), 2)}
            assert await store.snoozes() == {Key("desk", "1"): START + timedelta(hours=1)}
            assert await store.marks() == {Key("desk", "2"): "changed"}
        await store.close()


async def test_files_and_folder_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with opened(folder) as bench:
        await bench.engine.submit([])
        await settle()
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {"store.sqlite", "outbox.sqlite", "outbox.sqlite-wal", "vagt.log", "send-desk.lock"} - modes.keys() <= {
            "vagt.log"
        }
        assert set(modes.values()) == {0o600}, modes


async def test_a_damaged_store_is_set_aside_and_read_again_and_the_outbox_is_not_touched(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))
    async with opened(tmp_path, world):
        await settle()
    (tmp_path / "store.sqlite").write_bytes(b"this is no database at all" * 100)
    async with opened(tmp_path, world) as bench:
        await settle()
        assert len(bench.engine.board) == 1
    aside = [path.name for path in tmp_path.iterdir() if "damaged" in path.name]
    assert aside and all(name.startswith("store.sqlite.damaged-") for name in aside)


async def test_a_store_that_is_damaged_while_it_is_used_is_begun_anew(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(*(incident(str(number), description="x" * 2000) for number in range(200)))
    async with opened(tmp_path, world) as bench:
        await settle()

        def damage(connection: sqlite3.Connection) -> None:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA cache_size=0")
            with (tmp_path / "store.sqlite").open("r+b") as file:
                file.seek(4096)
                file.write(b"\xff" * 200_000)

        await bench.engine._parts.store._database.read(damage)
        world.change("5", "bo", title="news")
        await bench.until(lambda: any("damaged" in path.name for path in tmp_path.iterdir()), within=60)
        await bench.pass_time(20)
        shown = bench.engine.board.get(Key("desk", "5"))
        assert shown is not None and shown.title == "news"
    async with opened(tmp_path, world, start=False) as bench:
        assert len(bench.engine.board) == 200, "what the damaged file held was read again"


async def test_two_processes_that_find_the_same_damage_go_on_with_one_new_file(tmp_path: Path) -> None:
    clock = ManualClock(START)
    first, second = (Store(tmp_path / "store.sqlite", clock) for _ in range(2))
    for store in (first, second):
        await store.open(DESK)
    damage = sqlite3.DatabaseError("database disk image is malformed")
    await first._rebuild(damage)
    before = await second.revision()
    clock.advance(5)
    await second._rebuild(damage)
    await first.apply("desk", [incident("1")], asked_at=START)
    assert await second.get(Key("desk", "1")) is not None
    assert [one.id for one in (await second.foreign(before)).changed] == ["1"]
    aside = [path.name for path in tmp_path.glob("*.damaged-*") if not path.name.endswith(("-wal", "-shm"))]
    assert aside == ["store.sqlite.damaged-20261124T090000"]
    for store in (first, second):
        await store.close()


async def test_whoever_sees_no_damage_follows_to_the_new_file(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))
    async with (
        opened(tmp_path, world) as polls,
        opened(tmp_path, world, sessions={"desk": FakeSession(world)}) as follows,
    ):
        await settle()
        await polls.engine._parts.store._rebuild(sqlite3.DatabaseError("malformed"))
        world.put(incident("2", title="after the damage"))
        await polls.until(lambda: follows.engine.board.get(Key("desk", "2")) is not None, within=60)
        assert follows.session.calls.count("changes") == 0


async def test_rows_that_cannot_be_read_make_their_backend_list_everything_again(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"), incident("2"))
    async with opened(tmp_path, world):
        await settle()
    raw = sqlite3.connect(tmp_path / "store.sqlite")
    raw.execute("UPDATE incidents SET body = '{\"nonsense\": 1}' WHERE native_id = '1'")
    raw.commit()
    raw.close()
    async with opened(tmp_path, world) as bench:
        await settle()
        assert len(bench.engine.board) == 2


@pytest.mark.parametrize("name", ["store.sqlite", "outbox.sqlite"])
async def test_a_file_of_a_newer_vagt_is_refused_in_words(tmp_path: Path, name: str) -> None:
    raw = sqlite3.connect(tmp_path / name)
    raw.execute("PRAGMA user_version=99")
    raw.commit()
    raw.close()
    with pytest.raises(DataError, match="newer Vagt"):
        async with opened(tmp_path):
            raise AssertionError("it must not open")


async def test_an_older_file_is_brought_up_to_date_step_by_step(tmp_path: Path) -> None:
    first = Schema(((("CREATE TABLE a (x)"), "INSERT INTO a VALUES (1)"),))
    second = Schema((*first.steps, ("ALTER TABLE a ADD COLUMN y DEFAULT 7",)))
    old = Database(tmp_path / "d", first, durable=False)
    await old.open()
    await old.close()
    new = Database(tmp_path / "d", second, durable=False)
    await new.open()
    assert await new.read(lambda connection: connection.execute("SELECT x, y FROM a").fetchall()) == [(1, 7)]
    await new.close()
    with pytest.raises(DataError):
        await Database(tmp_path / "d", first, durable=False).open()


async def test_a_full_disk_does_not_stop_what_is_shown_and_nothing_is_missing_later(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))
    async with opened(tmp_path, world) as bench:
        await settle()
        database = bench.engine._parts.store._database
        await database.read(lambda connection: connection.execute("PRAGMA query_only=1"))
        world.put(incident("2"))
        await bench.pass_time(20)
        assert bench.engine.board.get(Key("desk", "2")) is not None
        assert bench.engine.problems() and bench.engine.health("desk").problem
        await database.read(lambda connection: connection.execute("PRAGMA query_only=0"))
        world.put(incident("3"))
        await bench.pass_time(20)
        assert bench.engine.problems() == ()
    async with opened(tmp_path, world) as bench:
        await settle()
        assert len(bench.engine.board) == 3, "the cursor on disk was not moved past what the disk did not take"


async def test_twenty_thousand_incidents_are_stored_and_loaded_quickly(tmp_path: Path) -> None:
    store = Store(tmp_path / "s", ManualClock(START))
    await store.open(DESK)
    begin = time.process_time()
    for start in range(0, 20_000, 1000):
        items = [incident(str(n), description="d" * 200) for n in range(start, start + 1000)]
        await store.apply("desk", items, asked_at=START, listed=True, cursor=str(start))
    stored = time.process_time() - begin
    begin = time.process_time()
    count = 0
    longest = 0.0
    at = begin
    async for piece in store.open_ones(("desk",)):
        count += len(piece)
        longest = max(longest, time.process_time() - at)
        at = time.process_time()
    loaded = time.process_time() - begin
    await store.close()
    assert count == 20_000
    assert stored < 10 and loaded < 5 and longest < 0.5, (stored, loaded, longest)
    print(f"stored {stored:.1f} s, loaded {loaded:.2f} s, longest slice {longest * 1000:.1f} ms")


async def test_the_first_frame_has_the_most_urgent_and_the_others_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vagt.engine.parts._FIRST", 500)
    world = World(ManualClock(START))
    world.put(*(incident(f"{n:04}", priority=1 + n % 5) for n in range(1200)))
    async with opened(tmp_path, world) as bench:
        await bench.until(lambda: len(bench.engine.board) == 1200)
    async with opened(tmp_path, world, start=False) as bench:
        first = bench.engine.board.incidents
        assert 500 <= len(first) < 1200
        assert sum(one.priority == 1 for one in first.values()) == 240
        assert max(one.priority or 9 for one in first.values()) <= 3
        assert bench.engine.reading
        await bench.engine.start(poll=False)
        await bench.until(lambda: len(bench.engine.board) == 1200, within=0)
        await bench.until(lambda: not bench.engine.reading, within=0)


@pytest.mark.parametrize("size", [1, 3, 7, 100])
async def test_slices_of_any_size_give_all_open_ones_in_order_once(store: Store, size: int) -> None:
    items = [incident(f"{n:02}", priority=(None, 1, 2, 5)[n % 4]) for n in range(28)]
    await store.apply("desk", items, asked_at=START)
    found = [one async for piece in store.open_ones(("desk",), size=size) for one in piece]
    assert sorted(one.id for one in found) == [one.id for one in items]
    assert [one.priority or 9 for one in found] == sorted(one.priority or 9 for one in items)


def test_the_schema_of_the_store_has_an_index_for_each_question() -> None:
    connection = sqlite3.connect(":memory:")
    for statement in STORE.steps[0]:
        connection.execute(statement)
    questions = [
        "SELECT body FROM incidents WHERE open = 1 AND rank = 1 AND id > 1 ORDER BY id LIMIT 5",
        "SELECT body FROM incidents WHERE open = 1 AND rank > 1 ORDER BY rank, id LIMIT 5",
        "SELECT body FROM incidents WHERE open = 0 AND updated >= 1 AND updated < 2 ORDER BY updated DESC LIMIT 5",
        "SELECT body FROM incidents WHERE backend = 'a' AND native_id = 'b'",
        "SELECT native_id FROM incidents WHERE backend = 'a' AND number = 'b'",
        "SELECT native_id FROM incidents WHERE backend = 'a' AND open = 1 AND generation < 2",
        "SELECT body FROM incidents WHERE rev > 5",
    ]
    for question in questions:
        plan = " ".join(str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {question}"))
        assert "USING" in plan and "INDEX" in plan and "TEMP B-TREE" not in plan, (question, plan)
    connection.close()
