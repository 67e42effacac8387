"""Domain values in the shape that scripts read: keys may be added, never renamed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from vagt.adapters.protocol import Attachment
from vagt.domain import moments
from vagt.domain.directory import OnCall
from vagt.domain.incident import Incident
from vagt.domain.marked import kind_of
from vagt.domain.sla import promises
from vagt.domain.timeline import TimelineEntry
from vagt.engine.intent import Intent, Stage

SCHEMA = 1


def document(noun: str, payload: Any, errors: list[tuple[str, str]], **more: Any) -> dict[str, Any]:
    """One answer: schema, the payload under its noun, and what went wrong with which backend."""
    problems = [{"backend": backend, "message": message} for backend, message in errors]
    return {"schema": SCHEMA, noun: payload, **more, "errors": problems}


def incident(subject: Incident, pending: int) -> dict[str, Any]:
    """An incident; `pending` counts the operator's actions that its backend has not confirmed."""
    return {
        "ref": subject.ref,
        "backend": subject.backend,
        "id": subject.id,
        "number": subject.number,
        "title": subject.title,
        "description": subject.description,
        "state": subject.state.value,
        "native_state": subject.native_state,
        "priority": subject.priority,
        "impact": subject.impact,
        "urgency": subject.urgency,
        "major": subject.major,
        "team": subject.team,
        "assignee": subject.assignee,
        "assignee_name": subject.assignee_name,
        "caller": subject.caller,
        "service": subject.service,
        "category": subject.category,
        "created_at": moment(subject.created_at),
        "updated_at": moment(subject.updated_at),
        "acknowledged_at": moment(subject.acknowledged_at),
        "resolved_at": moment(subject.resolved_at),
        "closed_at": moment(subject.closed_at),
        "sla": [
            {"name": clock.name, "due_at": moment(clock.due_at), "state": clock.state.value}
            for clock in promises(subject)
        ],
        "links": [
            {"kind": link.kind.value, "ref": link.ref, "title": link.title, "url": link.url} for link in subject.links
        ],
        "url": subject.url,
        "pending": pending,
        "updated_by": subject.updated_by,
        "waiting_reason": subject.waiting_reason,
        "waiting_until": moment(subject.waiting_until),
        "snoozed_until": moment(subject.snoozed_until),
        "resolution": subject.resolution,
        "version": subject.version,
        "extra": [{"label": label, "value": value} for label, value in subject.extra],
    }


def entry(told: TimelineEntry) -> dict[str, Any]:
    """One entry of a timeline."""
    return {
        "at": moment(told.at),
        "by": told.by,
        "kind": kind_of(told).value,
        "public": told.public,
        "text": told.text,
        "id": told.id,
    }


def file(found: Attachment) -> dict[str, Any]:
    """A file that hangs on an incident."""
    return {"id": found.id, "name": found.name, "size": found.size, "by": found.by, "at": moment(found.at)}


def duty(found: OnCall, backend: str) -> dict[str, Any]:
    """Who is on call."""
    return {
        "rota": found.rota,
        "team": found.team,
        "who": found.who,
        "from": moment(found.start),
        "until": moment(found.until),
        "source": found.source or backend,
        "who_name": found.who_name,
        "level": found.level,
        "contact": found.contact,
        "backend": backend,
    }


def action(intent: Intent) -> dict[str, Any]:
    """An entry of the outbox."""
    command = intent.command
    return {
        "id": command.id,
        "ref": command.ref,
        "backend": command.backend,
        "action": command.verb.value,
        "status": status(intent.stage),
        "stage": intent.stage.value,
        "reason": intent.reason,
        "attempts": intent.attempts,
        "channel": command.channel or None,
        "passed_to": intent.passed_to or None,
        "by": command.by,
        "at": moment(command.at),
        "next_try": moment(intent.not_before) if intent.stage.is_pending else None,
    }


def result(ref: str, word: str, message: str, **more: Any) -> dict[str, Any]:
    """What became of one action."""
    return {"ref": ref, "status": word, "message": message, **more}


def status(stage: Stage) -> str:
    """The stage in the four words that scripts know."""
    if stage is Stage.DONE:
        return "done"
    if stage.is_pending:
        return "queued"
    return "conflict" if stage is Stage.CONFLICT else "refused"


def moment(value: datetime | None) -> str | None:
    """UTC, RFC 3339, to the second."""
    return None if value is None else moments.rfc3339(value)
