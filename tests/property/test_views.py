"""A view that is kept up to date change by change is the one that would be built now."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.bench.data import NOW, TEAMS, incident, incidents, key
from tests.property.queries import nodes
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Acknowledge, Assign, Change, Command, SetPriority, Snooze, Take
from vagt.domain.incident import Key
from vagt.domain.ordering import DEFAULT_SORT, Grouping, Sort, SortField, group_of, parse_sort
from vagt.domain.query import Query
from vagt.engine.board import Board
from vagt.engine.views import View

sorts = st.lists(
    st.tuples(st.sampled_from(SortField), st.booleans()), min_size=1, max_size=4, unique_by=lambda part: part[0]
).map(lambda parts: Sort(tuple(parts)))
keys = st.integers(1, 30).map(key)
changes: st.SearchStrategy[Change] = st.one_of(
    st.just(Acknowledge()),
    st.just(Take()),
    st.builds(SetPriority, st.integers(1, 5)),
    st.builds(Assign, st.sampled_from(TEAMS), st.sampled_from([None, "", "bo"])),
    st.builds(lambda minutes: Snooze(NOW + timedelta(minutes=minutes)), st.integers(-10, 400)),
)


class ViewsFollowTheBoard(RuleBasedStateMachine):
    """Whatever happens to the board, in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(NOW)
        self.board = Board(self.clock, ranked_from=0)
        self.views: list[View] = []
        self.commands = 0

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        self.board.know("itsm", "anna", ("NOC",))
        self.board.load(incidents(12))
        for _ in range(3):
            self.open(data)

    def open(self, data: st.DataObject) -> None:
        query = Query(data.draw(nodes))
        if self.views and data.draw(st.booleans()):
            query = data.draw(st.sampled_from(self.views)).query.both(query)  # a filter within a view
        group = data.draw(st.sampled_from([None, *Grouping]))
        sort = data.draw(st.one_of(sorts, st.sampled_from([DEFAULT_SORT, parse_sort("sla")])))
        if data.draw(st.booleans()):
            view = asyncio.run(self.board.open_view_slowly(query, sort, group))
        else:
            view = self.board.open_view(query, sort, group)
        if data.draw(st.booleans()):
            _ = list(view)
        self.views.append(view)

    @rule(
        seed=st.integers(0, 2**32), numbers=st.lists(st.integers(1, 30), max_size=12), gone=st.lists(keys, max_size=3)
    )
    def answer(self, seed: int, numbers: list[int], gone: list[Key]) -> None:
        random = Random(seed)
        told = [incident(random, number, self.clock.now()) for number in numbers]
        event = self.board.apply(told, gone)
        assert event.arrived <= event.keys
        assert all(self.board.theirs(one.key) in (*told, None) for one in told)

    @rule(key=keys, wanted=st.lists(changes, max_size=3))
    def act(self, key: Key, wanted: list[Change]) -> None:
        self.commands += 1
        now = self.clock.now()
        made = [
            Command(id=f"{self.commands}-{n}", backend="itsm", subject=key, ref="x", change=change, by="anna", at=now)
            for n, change in enumerate(wanted)
        ]
        self.board.overlay(key, made)
        assert self.board.pending(key) == len(wanted)

    @rule(key=keys, minutes=st.none() | st.integers(-5, 300))
    def snooze(self, key: Key, minutes: int | None) -> None:
        self.board.snooze(key, None if minutes is None else self.clock.now() + timedelta(minutes=minutes))

    @rule(minutes=st.sampled_from([0, 1, 10, 60, 300, 3000]))
    def wait(self, minutes: int) -> None:
        self.clock.advance(minutes * 60)

    @rule(seen=st.lists(keys, max_size=10))
    def see(self, seen: list[Key]) -> None:
        self.board.mark_seen(seen)

    @rule(me=st.sampled_from(["anna", "bo", "gül"]), team=st.sampled_from(TEAMS))
    def sign_in(self, me: str, team: str) -> None:
        self.board.know("itsm", me, (team,))

    @rule(stale=st.booleans())
    def go_stale(self, stale: bool) -> None:
        self.board.stale({"itsm"} if stale else set())

    @rule(data=st.data())
    def open_another(self, data: st.DataObject) -> None:
        self.open(data)
        if len(self.views) > 4:
            self.views.pop(0).close()

    @rule(data=st.data())
    def look(self, data: st.DataObject) -> None:
        """A view is looked at now and then; in between it only notes what changes."""
        self.is_as_if_built_now(data.draw(st.sampled_from(self.views)))

    @invariant()
    def each_view_counts_as_if_built_now(self) -> None:
        self.board.tick()
        assert not self.board.late
        for view in self.views:
            fresh = self.board.open_view(view.query, view.sort, view.group)
            assert len(view) == view.count == len(fresh)
            fresh.close()

    def teardown(self) -> None:
        self.board.tick()
        for view in self.views:
            self.is_as_if_built_now(view)

    def is_as_if_built_now(self, view: View) -> None:
        fresh = self.board.open_view(view.query, view.sort, view.group)
        assert list(view) == list(fresh), view.query
        assert list(view) == worked_out_anew(self.board, view)
        assert view.groups == fresh.groups
        assert len(view) == view.count == len(fresh)
        assert [view.index(key) for key in view] == list(range(len(view)))
        assert sum(count for _, _, count in view.groups) == (len(view) if view.group else 0)
        fresh.close()


def worked_out_anew(board: Board, view: View) -> list[Key]:
    """The same, one incident after another, without anything that the board remembers or does for many at once."""
    facts = board.facts()
    of = (lambda one: ()) if view.group is None else group_of(view.group)
    key = view.sort.key()
    fitting = [
        one
        for one in board.incidents.values()
        if view.query.matches(one, facts) and (view.query.wants_snoozed or not board.is_snoozed(one.key))
    ]
    return [one.key for one in sorted(fitting, key=lambda one: (*of(one)[:1], *key(one)))]


TestViewsFollowTheBoard = ViewsFollowTheBoard.TestCase
TestViewsFollowTheBoard.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
