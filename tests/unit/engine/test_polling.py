"""Reading a backend: pages, what left, what came, how fresh it is, and how politely it is asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, World, incident, keys, opened, settings_for, settle
from vagt.adapters.protocol import AuthError, InvalidError, ThrottledError, UnavailableError
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Create, Take
from vagt.domain.incident import Key, State
from vagt.engine.events import Event, IncidentsChanged, Rang
from vagt.engine.fanout import Subscription
from vagt.engine.health import Condition
from vagt.engine.request import Request


@pytest.fixture
def world() -> World:
    return World(ManualClock(START))


def fill(world: World, count: int) -> None:
    world.put(*(incident(f"{number:03}") for number in range(count)))


async def test_a_listing_is_shown_page_by_page_with_its_progress(tmp_path: Path, world: World) -> None:
    fill(world, 250)
    async with opened(tmp_path, world, start=False) as bench:
        seen: list[tuple[int, Condition, int, int | None]] = []

        async def look() -> None:
            await settle()
            health = bench.engine.health("desk")
            seen.append((len(bench.engine.board), health.condition, health.loaded, health.total))

        bench.session.before["changes"] = [look, look, look]
        await bench.engine.start()
        await bench.until(lambda: len(seen) == 3, within=0)
        await settle()
        assert [one[0] for one in seen] == [0, 100, 200]
        assert seen[1:] == [(100, Condition.LOADING, 100, 250), (200, Condition.LOADING, 200, 250)]
        assert len(bench.engine.board) == 250
        assert bench.engine.health("desk").condition is Condition.FRESH


async def test_the_cursor_survives_a_restart(tmp_path: Path, world: World) -> None:
    fill(world, 3)
    async with opened(tmp_path, world):
        await settle()
    world.change("001", "bo", title="Changed overnight")
    async with opened(tmp_path, world, start=False) as bench:
        assert len(bench.engine.board) == 3, "yesterday's truth is there before any network"
        health = bench.engine.health("desk")
        assert (health.condition, health.last_good) == (Condition.STALE, START)
        cursors: list[str | None] = []
        changes = bench.session.changes

        async def spy(cursor: str | None) -> object:
            cursors.append(cursor)
            return await changes(cursor)

        bench.session.changes = spy  # type: ignore[method-assign,assignment]
        await bench.engine.start()
        await settle()
        assert cursors == ["since:3"]
        changed = bench.engine.board.get(Key("desk", "001"))
        assert changed is not None and changed.title == "Changed overnight"


async def test_a_listing_that_was_cut_short_goes_on_after_a_restart(tmp_path: Path, world: World) -> None:
    fill(world, 250)
    async with opened(tmp_path, world, start=False, crash=True) as bench:
        bench.session.before["changes"] = [lambda: None, UnavailableError("gone")]
        await bench.engine.start()
        await settle()
        assert len(bench.engine.board) == 100
    world.delete("120")
    async with opened(tmp_path, world) as bench:
        assert bench.session.calls.count("changes") == 2, "the first page was not asked for again"
        assert len(bench.engine.board) == 249
        assert "get" not in bench.session.calls, "what the first part listed counts as listed"


async def test_what_a_full_listing_no_longer_names_is_asked_for_by_id(tmp_path: Path, world: World) -> None:
    fill(world, 4)
    async with opened(tmp_path, world) as bench:
        world.delete("000")
        world.incidents["001"] = incident("001", state=State.CLOSED, native_state="closed", version="9")
        await bench.pass_time(1300, step=7)
        board = bench.engine.board
        assert board.get(Key("desk", "000")) is None
        closed = board.get(Key("desk", "001"))
        assert closed is not None and closed.state is State.CLOSED
        stored = await bench.engine.closed()
        assert [one.id for one in stored] == ["001"]


async def test_one_that_slipped_between_two_pages_stays_and_one_that_left_the_queue_goes(
    tmp_path: Path, world: World
) -> None:
    fill(world, 3)
    async with opened(tmp_path, world) as bench:
        listing = bench.session.changes

        async def without_the_first(cursor: str | None) -> object:
            batch = await listing(cursor)
            return replace(batch, items=tuple(one for one in batch.items if one.id != "000"))

        bench.session.changes = without_the_first  # type: ignore[method-assign,assignment]
        await bench.pass_time(1300, step=7)
        assert bench.engine.board.get(Key("desk", "000")) is not None
        await bench.pass_time(1300, step=7)
        assert bench.engine.board.get(Key("desk", "000")) is None
        assert len(bench.engine.board) == 2


async def test_asking_by_id_is_tried_again_where_it_failed(tmp_path: Path, world: World) -> None:
    fill(world, 3)
    async with opened(tmp_path, world) as bench:
        world.delete("000")
        bench.session.before["get"] = [UnavailableError("down")]
        await bench.pass_time(1240, step=10)
        assert bench.engine.board.get(Key("desk", "000")) is None


async def test_what_the_backend_calls_gone_goes(tmp_path: Path, world: World) -> None:
    fill(world, 2)
    async with opened(tmp_path, world) as bench:
        listing = bench.session.changes

        async def with_gone(cursor: str | None) -> object:
            return replace(await listing(cursor), gone=("000",))

        bench.session.changes = with_gone  # type: ignore[method-assign,assignment]
        await bench.pass_time(20)
        assert bench.engine.board.get(Key("desk", "000")) is None


async def test_data_is_called_stale_after_three_missed_polls_and_fresh_again(tmp_path: Path, world: World) -> None:
    fill(world, 1)
    async with opened(tmp_path, world) as bench:
        bench.session.before["changes"] = [UnavailableError("no route")] * 8
        await bench.pass_time(40)
        assert bench.engine.health("desk").condition is Condition.FRESH
        assert bench.engine.health("desk").problem == "no route"
        await bench.pass_time(15)
        stale = bench.engine.health("desk")
        assert (stale.condition, stale.last_good) == (Condition.STALE, START)
        assert stale.next_try is not None and stale.next_try > bench.clock.now()
        await bench.until(lambda: bench.engine.health("desk").condition is Condition.FRESH, within=400)
        assert bench.engine.health("desk").problem == ""


async def test_a_hanging_poll_goes_stale_too(tmp_path: Path, world: World) -> None:
    fill(world, 1)
    async with opened(tmp_path, world) as bench:

        async def hang() -> None:
            await bench.clock.sleep(1e6)

        bench.session.before["changes"] = [hang]
        await bench.pass_time(70)
        assert bench.engine.health("desk").condition is Condition.STALE


async def test_a_backend_that_was_never_reached_says_so(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world, start=False) as bench:
        bench.session.before["probe"] = [UnavailableError("no such host")] * 99
        await bench.engine.start()
        await bench.pass_time(5)
        health = bench.engine.health("desk")
        assert (health.condition, health.problem, health.last_good) == (Condition.NEVER, "no such host", None)


async def test_failures_are_followed_by_longer_and_longer_pauses(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world, start=False) as bench:
        bench.session.before["changes"] = [UnavailableError("down")] * 99
        await bench.engine.start()
        await bench.pass_time(30)
        early = bench.session.calls.count("changes")
        await bench.pass_time(300)
        later = bench.session.calls.count("changes") - early
        assert 4 <= early <= 8
        assert 4 <= later <= 11


async def test_a_throttle_is_obeyed_even_when_asked_to_refresh(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.before["changes"] = [ThrottledError("slow down", 60.0)]
        bench.engine.refresh()
        await bench.pass_time(1)
        health = bench.engine.health("desk")
        assert health.condition is Condition.THROTTLED and health.problem == "slow down"
        before = bench.session.calls.count("changes")
        bench.engine.refresh()
        await bench.pass_time(57)
        assert bench.session.calls.count("changes") == before
        await bench.pass_time(5)
        assert bench.engine.health("desk").condition is Condition.FRESH


async def test_signed_out_means_no_more_tries_until_somebody_asks_and_then_the_secret_is_read_again(
    tmp_path: Path, world: World
) -> None:
    async with opened(tmp_path, world) as bench:
        bench.session.before["changes"] = [AuthError("password expired")]
        await bench.pass_time(400)
        assert bench.engine.health("desk").condition is Condition.SIGNED_OUT
        tries = bench.session.calls.count("changes")
        assert tries == 2
        bench.engine.refresh()
        await bench.pass_time(1)
        assert bench.session.closed == 1
        assert bench.session.probes == 2
        assert bench.engine.health("desk").condition is Condition.FRESH


async def test_a_cursor_that_the_backend_no_longer_knows_begins_a_full_listing(tmp_path: Path, world: World) -> None:
    fill(world, 2)
    async with opened(tmp_path, world) as bench:
        world.put(incident("new"))
        bench.session.before["changes"] = [InvalidError("unknown cursor")]
        await bench.pass_time(20)
        assert bench.engine.board.get(Key("desk", "new")) is not None
        assert bench.engine.health("desk").condition is Condition.FRESH


async def test_polls_of_one_backend_never_overlap(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world) as bench:
        running = 0

        async def slow() -> None:
            nonlocal running
            running += 1
            assert running == 1
            await bench.clock.sleep(40)
            running -= 1

        bench.session.before["changes"] = [slow] * 4
        for _ in range(10):
            bench.engine.refresh()
            await bench.pass_time(10)
        assert bench.session.calls.count("changes") >= 3


async def test_an_answer_that_is_older_than_what_is_stored_is_read_again(tmp_path: Path, world: World) -> None:
    fill(world, 1)
    key = Key("desk", "000")
    async with opened(tmp_path, world) as bench:
        listing = bench.session.changes

        async def slow_answer(cursor: str | None) -> object:
            bench.session.changes = listing  # type: ignore[method-assign]
            world.change("000", "bo", description="Bo's words")
            batch = await listing(cursor)
            await bench.clock.sleep(4)
            return batch

        bench.session.changes = slow_answer  # type: ignore[method-assign,assignment]
        bench.engine.refresh()
        await bench.pass_time(1)
        (mine,) = await bench.engine.submit([Request("desk", key, Take())], undo=False)
        await bench.pass_time(2)
        assert bench.intent(mine.command.id).stage.value == "done"
        shown = []
        for _ in range(6):
            await bench.pass_time(1)
            now = bench.engine.board.get(key)
            shown.append((now.assignee, now.description) if now else None)
        assert set(shown) == {("anna", "Bo's words")}, "the late answer, from before mine, never shows"


async def listen(subscription: Subscription, into: list[Event]) -> None:
    async for event in subscription:
        into += [event]


async def test_the_bell_rings_for_what_arrives_after_the_first_load_and_fits_its_query(
    tmp_path: Path, world: World
) -> None:
    world.put(incident("old", priority=1))
    async with opened(tmp_path, world, settings=settings_for(bell="p<=2"), start=False) as bench:
        events: list[Event] = []
        task = asyncio.ensure_future(listen(bench.engine.events(), events))
        await bench.engine.start()
        await settle()
        world.put(incident("loud", priority=1), incident("quiet", priority=4))
        await bench.pass_time(20)
        await bench.engine.submit([Request("desk", None, Create("mine"))], undo=False)
        await bench.pass_time(1)
        assert [event.keys for event in events if isinstance(event, Rang)] == [frozenset(keys(["loud"]))]
        arrived = frozenset().union(*(event.arrived for event in events if isinstance(event, IncidentsChanged)))
        assert set(keys(["old", "loud", "quiet"])) <= arrived
        assert bench.engine.board.is_new(Key("desk", "loud")) and not bench.engine.board.is_new(Key("desk", "old"))
        task.cancel()


async def test_what_was_not_looked_at_is_still_new_after_a_restart(tmp_path: Path, world: World) -> None:
    world.put(incident("old"))
    async with opened(tmp_path, world) as bench:
        world.put(incident("a"), incident("b"))
        await bench.pass_time(20)
        bench.engine.mark_seen(keys(["a"]))
        await settle()
    async with opened(tmp_path, world, start=False) as bench:
        marks = [bench.engine.board.is_new(key) for key in keys(["old", "a", "b"])]
        assert marks == [False, False, True]


async def test_who_i_am_comes_from_the_account_and_is_remembered(tmp_path: Path, world: World) -> None:
    world.login = "anna.holm"
    async with opened(tmp_path, world, start=False) as bench:
        assert bench.engine.me("desk") == "anna"
        await bench.engine.start()
        await settle()
        assert (bench.engine.me("desk"), bench.engine.my_teams("desk")) == ("anna.holm", ("NOC",))
    async with opened(tmp_path, world, start=False) as bench:
        assert bench.engine.me("desk") == "anna.holm"


async def test_another_query_lists_anew_and_another_system_starts_empty(tmp_path: Path, world: World) -> None:
    fill(world, 2)
    async with opened(tmp_path, world):
        await settle()
    plain = settings_for()
    backend = plain.backends[0]
    narrower = type(plain)(backends=(type(backend)(name="desk", adapter="fake", query="team=NOC"),))
    async with opened(tmp_path, world, settings=narrower, start=False) as bench:
        assert len(bench.engine.board) == 2
        assert (await bench.engine._parts.store.progress("desk")).cursor is None
    elsewhere = type(plain)(backends=(type(backend)(name="desk", adapter="fake", url="https://b.example"),))
    async with opened(tmp_path, world, settings=elsewhere, start=False) as bench:
        assert len(bench.engine.board) == 0
