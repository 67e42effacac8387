"""From Tidy Desk's records to Vagt's values and back: pure functions."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from vagt.adapters.protocol import ProtocolError
from vagt.domain.commands import Acknowledge, Assign, Change, Create, Hold, Reopen, Resolve, SetPriority, Take
from vagt.domain.incident import Incident, State
from vagt.domain.priority import PriorityMatrix
from vagt.domain.timeline import EntryKind, TimelineEntry
from vagt_tidydesk.client import Record

_STATES = {"new": State.NEW, "working": State.ACTIVE, "waiting": State.WAITING, "done": State.RESOLVED}
_KINDS = {kind.value: kind for kind in EntryKind}
_log = logging.getLogger(__name__)


def incident_of(ticket: Record, backend: str, url: str) -> Incident:
    """An incident. What is missing or unreadable is left out; without id or status it is no ticket."""
    try:
        id, status = str(ticket["id"]), str(ticket["status"])
    except KeyError as missing:
        raise ProtocolError(f"a ticket came without {missing}") from None
    return Incident(
        backend=backend,
        id=id,
        number=str(ticket.get("number") or id),
        title=str(ticket.get("title") or ""),
        description=str(ticket.get("description") or ""),
        state=_STATES.get(status, State.ACTIVE),
        native_state=status.capitalize(),
        priority=ticket["priority"] if ticket.get("priority") in (1, 2, 3, 4, 5) else None,
        team=ticket.get("team"),
        assignee=ticket.get("assignee"),
        assignee_name=ticket.get("assignee_name"),
        created_at=_moment(ticket, "created"),
        updated_at=_moment(ticket, "updated"),
        acknowledged_at=_moment(ticket, "begun"),
        resolved_at=_moment(ticket, "done"),
        waiting_reason=ticket.get("wait_reason"),
        waiting_until=_moment(ticket, "wait_until"),
        resolution=ticket.get("solution"),
        url=f"{url.rstrip('/')}/t/{id}",
        version=str(ticket.get("revision", "")) or None,
    )


def entry_of(entry: Record) -> TimelineEntry:
    """A line of the timeline. One that does not tell when is undated, and stands first."""
    at = _moment(entry, "at") or datetime.min.replace(tzinfo=UTC)
    kind = _KINDS.get(str(entry.get("kind")), EntryKind.OTHER)
    return TimelineEntry(
        at, str(entry.get("by") or ""), kind, entry.get("public") is True, str(entry.get("text") or "")
    )


def update_of(change: Change, me: str) -> dict[str, Any] | None:
    """What to send for a change of a ticket ("API reference", PATCH); None where Tidy Desk has no such thing."""
    match change:
        case Acknowledge():
            return {"claim": True}
        case Take():
            return {"assignee": me}
        case Assign(team=team, to=to):
            return ({} if team is None else {"team": team}) | ({} if to is None else {"assignee": to or None})
        case SetPriority(priority=int(priority)):
            return {"priority": priority}
        case Hold(reason=reason, until=until):
            return {"status": "waiting", "wait_reason": reason, "wait_until": until.isoformat() if until else None}
        case Resolve(text=text, code=code):
            return {"status": "done", "solution": text, "code": code}
        case Reopen():
            return {"status": "working", "reopen": True}
        case _:
            return None


def new_of(change: Create, matrix: PriorityMatrix) -> dict[str, Any]:
    """What to send for a new ticket; Tidy Desk knows a priority only, so impact and urgency become one."""
    priority = matrix.priority(change.impact, change.urgency) if change.impact and change.urgency else None
    told = {"title": change.title, "description": change.description, "team": change.team, "priority": priority}
    return {name: value for name, value in told.items() if value is not None}


def _moment(record: Record, name: str) -> datetime | None:
    if not record.get(name):
        return None
    try:
        return datetime.fromisoformat(str(record[name])).astimezone(UTC)
    except ValueError:
        _log.warning("%s of %s cannot be read", name, record.get("id"))
        return None
