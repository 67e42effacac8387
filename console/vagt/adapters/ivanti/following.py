"""Following an Ivanti queue: a sweep by incident number, newest first, then what was modified since.

The interface has no delta, no next link and no push. The sweep goes on from the last number instead
of skipping rows, so that rows which leave shift nothing. A poll asks for LastModDateTime beyond the
newest known one, less an overlap: the date trails by minutes on some records, and workflows rewrite
a record seconds after a save. The answer to that has no scope, so that what left the queue shows.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from vagt.adapters.ivanti import filters
from vagt.adapters.ivanti.client import INCIDENTS
from vagt.adapters.ivanti.clocks import WATCH_FIELDS, WATCHES
from vagt.adapters.ivanti.context import CHAIN, Context
from vagt.adapters.ivanti.mapping import CLOCK_LINKS, number_of, record_id, state_of, version_of
from vagt.adapters.ivanti.quick import Catalogue
from vagt.adapters.ivanti.scope import belonging
from vagt.adapters.lenient import Row, moment_of, text_of
from vagt.adapters.protocol import Batch, ForbiddenError, InvalidError, NotFoundError, ProtocolError
from vagt.domain.incident import State

OVERLAP = timedelta(minutes=5)
_LONG_AGO = "2000-01-01T00:00:00Z"
_MOST_PAGES = 20
"""After so many pages of modified rows a sweep is the cheaper way."""
_CLOCKS_AT_ONCE = 60
_CLOCK_CAUSES = ("Status", "Priority", "Service", *(link for _, link in CLOCK_LINKS))


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where we are; `of` ties it to the session that remembers which incidents it listed."""

    of: str
    phase: str
    """`sweep`, `clocks` or `poll`."""
    since: str = ""
    """The newest LastModDateTime when this sweep or poll began, UTC."""
    below: int = 0
    """The sweep goes on below this number; 0: from the top."""
    skip: int = 0
    """Rows to skip instead, where rows have no number; or clocks read so far; while polling, clocks still to be read,
    so that each page has a cursor of its own."""
    turn: int = 0
    """Which of the session's memories of versions already given belongs to this cursor."""

    def text(self) -> str:
        return json.dumps(asdict(self))


