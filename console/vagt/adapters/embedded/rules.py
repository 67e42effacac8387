"""What holds at this service desk: clocks, states and what each needs. Pure functions on rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vagt.adapters.embedded.record import Row
from vagt.domain.incident import ClockState, SlaClock, State
from vagt.domain.priority import PriorityMatrix

NATIVE = {
    State.NEW: "New",
    State.ACTIVE: "In progress",
    State.WAITING: "On hold",
    State.RESOLVED: "Resolved",
    State.CLOSED: "Closed",
}
OBSERVING = "Observing"
"""An active state of our own: the fix is in, somebody keeps an eye on it."""
CANCELLED = "Cancelled"
DUPLICATE = "Duplicate"
_TICK = timedelta(microseconds=1)
"""A clock is breached just after its time, not at it."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Seconds to acknowledge and to resolve, for the priorities 1 to 5."""

    response: tuple[float, float, float, float, float] = (900, 1800, 14400, 28800, 172800)
    resolution: tuple[float, float, float, float, float] = (14400, 28800, 172800, 432000, 864000)


@dataclass(frozen=True, slots=True)
class DeskRules:
    """The fixed rules of one desk."""

    matrix: PriorityMatrix
    targets: Targets


def opened(
    desk: DeskRules,
    *,
    at: datetime,
    by: str,
    title: str,
    impact: int,
    urgency: int,
    description: str = "",
    team: str | None = None,
    service: str | None = None,
    category: str | None = None,
    caller: str | None = None,
    source: str = "",
) -> Row:
    """A new incident with its clocks started."""
    row = Row(
        title=title,
        description=description,
        state=State.NEW,
        native=NATIVE[State.NEW],
        impact=impact,
        urgency=urgency,
        priority=desk.matrix.priority(impact, urgency),
        team=team,
        caller=caller,
        service=service,
        category=category,
        source=source,
        created_at=at,
        updated_at=at,
        updated_by=by,
        response_due=at,
        resolution_due=at,
        clock_start=at,
    )
    return _timed(desk, row)


def _timed(desk: DeskRules, row: Row) -> Row:
    """Both deadlines as the present priority sets them; a response that was given keeps its deadline."""
    response = desk.targets.response[row.priority - 1]
    resolution = desk.targets.resolution[row.priority - 1]
    if row.acknowledged_at is None:
        row = replace(row, response_due=row.created_at + timedelta(seconds=response))
    return replace(row, resolution_due=row.clock_start + timedelta(seconds=resolution))


def judged(desk: DeskRules, row: Row, impact: int, urgency: int) -> Row:
    """With another impact and urgency: the priority follows, and the deadlines with it."""
    priority = desk.matrix.priority(impact, urgency)
    return _timed(desk, replace(row, impact=impact, urgency=urgency, priority=priority))


def moved(row: Row, to: State, at: datetime, native: str = "") -> Row:
    """In another state, with everything that follows from it: moments noted, clocks stopped or going on."""
    native = native or NATIVE[to]
    if to is not State.NEW and row.acknowledged_at is None:
        row = replace(row, acknowledged_at=at)
    if to is not State.WAITING:
        row = replace(row, waiting_reason=None, waiting_until=None)
    if to in (State.NEW, State.ACTIVE):
        row = replace(_going_on(row, at), resolved_at=None, closed_at=None, resolution=None, code=None)
    elif row.paused_at is None:
        row = replace(row, paused_at=at)
    if to is State.RESOLVED:
        row = replace(row, resolved_at=at, closed_at=None, snoozed_until=None)
    if to is State.CLOSED:
        row = replace(row, resolved_at=row.resolved_at or at, closed_at=at, snoozed_until=None)
    return replace(row, state=to, native=native)


def _going_on(row: Row, at: datetime) -> Row:
    """The resolution clock runs again, moved on by as long as it stood."""
    if row.paused_at is None:
        return row
    stood = at - row.paused_at
    return replace(row, paused_at=None, clock_start=row.clock_start + stood, resolution_due=row.resolution_due + stood)


def clocks(row: Row, now: datetime) -> tuple[SlaClock, SlaClock]:
    """The response and the resolution clock as they stand at `now`."""
    responded = row.acknowledged_at
    if (responded or now) > row.response_due:
        response = ClockState.BREACHED
    else:
        response = ClockState.MET if responded else ClockState.RUNNING
    until = row.paused_at or now
    if until > row.resolution_due:
        resolution = ClockState.BREACHED
    elif not row.state.is_open:
        resolution = ClockState.MET
    else:
        resolution = ClockState.PAUSED if row.paused_at else ClockState.RUNNING
    return (
        SlaClock("response", row.response_due, response, row.created_at),
        SlaClock("resolution", row.resolution_due, resolution, row.clock_start),
    )


def next_wake(row: Row, after: datetime) -> datetime | None:
    """The next moment at which something happens to it by itself: waiting is over, a clock runs out.

    A hold or a snooze that is over but not ended yet is due at once; a clock tells only once.
    """
    if not row.state.is_open:
        return None
    moments = [row.snoozed_until, row.waiting_until if row.state is State.WAITING else None]
    past_due = [row.response_due if row.acknowledged_at is None else None]
    past_due.append(row.resolution_due if row.paused_at is None else None)
    moments += [due + _TICK for due in past_due if due is not None and due + _TICK > after]
    return min((moment for moment in moments if moment is not None), default=None)


def is_over(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now
