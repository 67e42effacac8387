"""Clocks that the config gives: laid over what is shown, never over what is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.bench.data import NOW
from tests.unit.engine.test_board import A, B
from vagt.domain.clock import ManualClock
from vagt.domain.incident import ClockKind, ClockState, Incident, SlaClock, State
from vagt.domain.ordering import parse_sort
from vagt.domain.query import parse
from vagt.domain.sla import next_clock
from vagt.engine.board import Board
from vagt.engine.clocks import Clocks, bare
from vagt.engine.events import IncidentsChanged


class Given:
    """A giver of one clock, so many minutes from now."""

    def __init__(self, minutes: float, kind: ClockKind = ClockKind.ESCALATION) -> None:
        self.minutes = minutes
        self.kind = kind

    def __call__(self, incident: Incident) -> tuple[SlaClock, ...]:
        due = NOW + timedelta(minutes=self.minutes)
        return (SlaClock("step 2", due, ClockState.RUNNING, NOW, self.kind),)


def rig() -> tuple[Board, Clocks, list[IncidentsChanged]]:
    board = Board(ManualClock(NOW))
    told: list[IncidentsChanged] = []
    return board, Clocks(board, told.append), told


async def test_what_runs_out_next_is_shown_whoever_gives_it() -> None:
    board, clocks, told = rig()
    theirs = SlaClock("response", NOW + timedelta(minutes=15), ClockState.RUNNING, NOW)
    board.apply([replace(A, sla=(theirs,)), B])
    clocks.add(Given(10))
    await clocks.all_changed()
    assert {key for event in told for key in event.keys} == {A.key, B.key}
    first = board.get(A.key)
    assert first is not None
    shown = next_clock(first)
    assert shown is not None
    assert (shown.name, shown.kind) == ("step 2", ClockKind.ESCALATION)
    assert board.theirs(A.key) == replace(A, sla=(theirs,)), "the truth stays the backend's"
    kept = bare(first)
    assert kept is not None
    assert kept.sla == (theirs,)


def test_the_order_next_to_breach_knows_them() -> None:
    board, clocks, _ = rig()
    clocks.add(lambda incident: Given(5 if incident.id == B.id else 30)(incident))
    board.apply([A, B])
    view = board.open_view(parse("is:open has:sla"), parse_sort("sla"))
    assert [key.id for key in view] == [B.id, A.id]


def test_another_answer_of_a_giver_is_told_only_where_it_looks_different() -> None:
    board, clocks, told = rig()
    giver = Given(10)
    clocks.add(giver)
    board.apply([A])
    clocks.changed([A.key])
    assert told == [IncidentsChanged(frozenset())]
    giver.minutes = 20
    clocks.changed([A.key])
    assert told[-1].keys == {A.key}


def test_what_is_over_has_no_clock_laid_over_it() -> None:
    board, clocks, _ = rig()
    clocks.add(Given(10))
    board.apply([replace(A, state=State.RESOLVED)])
    found = board.get(A.key)
    assert found is not None
    assert found.sla == ()


def test_an_escalation_that_is_overdue_is_no_broken_promise() -> None:
    board, clocks, _ = rig()
    clocks.add(Given(-10))
    board.apply([A])
    found = board.get(A.key)
    assert found is not None
    assert not parse("is:breached").matches(found, board.facts())
    clocks.add(Given(-10, ClockKind.SLA))
    clocks.changed([A.key])
    found = board.get(A.key)
    assert found is not None
    assert parse("is:breached").matches(found, board.facts())
