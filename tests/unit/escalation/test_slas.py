"""Deadlines of the config, where the backend gives none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

from tests.unit.escalation.scene import at, incident
from vagt.config.response import SlaSettings
from vagt.domain.incident import ClockState, SlaClock, State
from vagt.domain.sla import next_clock
from vagt.domain.working_time import working_time
from vagt.escalation.slas import OwnDeadlines, Paused

HOUR = 3600.0
TARGETS = SlaSettings(
    response=(900.0, 1800.0, 4 * HOUR, 8 * HOUR, 48 * HOUR),
    resolution=(4 * HOUR, 8 * HOUR, 48 * HOUR, 120 * HOUR, 240 * HOUR),
)
ALWAYS = OwnDeadlines(TARGETS, lambda: None)


def test_each_priority_has_its_own_deadlines_from_when_it_came() -> None:
    response, resolution = ALWAYS.clocks(incident())
    assert (response.name, response.due_at, response.state) == ("response", at(15), ClockState.RUNNING)
    assert (resolution.name, resolution.due_at) == ("resolution", at(240))
    assert ALWAYS.clocks(incident(priority=3))[0].due_at == at(240)


def test_an_acknowledgement_in_time_meets_the_response_and_the_resolution_runs_on() -> None:
    acknowledged = incident(State.ACTIVE, acknowledged=10)
    clocks = ALWAYS.clocks(acknowledged)
    assert clocks[0].state is ClockState.MET
    shown = next_clock(replace(acknowledged, sla=clocks))
    assert shown is not None
    assert shown.name == "resolution"
    assert ALWAYS.clocks(incident(State.ACTIVE, acknowledged=16))[0].state is ClockState.BREACHED


def test_where_the_backend_gives_deadlines_the_config_gives_none() -> None:
    theirs = SlaClock("response", at(5), ClockState.RUNNING)
    assert ALWAYS.clocks(replace(incident(), sla=(theirs,))) == ()


def test_an_incident_without_priority_or_that_is_over_has_none() -> None:
    assert ALWAYS.clocks(incident(priority=None)) == ()
    assert ALWAYS.clocks(incident(State.RESOLVED, acknowledged=1)) == ()


def test_waiting_stops_the_resolution_and_what_was_waited_is_added() -> None:
    own = OwnDeadlines(TARGETS, lambda: None, lambda _: Paused(seconds=HOUR))
    running = own.clocks(incident(State.ACTIVE, acknowledged=1))[1]
    assert running.due_at == at(300)
    waiting = own.clocks(incident(State.WAITING, acknowledged=1))[1]
    assert waiting.state is ClockState.PAUSED


def test_office_hours_count_and_nights_do_not() -> None:
    office = working_time(["Mon-Fri 08:00-16:00"], UTC)
    own = OwnDeadlines(TARGETS, lambda: office)
    response, resolution = own.clocks(incident(created=200))
    assert response.due_at == at(215)
    # 15:20 on a Wednesday: 40 minutes are left today, and 200 come tomorrow
    assert resolution.due_at == at(20 * 60) + timedelta(minutes=200)


def test_it_warns_at_parts_of_the_time_that_counts() -> None:
    office = working_time(["Mon-Fri 08:00-16:00"], UTC)
    own = OwnDeadlines(TARGETS, lambda: office)
    one = incident(created=200)
    resolution = own.clocks(one)[1]
    half, most, breach = own.warnings(one, resolution)
    assert half == at(20 * 60) + timedelta(minutes=80)
    assert most == at(20 * 60) + timedelta(minutes=152)
    assert breach == resolution.due_at


def test_a_clock_of_the_backend_warns_at_parts_of_its_own_time() -> None:
    theirs = SlaClock("resolution", at(100), ClockState.RUNNING, at(0))
    assert ALWAYS.warnings(replace(incident(), sla=(theirs,)), theirs) == (at(50), at(80), at(100))
