"""What happened to an incident: notes, e-mail, tasks, files, and what its own dates tell.

Notes have their words in `journal__notess`; `IncidentContainsJournal` has every kind of entry and
no words. How the body of an e-mail is called is not documented: any field that sounds like it is
taken, and where e-mail cannot be read its subject is shown from the journal. The audit trail is
read where the role shows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from vagt.adapters.ivanti import attachments, filters, relations
from vagt.adapters.ivanti.client import INCIDENTS
from vagt.adapters.ivanti.context import Context
from vagt.adapters.ivanti.mapping import note_text, readable, record_id
from vagt.adapters.ivanti.notes import Notes
from vagt.adapters.lenient import Row, moment_of, text_of
from vagt.adapters.protocol import AuthError, ForbiddenError, InvalidError, NotFoundError, ThrottledError
from vagt.domain.incident import State
from vagt.domain.timeline import EntryKind, TimelineEntry

_T = TypeVar("_T")
_EMAILS = "journal__emails"
_AUDIT = "AuditHistoryRelationship"
_BODIES = ("EmailBody", "Body", "MailBody", "MessageBody", "NotesBody", "Message", "DisplayText")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = {"Status": EntryKind.STATE, "Owner": EntryKind.ASSIGNMENT, "OwnerTeam": EntryKind.ASSIGNMENT}


async def read(context: Context, notes: Notes, id: str) -> tuple[TimelineEntry, ...]:
    """Everything, oldest first. Raises NotFoundError for an incident that is not there."""
    row = await context.client.record(INCIDENTS, id)
    context.learn([row])
    said, mails, files, tasks, audit = await asyncio.gather(
        notes.read(id),
        _mails(context, id),
        _allowed(context, "attachments", attachments.listed(context, id)),
        relations.gather(context, id),
        _audit(context, id),
    )
    entries = [
        *of_dates(row, context.names),
        *of_notes(said, context.names),
        *(of_mail(mail, context.names) for mail in mails),
        *(of_task(task, context.names) for task in tasks),
        *(
            TimelineEntry(
                file.at or _LONG_AGO, _named(file.by, context.names), EntryKind.UPDATE, False, f"[{file.name}]"
            )
            for file in files
        ),
        *of_audit(audit, context.names, context.options.state),
    ]
    return tuple(sorted(entries, key=lambda entry: entry.at))


async def _allowed(context: Context, what: str, asked: Awaitable[Sequence[_T]]) -> Sequence[_T]:
    """Nothing, where a role does not show it or a tenant does not have it."""
    try:
        return await asked
    except (AuthError, ThrottledError):
        raise
    except (ForbiddenError, InvalidError, NotFoundError) as error:
        context.settled[what] = f"{what} cannot be read: {error.words}"
        return ()


async def _mails(context: Context, id: str) -> Sequence[Row]:
    if _EMAILS not in context.settled:
        where = filters.eq("ParentLink_RecID", id)
        found = await _allowed(context, _EMAILS, context.client.all_rows(_EMAILS, where=where, most=100))
        if _EMAILS not in context.settled:
            return found
    journal = await _allowed(context, "journal", context.client.related(id, "IncidentContainsJournal"))
    return [row for row in journal if text_of(row.get("JournalType")).lower() == "email"]


async def _audit(context: Context, id: str) -> Sequence[Row]:
    if _AUDIT in context.settled:
        return ()
    return await _allowed(context, _AUDIT, context.client.related(id, _AUDIT))


def of_dates(row: Row, names: Mapping[str, str]) -> Iterator[TimelineEntry]:
    """What an incident's own fields tell."""
    told = (
        ("CreatedDateTime", "CreatedBy", EntryKind.OTHER, "registered", None),
        ("RespondedDateTime", "RespondedBy", EntryKind.STATE, "responded", State.ACTIVE),
        ("ResolvedDateTime", "ResolvedBy", EntryKind.STATE, "resolved", State.RESOLVED),
        ("ClosedDateTime", "ClosedBy", EntryKind.STATE, "closed", State.CLOSED),
    )
    for date, author, kind, words, became in told:
        at = moment_of(text_of(row.get(date)))
        if at is None:
            continue
        resolution = readable(text_of(row.get("Resolution"))) if words == "resolved" else ""
        text = f"{words}: {resolution}" if resolution else words
        yield TimelineEntry(at, _named(text_of(row.get(author)), names), kind, False, text, "", became)


def of_notes(rows: Sequence[Row], names: Mapping[str, str]) -> Iterator[TimelineEntry]:
    """Notes, each with its subject where that tells more than its words."""
    for row in rows:
        public = row.get("PublishToWeb") is True
        words = row.get("NotesBody")
        body = note_text(words) if isinstance(words, str) else ""
        subject = text_of(row.get("Subject"))
        text = f"{subject}\n{body}" if subject and subject not in body else body
        kind = EntryKind.COMMENT if public else EntryKind.NOTE
        at = moment_of(text_of(row.get("CreatedDateTime"))) or _LONG_AGO
        yield TimelineEntry(
            at, _named(text_of(row.get("CreatedBy")), names), kind, public, text or "(empty)", record_id(row)
        )


def of_mail(row: Row, names: Mapping[str, str]) -> TimelineEntry:
    """An e-mail as far as it can be read."""
    body = next((text for name in _BODIES if (text := text_of(row.get(name)))), "")
    if not body:
        body = next((text for name, value in row.items() if "body" in name.lower() and (text := text_of(value))), "")
    subject = text_of(row.get("Subject"))
    words = "\n".join(part for part in (f"E-mail: {subject}" if subject else "E-mail", readable(body)) if part)
    at = moment_of(text_of(row.get("CreatedDateTime"))) or _LONG_AGO
    return TimelineEntry(
        at, _named(text_of(row.get("CreatedBy")), names), EntryKind.COMMENT, True, words, record_id(row)
    )


def of_task(row: Row, names: Mapping[str, str]) -> TimelineEntry:
    """A task, at the moment of its registration."""
    at = moment_of(text_of(row.get("CreatedDateTime"))) or _LONG_AGO
    by = _named(text_of(row.get("CreatedBy")), names)
    return TimelineEntry(at, by, EntryKind.OTHER, False, f"Task: {relations.task_words(row)}", record_id(row))


def of_audit(
    rows: Sequence[Row], names: Mapping[str, str], meaning: Callable[[str], State | None] = lambda _: None
) -> Iterator[TimelineEntry]:
    """Changes of fields; how the trail's columns are called is not documented, so only the likely ones are read."""
    for row in rows:
        name = text_of(row.get("FieldName")) or text_of(row.get("Field"))
        at = moment_of(text_of(row.get("CreatedDateTime")))
        if not name or at is None:
            continue
        old, new = text_of(row.get("OldValue")), text_of(row.get("NewValue"))
        kind = _KINDS.get(name, EntryKind.PRIORITY if name == "Priority" else EntryKind.UPDATE)
        by = _named(text_of(row.get("CreatedBy")), names)
        became = meaning(new) if name == "Status" else State.NEW if name == "Owner" and not new else None
        words = f"{name}: {old or '–'} → {new or '–'}"
        yield TimelineEntry(at, by, kind, False, words, record_id(row), became)


def _named(login: str, names: Mapping[str, str]) -> str:
    return names.get(login.lower()) or login or "Ivanti"
