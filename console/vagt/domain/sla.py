"""Which clock of an incident runs out next, and how much of its time is gone."""

from __future__ import annotations

from datetime import datetime

from vagt.domain.incident import ClockKind, ClockState, Incident, SlaClock

RESPONSE = "response"
"""The name of the clock that ends when somebody acknowledges."""
_COUNTING = frozenset({ClockState.RUNNING, ClockState.BREACHED})


def next_clock(incident: Incident) -> SlaClock | None:
    """The clock to show for an incident: of those that count, the one due first, breached or not.

    A response clock counts until somebody works on it: once that is so, its breach is history and
    must not hide the resolution clock. A paused clock is shown only where none counts; None where
    nothing counts any more.
    """
    if not incident.sla or not incident.is_open:
        return None
    found: SlaClock | None = None
    for clock in incident.sla:  # one pass, because every row is asked whenever a filter or a sort is by SLA
        if clock.due_at is None or clock.state is ClockState.MET or _is_history(clock, incident):
            continue
        if found is None or _goes_before(clock, found):
            found = clock
    return found


def promises(incident: Incident) -> tuple[SlaClock, ...]:
    """Its deadlines: the clocks whose end breaks a promise, without those that only say what comes next."""
    if all(clock.kind is ClockKind.SLA for clock in incident.sla):
        return incident.sla
    return tuple(clock for clock in incident.sla if clock.kind is ClockKind.SLA)


def _goes_before(clock: SlaClock, other: SlaClock) -> bool:
    paused, other_paused = clock.state is ClockState.PAUSED, other.state is ClockState.PAUSED
    return _due(clock) < _due(other) if paused is other_paused else other_paused


def _is_history(clock: SlaClock, incident: Incident) -> bool:
    return clock.name == RESPONSE and incident.is_acknowledged


def seconds_left(clock: SlaClock, now: datetime) -> float | None:
    """Seconds until it is due, negative once it has passed; None where it does not count down."""
    if clock.due_at is None or clock.state not in _COUNTING:
        return None
    return (clock.due_at - now).total_seconds()


def used_fraction(clock: SlaClock, now: datetime) -> float | None:
    """The part of the allowed time that is gone, 0 and up; None where its start is not known."""
    if clock.due_at is None or clock.started_at is None or clock.state not in _COUNTING:
        return None
    whole = (clock.due_at - clock.started_at).total_seconds()
    if whole <= 0:
        return 1.0
    return max(0.0, (now - clock.started_at).total_seconds() / whole)


def is_breached(clock: SlaClock, now: datetime) -> bool:
    """Past its time, whether or not the backend has said so yet."""
    left = seconds_left(clock, now)
    return clock.state is ClockState.BREACHED or (left is not None and left < 0)


def _due(clock: SlaClock) -> datetime:
    assert clock.due_at is not None
    return clock.due_at
