"""The board: truth with my actions over it, marks, snoozes, and views that follow."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from tests.bench.data import NOW, changed, incident, incidents
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Acknowledge, Change, Command, Note, SetPriority, Snooze, Take
from vagt.domain.incident import Incident, Key, State
from vagt.domain.ordering import DEFAULT_SORT, Grouping, parse_sort
from vagt.domain.query import parse
from vagt.engine.board import Board, View

A = Incident(
    backend="rt",
    id="a",
    number="1",
    title="Mail is down",
    state=State.NEW,
    native_state="new",
    priority=2,
    team="NOC",
    created_at=NOW - timedelta(hours=1),
    updated_at=NOW - timedelta(hours=1),
    version="1",
)
B = replace(A, id="b", number="2", title="Printer", priority=3, team="Workplace")
C = replace(A, id="c", number="3", title="Portal is slow", priority=1, team=None)


def command(subject: Key, change: Change) -> Command:
    return Command(id=str(change), backend="rt", subject=subject, ref="rt:1", change=change, by="anna", at=NOW)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def board(clock: ManualClock) -> Board:
    board = Board(clock, bell=parse("is:new p<=2"))
    board.know("rt", "anna", ("NOC",))
    board.load([A, B, C])
    return board


def numbers(view: View) -> str:
    return "".join(key.id for key in view)


def opened(board: Board, query: str, sort: str = "", group: Grouping | None = None) -> View:
    return board.open_view(parse(query), parse_sort(sort), group)


def test_my_action_shows_at_once_and_goes_with_the_intent(board: Board) -> None:
    mine, new = opened(board, "assignee:me"), opened(board, "is:unacknowledged")
    event = board.overlay(A.key, [command(A.key, Acknowledge()), command(A.key, SetPriority(priority=1))])
    assert event.keys == {A.key}
    shown = board.get(A.key)
    assert shown is not None
    assert (shown.state, shown.assignee, shown.priority) == (State.ACTIVE, "anna", 1)
    assert board.theirs(A.key) == A
    assert board.pending(A.key) == 2
    assert (numbers(mine), numbers(new)) == ("a", "cb")
    board.overlay(A.key, [])
    assert board.get(A.key) == A
    assert (numbers(mine), numbers(new)) == ("", "cab")


def test_a_pending_note_counts_but_changes_nothing(board: Board) -> None:
    pending = opened(board, "is:pending")
    board.overlay(B.key, [command(B.key, Note("looking"))])
    assert board.get(B.key) == B
    assert numbers(pending) == "b"


def test_an_arrival_is_new_until_seen_and_rings_where_asked(board: Board) -> None:
    unseen = opened(board, "is:unseen")
    urgent, lowly = replace(A, id="d"), replace(B, id="e")
    event = board.apply([urgent, lowly])
    assert event.arrived == {urgent.key, lowly.key}
    assert board.ringing(event.arrived) == {urgent.key}
    assert board.is_new(urgent.key) and not board.is_new(A.key)
    assert numbers(unseen) == "de"
    assert board.mark_seen([urgent.key]).keys == {urgent.key}
    assert numbers(unseen) == "e"
    assert not board.mark_seen([urgent.key]).keys


def test_the_first_listing_of_all_is_no_news(board: Board) -> None:
    board.apply([replace(A, id="d")], news=False)
    assert not board.is_new(Key("rt", "d"))


def test_what_a_colleague_changes_or_writes_is_marked_and_what_i_do_is_not(board: Board) -> None:
    later = NOW + timedelta(minutes=1)
    board.apply(
        [replace(A, priority=1, updated_by="bo", updated_at=later), replace(B, updated_by="bo", updated_at=later)]
    )
    assert board.is_changed(A.key) and board.is_changed(B.key)
    board.apply([replace(C, priority=5, updated_by="ANNA", updated_at=later)])
    assert not board.is_changed(C.key)


def test_my_confirmed_action_is_no_news(board: Board) -> None:
    board.overlay(A.key, [command(A.key, Take())])
    taken = replace(A, assignee="anna", assignee_name="anna", updated_at=NOW + timedelta(seconds=1), version="2")
    board.apply([taken])
    board.overlay(A.key, [])
    assert not board.is_changed(A.key)
    assert board.get(A.key) == taken


@pytest.mark.parametrize("by", ["Anna Holm", "InternalServices", None])
def test_nor_is_it_where_the_backend_calls_the_state_otherwise_and_me_by_another_name(
    board: Board, by: str | None
) -> None:
    board.overlay(A.key, [command(A.key, Acknowledge())])
    shown = board.get(A.key)
    assert shown is not None
    later = NOW + timedelta(seconds=1)
    done = replace(shown, native_state="Work in progress", updated_by=by, updated_at=later, version="2")
    board.apply([done])
    assert not board.is_changed(A.key)
    board.apply([replace(done, priority=1, version="3")])
    assert board.is_changed(A.key), "that is somebody else"


def test_an_answer_that_tells_nothing_new_changes_nothing(board: Board) -> None:
    view = opened(board, "is:open")
    before = view.version
    assert not board.apply([A, replace(B)]).keys
    assert view.version == before


def test_what_is_gone_leaves_every_view(board: Board) -> None:
    view = opened(board, "is:open", group=Grouping.TEAM)
    assert board.apply([], [B.key, Key("rt", "unknown")]).keys == {B.key}
    assert board.get(B.key) is None
    assert numbers(view) == "ac"
    assert view.index(B.key) is None


def test_snoozed_is_out_of_sight_until_its_time(board: Board, clock: ManualClock) -> None:
    everything, snoozed = opened(board, "is:open"), opened(board, "is:snoozed")
    board.snooze(A.key, NOW + timedelta(minutes=30))
    assert board.is_snoozed(A.key)
    assert (numbers(everything), numbers(snoozed)) == ("cb", "a")
    clock.advance(30 * 60 - 1)
    assert not board.tick().keys
    clock.advance(1)
    assert board.tick().keys == {A.key}
    assert not board.is_snoozed(A.key)
    assert (numbers(everything), numbers(snoozed)) == ("cab", "")


def test_a_snooze_on_its_way_to_the_backend_hides_at_once_and_undo_brings_it_back(board: Board) -> None:
    view = opened(board, "is:open")
    board.overlay(A.key, [command(A.key, Snooze(NOW + timedelta(hours=1)))])
    assert numbers(view) == "cb"
    board.overlay(A.key, [])
    assert numbers(view) == "cab"


def test_a_snoozed_arrival_does_not_ring(board: Board) -> None:
    board.snooze(A.key, NOW + timedelta(hours=1))
    assert board.ringing([A.key, C.key]) == {C.key}


def test_time_alone_moves_incidents_in_and_out(board: Board, clock: ManualClock) -> None:
    old, young = opened(board, "age>2h"), opened(board, "age<=2h")
    clock.advance(3600)
    board.tick()
    assert (len(old), len(young)) == (0, 3)
    clock.advance(1)
    assert board.tick().keys == {A.key, B.key, C.key}
    assert (len(old), len(young)) == (3, 0)


def test_groups_count_their_rows_in_order(board: Board) -> None:
    view = opened(board, "is:open", group=Grouping.TEAM)
    assert view.groups == (("NOC", 0, 1), ("Workplace", 1, 1), ("", 2, 1))
    board.apply([replace(B, team="NOC")])
    assert view.groups == (("NOC", 0, 2), ("", 2, 1))
    assert numbers(view) == "abc"


def test_who_i_am_may_be_learned_later(clock: ManualClock) -> None:
    board = Board(clock)
    board.load([replace(A, assignee="ah"), B])
    mine, team = opened(board, "assignee:me"), opened(board, "team:mine")
    assert (len(mine), len(team)) == (0, 0)
    assert board.know("rt", "ah", ("noc",)).keys == {A.key}
    assert (numbers(mine), numbers(team)) == ("a", "a")


def test_the_data_of_a_dead_backend_is_stale(board: Board) -> None:
    stale = opened(board, "is:stale")
    assert board.stale({"rt"}).keys == {A.key, B.key, C.key}
    assert len(stale) == 3
    board.stale(())
    assert len(stale) == 0


def test_marks_survive_for_what_is_read_from_the_store_later(clock: ManualClock) -> None:
    board = Board(clock)
    board.load([A], {A.key: "changed", B.key: "new"})
    assert board.is_changed(A.key)
    board.apply([B], news=False)
    assert board.is_new(B.key)


def test_completion_knows_the_names_on_the_board_by_frequency(board: Board) -> None:
    assert board.vocabulary().names["team"] == ("NOC", "Workplace")
    board.apply([replace(A, team="Workplace"), replace(C, team="Workplace")])
    assert board.vocabulary().names["team"] == ("Workplace",)


def test_a_closed_view_no_longer_follows(board: Board) -> None:
    view = opened(board, "is:open")
    view.close()
    view.close()
    board.apply([], [A.key])
    assert len(view) == 3


def test_many_changes_at_once_end_in_the_same_order_as_one_by_one(clock: ManualClock) -> None:
    known = list(incidents(300))
    later = changed(Random(1), known, 250)
    at_once, singly = Board(clock), Board(clock)
    for board in (at_once, singly):
        board.load(known)
    views = [opened(board, "is:open", group=Grouping.SERVICE) for board in (at_once, singly)]
    _ = [view[0] for view in views]
    at_once.apply(later)
    for one in later:
        singly.apply([one])
    assert list(views[0]) == list(views[1])
    assert views[0].groups == views[1].groups


async def test_a_large_view_is_built_in_slices_and_misses_nothing_meanwhile(clock: ManualClock) -> None:
    board = Board(clock)
    known = list(incidents(20_000))
    board.load(known)
    build = asyncio.ensure_future(board.open_view_slowly(parse("is:open"), DEFAULT_SORT, Grouping.TEAM))
    random = Random(5)
    turns = 0
    while not build.done():
        turns += 1
        board.apply([incident(random, random.randrange(1, 20_500))], [known[turns].key])
        await asyncio.sleep(0)
    assert turns > 3
    view = await build
    board.apply([incident(random, 7)])
    fresh = opened(board, "is:open", group=Grouping.TEAM)
    assert list(view) == list(fresh)
    assert view.groups == fresh.groups


async def test_a_build_that_is_given_up_leaves_nothing_behind(clock: ManualClock) -> None:
    board = Board(clock)
    board.load(incidents(20_000))
    build = asyncio.ensure_future(board.open_view_slowly(parse("is:open"), DEFAULT_SORT))
    await asyncio.sleep(0)
    build.cancel()
    with pytest.raises(asyncio.CancelledError):
        await build
    assert board.apply([A]).arrived == {A.key}


def test_a_long_sleep_is_caught_up_with_in_pieces() -> None:
    class Working(ManualClock):
        """Every look at the clock costs 5 ms."""

        def monotonic(self) -> float:
            self.spent = getattr(self, "spent", 0.0) + 0.005
            return self.spent

    clock = Working(NOW)
    board = Board(clock)
    board.load([replace(A, id=str(number)) for number in range(5000)])
    views = [opened(board, f"age<{minutes}m") for minutes in (100, 105, 110, 115, 119)]
    assert [len(view) for view in views] == [5000] * 5
    clock.advance(7200)
    ticks = 0
    while any(len(view) for view in views):
        board.tick()
        ticks += 1
        assert board.late is any(len(view) for view in views)
    assert ticks > 2
    board.tick()
    assert not board.late


async def test_a_counted_view_is_sorted_in_pieces_before_it_is_looked_at(clock: ManualClock) -> None:
    known = list(incidents(20_000))
    board = Board(clock)
    board.load(known)
    view = opened(board, "is:open")
    preparing = asyncio.ensure_future(board.prepare(view))
    random = Random(5)
    turns = 0
    while not preparing.done():
        turns += 1
        board.apply([incident(random, random.randrange(1, 20_500))], [known[turns].key])
        await asyncio.sleep(0)
    assert turns >= 3
    assert list(view) == list(opened(board, "is:open"))


async def test_who_cannot_wait_for_the_pieces_gets_all_at_once(clock: ManualClock) -> None:
    board = Board(clock)
    board.load(incidents(20_000))
    view = opened(board, "is:open", group=Grouping.TEAM)
    preparing = asyncio.ensure_future(board.prepare(view))
    await asyncio.sleep(0)
    assert view.index(view[7]) == 7
    board.apply(incidents(300, seed=3))
    again = asyncio.ensure_future(board.prepare(view))
    await asyncio.gather(preparing, again)
    fresh = opened(board, "is:open", group=Grouping.TEAM)
    assert (list(view), view.groups) == (list(fresh), fresh.groups)


async def test_sorting_that_is_given_up_begins_anew(clock: ManualClock) -> None:
    board = Board(clock)
    board.load(incidents(20_000))
    view = opened(board, "is:open", group=Grouping.TEAM)
    preparing = asyncio.ensure_future(board.prepare(view))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(board.prepare(view))
    preparing.cancel()
    await asyncio.wait({preparing})
    await second
    fresh = opened(board, "is:open", group=Grouping.TEAM)
    assert (list(view), view.groups) == (list(fresh), fresh.groups)


def test_an_order_that_nobody_looks_at_is_worked_out_anew_when_somebody_does(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vagt.engine.views._UNASKED", 50)
    monkeypatch.setattr("vagt.engine.ranks._UNASKED", 50)
    board = Board(clock, ranked_from=0)
    known = list(incidents(200))
    board.load(known)
    asyncio.run(board.rank(DEFAULT_SORT))
    view = opened(board, "is:open")
    _ = view[0]
    for later in (changed(Random(number), known, 40) for number in range(4)):
        board.apply(later)
    fresh = Board(clock)
    fresh.load(board.incidents.values())
    assert list(view) == list(opened(fresh, "is:open"))
    assert list(opened(board, "is:open")) == list(view)


async def test_orders_that_are_expected_are_there_before_somebody_asks(clock: ManualClock) -> None:
    board = Board(clock, ranked_from=0)
    board.load(incidents(300))
    sorts = [parse_sort(text) for text in ("sla", "number", "-updated")]
    board.expect(sorts)
    await board.rank_usual()
    turns = asyncio.ensure_future(board.open_view_slowly(parse("is:open"), sorts[1]))
    await asyncio.sleep(0)
    assert turns.done(), "nothing had to be sorted"
    key = sorts[1].key()
    found = [one for one in board.incidents.values() if one.is_open]
    assert list(turns.result()) == [one.key for one in sorted(found, key=key)]


async def test_who_asks_for_an_order_that_is_there_does_not_wait_for_others_in_the_making(clock: ManualClock) -> None:
    board = Board(clock, ranked_from=0)
    board.load(incidents(40_000))
    await board.rank(DEFAULT_SORT)
    background = asyncio.ensure_future(board.rank(parse_sort("title")))
    await asyncio.sleep(0)
    await board.rank(DEFAULT_SORT)
    assert not background.done()
    await background
