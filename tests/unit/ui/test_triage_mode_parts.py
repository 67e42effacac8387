"""The way through what nobody has, and what enter would do: without a screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.engine.fakes import START, incident
from vagt.domain.clock import ManualClock
from vagt.domain.commands import (
    Acknowledge,
    Assign,
    Change,
    Comment,
    LinkTo,
    Note,
    Resolve,
    SetPriority,
    Snooze,
    Take,
)
from vagt.domain.incident import Incident, LinkKind, State
from vagt.domain.ordering import DEFAULT_SORT
from vagt.domain.priority import PriorityMatrix
from vagt.engine.board import Board
from vagt.learning.judged import Judged
from vagt.learning.suggest import Suggestion
from vagt.ui.screens.triagemode.offer import Can, Chosen, Offer, deed_words, offer
from vagt.ui.screens.triagemode.walk import QUERY, Fate, Walk, settled_words, settles

ALL = Can(levels=True, team=True)
MATRIX = PriorityMatrix()


def new(id: str, **changes: object) -> Incident:
    return incident(id, **{"state": State.NEW, "assignee": None, "acknowledged_at": None, **changes})


def walked(*incidents: Incident) -> tuple[Board, Walk]:
    board = Board(ManualClock(START))
    board.know("desk", "anna", ())
    board.load(incidents)
    walk = Walk(board, board.open_view(QUERY, DEFAULT_SORT))
    walk.go_on()
    return board, walk


def suggested(**values: str) -> tuple[Suggestion, ...]:
    return tuple(Suggestion(Judged(name), value, 9, 9) for name, value in values.items())


def offered(one: Incident, can: Can = ALL, corrections: dict[Judged, Chosen] | None = None, **values: str) -> Offer:
    return offer(one, suggested(**values), corrections or {}, can, MATRIX)


def test_the_worst_comes_first_and_what_somebody_has_never() -> None:
    _, walk = walked(
        new("low", priority=4),
        new("top", priority=1),
        new("his", priority=1, assignee="bo"),
        new("held", priority=1, state=State.WAITING),
        new("over", priority=1, state=State.RESOLVED),
        new("mine", priority=2, assignee="anna"),
        new("seen", priority=3, state=State.ACTIVE),
    )
    met = []
    while walk.current is not None:
        met.append(walk.current.id)
        walk.go_on(Fate.SKIPPED)
    assert met == ["top", "mine", "seen", "low"]


def test_the_count_goes_from_one_to_all() -> None:
    _, walk = walked(*(new(str(number), priority=3) for number in range(4)))
    counts = []
    while walk.current is not None:
        counts.append((walk.number, walk.total))
        walk.go_on(Fate.SKIPPED)
    assert counts == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (walk.total, walk.left) == (4, 0)


def test_one_that_a_colleague_takes_before_its_turn_is_passed_over_and_met_again_when_released() -> None:
    one, two = new("1", priority=1), new("2", priority=2)
    board, walk = walked(one, two)
    event = board.apply([replace(two, assignee="bo")])
    assert walk.changed(event.keys) == (two.key,)
    assert walk.changed(event.keys) == ()
    assert (walk.number, walk.total, walk.count(Fate.PASSED)) == (2, 2, 1)
    event = board.apply([two])
    walk.changed(event.keys)
    walk.released(event.keys)
    assert walk.count(Fate.PASSED) == 0
    assert walk.go_on(Fate.SKIPPED) == two.key


def test_the_one_on_the_screen_stays_whatever_happens_to_it() -> None:
    one, two = new("1", priority=1), new("2", priority=2)
    board, walk = walked(one, two)
    walk.changed(board.apply([replace(one, assignee="bo")]).keys)
    assert walk.current == one.key
    assert walk.is_settled()
    assert walk.count(Fate.PASSED) == 0
    walk.changed(board.apply([], gone=[one.key]).keys)
    assert walk.current == one.key


def test_back_returns_to_the_last_one_but_not_to_one_that_was_never_shown() -> None:
    one, two, three = (new(str(n), priority=n) for n in (1, 2, 3))
    board, walk = walked(one, two, three)
    walk.go_on(Fate.SKIPPED)
    walk.changed(board.apply([replace(three, assignee="bo")]).keys)
    assert walk.go_back()
    assert walk.current == one.key
    assert not walk.go_back()


def test_skipped_ones_are_met_again_and_decided_ones_not() -> None:
    _, walk = walked(*(new(str(n), priority=n) for n in (1, 2, 3)))
    walk.go_on(Fate.SKIPPED)
    walk.go_on(Fate.ACCEPTED)
    walk.go_on(Fate.SKIPPED)
    assert walk.meet_again() == 2
    assert walk.go_on() is not None
    assert walk.current is not None
    assert walk.current.id == "1"


@pytest.mark.parametrize(
    ("change", "does"),
    [
        (Acknowledge(), True),
        (Take(), True),
        (Assign(team="Network"), True),
        (Assign(to="bo"), True),
        (Assign(to=""), False),
        (Resolve("Done."), True),
        (Snooze(START + timedelta(hours=1)), True),
        (LinkTo("2", "desk:2", LinkKind.DUPLICATE), True),
        (LinkTo("2", "desk:2", LinkKind.RELATED), False),
        (SetPriority(priority=1), False),
        (Note("hm"), False),
        (Comment("hm"), False),
    ],
)
def test_what_settles_an_incident(change: Change, does: bool) -> None:
    assert settles(change) is does


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (None, "is no longer shown by its backend"),
        (new("1", state=State.CLOSED), "is closed already"),
        (new("1", assignee="bo", assignee_name="Bo Friis"), "was taken by Bo Friis"),
        (new("1", assignee="anna"), "is yours already"),
        (new("1", state=State.WAITING), "was put on hold"),
    ],
)
def test_why_it_needs_nobody_any_more(now: Incident | None, words: str) -> None:
    assert settled_words(now, "anna", snoozed=False) == words


def test_only_what_differs_is_sent() -> None:
    one = new("1", impact=2, urgency=2, team="NOC")
    made = offered(one, impact="2", urgency="1", team="NOC")
    assert made.changes() == (SetPriority(impact=2, urgency=1),)
    assert deed_words(made, 3) == "urgency 1 high, so P2 instead of P3"
    assert offered(one, impact="2", urgency="2", team="NOC").changes() == ()
    assert offered(one).changes() == ()


def test_service_and_category_are_told_and_never_sent() -> None:
    made = offered(new("1", impact=3, urgency=3, service="Mail"), service="Shop", category="Access")
    assert [(row.field, row.settable) for row in made.rows[-2:]] == [(Judged.SERVICE, False), (Judged.CATEGORY, False)]
    assert made.changes() == ()
    assert not any(row.field is Judged.SERVICE for row in offered(new("1", service="Shop"), service="Shop").rows)


def test_a_level_without_the_other_is_not_sent_until_that_is_known() -> None:
    one = new("1", impact=None, urgency=None, priority=None, team=None)
    made = offered(one, impact="2", team="NOC")
    assert made.lacking == "the urgency is not known yet"
    assert made.changes() == (Assign(team="NOC"),)
    made = offered(one, corrections={Judged.URGENCY: Chosen("3")}, impact="2")
    assert made.changes() == (SetPriority(impact=2, urgency=3),)
    assert deed_words(made, None) == "impact 2 medium, urgency 3 low, so P4"


def test_where_only_the_priority_can_be_set_it_is_the_priority_that_is_suggested() -> None:
    one = new("1", impact=None, urgency=None, priority=4)
    made = offered(one, Can(priority=True), priority="2", impact="1", team="NOC")
    assert [row.field for row in made.rows] == [Judged.PRIORITY]
    assert made.changes() == (SetPriority(priority=2),)
    assert deed_words(made, 4) == "priority P2 high"


def test_what_the_account_cannot_set_is_not_offered() -> None:
    assert offered(new("1", impact=3, urgency=3), Can(), impact="1", team="NOC").rows == ()


def test_the_operators_word_wins_and_a_teams_own_id_is_what_is_sent() -> None:
    one = new("1", impact=3, urgency=3, team="NOC")
    corrections = {Judged.TEAM: Chosen("Network", "t-17"), Judged.IMPACT: Chosen(None)}
    made = offered(one, corrections=corrections, impact="1", team="Database")
    assert made.changes() == (Assign(team="t-17", team_name="Network"),)
