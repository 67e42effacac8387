"""A snooze that the backend itself keeps hides an incident just as the console's own does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from tests.bench.data import NOW, incident
from vagt.domain.clock import ManualClock
from vagt.domain.ordering import parse_sort
from vagt.domain.query import parse
from vagt.engine.board import Board

UNTIL = NOW + timedelta(minutes=30)


def test_it_is_out_of_sight_until_its_time_or_until_the_backend_wakes_it() -> None:
    clock = ManualClock(NOW)
    board = Board(clock)
    plain = incident(Random(1), 1)
    board.load([replace(plain, snoozed_until=UNTIL)])
    everything = board.open_view(parse(""), parse_sort("age"))
    asleep = board.open_view(parse("is:snoozed"), parse_sort("age"))
    assert (list(everything), list(asleep)) == ([], [plain.key])
    assert board.snoozed_until(plain.key) == UNTIL
    board.apply([plain])
    assert (list(everything), list(asleep)) == ([plain.key], [])
    board.apply([replace(plain, snoozed_until=UNTIL)])
    assert list(everything) == []
    clock.advance(1801)
    board.tick()
    assert (list(everything), list(asleep)) == ([plain.key], [])
