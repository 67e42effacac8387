"""What an incident looks like once a command is applied, and whether it already is so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from vagt.domain.commands import (
    Acknowledge,
    Assign,
    Change,
    Close,
    Command,
    Hold,
    LinkTo,
    MoveTo,
    Reopen,
    Resolve,
    SetMajor,
    SetPriority,
    Take,
)
from vagt.domain.incident import Incident, Link, State
from vagt.domain.priority import PriorityMatrix


def overlaid(incident: Incident, command: Command, me: str, matrix: PriorityMatrix | None = None) -> Incident:
    """The incident as it will be, so that the operator sees the action at once.

    `me` is the operator's login on that backend. Native names stay as they were: only the
    backend knows them. Commands that add (notes, comments) leave the incident as it is.
    """
    change = command.change
    match change:
        case Acknowledge():
            if incident.state not in (State.NEW, State.ACTIVE):
                return incident
            mine = incident.assignee is None
            return replace(
                incident,
                state=State.ACTIVE,
                acknowledged_at=incident.acknowledged_at or command.at,
                assignee=me if mine else incident.assignee,
                assignee_name=me if mine else incident.assignee_name,
            )
        case Take():
            return replace(incident, assignee=me, assignee_name=me)
        case Assign(team=team, to=to, to_name=name, team_name=team_name):
            if team is not None:
                incident = replace(incident, team=team_name or team, team_id=team)
            if to is not None:
                incident = replace(incident, assignee=to or None, assignee_name=name or to or None)
            return incident
        case SetPriority(priority=priority, impact=impact, urgency=urgency):
            return _prioritised(incident, priority, impact, urgency, matrix or PriorityMatrix())
        case Hold(reason=reason, until=until):
            return replace(incident, state=State.WAITING, waiting_reason=reason or None, waiting_until=until)
        case Resolve(text=text):
            return replace(incident, state=State.RESOLVED, resolution=text, resolved_at=command.at)
        case Close():
            return replace(incident, state=State.CLOSED, closed_at=command.at)
        case Reopen():
            return replace(incident, state=State.ACTIVE, resolved_at=None, closed_at=None)
        case MoveTo(to=to_state, native_to=native):
            return replace(incident, state=to_state, native_state=native)
        case SetMajor(on=on):
            return replace(incident, major=on)
        case LinkTo(other_ref=ref, kind=kind):
            link = Link(kind, ref)
            if any(known.kind is kind and known.ref == ref for known in incident.links):
                return incident
            return replace(incident, links=(*incident.links, link))
        case _:
            return incident


def _prioritised(
    incident: Incident, priority: int | None, impact: int | None, urgency: int | None, matrix: PriorityMatrix
) -> Incident:
    impact = incident.impact if impact is None else impact
    urgency = incident.urgency if urgency is None else urgency
    if priority is None:
        priority = matrix.priority(impact, urgency) if impact and urgency else incident.priority
    return replace(incident, priority=priority, impact=impact, urgency=urgency)


def holds(incident: Incident, command: Command, me: str) -> bool:
    """Whether the incident already is as the command wants it, so that doing it again would change nothing.

    Always False for what adds (notes, comments, new incidents): their traces are elsewhere.
    """
    match command.change:
        case Acknowledge():
            return incident.state is not State.NEW and incident.assignee is not None
        case Take():
            return incident.assignee == me
        case Assign(team=team, to=to):
            team_so = team is None or team in (incident.team, incident.team_id)
            person_so = to is None or (to or None) == incident.assignee
            return team_so and person_so
        case SetPriority(priority=priority, impact=impact, urgency=urgency):
            wanted = ((priority, incident.priority), (impact, incident.impact), (urgency, incident.urgency))
            return all(want is None or want == have for want, have in wanted)
        case Hold():
            return incident.state is State.WAITING
        case Resolve():
            return incident.state in (State.RESOLVED, State.CLOSED)
        case Close():
            return incident.state is State.CLOSED
        case Reopen():
            return incident.is_open
        case MoveTo(native_to=native):
            return incident.native_state == native
        case SetMajor(on=on):
            return incident.major is on
        case LinkTo(other_ref=ref, kind=kind):
            return any(link.kind is kind and link.ref == ref for link in incident.links)
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not what the operator saw."""

    field: str
    before: str
    now: str


_COMPARED = ("title", "state", "native_state", "priority", "impact", "urgency", "major", "team", "assignee")


def differences(before: Incident, now: Incident) -> tuple[Difference, ...]:
    """What changed in the fields that a decision rests on; empty where only words were added."""
    return tuple(
        Difference(name, _words(getattr(before, name)), _words(getattr(now, name)))
        for name in _COMPARED
        if getattr(before, name) != getattr(now, name)
    )


def _words(value: object) -> str:
    if value is None or value == "":
        return "nobody" if value == "" else "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def is_so(incident: Incident, change: Change, me: str, now: datetime) -> bool:
    """`holds`, of a change that nobody has asked for yet."""
    command = Command(
        id="", backend=incident.backend, subject=incident.key, ref=incident.ref, change=change, by="", at=now
    )
    return holds(incident, command, me)