class Follower:
    """Lists the queue and follows it."""

    def __init__(self, context: Context, catalogue: Catalogue) -> None:
        self._context = context
        self._catalogue = catalogue
        self._of = uuid.uuid4().hex
        self._stale_clocks: list[str] = []
        self._turn = 0
        self._sent: dict[int, dict[str, str]] = {}
        """Turn → versions already given within the overlap. An answer can get lost: the turn before is kept too."""

    def _remember(self, before: int, sent: dict[str, str]) -> int:
        self._turn += 1
        self._sent = {turn: kept for turn, kept in self._sent.items() if turn == before}
        self._sent[self._turn] = sent
        return self._turn

    async def changes(self, text: str | None) -> Batch:
        """The next page of a sweep, the clocks that belong to it, or what was modified since the last poll."""
        cursor = _read_cursor(text)
        if cursor is None or cursor.of != self._of or cursor.turn not in self._sent:
            return await self._sweep(None)
        if cursor.phase == "sweep":
            return await self._sweep(cursor)
        return await (self._clocks(cursor) if cursor.phase == "clocks" else self._poll(cursor))

    async def _sweep(self, cursor: _Cursor | None) -> Batch:
        restart = cursor is None
        if cursor is None:
            cursor = _Cursor(self._of, "sweep", since=await self._newest())
            self._context.open = {}
            self._sent = {0: {}}
        options, client = self._context.options, self._context.client
        scope = None if options.saved else options.scope
        below = filters.Compare("IncidentNumber", "lt", str(cursor.below)) if cursor.below else None
        search = await self._catalogue.search(options.saved) if options.saved else None
        page = await client.rows(
            INCIDENTS,
            where=below if search else filters.both(scope, options.still_open, below),
            select=self._context.select,
            order="IncidentNumber desc",
            skip=cursor.skip,
            search=search,
        )
        if not page.rows and restart and search is None:
            await self._distrust(filters.both(scope, options.still_open))
        numbers = [number for row in page.rows if (number := number_of(row)) is not None]
        if cursor.below and any(number >= cursor.below for number in numbers):
            raise ProtocolError("Ivanti ignores the filter on IncidentNumber: the queue cannot be read page by page")
        fresh = [row for row in page.rows if record_id(row) not in self._context.open]
        self._context.learn(page.rows)
        await self._context.enrich(fresh)
        items = [item for item in self._context.incidents(fresh) if item.is_open]
        self._context.open |= {id: row for row in fresh if (id := record_id(row)) and self._is_open(row)}
        done = len(page.rows) < client.page_size
        if not done and not fresh:
            raise ProtocolError("Ivanti gives the same rows again: the queue cannot be read page by page")
        sent = self._sent[cursor.turn] | self._within_overlap(page.rows, cursor.since)
        turn = self._remember(cursor.turn, sent)
        if done:
            more = bool(self._context.open) and options.sla and self._context.clocks_work is not False
            following = _Cursor(self._of, "clocks" if more else "poll", cursor.since, turn=turn)
        elif len(numbers) == len(page.rows):
            following = _Cursor(self._of, "sweep", cursor.since, min(numbers), 0, turn)
        else:
            following = _Cursor(self._of, "sweep", cursor.since, cursor.below, cursor.skip + len(page.rows), turn)
        return Batch(
            items=tuple(items),
            cursor=following.text(),
            more=following.phase != "poll" or not restart,
            complete=done,
            restart=restart,
            total=page.total if restart else None,
        )

    async def _distrust(self, where: filters.Node) -> None:
        """An unknown field to order by looks like an empty queue: ask once more without an order."""
        page = await self._context.client.rows(INCIDENTS, where=where, select=("RecId",), top=1)
        if page.rows:
            raise ProtocolError("Ivanti cannot order incidents by IncidentNumber: the queue cannot be read")

    async def _newest(self) -> str:
        page = await self._context.client.rows(
            INCIDENTS, select=("RecId", "LastModDateTime"), order="LastModDateTime desc", top=1
        )
        return _modified(page.rows[0]) if page.rows else ""

    async def _clocks(self, cursor: _Cursor) -> Batch:
        """The running clocks of everything listed, in whichever way takes fewer requests; then those that wait."""
        context, client = self._context, self._context.client
        done = _Cursor(self._of, "poll", cursor.since, turn=cursor.turn)
        running = filters.both(filters.eq("ClockState", "Run"), filters.eq("ParentLink_Category", "Incident"))
        try:
            page = await client.rows(WATCHES, where=running, select=WATCH_FIELDS, order="RecId asc", skip=cursor.skip)
        except (ForbiddenError, InvalidError, NotFoundError) as error:
            context.no_clocks(error.words)
            return Batch(cursor=done.text(), more=True)
        context.clocks_work = True
        # Where most of the tenant's clocks belong to other queues, asking by incident is shorter.
        if cursor.skip == 0 and (page.total or 0) / client.page_size > len(self._context.open) / CHAIN + 1:
            self._stale_clocks = list(self._context.open)
            return Batch(cursor=replace(done, skip=len(self._stale_clocks)).text(), more=True)
        touched = context.keep_clocks(page.rows)
        rows = [row for id, row in self._context.open.items() if id.upper() in touched]
        if len(page.rows) == client.page_size:
            following = _Cursor(self._of, "clocks", cursor.since, 0, cursor.skip + len(page.rows), cursor.turn).text()
            return Batch(items=context.incidents(rows), cursor=following, more=True)
        self._stale_clocks = [
            id for id, row in self._context.open.items() if state_of(row, context.options) is State.WAITING
        ]
        following = replace(done, skip=len(self._stale_clocks)).text()
        return Batch(items=context.incidents(rows), cursor=following, more=True)

    async def _poll(self, cursor: _Cursor) -> Batch:
        if self._stale_clocks:
            return await self._restate(cursor)
        known = self._sent[cursor.turn]
        rows = await self._modified_since(cursor.since, known)
        if rows is None:
            return await self._sweep(None)
        options = self._context.options
        newest = max([cursor.since, *(_modified(row) for row in rows)])
        news = [row for row in rows if known.get(record_id(row)) != version_of(row, options)]
        ours, gone = await belonging(self._context, self._catalogue, news, self._after(cursor.since))
        self._context.learn(ours)
        await self._context.enrich_masters(ours)
        for row in ours:
            self._keep(row)
        listed = self._context.open
        moved = [listed[id] for id in self._context.moved if id in listed and listed[id] not in ours]
        self._context.moved.clear()
        for id in gone:
            self._context.open.pop(id, None)
        sent = known | self._within_overlap(rows, newest)
        turn = cursor.turn
        if sent != known or newest != cursor.since:
            turn = self._remember(cursor.turn, self._recent(sent, newest))
        return Batch(
            items=self._context.incidents([*ours, *moved]),
            cursor=_Cursor(self._of, "poll", newest, skip=len(self._stale_clocks), turn=turn).text(),
            more=bool(self._stale_clocks),
            gone=tuple(gone),
        )

    async def _restate(self, cursor: _Cursor) -> Batch:
        """The clocks of incidents that changed in what clocks depend on, or wait; some at a time, to stay brief."""
        some = self._stale_clocks[:_CLOCKS_AT_ONCE]
        await self._context.read_clocks(some)
        self._stale_clocks = self._stale_clocks[len(some) :]
        rows = [self._context.open[id] for id in some if id in self._context.open]
        following = replace(cursor, skip=len(self._stale_clocks)).text()
        return Batch(items=self._context.incidents(rows), cursor=following, more=bool(self._stale_clocks))

    def _keep(self, row: Row) -> None:
        id = record_id(row)
        before = self._context.open.get(id)
        if not self._is_open(row):
            self._context.open.pop(id, None)
            return
        self._context.open[id] = row
        moved = before is None or any(before.get(name) != row.get(name) for name in _CLOCK_CAUSES)
        if (
            moved
            and id not in self._stale_clocks
            and self._context.options.sla
            and self._context.clocks_work is not False
        ):
            self._stale_clocks.append(id)

    async def _modified_since(self, since: str, known: Mapping[str, str]) -> list[Row] | None:
        """Newest first: a row that is modified meanwhile moves to the front and is found by the next poll.

        After a page of which every row is known, and which reaches back behind `since`, there is
        nothing new, so that a storm of changes is listed once. None where so much is new that a
        sweep is cheaper.
        """
        found: dict[str, Row] = {}
        client, options = self._context.client, self._context.options
        for number in range(_MOST_PAGES):
            page = await client.rows(
                INCIDENTS,
                where=self._after(since),
                select=self._context.select,
                order="LastModDateTime desc",
                skip=number * client.page_size,
            )
            for row in page.rows:
                if id := record_id(row):
                    found.setdefault(id, row)
            old = all(known.get(record_id(row)) == version_of(row, options) for row in page.rows)
            if len(page.rows) < client.page_size or (old and _modified(page.rows[-1]) < since):
                return list(found.values())
        old = all(known.get(id) == version_of(row, options) for id, row in found.items())
        return list(found.values()) if old else None

    def _after(self, since: str) -> filters.Node:
        moment = moment_of(since) if since else None
        literal = filters.moment(moment - OVERLAP) if moment else _LONG_AGO
        return filters.Compare("LastModDateTime", "gt", literal)

    def _recent(self, sent: dict[str, str], newest: str) -> dict[str, str]:
        """Without what the next poll will not read again."""
        floor = moment_of(newest) if newest else None
        if floor is None:
            return sent
        dated = ((id, told, moment_of(told.partition("~")[0])) for id, told in sent.items())
        return {id: told for id, told, when in dated if when is None or when >= floor - OVERLAP}

    def _within_overlap(self, rows: Sequence[Row], since: str) -> dict[str, str]:
        floor = moment_of(since) if since else None
        if floor is None:
            return {}
        told = {}
        for row in rows:
            moment = moment_of(_modified(row))
            if moment is not None and moment >= floor - OVERLAP:
                told[record_id(row)] = version_of(row, self._context.options)
        return told

    def _is_open(self, row: Row) -> bool:
        return state_of(row, self._context.options).is_open


def _read_cursor(text: str | None) -> _Cursor | None:
    try:
        return _Cursor(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        return None


def _modified(row: Row) -> str:
    """LastModDateTime in UTC, in one form, so that it can be compared as text; empty where there is none."""
    moment = moment_of(text_of(row.get("LastModDateTime")))
    return filters.moment(moment) if moment else ""
