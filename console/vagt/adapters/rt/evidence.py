"""Finding out, after a lost answer, whether RT already has what we sent ("RT REST2", section 6.1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from vagt.adapters.protocol import ForbiddenError, NotFoundError, Seen
from vagt.adapters.rt.context import Context
from vagt.adapters.rt.messages import body_text
from vagt.adapters.rt.options import quoted
from vagt.adapters.rt.reading import Reader
from vagt.adapters.rt.wire import Row, clean, cut_bytes, number_of, reference, text_of, ticket_id, time_of
from vagt.domain.commands import (
    Assign,
    Close,
    Command,
    Comment,
    Create,
    Hold,
    LinkTo,
    MoveTo,
    Note,
    Reopen,
    Resolve,
)
from vagt.domain.incident import Incident, LinkKind
from vagt.domain.overlay import holds

SUBJECT_BYTES = 200
_MARGIN = timedelta(seconds=1.5)
"""RT tells whole seconds, and its clock is known to half a second."""
_SETTLE = 2.0
"""Seconds after the first try within which a request may still be on its way through RT."""


def words_for_hold(change: Hold) -> str:
    """The comment of a hold; its end stands in it, since RT has no field for that."""
    until = f"Until {change.until:%Y-%m-%d %H:%M} UTC." if change.until else ""
    return "\n".join(part for part in (change.reason.strip(), until) if part)


def message_of(command: Command) -> str:
    """The words that a command leaves on the ticket; empty for one that leaves none."""
    match command.change:
        case Note(text=text) | Comment(text=text) | Resolve(text=text):
            return text
        case Hold() as hold:
            return words_for_hold(hold)
        case MoveTo(fields=fields) | Close(fields=fields) | Reopen(fields=fields):
            given = dict(fields)
            return given.get("reply") or given.get("comment", "")
        case _:
            return ""


def sendable(text: str) -> str:
    """A message as we send it: RT takes "0" for no content at all."""
    cleaned = clean(text)
    return cleaned + "\n" if cleaned.strip() == "0" else cleaned


class Evidence:
    """Looks for traces of what we did."""

    def __init__(self, context: Context, reader: Reader) -> None:
        self._context = context
        self._reader = reader

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        """Whether an earlier try arrived; asks twice about words where RT may still be busy with them."""
        answer = await self._once(command, first_tried)
        age = (self._context.connection.clock.now() - first_tried).total_seconds()
        adds = isinstance(command.change, Create) or bool(message_of(command).strip())
        if answer is Seen.NO and adds and age < _SETTLE:
            await self._context.connection.clock.sleep(_SETTLE - max(age, 0.0))
            answer = await self._once(command, first_tried)
        return answer

    async def _once(self, command: Command, first_tried: datetime) -> Seen:
        change = command.change
        if isinstance(change, Create):
            return await self._created(change, first_tried)
        assert command.subject is not None, "only a new ticket has no subject"
        id = command.subject.id
        if isinstance(change, Note | Comment):
            way = "Comment" if isinstance(change, Note) else "Correspond"
            return await self.said(id, change.text, first_tried, (way,))
        found = await self._reader.get([id], describe=False)
        if not found:
            return await self._of_vanished(id, command)
        if not self._is_so(found[0], command, (await self._context.me()).login):
            return Seen.NO
        text = message_of(command)
        return await self.said(id, text, first_tried, ("Comment", "Correspond")) if text.strip() else Seen.YES

    def _is_so(self, incident: Incident, command: Command, me: str) -> bool:
        match command.change:
            case MoveTo(native_to=to):
                return incident.native_state.lower() == to.lower()
            case LinkTo(other=other, kind=kind):
                wanted = (f"{incident.backend}:{other.lstrip('#')}", other)
                return any(link.kind is kind and link.ref in wanted for link in incident.links)
            case _:
                return holds(incident, command, me)

    async def _of_vanished(self, id: str, command: Command) -> Seen:
        """A ticket that no query finds: merged as wanted, moved where we do not see it, or simply gone."""
        change = command.change
        try:
            row = await self._reader.ticket(id)
        except NotFoundError:
            return Seen.UNKNOWN if isinstance(change, Assign) and change.team else Seen.NO
        match change:
            case LinkTo(other=other, kind=LinkKind.DUPLICATE) if ticket_id(row) == other.lstrip("#"):
                return Seen.YES
            case _:
                return Seen.NO

    async def said(self, id: str, text: str, since: datetime, types: Iterable[str]) -> Seen:
        """Whether we wrote `text` to the ticket since then (our clock), other than in a confirmed message."""
        me = await self._context.me()
        earliest = self._earliest(since)
        where: list[dict[str, object]] = [{"field": "Creator", "value": me.id}]
        where += [{"field": "Type", "value": type_} for type_ in types]
        rows = await self._context.client.history(id, where, newest=True, pages=1)
        recent = [number for row in rows if (number := self._recent(row, earliest)) is not None]
        if recent:
            wanted = sendable(text).strip()
            parts: dict[int, list[Row]] = {}
            for part in await self._context.client.bodies(id, since=min(recent)):
                parts.setdefault(number_of(part.get("TransactionId")) or 0, []).append(part)
            if any(body_text(parts.get(number, [])).strip() == wanted for number in recent):
                return Seen.YES
            return Seen.NO
        return await self._hidden(id, me.login, earliest)

    def _recent(self, row: Row, earliest: datetime) -> int | None:
        number, created = number_of(row.get("id")), time_of(row.get("Created"))
        if number is None or created is None or created < earliest or f"t{number}" in self._context.confirmed:
            return None
        return number

    async def _hidden(self, id: str, me: str, earliest: datetime) -> Seen:
        """Without the right to read comments our own are invisible too; the ticket still tells who touched it last."""
        try:
            row = await self._reader.ticket(id)
        except NotFoundError:
            return Seen.UNKNOWN
        updated = time_of(row.get("LastUpdated"))
        if reference(row.get("LastUpdatedBy")) != me or updated is None or updated < earliest:
            return Seen.NO
        rows = await self._context.client.history(id, newest=True, pages=1)
        mine = [
            r for r in rows if reference(r.get("Creator")) == me and (time_of(r.get("Created")) or earliest) >= earliest
        ]
        return Seen.NO if mine else Seen.UNKNOWN

    async def _created(self, change: Create, first_tried: datetime) -> Seen:
        """A ticket of ours with the same subject and text, made since; one that RT confirmed to us does not count.

        RT has no idempotency key, and a mark would stand in everybody's subject line.
        """
        me = await self._context.me()
        earliest = self._earliest(first_tried)
        page = await self._context.client.tickets(
            f"Creator = {quoted(me.login)}",
            fields=(("fields", "Subject,Created"),),
            order=(("id", "DESC"),),
            rows=50,
        )
        wanted = subject_of(change.title)
        for row in page.rows:
            id, created = ticket_id(row), time_of(row.get("Created"))
            if not id or id in self._context.confirmed or created is None or created < earliest:
                continue
            if text_of(row.get("Subject")).strip() != wanted:
                continue
            try:
                parts = await self._context.client.bodies(id)
            except ForbiddenError:
                return Seen.UNKNOWN
            first = min((n for part in parts if (n := number_of(part.get("TransactionId"))) is not None), default=0)
            body = body_text([part for part in parts if number_of(part.get("TransactionId")) == first])
            if body.strip() == sendable(change.description).strip():
                return Seen.YES
        return Seen.NO

    def _earliest(self, ours: datetime) -> datetime:
        return self._context.server_time(ours).replace(microsecond=0) - _MARGIN


def subject_of(title: str) -> str:
    """A title as RT keeps it: one line, at most 200 bytes."""
    return cut_bytes(" ".join(clean(title).split()), SUBJECT_BYTES).strip()
