"""Finding out, after a lost answer, whether Ivanti already has what we sent; it knows no key of ours for that."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from vagt.adapters.ivanti import filters
from vagt.adapters.ivanti.client import INCIDENTS
from vagt.adapters.ivanti.context import Context
from vagt.adapters.ivanti.forms import meant
from vagt.adapters.ivanti.journal import Journal
from vagt.adapters.ivanti.mapping import readable, record_id
from vagt.adapters.ivanti.notes import Notes
from vagt.adapters.ivanti.quick import PREFIX
from vagt.adapters.ivanti.reading import Reader
from vagt.adapters.ivanti.registering import title_of
from vagt.adapters.ivanti.relations import RECORDS, gather
from vagt.adapters.lenient import moment_of, text_of
from vagt.adapters.protocol import Seen
from vagt.domain.commands import (
    Acknowledge,
    Announce,
    Assign,
    Command,
    Comment,
    Create,
    Escalate,
    Hold,
    LinkTo,
    MoveTo,
    Note,
)
from vagt.domain.incident import Incident, LinkKind
from vagt.domain.overlay import holds

_MARGIN = timedelta(seconds=2)
_SETTLE = 2.0
"""Seconds after the first try within which a request may still be on its way through Ivanti."""


def hold_words(hold: Hold, status: str) -> str:
    """The note of a hold: words that are no status, its end, and the note that was given."""
    reason = "" if hold.reason.strip().lower() == status.lower() else hold.reason.strip()
    until = f"Waits until {hold.until:%Y-%m-%d %H:%M} UTC." if hold.until else ""
    return "\n".join(part for part in (reason, dict(hold.fields).get("note", "").strip(), until) if part)


class Evidence:
    """Looks for traces of what we did."""

    def __init__(self, context: Context, reader: Reader, notes: Notes) -> None:
        self._context = context
        self._reader = reader
        self._notes = notes
        self._journal = Journal(context, notes)

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        """Whether an earlier try arrived; asks twice where Ivanti may still be busy with it."""
        command = replace(command, change=meant(command.change))
        answer = await self._once(command, first_tried)
        age = (self._context.connection.clock.now() - first_tried).total_seconds()
        if answer is Seen.NO and age < _SETTLE:
            await self._context.connection.clock.sleep(_SETTLE - max(age, 0.0))
            answer = await self._once(command, first_tried)
        return answer

    async def _once(self, command: Command, first_tried: datetime) -> Seen:
        change = command.change
        if isinstance(change, Create):
            return await self._created(change, first_tried, command.id)
        assert command.subject is not None, "only a new incident has no subject"
        id = command.subject.id
        if isinstance(change, Note | Comment):
            return await self._said(id, change.text, isinstance(change, Comment), first_tried, command.id)
        if isinstance(change, Announce):
            if self._context.options.journal == "note":
                return await self._said(id, change.text, True, first_tried, command.id)
            return _seen(await self._journal.mailed(id, change, first_tried, of=command.id))
        if isinstance(change, LinkTo) and change.kind in RECORDS:
            await gather(self._context, id)
        found = await self._reader.get([id])
        if not found:
            # Out of sight: an assignment can have moved it there.
            return Seen.UNKNOWN if isinstance(change, Assign) and change.team else Seen.NO
        return await self._changed(found[0], command, first_tried)

    async def _changed(self, incident: Incident, command: Command, first_tried: datetime) -> Seen:
        change = command.change
        me = (await self._context.me()).login
        match change:
            case MoveTo(transition=transition) if transition.startswith(PREFIX):
                moves = command.base is not None and command.base.native_state != change.native_to
                # An action can also do what nobody sees: then only a person can tell.
                return Seen.YES if moves and incident.native_state == change.native_to else Seen.UNKNOWN
            case MoveTo(native_to=to):
                return _seen(incident.native_state.lower() == to.lower())
            case Acknowledge():
                return _seen(incident.is_acknowledged and incident.assignee is not None)
            case Assign(team=team, to=to):
                # The team may have cost it its owner, or been written by another spelling.
                same = (team or "").lower() == (incident.team or "").lower()
                person = to is None or (to or "").lower() == (incident.assignee or "").lower()
                return _seen((team is None or same) and person)
            case LinkTo(other=other, other_ref=ref, kind=kind):
                wanted = (other, other.lstrip("#"), ref) if kind in RECORDS else (ref,)
                known = any(link.kind is kind and link.ref in wanted for link in incident.links)
                return _seen(known) if kind in (LinkKind.PARENT, *RECORDS) else Seen.YES if known else Seen.UNKNOWN
            case Hold() as hold:
                if not holds(incident, command, me):
                    return Seen.NO
                words = hold_words(hold, incident.native_state)
                return await self._said(incident.id, words, False, first_tried, command.id) if words else Seen.YES
            case Escalate(reason=reason, to=to):
                said = await self._said(incident.id, reason, False, first_tried, command.id)
                # the team is set and the reason written by two requests; whether an action ran nobody can tell
                acted = bool(self._context.options.escalate_action) and not to
                return Seen.UNKNOWN if acted and said is Seen.NO else said
            case _:
                return _seen(holds(incident, command, me))

    async def _said(self, id: str, text: str, public: bool, since: datetime, of: str) -> Seen:
        """A note with these words since then, by us; by an account that we do not know yet, nobody can say."""
        author = await self._notes.find(id, text, public=public, since=since, of=of)
        if not author:
            return Seen.NO
        await self._context.me()
        return Seen.YES if author.lower() in self._context.authors else Seen.UNKNOWN

    async def _created(self, change: Create, first_tried: datetime, of: str) -> Seen:
        """An incident with the same summary and description, made since; a confirmed one does not count."""
        earliest = self._earliest(first_tried)
        rows = await self._context.client.all_rows(
            INCIDENTS,
            where=filters.Compare("CreatedDateTime", "ge", filters.moment(earliest)),
            select=("RecId", "IncidentNumber", "Subject", "Symptom", "CreatedDateTime", "CreatedBy"),
            order="CreatedDateTime desc",
            most=1000,
        )
        wanted = title_of(change)
        described = " ".join((change.description.strip() or wanted).split())
        for row in rows:
            created = moment_of(text_of(row.get("CreatedDateTime")))
            if self._context.confirmed.get(record_id(row), of) != of or created is None or created < earliest:
                continue
            if text_of(row.get("Subject")) != wanted:
                continue
            if " ".join(readable(text_of(row.get("Symptom"))).split()) == described:
                return Seen.YES
        return Seen.NO

    def _earliest(self, ours: datetime) -> datetime:
        return self._context.server_time(ours).replace(microsecond=0) - _MARGIN


def _seen(told: bool) -> Seen:
    return Seen.YES if told else Seen.NO
