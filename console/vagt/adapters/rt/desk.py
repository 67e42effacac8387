"""Changing one ticket safely: look, compare, write, and look again, since RT answers 200 to what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from vagt.adapters.protocol import (
    AdapterError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)
from vagt.adapters.rt.client import Stale, failed, refusal
from vagt.adapters.rt.context import Context, Me
from vagt.adapters.rt.mapping import fingerprint, updated_in, version_of
from vagt.adapters.rt.reading import Reader
from vagt.adapters.rt.timeline import NOBODY_ID
from vagt.adapters.rt.wire import NOBODY, Row, reference, rows_of, text_of, ticket_id, time_of
from vagt.domain.commands import Acknowledge, Assign, Command, SetMajor, SetPriority, Take

_MAIL = frozenset({"EmailRecord", "CommentEmailRecord"})
_BY_ITSELF = frozenset({"Due", "Starts", "Started", "Told"})
"""Dates that RT's own service levels move when somebody does something."""
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Fresh:
    """A ticket as RT has it now."""

    row: Row
    etag: str
    version: str

    @property
    def id(self) -> str:
        return ticket_id(self.row)

    @property
    def status(self) -> str:
        return text_of(self.row.get("Status")).strip().lower()

    @property
    def owner(self) -> str:
        return reference(self.row.get("Owner"))

    @property
    def queue(self) -> str:
        return reference(self.row.get("Queue"))


class Desk:
    """One command's work on its ticket."""

    def __init__(self, context: Context, reader: Reader, command: Command, expected: str | None) -> None:
        self.context = context
        self.reader = reader
        self.command = command
        self.expected = expected
        assert command.subject is not None, "only a new ticket has no subject"
        self.id = command.subject.id
        self.resumed = False
        """An earlier try of this command may have done a part of it."""
        self.verified: Fresh | None = None
        """The ticket as the last write was found to have left it."""

    async def look(self) -> Fresh:
        """The ticket now. Raises NotFoundError where it is hidden, deleted, or merged into another."""
        try:
            row, etag = await self.context.client.ticket(self.id)
        except ForbiddenError:
            raise NotFoundError(f"this account may not see ticket {self.id}") from None
        fresh = Fresh(row, etag, version_of(row))
        if fresh.id != self.id:
            raise NotFoundError(f"ticket {self.id} was merged into {fresh.id}")
        if fresh.status == "deleted":
            raise NotFoundError(f"ticket {self.id} was deleted")
        return fresh

    async def begin(self) -> Fresh:
        """Look, and compare with what the operator saw where the command wants that. Raises ConflictError."""
        fresh = await self.look()
        self.resumed = self.expected != fresh.version
        if self.command.is_guarded and self.expected is not None and self.resumed:
            await self._compare(self.expected, fresh)
        return fresh

    async def write(
        self,
        fresh: Fresh,
        body: Mapping[str, object],
        done: Callable[[Row], bool],
        kind: type[AdapterError] = InvalidError,
        *,
        way: str = "",
    ) -> Fresh | None:
        """Change the ticket unless it moved since `fresh`; the ticket afterwards, None where it is out of our sight.

        `done` tells from the ticket whether it is as wanted; RT's sentences never do. Raises `kind`
        with these sentences where it is not.
        """
        said: tuple[str, ...] | None = ()
        for attempt in range(1, _TRIES + 1):
            try:
                said = await self.context.client.put(self.id, body, fresh.etag, way)
                break
            except Stale:
                before, fresh = fresh, await self.look()
                if fresh.version != before.version:
                    await self._compare(before.version, fresh)
                if attempt == _TRIES:
                    raise UnavailableError("the ticket keeps changing") from None
        after = await self.verify()
        if after is None or done(after.row):
            self.verified = after
            return after
        raise failed() if said is None else refusal(_short(said, self.id), kind)

    async def verify(self) -> Fresh | None:
        """Look after a write; None where the ticket has left our sight."""
        try:
            return await self.look()
        except NotFoundError:
            return None
        except AdapterError as error:
            raise UnavailableError(f"done perhaps; reading it back failed: {error.words}", sent=True) from None

    async def _compare(self, expected: str, fresh: Fresh) -> None:
        """A conflict, unless all that happened since is mail that RT recorded or our own earlier try."""
        since = updated_in(expected)
        rows = await self.context.client.history(self.id, newest=True, pages=1) if since else []
        me = await self.context.me()
        begun = self.context.server_time(self.command.at).replace(microsecond=0)
        newer = [row for row in rows if since and (time_of(row.get("Created")) or since) >= since]
        later = [row for row in newer if (time_of(row.get("Created")) or since) != since]
        before = expected.rpartition("~")[2]
        if before != fingerprint(fresh.row):
            if self._is_explained(fresh.row, newer, before, me, begun):
                return
            # Else something may have changed within the very second that the operator saw.
            later = later if any(self._is_step(row, me, begun) for row in later) else newer
        foreign = [row for row in later if not self._is_ours(row, me, begun)]
        if later and not foreign:
            return
        raise await self.conflict(_told(foreign or later, me.login))

    def _is_explained(self, row: Row, newer: list[Row], before: str, me: Me, begun: datetime) -> bool:
        """Whether our own newest steps, taken back one by one, lead to what the operator saw."""
        for transaction in newer:
            if not self._is_ours(transaction, me, begun):
                return False
            row = rewound(row, transaction, me, self.context.fields)
            if fingerprint(row) == before:
                return True
        return False

    def _is_step(self, row: Row, me: Me, begun: datetime) -> bool:
        return text_of(row.get("Type")) not in _MAIL and self._is_ours(row, me, begun)

    async def conflict(self, words: str) -> ConflictError:
        """A conflict that shows the ticket as it is now. Raises NotFoundError where it is out of sight."""
        theirs = await self.reader.get([self.id], describe=False)
        if not theirs:
            raise NotFoundError(f"ticket {self.id} is out of sight")
        return ConflictError(words, theirs[0])

    def _is_ours(self, row: Row, me: Me, begun: datetime) -> bool:
        type_, field = text_of(row.get("Type")), text_of(row.get("Field"))
        created = time_of(row.get("Created"))
        if type_ in _MAIL or (type_ == "Set" and field in _BY_ITSELF and reference(row.get("Creator")) == "RT_System"):
            return True
        if created is None or reference(row.get("Creator")) != me.login or created < begun:
            return False
        match self.command.change:
            case Take():
                return field == "Owner"
            case Acknowledge():
                return field == "Owner" or type_ == "Status"
            case Assign():
                return field in ("Owner", "Queue")
            case SetPriority():
                return field == "Priority" or type_ == "CustomField"
            case SetMajor():
                return type_ == "CustomField"
            case _:
                return type_ in ("Status", "Comment", "Correspond", "CustomField")


