"""Whose it is: acknowledging, taking, assigning and escalating."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from vagt.adapters.embedded.checks import must_be_open, required, team_called, unknown
from vagt.adapters.embedded.desk import Doing, Outcome, ServiceDesk
from vagt.adapters.embedded.organisation import LEVELS, Organisation, Team
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.rules import moved
from vagt.adapters.protocol import InvalidError
from vagt.domain.commands import Assign, Escalate
from vagt.domain.incident import State
from vagt.domain.timeline import EntryKind


def acknowledge(desk: ServiceDesk, row: Row, doing: Doing) -> Outcome:
    """Work on it has begun; it is mine where nobody has it. Never takes it from another, never ends a hold."""
    must_be_open(row, "acknowledged")
    mine = row.assignee is None
    if row.state is State.WAITING or (row.state is State.ACTIVE and not mine):
        return desk.unchanged(row, f"already acknowledged, {desk.name_of(row.assignee)} has it")
    if mine:
        row = replace(row, assignee=doing.by)
    native = row.native if row.state is State.ACTIVE else ""
    return desk.saved(moved(row, State.ACTIVE, doing.at, native), doing, EntryKind.STATE, "Acknowledged")


def take(desk: ServiceDesk, row: Row, doing: Doing) -> Outcome:
    """It is mine now, whoever had it, and whatever team it is with."""
    must_be_open(row, "taken")
    if row.assignee == doing.by:
        return desk.unchanged(row, "already yours")
    text = f"Taken over from {desk.name_of(row.assignee)}" if row.assignee else "Taken"
    return desk.saved(replace(row, assignee=doing.by), doing, EntryKind.ASSIGNMENT, text)


def assign(desk: ServiceDesk, row: Row, change: Assign, doing: Doing) -> Outcome:
    """To a team, to a person of that team, or back to nobody."""
    must_be_open(row, "assigned")
    if change.team is None and change.to is None:
        raise InvalidError("Neither a team nor a person is named.", (("team", "required"), ("to", "required")))
    message = ""
    if change.team is not None:
        team = team_called(desk.organisation, change.team) if change.team else None
        name = team.name if team else None
        if team and row.assignee and change.to is None and not _belongs(row.assignee, team):
            message = f"{desk.name_of(row.assignee)} is not in {team.name}: nobody has it now"
            row = replace(row, assignee=None)
        row = replace(row, team=name, level=row.level if row.team == name else 0)
    if change.to is not None:
        login = _person(desk, change.to, desk.organisation.team(row.team or "")) if change.to else None
        if login and row.team is None:
            own = desk.organisation.teams_of(login)
            row = replace(row, team=own[0] if own else None)
        row = replace(row, assignee=login)
    parts = [row.team or "no team"] if change.team is not None else []
    if change.to is not None:
        parts.append(desk.name_of(row.assignee))
    outcome = desk.saved(row, doing, EntryKind.ASSIGNMENT, f"Assigned to {', '.join(parts)}")
    return replace(outcome, message=message)


def escalate(desk: ServiceDesk, row: Row, change: Escalate, doing: Doing) -> Outcome:
    """To the next level of its team's on-call, to a level named, or to another team or a person."""
    must_be_open(row, "escalated")
    reason = required("reason", change.reason)
    team = desk.organisation.team(row.team or "")
    if change.to:
        row, where = _to_target(desk, row, change.to, change.level, doing.at)
    else:
        if team is None:
            raise InvalidError("It has no team yet: escalate it to a team.", (("to", "required"),))
        level = row.level + 1 if change.level is None else change.level
        if level not in LEVELS:
            words = "A level is 1 to 3" if change.level is not None else "It stands at the highest level already"
            raise InvalidError(f"{words}: escalate it to another team or a person.", (("level", "1 to 3"),))
        row = replace(row, assignee=_on_call(desk.organisation, team, level, doing.at), level=level)
        where = f"level {level} of {team.name}"
    who = desk.name_of(row.assignee)
    text = f"Escalated to {where}{'' if where == who else f' ({who})'}: {reason}"
    outcome = desk.saved(row, doing, EntryKind.ESCALATION, text)
    return replace(outcome, message=f"{who} has it now" if row.assignee else "nobody is on call there")


def _to_target(desk: ServiceDesk, row: Row, target: str, level: int | None, at: datetime) -> tuple[Row, str]:
    organisation = desk.organisation
    team = organisation.team(target)
    if team is not None:
        level = level or 1
        return replace(row, team=team.name, level=level, assignee=_on_call(organisation, team, level, at)), team.name
    person = organisation.person(target)
    if person is None:
        raise unknown("to", target, [*(t.name for t in organisation.teams), *(p.login for p in organisation.people)])
    present = organisation.team(row.team or "")
    if present is None or not _belongs(person.login, present):
        own = organisation.teams_of(person.login)
        row = replace(row, team=own[0] if own else row.team)
    return replace(row, assignee=person.login, level=level or row.level), person.name


def _person(desk: ServiceDesk, text: str, team: Team | None) -> str:
    person = desk.organisation.person(text)
    if person is None:
        raise unknown("to", text, [known.login for known in desk.organisation.people])
    if team is not None and not _belongs(person.login, team):
        who = ", ".join(desk.name_of(login) for login in team.members[:8]) or "nobody"
        raise InvalidError(
            f"{person.name} is not in {team.name} (its members: {who}); assign it to another team first.",
            (("to", f"not in {team.name}"),),
        )
    return person.login


def _belongs(login: str, team: Team) -> bool:
    return login in team.members or login == team.lead


def _on_call(organisation: Organisation, team: Team, level: int, at: datetime) -> str | None:
    return next((duty.who for duty in organisation.on_call(at, team, "") if duty.level == level), None)
