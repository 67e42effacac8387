"""The words after `is:` and `has:`, each with its test."""

from __future__ import annotations

from datetime import datetime, timedelta

from vagt.domain.incident import ClockState, Incident, LinkKind, State
from vagt.domain.query_check import NEVER, Check, Flip, Run, flip_at
from vagt.domain.query_facts import Facts
from vagt.domain.query_text import fold
from vagt.domain.sla import is_breached, next_clock


def is_mine(incident: Incident, facts: Facts) -> bool:
    """I have it, alone or with others."""
    me = facts.me.get(incident.backend)
    if not me:
        return False
    if incident.assignee == me or me in incident.also_assigned:
        return True
    return incident.assignee is not None and fold(incident.assignee) == fold(me)


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
    return bool(incident.sla) and incident.is_open and any(is_breached(clock, facts.now) for clock in incident.sla)


def _breached_flip(incident: Incident, facts: Facts) -> datetime | None:
    if not incident.sla or not incident.is_open:
        return None
    running = [clock.due_at for clock in incident.sla if clock.state is ClockState.RUNNING]
    return min((due for due in running if due is not None and due >= facts.now), default=None)


def _snoozed(incident: Incident, facts: Facts) -> bool:
    until = facts.snoozed_until(incident)
    return until is not None and until > facts.now


def _snoozed_flip(incident: Incident, facts: Facts) -> datetime | None:
    until = facts.snoozed_until(incident)
    return until if until is not None and until >= facts.now else None


def _open(run: Run, flip: Flip | None = None, cost: int = 1) -> Check:
    return Check(run, flip, NEVER, cost)


_IS: dict[str, Check] = {
    "open": _open(lambda incident, facts: incident.is_open),
    "unacknowledged": _open(lambda incident, facts: not incident.is_acknowledged, cost=2),
    "acknowledged": Check(lambda incident, facts: incident.is_acknowledged, cost=2),
    "mine": Check(is_mine, cost=3),
    "unassigned": Check(lambda incident, facts: incident.assignee is None),
    "major": Check(lambda incident, facts: incident.major),
    "new": _open(_in_state(State.NEW)),
    "active": _open(_in_state(State.ACTIVE)),
    "waiting": _open(_in_state(State.WAITING)),
    "due": _open(_due, _until_flip),
    "resolved": Check(_in_state(State.RESOLVED)),
    "closed": Check(_in_state(State.CLOSED)),
    "breached": _open(_breached, _breached_flip, cost=6),
    "forgotten": _open(_forgotten, _forgotten_flip, cost=5),
    "snoozed": Check(_snoozed, _snoozed_flip, cost=4),
    "pending": Check(lambda incident, facts: incident.key in facts.pending, cost=4),
    "unseen": Check(lambda incident, facts: incident.key in facts.unseen, cost=4),
    "stale": Check(lambda incident, facts: incident.backend in facts.stale),
}


def _linked(kind: LinkKind) -> Check:
    return Check(lambda incident, facts: any(link.kind is kind for link in incident.links), cost=4)


_HAS: dict[str, Check] = {
    "sla": _open(lambda incident, facts: next_clock(incident) is not None, cost=6),
    "link": Check(lambda incident, facts: bool(incident.links)),
    **{kind.value: _linked(kind) for kind in LinkKind},
    "team": Check(lambda incident, facts: bool(incident.team)),
    "assignee": Check(lambda incident, facts: bool(incident.assignee)),
    "service": Check(lambda incident, facts: bool(incident.service)),
    "caller": Check(lambda incident, facts: bool(incident.caller)),
    "category": Check(lambda incident, facts: bool(incident.category)),
    "priority": Check(lambda incident, facts: incident.priority is not None),
    "description": Check(lambda incident, facts: bool(incident.description.strip())),
    "until": Check(lambda incident, facts: incident.waiting_until is not None),
}


def flag_check(field: str, value: str) -> Check:
    """The test of `is:value` or `has:value`."""
    return (_IS if field == "is" else _HAS)[value]
