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
from vagt.adapters.rt.context import Context
from vagt.adapters.rt.mapping import updated_in, version_of
from vagt.adapters.rt.reading import Reader
from vagt.adapters.rt.wire import Row, reference, text_of, ticket_id, time_of
from vagt.domain.commands import Acknowledge, Assign, Command, SetMajor, SetPriority, Take

_MAIL = frozenset({"EmailRecord", "CommentEmailRecord"})
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
        me = (await self.context.me()).login
        begun = self.context.server_time(self.command.at).replace(microsecond=0)
        later = [row for row in rows if since and (time_of(row.get("Created")) or since) > since]
        suspects = later
        same_fields = expected.rpartition("~")[2] == fresh.version.rpartition("~")[2]
        explained = any(self._is_ours(row, me, begun) and text_of(row.get("Type")) not in _MAIL for row in later)
        if not same_fields and not explained:
            # Something changed within the very second that the operator saw.
            suspects = [row for row in rows if since and (time_of(row.get("Created")) or since) >= since]
        foreign = [row for row in suspects if not self._is_ours(row, me, begun)]
        if suspects and not foreign:
            return
        raise await self.conflict(_told(foreign or suspects, me))

    async def conflict(self, words: str) -> ConflictError:
        """A conflict that shows the ticket as it is now. Raises NotFoundError where it is out of sight."""
        theirs = await self.reader.get([self.id], describe=False)
        if not theirs:
            raise NotFoundError(f"ticket {self.id} is out of sight")
        return ConflictError(words, theirs[0])

    def _is_ours(self, row: Row, me: str, begun: datetime) -> bool:
        type_, field = text_of(row.get("Type")), text_of(row.get("Field"))
        created = time_of(row.get("Created"))
        if type_ in _MAIL:
            return True
        if created is None or reference(row.get("Creator")) != me or created < begun:
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
