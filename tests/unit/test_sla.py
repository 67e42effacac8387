"""Which clock of an incident is the one to watch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vagt.domain.incident import ClockState, Incident, SlaClock, State
from vagt.domain.sla import is_breached, next_clock, seconds_left, used_fraction

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def clock(name: str, minutes: float, state: ClockState = ClockState.RUNNING) -> SlaClock:
    return SlaClock(name, NOW + timedelta(minutes=minutes), state, NOW - timedelta(minutes=30))


def incident(*clocks: SlaClock, state: State = State.NEW) -> Incident:
    return Incident(backend="b", id="1", number="1", title="t", state=state, native_state="n", sla=clocks)


def test_a_breached_response_is_shown_while_nobody_works_on_it() -> None:
    response = clock("response", -5, ClockState.BREACHED)
    assert next_clock(incident(clock("resolution", 240), response)) == response


def test_a_breached_response_is_history_once_somebody_works_on_it() -> None:
    resolution = clock("resolution", 240)
    shown = next_clock(incident(clock("response", -5, ClockState.BREACHED), resolution, state=State.ACTIVE))
    assert shown == resolution


def test_a_paused_clock_is_shown_only_where_none_counts() -> None:
    paused, running = clock("resolution", 5, ClockState.PAUSED), clock("vendor", 90)
    assert next_clock(incident(paused, running, state=State.WAITING)) == running
    assert next_clock(incident(paused, state=State.WAITING)) == paused


def test_nothing_counts_on_a_resolved_incident() -> None:
    assert next_clock(incident(clock("resolution", 5), state=State.RESOLVED)) is None


def test_time_left_and_time_used() -> None:
    running = clock("resolution", 30)
    assert seconds_left(running, NOW) == 1800
    assert used_fraction(running, NOW) == 0.5
    assert not is_breached(running, NOW)
    assert is_breached(running, NOW + timedelta(minutes=31))
    assert seconds_left(clock("resolution", 30, ClockState.PAUSED), NOW) is None