def _told(rows: list[Row], me: str) -> str:
    """Who did what, from the newest transaction that is in the way."""
    if not rows:
        return "it changed since you saw it"
    row = rows[0]
    who = reference(row.get("Creator"))
    what = text_of(row.get("Field")) or text_of(row.get("Type")) or "something"
    return f"{'you' if who == me else who or 'somebody'} changed it since: {what.lower()}"


def _short(said: tuple[str, ...], id: str) -> tuple[str, ...]:
    return tuple(sentence.removeprefix(f"Ticket {id}: ") for sentence in said)


def rewound(row: Row, transaction: Row, me: Me, fields: Mapping[str, str]) -> Row:
    """The ticket as it was before `transaction`; as it is where that cannot be told."""
    type_, field = text_of(transaction.get("Type")), text_of(transaction.get("Field"))
    old = text_of(transaction.get("OldValue"))
    if type_ == "Status":
        return {**row, "Status": old}
    if type_ == "Set" and field == "Priority":
        return {**row, "Priority": old}
    if type_ == "Set" and field == "Queue":
        return {**row, "Queue": {"id": old}}
    if type_ == "Set" and field == "Owner":
        login = {NOBODY_ID: NOBODY, str(me.id): me.login}.get(old)
        return {**row, "Owner": {"id": login}} if login else row
    if type_ == "Set" and field == "Due":
        return {**row, "Due": old.replace(" ", "T") + "Z" if old else ""}
    if type_ == "CustomField" and field in fields:
        others = [item for item in rows_of(row.get("CustomFields")) if text_of(item.get("id")) != field]
        return {**row, "CustomFields": [*others, {"id": field, "name": fields[field], "values": [old] if old else []}]}
    return row
