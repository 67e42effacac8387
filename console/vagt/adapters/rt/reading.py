"""Following an RT queue: a full sweep by ticket number, then what was updated, newest first ("RT REST2", section 3)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from vagt.adapters.protocol import Batch, ForbiddenError, NotFoundError, ProtocolError
from vagt.adapters.rt.client import Page
from vagt.adapters.rt.context import Context
from vagt.adapters.rt.mapping import FIELDS, SUBFIELDS, version_of
from vagt.adapters.rt.messages import body_text
from vagt.adapters.rt.wire import Row, number_of, text_of, ticket_id, time_of
from vagt.domain.incident import Incident

_SHOWN = (("fields", FIELDS), *SUBFIELDS)
_OVERLAP = timedelta(seconds=30)
"""LastUpdated is written before the change is committed, and tells whole seconds."""
_FIRST_ROWS = 20
_MOST_PAGES = 10
"""After so many pages of updates a sweep is the cheaper way."""
_MOST_SENT = 2000
"""Versions that a cursor carries at most."""
_EMPTY_PAGES = 3
_AT_ONCE = 50
"""Ids in one query: TicketSQL has no IN, so it is a chain of OR."""


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where we are; `of` ties it to the session that remembers which tickets it listed."""

    of: str
    sweeping: bool
    since: str = ""
    """LastUpdated of the newest row when this sweep or poll began."""
    after: int = 0
    empty: int = 0
    pages: int = 0
    sent: dict[str, str] = field(default_factory=dict)
    """Versions already given within the overlap."""

    def text(self) -> str:
        return json.dumps(asdict(self))


def _within_overlap(rows: Sequence[Row], since: str) -> dict[str, str]:
    """The versions of those rows that the next poll will read again."""
    floor = time_of(since)
    if floor is None:
        return {}
    recent = (row for row in rows if (when := time_of(row.get("LastUpdated"))) is not None and when >= floor - _OVERLAP)
    return {ticket_id(row): version_of(row) for row in recent}


