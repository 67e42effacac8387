"""What happened to an incident: its log, its notes, and the status updates that we sent ("List log entries").

Types of entries appear without notice; an unknown one shows its summary. A note's words stand whole
in the notes and perhaps cut in the log, so that the log's own lines about notes are left out where
the notes can be read.
"""

from __future__ import annotations

from datetime import UTC, datetime

from vagt.adapters.lenient import Row, moment_of, text_of
from vagt.adapters.pagerduty.announcing import holds_words, is_update, words_in
from vagt.adapters.pagerduty.context import Context, Sent
from vagt.adapters.pagerduty.wire import held, id_of, name_of
from vagt.adapters.protocol import ForbiddenError, NotFoundError
from vagt.domain.incident import State
from vagt.domain.timeline import EntryKind, TimelineEntry

KINDS = {
    "trigger": EntryKind.STATE,
    "acknowledge": EntryKind.STATE,
    "acknowledgement": EntryKind.STATE,
    "unacknowledge": EntryKind.STATE,
    "resolve": EntryKind.STATE,
    "reopen": EntryKind.STATE,
    "snooze": EntryKind.STATE,
    "reach_ack_limit": EntryKind.STATE,
    "annotate": EntryKind.NOTE,
    "assign": EntryKind.ASSIGNMENT,
    "delegate": EntryKind.ASSIGNMENT,
    "escalate": EntryKind.ESCALATION,
    "exhaust_escalation_path": EntryKind.ESCALATION,
    "repeat_escalation_path": EntryKind.ESCALATION,
    "reach_trigger_limit": EntryKind.ESCALATION,
    "responder_request": EntryKind.ESCALATION,
    "urgency_change": EntryKind.PRIORITY,
    "priority_change": EntryKind.PRIORITY,
    "field_value_change": EntryKind.UPDATE,
    "custom_field_value_change": EntryKind.UPDATE,
}
_STATES = {
    "trigger": State.NEW,
    "acknowledge": State.ACTIVE,
    "acknowledgement": State.ACTIVE,
    "unacknowledge": State.NEW,
    "resolve": State.RESOLVED,
    "reopen": State.NEW,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def timeline_of(context: Context, id: str) -> tuple[TimelineEntry, ...]:
    """Everything that this account may see, oldest first. Raises NotFoundError."""
    entries = _oldest_first(await context.client.log(id))
    try:
        notes: list[Row] | None = await context.client.notes(id)
    except (ForbiddenError, NotFoundError):
        notes = None
    found = [_entry(entry) for entry in entries if notes is None or not _is_note(entry)]
    found += [_note(note) for note in notes or ()]
    found += [_sent(one, context) for one in context.sent.get(id, ()) if not _is_shown(one, entries)]
    return tuple(sorted(found, key=lambda entry: entry.at))


def _oldest_first(entries: list[Row]) -> list[Row]:
    """In the order in which it happened, also within a second: the log comes newest first unless it is seen not to."""
    times = [text_of(entry.get("created_at")) for entry in entries]
    return entries if times and times[0] < times[-1] else entries[::-1]


def _is_note(entry: Row) -> bool:
    return text_of(entry.get("type")).startswith("annotate")


def _is_shown(one: Sent, entries: list[Row]) -> bool:
    return any(holds_words(entry, one.text) for entry in entries)


def _entry(entry: Row) -> TimelineEntry:
    type_ = text_of(entry.get("type")).removesuffix("_log_entry")
    at = moment_of(text_of(entry.get("created_at"))) or _EPOCH
    by = name_of(held(entry, "agent")) or "PagerDuty"
    summary = text_of(entry.get("summary")) or type_ or "?"
    if is_update(entry):
        words = next((text for text in words_in(entry) if text != summary), summary)
        return TimelineEntry(at, by, EntryKind.COMMENT, True, words, id_of(entry))
    channel, note = held(entry, "channel"), text_of(entry.get("note"))
    text = summary
    if type_ == "annotate":
        text = text_of(channel.get("summary")) or summary
    elif type_ in ("resolve", "escalate", "responder_request") or note:
        said = note or text_of(held(entry, "event_details").get("description"))
        text = f"{summary}\n{said}" if said and said not in summary else summary
    return TimelineEntry(at, by, KINDS.get(type_, EntryKind.OTHER), False, text, id_of(entry), _STATES.get(type_))


def _note(note: Row) -> TimelineEntry:
    content = note.get("content")
    return TimelineEntry(
        moment_of(text_of(note.get("created_at"))) or _EPOCH,
        name_of(held(note, "user")) or "?",
        EntryKind.NOTE,
        False,
        content if isinstance(content, str) else text_of(content),
        id_of(note),
    )


def _sent(one: Sent, context: Context) -> TimelineEntry:
    return TimelineEntry(one.at, context.my_name, EntryKind.COMMENT, True, one.text, one.id)
