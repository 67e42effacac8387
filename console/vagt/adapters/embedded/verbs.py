"""Every verb, carried out on one incident of the service desk."""

from __future__ import annotations

from dataclasses import replace

from vagt.adapters.embedded import assignment, progress
from vagt.adapters.embedded.checks import level, must_be_open, required
from vagt.adapters.embedded.desk import Doing, Outcome, ServiceDesk
from vagt.adapters.embedded.links import linked
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.rules import judged
from vagt.adapters.protocol import InvalidError
from vagt.domain import commands as c
from vagt.domain.priority import PRIORITIES
from vagt.domain.timeline import EntryKind


def carry_out(desk: ServiceDesk, row: Row, change: c.Change, doing: Doing) -> Outcome:
    """Do one thing to one incident, with its lines in the timeline.

    Raises InvalidError, TransitionError or NotFoundError in words.
    """
    match change:
        case c.Acknowledge():
            return assignment.acknowledge(desk, row, doing)
        case c.Take():
            return assignment.take(desk, row, doing)
        case c.Assign():
            return assignment.assign(desk, row, change, doing)
        case c.Escalate():
            return assignment.escalate(desk, row, change, doing)
        case c.SetPriority():
            return _judge(desk, row, change, doing)
        case c.Hold():
            return progress.hold(desk, row, change, doing)
        case c.Snooze():
            return progress.snooze(desk, row, change, doing)
        case c.Resolve():
            return progress.resolve(desk, row, change, doing)
        case c.Close():
            return progress.close(desk, row, doing)
        case c.Reopen(fields=fields):
            return progress.reopen(desk, row, dict(fields).get("text", ""), doing)
        case c.MoveTo():
            return progress.move(desk, row, change, doing)
        case c.Note(text=text):
            return desk.saved(row, doing, EntryKind.NOTE, required("text", text))
        case c.Comment(text=text):
            return desk.saved(row, doing, EntryKind.COMMENT, required("text", text), public=True)
        case c.SetMajor(on=on):
            return _major(desk, row, on, doing)
        case c.LinkTo():
            return linked(desk, row, change, doing)
        case c.Create():
            raise InvalidError("A new incident has no subject.")
        case c.Attach() | c.Notify() | c.Announce():
            raise InvalidError(f"This service desk has no “{change.verb.value}”.")


def _judge(desk: ServiceDesk, row: Row, change: c.SetPriority, doing: Doing) -> Outcome:
    """By impact and urgency; a bare priority becomes the most even pair that yields it."""
    must_be_open(row, "judged")
    impact, urgency = change.impact, change.urgency
    if impact is None and urgency is None:
        if change.priority is None:
            raise InvalidError("Impact or urgency is missing.", (("impact", "required"), ("urgency", "required")))
        impact, urgency = _pair(desk, change.priority)
    before = row.priority
    row = judged(
        desk.rules,
        row,
        level("impact", row.impact if impact is None else impact),
        level("urgency", row.urgency if urgency is None else urgency),
    )
    text = f"Priority {before} → {row.priority} (impact {row.impact}, urgency {row.urgency})"
    return desk.saved(row, doing, EntryKind.PRIORITY, text)


def _pair(desk: ServiceDesk, priority: int) -> tuple[int, int]:
    if priority not in PRIORITIES:
        raise InvalidError("A priority is 1 to 5.", (("priority", "1 to 5"),))
    impact, urgency = desk.rules.matrix.nearest(priority)
    if desk.rules.matrix.priority(impact, urgency) != priority:
        raise InvalidError(
            f"No impact and urgency give priority {priority} here.", (("priority", "not in the matrix"),)
        )
    return impact, urgency


def _major(desk: ServiceDesk, row: Row, on: bool, doing: Doing) -> Outcome:
    must_be_open(row, "declared")
    if row.major is on:
        return desk.unchanged(row, "already a major incident" if on else "not a major incident")
    text = "Declared a major incident" if on else "No longer a major incident"
    return desk.saved(replace(row, major=on), doing, EntryKind.ESCALATION, text)