def _read_cursor(text: str | None) -> _Cursor | None:
    try:
        return _Cursor(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        return None


class Reader:
    """Lists, follows and looks up tickets."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._of = uuid.uuid4().hex
        self._open: set[str] = set()

    async def changes(self, text: str | None) -> Batch:
        """The next page of a sweep, or everything updated since the last poll.

        No date ever goes into a query: RT reads one in the user's time zone and understands its own
        output format wrongly.
        """
        cursor = _read_cursor(text)
        if cursor is None or cursor.of != self._of:
            return await self._sweep(None)
        return await (self._sweep(cursor) if cursor.sweeping else self._poll(cursor))

    async def _sweep(self, cursor: _Cursor | None) -> Batch:
        """By number and from the last number on, so that rows which change or leave shift nothing."""
        restart = cursor is None
        if cursor is None:
            cursor = _Cursor(self._of, True, since=await self._newest())
            listed: set[str] = set()
        else:
            listed = self._open
        options = self._context.options
        query = f"{options.scope} AND {options.open_clause} AND id > {cursor.after}"
        page = await self._tickets(query, rows=options.page_size, page=cursor.empty + 1)
        items = await self._context.incidents(page.rows, active=True)
        if page.rows and not items:
            raise ProtocolError("RT lists tickets without numbers")
        self._open = listed | {item.id for item in items}
        after = max([cursor.after, *(int(item.id) for item in items)])
        sent = cursor.sent | _within_overlap(page.rows, cursor.since)
        sent = dict(list(sent.items())[-_MOST_SENT:])
        empty = 0 if page.rows else cursor.empty + 1
        # Without a total RT cuts rows out after paging: short pages prove nothing, only several empty ones do.
        done = len(page.rows) < options.page_size if page.total is not None else empty >= _EMPTY_PAGES
        if done:
            following = _Cursor(self._of, False, since=cursor.since, sent=sent)
        else:
            empty = empty if page.total is None else 0
            following = _Cursor(self._of, True, cursor.since, after, empty, cursor.pages + 1, sent)
        return Batch(
            items=items,
            cursor=following.text(),
            more=not done or cursor.pages > 0,
            complete=done,
            restart=restart,
            total=page.total if restart else None,
        )

    async def _newest(self) -> str:
        page = await self._context.client.tickets(
            self._context.options.scope, fields=(("fields", "LastUpdated"),), order=(("LastUpdated", "DESC"),), rows=1
        )
        return text_of(page.rows[0].get("LastUpdated")) if page.rows else ""

    async def _poll(self, cursor: _Cursor) -> Batch:
        rows = await self._updated(cursor)
        if rows is None:
            return await self._sweep(None)
        newest = max([cursor.since, *(text_of(row.get("LastUpdated")) for row in rows)])
        fresh = [row for row in rows if cursor.sent.get(ticket_id(row)) != version_of(row)]
        items = list(await self._context.incidents(fresh))
        for item in items:
            (self._open.add if item.is_open else self._open.discard)(item.id)
        found, gone = await self._disappeared()
        items += found
        sent = _within_overlap(rows, newest)
        return Batch(
            items=tuple(items),
            cursor=_Cursor(self._of, False, since=newest, sent=sent).text(),
            gone=gone,
        )

    async def _updated(self, cursor: _Cursor) -> list[Row] | None:
        """Rows updated since the last poll, with an overlap; None where they are so many that a sweep is better.

        The overlap is left incomplete where a storm of updates makes it longer than some pages.
        Newest first. A row that changes meanwhile moves to the front and is found by the next poll;
        one that leaves pulls the others up, which shows in the total, and the listing begins again.
        """
        floor = time_of(cursor.since)
        limit = floor - _OVERLAP if floor else None
        size = min(_FIRST_ROWS, self._context.options.page_size)
        found: dict[str, Row] = {}
        number, total, read = 1, None, 0
        while read < _MOST_PAGES:
            page = await self._tickets(
                self._context.options.scope, rows=size, page=number, order=(("LastUpdated", "DESC"), ("id", "DESC"))
            )
            read += 1
            if total is not None and page.total is not None and page.total < total:
                number, total = 1, page.total
                continue
            total = page.total
            reached = False
            for row in page.rows:
                when = time_of(row.get("LastUpdated"))
                if limit is not None and when is not None and when < limit:
                    reached = True
                    break
                found.setdefault(ticket_id(row), row)
            if reached or (total is not None and number * size >= total) or (total is None and not page.rows):
                return list(found.values())
            if number == 1 and size != self._context.options.page_size:
                size = self._context.options.page_size
            else:
                number += 1
        fresh = [row for row in page.rows if cursor.sent.get(ticket_id(row)) != version_of(row)]
        oldest = min((when for row in page.rows if (when := time_of(row.get("LastUpdated"))) is not None), default=None)
        past = floor is not None and oldest is not None and oldest < floor
        return list(found.values()) if past or not fresh else None

    async def _disappeared(self) -> tuple[tuple[Incident, ...], tuple[str, ...]]:
        """What left the open set without a trace in the updates: moved out of sight, deleted or merged.

        Costs one row a poll; only where the count differs are the numbers compared.
        """
        options, client = self._context.options, self._context.client
        query = f"{options.scope} AND {options.open_clause}"
        page = await client.tickets(query, rows=1)
        if page.total is None or page.total == len(self._open):
            return (), ()
        there: set[str] = set()
        after = 0
        while True:
            page = await client.tickets(f"{query} AND id > {after}", rows=options.page_size)
            ids = [id for row in page.rows if (id := ticket_id(row))]
            there |= set(ids)
            if page.total is None:
                return (), ()
            if len(page.rows) < options.page_size or not ids:
                break
            after = max(int(id) for id in ids)
        missing, extra = self._open - there, there - self._open
        scoped = await self._by_ids(sorted(missing | extra, key=int), scope=options.scope)
        items = await self._context.incidents(scoped)
        gone = tuple(sorted(missing - {item.id for item in items}, key=int))
        self._open = {*self._open, *(item.id for item in items if item.is_open)} - set(gone)
        self._open -= {item.id for item in items if not item.is_open}
        return items, gone

    async def get(self, ids: Sequence[str], *, describe: bool = True) -> tuple[Incident, ...]:
        """These tickets, by query: that leaves out exactly what is deleted, merged away or hidden."""
        rows = await self._by_ids([id for id in ids if id.isascii() and id.isdigit()])
        if describe and len(rows) <= 3:
            for row in rows:
                await self._describe(ticket_id(row))
        found = {item.id: item for item in await self._context.incidents(rows)}
        return tuple(found[id] for id in dict.fromkeys(ids) if id in found)

    async def find(self, number: str) -> Incident:
        """The ticket with this number, or the one that it was merged into. Raises NotFoundError."""
        id = number.strip().lstrip("#")
        if not (id.isascii() and id.isdigit() and len(id) < 16):
            raise NotFoundError(f"“{number}” is not the number of an RT ticket")
        id = str(int(id))
        if found := await self.get([id]):
            return found[0]
        row = await self.ticket(id)
        if text_of(row.get("Status")).lower() == "deleted":
            raise NotFoundError(f"ticket {id} was deleted")
        merged = await self.get([ticket_id(row)])
        if not merged:
            raise NotFoundError(f"ticket {id} cannot be read")
        return merged[0]

    async def ticket(self, id: str) -> Row:
        """The ticket itself, whatever became of it. Raises NotFoundError also where we may not see it."""
        try:
            return (await self._context.client.ticket(id))[0]
        except ForbiddenError:
            raise NotFoundError(f"this account may not see ticket {id}") from None

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        """The newest tickets of this queue, by number."""
        options = self._context.options
        query = options.scope if include_closed else f"{options.scope} AND {options.open_clause}"
        found: list[Incident] = []
        below, empty = "", 0
        while len(found) < limit and empty < _EMPTY_PAGES:
            size = min(options.page_size, limit - len(found))
            page = await self._tickets(query + below, rows=size, page=empty + 1, order=(("id", "DESC"),))
            items = await self._context.incidents(page.rows, active=None if include_closed else True)
            found += items
            if page.total is not None and len(page.rows) < size:
                break
            empty = 0 if page.rows else empty + 1
            if items:
                below = f" AND id < {min(int(item.id) for item in items)}"
        return tuple(found)

    async def _tickets(
        self, query: str, *, rows: int, page: int = 1, order: Sequence[tuple[str, str]] = (("id", "ASC"),)
    ) -> Page:
        return await self._context.client.tickets(query, fields=_SHOWN, order=order, rows=rows, page=page)

    async def _by_ids(self, ids: Sequence[str], scope: str = "") -> list[Row]:
        rows: list[Row] = []
        for start in range(0, len(ids), _AT_ONCE):
            chain = " OR ".join(f"id = {id}" for id in ids[start : start + _AT_ONCE])
            page = await self._tickets(f"({chain})" + (f" AND {scope}" if scope else ""), rows=_AT_ONCE)
            rows += page.rows
        return rows

    async def _describe(self, id: str) -> None:
        """The first message, which RT keeps in the history and not in the ticket."""
        if not id or id in self._context.descriptions:
            return
        rows = await self._context.client.bodies(id)
        first = min((number for row in rows if (number := number_of(row.get("TransactionId"))) is not None), default=0)
        self._context.describe(id, body_text([row for row in rows if number_of(row.get("TransactionId")) == first]))
