"""What happened to an incident: its journal, its field history where that may be read, and its dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from vagt.adapters.protocol import ForbiddenError, NotFoundError
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.diary import Diary
from vagt.adapters.servicenow.journal import Entry
from vagt.adapters.servicenow.mapping import state_of
from vagt.adapters.servicenow.wire import Row, is_sys_id, shown, time_of, value, words_of
from vagt.domain.incident import State
from vagt.domain.timeline import EntryKind, TimelineEntry

_AUDIT = ("sys_id", "documentkey", "fieldname", "oldvalue", "newvalue", "user", "sys_created_on")
_KINDS = {
    "state": EntryKind.STATE,
    "incident_state": EntryKind.STATE,
    "assigned_to": EntryKind.ASSIGNMENT,
    "assignment_group": EntryKind.ASSIGNMENT,
    "priority": EntryKind.PRIORITY,
    "impact": EntryKind.PRIORITY,
    "urgency": EntryKind.PRIORITY,
    "escalation": EntryKind.ESCALATION,
}
_SKIPPED = frozenset({"comments", "work_notes", "comments_and_work_notes", "incident_state", "sys_mod_count"})


async def timeline_of(context: Context, diary: Diary, id: str) -> tuple[TimelineEntry, ...]:
    """Everything that this account may see, oldest first. Raises NotFoundError."""
    fields = ("sys_id", "number", "opened_at", "sys_created_on", "opened_by", "resolved_at", "resolved_by", "closed_at")
    more = ("closed_by", "active", "state", "reopened_time", "reopened_by")
    row = await context.client.row("incident", id, (*fields, *more))
    journal = await diary.entries(id)
    audit = await _audit(context, id)
    people = await _names(context, audit)
    entries = [_dated(row, "opened_at", "opened_by", "opened", State.NEW)]
    if not audit:
        entries.append(_dated(row, "resolved_at", "resolved_by", "resolved", State.RESOLVED))
        if value(row, "active") == "false":
            entries.append(_dated(row, "closed_at", "closed_by", "closed", State.CLOSED))
        else:
            entries.append(_dated(row, "reopened_time", "reopened_by", "reopened", State.ACTIVE))
    found = [entry for entry in entries if entry is not None]
    found += [_words(entry, context.names) for entry in journal]
    found += [_change(context, line, people) for line in audit]
    return tuple(sorted(found, key=lambda entry: entry.at))


def _dated(row: Row, when: str, who: str, what: str, became: State) -> TimelineEntry | None:
    at = time_of(row, when) or (time_of(row, "sys_created_on") if what == "opened" else None)
    if at is None:
        return None
    return TimelineEntry(at, shown(row, who, limit=200) or "?", EntryKind.STATE, True, what, "", became)


def _words(entry: Entry, names: Mapping[str, str]) -> TimelineEntry:
    kind = EntryKind.COMMENT if entry.public else EntryKind.NOTE
    at = entry.at or datetime.fromtimestamp(0, UTC)
    return TimelineEntry(at, names.get(entry.by, entry.by) or "?", kind, entry.public, words_of(entry.text), entry.id)


async def _audit(context: Context, id: str) -> Sequence[Row]:
    """The field history, which mostly is for administrators; asked for once and then left alone."""
    if context.audit is False:
        return ()
    query = f"documentkey={id}^ORDERBYDESCsys_created_on^ORDERBYsys_id"
    try:
        page = await context.client.rows("sys_audit", query, _AUDIT, limit=200, count=False)
    except (ForbiddenError, NotFoundError):
        context.audit = False
        return ()
    context.audit = True
    return [
        row
        for row in page.rows
        if value(row, "documentkey") == id
        and value(row, "fieldname") not in _SKIPPED
        and time_of(row, "sys_created_on")
    ]


async def _names(context: Context, audit: Sequence[Row]) -> dict[str, str]:
    """Names of the people in assignments, which the history tells by sys_id."""
    ids = {
        held
        for row in audit
        if value(row, "fieldname") == "assigned_to"
        for held in (value(row, "oldvalue"), value(row, "newvalue"))
        if is_sys_id(held)
    }
    if not ids:
        return {}
    page = await context.client.rows(
        "sys_user", f"sys_idIN{','.join(sorted(ids)[:50])}^ORDERBYsys_id", ("sys_id", "name", "user_name"), limit=50
    )
    return {value(row, "sys_id"): value(row, "name") or value(row, "user_name") for row in page.rows}


def _change(context: Context, row: Row, people: Mapping[str, str]) -> TimelineEntry:
    field = value(row, "fieldname")
    at = time_of(row, "sys_created_on")
    assert at is not None, "rows without a time were left out"

    def words(stored: str) -> str:
        if field in ("state", "hold_reason", "priority", "impact", "urgency"):
            return dict(context.choices.known(field)).get(stored, stored)
        group = context.groups.get(stored)
        return people.get(stored) or (group.name if group else stored)

    new = value(row, "newvalue", limit=500)
    before, after = words(value(row, "oldvalue", limit=500)), words(new)
    text = f"{field.replace('_', ' ')}: {before or '–'} → {after or '–'}"
    by = value(row, "user")
    kind = _KINDS.get(field, EntryKind.UPDATE)
    became = state_of(new, after, None, context.options) if field == "state" and new else None
    if field == "assigned_to" and not new:
        became = State.NEW
    return TimelineEntry(at, context.names.get(by, by) or "?", kind, False, text, value(row, "sys_id"), became)
