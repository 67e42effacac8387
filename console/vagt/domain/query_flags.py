"""The words after `is:` and `has:`, each with its test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from vagt.domain.columns import Columns, once, reading
from vagt.domain.incident import ClockState, Incident, LinkKind, State
from vagt.domain.query_check import NEVER, Check, Flip, Moments, Pick, Run, flip_at
from vagt.domain.query_facts import Facts
from vagt.domain.query_picks import false, fitting_now, given, moments, same, true
from vagt.domain.query_text import fold
from vagt.domain.sla import is_breached, next_clock, promises

STATE = reading("state")
_OPEN = reading("is_open")
_ACKNOWLEDGED = reading("is_acknowledged")
_ASSIGNEE = reading("assignee")
_ALWAYS_PAST = datetime.min.replace(tzinfo=UTC)


def _who(incident: Incident) -> tuple[str, str | None, tuple[str, ...]]:
    who: tuple[str, str | None, tuple[str, ...]] = once(incident.backend, incident.assignee, incident.also_assigned)
    return who


def _is_me(of: tuple[str, str | None, tuple[str, ...]], facts: Facts) -> bool:
    backend, assignee, also = of
    me = facts.me.get(backend)
    if not me:
        return False
    return assignee == me or me in also or (assignee is not None and fold(assignee) == fold(me))


def mine_check() -> Check:
    """I have it, alone or with others."""
    return Check(lambda incident, facts: _is_me(_who(incident), facts), cost=3, pick=fitting_now(_who, _is_me))


def touched(incident: Incident) -> datetime | None:
    """When something last happened to it."""
    return incident.updated_at or incident.created_at


def _in_state(state: State) -> Run:
    return lambda incident, facts: incident.state is state


def _forgotten(incident: Incident, facts: Facts) -> bool:
    if not incident.is_open or not incident.is_acknowledged:
        return False
    if incident.waiting_until is not None and incident.state is State.WAITING and incident.waiting_until > facts.now:
        return False
    last = touched(incident)
    return last is not None and (facts.now - last).total_seconds() >= facts.forgotten


def _idle_since(incident: Incident) -> datetime | None:
    """Since when nothing happened, where somebody works on it."""
    return touched(incident) if incident.is_open and incident.is_acknowledged else None


def _until(incident: Incident) -> datetime | None:
    return incident.waiting_until if incident.state is State.WAITING else None


def _pick_forgotten(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
    idle, until, now = columns.of(_idle_since), columns.of(_until), facts.now
    limit = now - timedelta(seconds=facts.forgotten)
    return [
        at
        for at in places
        if (since := idle[at]) is not None and since <= limit and ((end := until[at]) is None or end <= now)
    ]


def _forgotten_moments(
    columns: Columns, places: Sequence[int], facts: Facts, last: datetime
) -> list[tuple[datetime, int]]:
    span = timedelta(seconds=facts.forgotten)
    return moments(_idle_since, span)(columns, places, facts, last) + _until_moments(columns, places, facts, last)


def _pick_due(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
    until, now = columns.of(_until), facts.now
    return [at for at in places if (end := until[at]) is not None and end <= now]


_until_moments = moments(_until, timedelta())


def breaks(incident: Incident) -> datetime | None:
    """From when on a deadline has passed; None: none ever will."""
    if not incident.sla or not incident.is_open:
        return None
    if any(clock.state is ClockState.BREACHED for clock in promises(incident)):
        return _ALWAYS_PAST
    running = (clock.due_at for clock in promises(incident) if clock.state is ClockState.RUNNING)
    return min((due for due in running if due is not None), default=None)


def _pick_breached(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
    since_when, now = columns.of(breaks), facts.now
    return [at for at in places if (since := since_when[at]) is not None and since < now]


def _forgotten_flip(incident: Incident, facts: Facts) -> datetime | None:
    if not incident.is_open or not incident.is_acknowledged:
        return None
    last = touched(incident)
    moments = [last and flip_at(last, timedelta(seconds=facts.forgotten), facts), _until_flip(incident, facts)]
    return min((moment for moment in moments if moment is not None), default=None)


def _due(incident: Incident, facts: Facts) -> bool:
    until = incident.waiting_until
    return incident.state is State.WAITING and until is not None and until <= facts.now


def _until_flip(incident: Incident, facts: Facts) -> datetime | None:
    if incident.state is not State.WAITING or incident.waiting_until is None:
        return None
    return incident.waiting_until if incident.waiting_until >= facts.now else None


def _breached(incident: Incident, facts: Facts) -> bool:
    if not incident.sla or not incident.is_open:
        return False
    return any(is_breached(clock, facts.now) for clock in promises(incident))


def _breached_flip(incident: Incident, facts: Facts) -> datetime | None:
    if not incident.sla or not incident.is_open:
        return None
    running = [clock.due_at for clock in promises(incident) if clock.state is ClockState.RUNNING]
    return min((due for due in running if due is not None and due >= facts.now), default=None)


def _snoozed(incident: Incident, facts: Facts) -> bool:
    until = facts.snoozed_until(incident)
    return until is not None and until > facts.now


def _snoozed_flip(incident: Incident, facts: Facts) -> datetime | None:
    until = facts.snoozed_until(incident)
    return until if until is not None and until >= facts.now else None


def _open(
    run: Run, flip: Flip | None = None, cost: int = 1, *, pick: Pick | None = None, coming: Moments | None = None
) -> Check:
    return Check(run, flip, NEVER, cost, pick, coming)


_IS: dict[str, Check] = {
    "open": _open(lambda incident, facts: incident.is_open, pick=true(_OPEN)),
    "unacknowledged": _open(lambda incident, facts: not incident.is_acknowledged, cost=2, pick=false(_ACKNOWLEDGED)),
    "acknowledged": Check(lambda incident, facts: incident.is_acknowledged, cost=2, pick=true(_ACKNOWLEDGED)),
    "mine": mine_check(),
    "unassigned": Check(lambda incident, facts: incident.assignee is None, pick=same(_ASSIGNEE, None)),
    "major": Check(lambda incident, facts: incident.major, pick=true(reading("major"))),
    "new": _open(_in_state(State.NEW), pick=same(STATE, State.NEW)),
    "active": _open(_in_state(State.ACTIVE), pick=same(STATE, State.ACTIVE)),
    "waiting": _open(_in_state(State.WAITING), pick=same(STATE, State.WAITING)),
    "due": _open(_due, _until_flip, pick=_pick_due, coming=_until_moments),
    "resolved": Check(_in_state(State.RESOLVED), pick=same(STATE, State.RESOLVED)),
    "closed": Check(_in_state(State.CLOSED), pick=same(STATE, State.CLOSED)),
    "breached": _open(_breached, _breached_flip, cost=6, pick=_pick_breached, coming=moments(breaks, timedelta())),
    "forgotten": _open(_forgotten, _forgotten_flip, cost=5, pick=_pick_forgotten, coming=_forgotten_moments),
    "snoozed": Check(_snoozed, _snoozed_flip, cost=4),
    "pending": Check(lambda incident, facts: incident.key in facts.pending, cost=4),
    "unseen": Check(lambda incident, facts: incident.key in facts.unseen, cost=4),
    "stale": Check(lambda incident, facts: incident.backend in facts.stale),
}


def _linked(kind: LinkKind) -> Check:
    return Check(lambda incident, facts: any(link.kind is kind for link in incident.links), cost=4)


_HAS: dict[str, Check] = {
    "sla": _open(lambda incident, facts: next_clock(incident) is not None, cost=6, pick=given(next_clock)),
    "link": Check(lambda incident, facts: bool(incident.links), pick=true(reading("links"))),
    **{kind.value: _linked(kind) for kind in LinkKind},
    "team": Check(lambda incident, facts: bool(incident.team), pick=true(reading("team"))),
    "assignee": Check(lambda incident, facts: bool(incident.assignee), pick=true(reading("assignee"))),
    "service": Check(lambda incident, facts: bool(incident.service), pick=true(reading("service"))),
    "caller": Check(lambda incident, facts: bool(incident.caller), pick=true(reading("caller"))),
    "category": Check(lambda incident, facts: bool(incident.category), pick=true(reading("category"))),
    "priority": Check(lambda incident, facts: incident.priority is not None, pick=given(reading("priority"))),
    "description": Check(lambda incident, facts: bool(incident.description.strip())),
    "until": Check(lambda incident, facts: incident.waiting_until is not None),
}


def flag_check(field: str, value: str) -> Check:
    """The test of `is:value` or `has:value`."""
    return (_IS if field == "is" else _HAS)[value]
