"""One signed-in connection to one Tidy Desk: the adapter protocol, joined from client and mapping."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from vagt.adapters.protocol import (
    Account,
    AdapterError,
    Batch,
    ConflictError,
    Connection,
    Done,
    ForbiddenError,
    NotFoundError,
    Seen,
)
from vagt.domain.capability import Capabilities, Capability
from vagt.domain.commands import Command, Comment, Create, Note, Verb
from vagt.domain.directory import DirectoryEntry, DirectoryKind
from vagt.domain.fields import Choice, FieldKind, FieldSpec
from vagt.domain.incident import Incident
from vagt.domain.timeline import TimelineEntry
from vagt_tidydesk.client import Record, TidyDesk
from vagt_tidydesk.manifest import MANIFEST
from vagt_tidydesk.mapping import entry_of, incident_of, new_of, update_of

_DIRECTORIES = {DirectoryKind.PERSON: "people", DirectoryKind.TEAM: "teams", DirectoryKind.RESOLUTION_CODE: "codes"}


async def connect(connection: Connection) -> TidySession:
    """What the manifest names; nothing is sent yet."""
    return TidySession(connection)


class TidySession:
    """See `vagt.adapters.protocol.Session` for what each method promises."""

    def __init__(self, connection: Connection) -> None:
        self._desk = TidyDesk(connection)
        self._settings = connection.settings
        self._matrix = connection.matrix
        self._page = int(str(self._settings.options.get("page_size", 100)))
        self._login = ""

    async def probe(self) -> Account:
        me = await self._desk.me()
        self._login = str(me["login"])
        able = MANIFEST.capabilities if me.get("may_write") else frozenset({Capability.TIMELINE})
        unable = tuple((lost, "this token may only read") for lost in MANIFEST.capabilities - able)
        teams, product = tuple(me.get("teams", ())), str(me.get("product", ""))
        return Account(login=self._login, teams=teams, capabilities=Capabilities(able, unable), product=product)

    async def changes(self, cursor: str | None) -> Batch:
        """A cursor is `list STAMP AFTER` while the open set is listed, and `since STAMP` from then on."""
        kind, stamp, after = (cursor or "list 0 0").split()
        if kind == "list":
            page = await self._desk.tickets(open=1, after=after, limit=self._page)
            # what changes while we page is told afterwards, as what changed since the first page
            stamp = str(page["stamp"]) if after == "0" else stamp
            items = self._incidents(page)
            more = bool(page["more"])
            following = f"list {stamp} {items[-1].id}" if more else f"since {stamp} 0"
            return Batch(items=items, cursor=following, more=more, complete=not more, restart=after == "0")
        page = await self._desk.tickets(since=stamp, limit=self._page)
        gone = tuple(str(ticket["id"]) for ticket in page["tickets"] if ticket.get("deleted"))
        return Batch(items=self._incidents(page), cursor=f"since {page['stamp']} 0", more=bool(page["more"]), gone=gone)

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        known = [id for id in ids if re.fullmatch(r"[0-9]{1,12}", id)]
        found: list[Incident] = []
        for start in range(0, len(known), self._page):
            found += self._incidents(await self._desk.tickets(ids=",".join(known[start : start + self._page])))
        return tuple(found)

    async def find(self, number: str) -> Incident:
        return await self._one(number.strip().upper().removeprefix("TD-"))

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        return self._incidents(await self._desk.tickets(newest=1, open=int(not include_closed), limit=limit))

    async def timeline(self, id: str) -> tuple[TimelineEntry, ...]:
        return tuple(sorted(map(entry_of, await self._desk.entries(id)), key=lambda entry: entry.at))

    async def transitions(self, id: str) -> tuple[()]:
        return ()

    async def fields(self, verb: Verb, id: str | None) -> tuple[FieldSpec, ...]:
        if verb is Verb.RESOLVE:
            codes = tuple(Choice(code["id"], code["name"]) for code in await self._desk.names("codes"))
            text = FieldSpec("text", "What was done", FieldKind.LONG_TEXT, required=True)
            return (text, FieldSpec("code", "Code", FieldKind.CHOICE, required=True, choices=codes))
        if verb is Verb.HOLD:
            return (FieldSpec("reason", "Waits for", required=True), FieldSpec("until", "Until", FieldKind.TIME))
        if verb is Verb.CREATE:
            description = FieldSpec("description", "Description", FieldKind.LONG_TEXT)
            return (FieldSpec("title", "Title", required=True), description, FieldSpec("team", "Team", FieldKind.TEAM))
        return ()

    async def directory(
        self, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        if kind not in _DIRECTORIES:
            return ()
        found = await self._desk.names(_DIRECTORIES[kind], text)
        return tuple(DirectoryEntry(entry["id"], entry["name"]) for entry in found)

    async def oncall(self, team: str | None) -> tuple[()]:
        return ()

    async def _written(self, id: str) -> Done:
        """What came of a write: raised, an error of reading it back would count as refused, or as never sent."""
        try:
            return Done(await self._one(id))
        except AdapterError as error:
            return Done(None, f"done; reading it back failed: {error.words}")

    async def perform(self, command: Command, expected: str | None) -> Done:
        change = command.change
        if isinstance(change, Create):
            return Done(self._incident(await self._desk.create(new_of(change, self._matrix), key=command.id)))
        assert command.subject is not None, "only a new incident has no subject"
        id = command.subject.id
        if isinstance(change, Note | Comment):
            await self._desk.say(id, change.text, public=isinstance(change, Comment), key=command.id)
            return await self._written(id)
        update = update_of(change, self._login)
        if update is None:
            raise ForbiddenError(f"Tidy Desk has no “{command.verb.value}”")
        revision = expected if command.is_guarded else None
        ticket = await self._desk.update(id, update, key=command.id, revision=revision)
        if ticket is None:
            raise ConflictError("the ticket was changed meanwhile", await self._one(id))
        return Done(self._incident(ticket))

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        return Seen.YES if await self._desk.has_receipt(command.id) else Seen.NO

    async def close(self) -> None:
        await self._desk.close()

    async def _one(self, id: str) -> Incident:
        for incident in await self.get([id]):
            return incident
        raise NotFoundError(f"Tidy Desk has no ticket {id}, or does not show it to this account")

    def _incident(self, ticket: Record) -> Incident:
        return incident_of(ticket, self._settings.name, self._settings.url)

    def _incidents(self, page: Record) -> tuple[Incident, ...]:
        return tuple(self._incident(ticket) for ticket in page["tickets"] if not ticket.get("deleted"))
