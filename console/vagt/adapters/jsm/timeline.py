"""What happened to an incident: its comments and its history ("Comments", "Changelogs").

Cloud pages the history, oldest first; Data Center tells it with the issue, newest first. Values are
in the words of that time. Comments are not in it. Outside of service projects no comment is known to
be read by outsiders.
"""

from __future__ import annotations

from vagt.adapters.jsm.context import Context
from vagt.adapters.jsm.mapping import state_named
from vagt.adapters.jsm.options import JsmOptions
from vagt.adapters.jsm.saying import Said, Speaker
from vagt.adapters.jsm.wire import Row, id_of, moment, part, parts, text
from vagt.domain.incident import State
from vagt.domain.timeline import EntryKind, TimelineEntry

_KINDS = {
    "status": EntryKind.STATE,
    "resolution": EntryKind.STATE,
    "assignee": EntryKind.ASSIGNMENT,
    "priority": EntryKind.PRIORITY,
}
_SILENT = frozenset({"rank", "link", "attachment", "comment", "workflow", "sprint"})
_LONGEST = 200
_PAGES = 10


async def timeline_of(context: Context, speaker: Speaker, id: str) -> tuple[TimelineEntry, ...]:
    """Everything that this account may see, oldest first. Raises NotFoundError."""
    fields = await context.fields()
    asked = ("created", "creator", "reporter", "project", *((fields.request_type,) if fields.request_type else ()))
    row = await context.client.issue(id, asked)
    found = [_opened(row, fields.request_type), *(_words(said) for said in await speaker.entries_told(row))]
    special = {fields.impact: EntryKind.PRIORITY, fields.urgency: EntryKind.PRIORITY, fields.team: EntryKind.ASSIGNMENT}
    for change in await history(context, id):
        found += _changes(change, special, context.options)
    return tuple(sorted((entry for entry in found if entry is not None), key=lambda entry: entry.at))


def _opened(row: Row, request_type: str) -> TimelineEntry | None:
    """Whoever made a request knows of it; an issue that an agent made has nobody outside."""
    held = part(row, "fields")
    public = bool(request_type and part(held, request_type))
    at = moment(held, "created", "an issue")
    who = part(held, "creator") or part(held, "reporter")
    by = text(who, "displayName", 200) or "?"
    return TimelineEntry(at, by, EntryKind.STATE, public, "opened", "", State.NEW) if at else None


def _words(said: Said) -> TimelineEntry | None:
    if said.at is None:
        return None
    # what may be public for all we know is shown as a comment, but not claimed to be read by anybody
    kind = EntryKind.NOTE if said.public is False else EntryKind.COMMENT
    if said.public is False and said.text.startswith("Escalated to "):
        kind = EntryKind.ESCALATION
    return TimelineEntry(said.at, said.by_name or "?", kind, said.public is True, said.text, said.id)


async def history(context: Context, id: str) -> list[Row]:
    """The changes of fields, in any order."""
    if await context.client.is_cloud():
        return await context.client.pages(f"/issue/{id}/changelog", ("values",), most=_PAGES)
    told = await context.client.get(f"/issue/{id}", [("fields", "created"), ("expand", "changelog")])
    return parts(part(told, "changelog"), "histories")


def _changes(change: Row, special: dict[str, EntryKind], options: JsmOptions) -> list[TimelineEntry | None]:
    at = moment(change, "created", "a change")
    by = text(part(change, "author"), "displayName", 200) or "?"
    if at is None:
        return []
    found: list[TimelineEntry | None] = []
    for number, item in enumerate(parts(change, "items")):
        field = text(item, "field", 200)
        low = field.lower()
        if not field or low in _SILENT:
            continue
        before, after = (_short(item, name) for name in ("fromString", "toString"))
        kind = _KINDS.get(low) or special.get(text(item, "fieldId", 100)) or EntryKind.UPDATE
        words = f"{field}: {before or '–'} → {after or '–'}"
        became = _became(low, item, options)
        found.append(TimelineEntry(at, by, kind, False, words, f"{id_of(change)}.{number}", became))
    return found


def _became(field: str, item: Row, options: JsmOptions) -> State | None:
    """A resolution is what Jira knows an issue to be over by, whatever its status is called."""
    after = text(item, "toString", 200)
    match field:
        case "resolution":
            return State.RESOLVED if after else State.ACTIVE
        case "status":
            return state_named(after, text(item, "to", 40), options)
        case "assignee":
            return None if after or text(item, "to", 200) else State.NEW
        case _:
            return None


def _short(item: Row, name: str) -> str:
    told = " ".join(text(item, name).split())
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"
