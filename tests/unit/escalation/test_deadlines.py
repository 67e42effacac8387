"""Deadlines of the config on an engine: laid over the board, stopped while it waits, and heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, World, incident, opened, settings_for
from tests.unit.escalation.test_ical import calendar
from vagt.config.response import CalendarSettings, SlaSettings
from vagt.config.settings import Settings
from vagt.domain.clock import ManualClock
from vagt.domain.incident import ClockState, Key, SlaClock, State
from vagt.domain.sla import next_clock
from vagt.escalation.chimes import Chimes
from vagt.escalation.desk import Escalation
from vagt.escalation.slas import OwnDeadlines

HOUR = 3600.0
ONE = Key("desk", "1")
TARGETS = SlaSettings(response=(900.0,) * 5, resolution=(4 * HOUR,) * 5)


def settings(**changes: object) -> Settings:
    return replace(settings_for(), slas=TARGETS, **changes)  # type: ignore[arg-type]


@pytest.fixture
def world() -> World:
    made = World(ManualClock(START))
    made.put(replace(incident("1"), priority=2, created_at=START, updated_at=START, state=State.NEW, sla=()))
    return made


async def test_the_row_has_the_configs_clock_and_time_that_waited_does_not_count(tmp_path: Path, world: World) -> None:
    async with opened(tmp_path, world, settings=settings()) as bench:
        desk = Escalation(bench.engine)
        await desk.open()
        desk.start()
        await bench.until(lambda: bool((found := bench.engine.board.get(ONE)) and found.sla), 60)
        shown = bench.engine.board.get(ONE)
        assert shown is not None
        clock = next_clock(shown)
        assert clock is not None
        assert (clock.name, clock.due_at) == ("response", START + timedelta(minutes=15))

        await bench.pass_time(600 - (world.clock.now() - START).total_seconds(), 5)
        world.put(replace(world.incidents["1"], state=State.WAITING, updated_at=world.clock.now(), version="2"))
        await bench.until(lambda: (one := bench.engine.board.get(ONE)) is not None and one.state is State.WAITING)
        await bench.pass_time(4, 1)
        waiting = bench.engine.board.get(ONE)
        assert waiting is not None
        assert waiting.sla[1].state is ClockState.PAUSED
        await bench.pass_time(3600, 20)
        world.put(replace(world.incidents["1"], state=State.ACTIVE, updated_at=world.clock.now(), version="3"))
        await bench.until(lambda: (one := bench.engine.board.get(ONE)) is not None and one.state is State.ACTIVE)
        await bench.pass_time(4, 1)
        again = bench.engine.board.get(ONE)
        assert again is not None and again.sla[1].due_at is not None
        late = (again.sla[1].due_at - START).total_seconds() - 4 * HOUR
        assert late == pytest.approx(3600, abs=60)
        assert bench.engine.board.theirs(ONE) == world.incidents["1"], "nothing of it is the backend's"
        await desk.stop()


async def test_holidays_from_a_file_move_the_deadline(tmp_path: Path, world: World) -> None:
    day = START.date()
    (tmp_path / "off.ics").write_text(calendar(f"UID:1\nSUMMARY:off\nDTSTART;VALUE=DATE:{day:%Y%m%d}"))
    hours = CalendarSettings(
        name="open", timezone="UTC", hours=("Mon-Sun 00:00-24:00",), holidays=("off.ics", date(2020, 1, 1))
    )
    config = settings(calendars=(hours,), path=tmp_path / "config.toml")
    config = replace(config, slas=replace(TARGETS, calendar="open"))
    async with opened(tmp_path / "data", world, settings=config) as bench:
        desk = Escalation(bench.engine)
        await desk.open()
        assert await desk.deadlines.read()
        clock = desk.with_clocks(world.incidents["1"]).sla[0]
        assert clock.due_at is not None
        assert clock.due_at.date() == day + timedelta(days=1)
        await desk.stop()


def test_the_bell_rings_at_each_part_of_the_time_and_at_the_breach_once() -> None:
    own = OwnDeadlines(TARGETS, lambda: None)
    one = replace(incident("1"), priority=2, created_at=START, state=State.NEW, sla=())
    one = replace(one, sla=own.clocks(one))
    chimes = Chimes(own.warnings, lambda _: True)
    chimes.look([one])
    chimes.look([one])
    rung = [seconds for seconds in range(0, 1200, 10) if chimes.due(START + timedelta(seconds=seconds))]
    assert rung == [450, 720, 900]


def test_a_bell_that_should_have_rung_while_the_console_was_closed_does_not_ring_late() -> None:
    clock = SlaClock("resolution", START + timedelta(minutes=10), ClockState.RUNNING, START)
    one = replace(incident("1"), sla=(clock,), state=State.ACTIVE)
    chimes = Chimes(OwnDeadlines(TARGETS, lambda: None).warnings, lambda _: True)
    chimes.look([one])
    assert chimes.due(START + timedelta(minutes=9, seconds=50)) == frozenset()
    assert chimes.due(START + timedelta(minutes=10, seconds=5)) == {one.key}


def test_others_incidents_do_not_ring() -> None:
    clock = SlaClock("resolution", START + timedelta(minutes=10), ClockState.RUNNING, START)
    one = replace(incident("1"), sla=(clock,), state=State.ACTIVE)
    chimes = Chimes(OwnDeadlines(TARGETS, lambda: None).warnings, lambda _: False)
    chimes.look([one])
    assert chimes.due(START + timedelta(minutes=10, seconds=5)) == frozenset()
