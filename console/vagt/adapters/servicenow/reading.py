"""Following the queue: a full sweep by sys_id, then what was saved since, by its stamp ("Table API", paging).

The sweep goes by `sys_id>last`, so that rows which change or leave shift nothing. The poll goes by
`sys_updated_on>=` the newest stamp seen, less an overlap, because a stamp is taken in the save and
visible only after it; what comes again with a known `sys_mod_count` is no news. A row that leaves
the scope does not match any more, so each poll also asks for saves of known incidents, in slices
that fit an address, within the same request.

A page that is short, or empty, proves nothing: access rules act after the limit. Only the count
does, and without one several empty pages in a row. Rows are judged again on this side, since an
instance may drop a condition (`checking`).
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

from vagt.adapters.protocol import Batch, ForbiddenError, NotFoundError
from vagt.adapters.servicenow.checking import Checker
from vagt.adapters.servicenow.client import Page
from vagt.adapters.servicenow.context import IDS_AT_ONCE, Context
from vagt.adapters.servicenow.errors import is_denied_query
from vagt.adapters.servicenow.following import EMPTY_PAGES, OVERLAP, Saves
from vagt.adapters.servicenow.mapping import version_of
from vagt.adapters.servicenow.scope import is_safe
from vagt.adapters.servicenow.wire import Row, id_of, is_sys_id, moment, value, wire_time
from vagt.domain.incident import Incident

_log = logging.getLogger(__name__)

_STORM = 300
"""So many fresh rows, and listing everything is the cheaper way."""


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where we are; `of` ties it to the session that remembers which incidents it listed."""

    of: str
    sweeping: bool
    since: str = ""
    """sys_updated_on of the newest row when this sweep or poll began."""
    after: str = ""
    offset: int = 0
    empty: int = 0
    pages: int = 0
    stormy: bool = False
    """This sweep stands in for a poll with too much news: the next poll can wait its turn."""
    sent: dict[str, str] = field(default_factory=dict)
    """Versions already given within the overlap."""

    def text(self) -> str:
        return json.dumps(asdict(self))


def _read_cursor(text: str | None) -> _Cursor | None:
    try:
        return _Cursor(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        return None


class Reader:
    """Lists, follows and looks up incidents."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.checker = Checker(context)
        self._saves = Saves(context, self.checker)
        self._of = uuid.uuid4().hex
        self._open: dict[str, str] = {}
        """Known open incidents, and from which stamp on each has to be asked about; longest ago in front."""
        self._unclocked: dict[str, None] = {}
        """Changed incidents whose SLA clocks the next poll reads: they attach and move after the save."""
        self._hidden = 0

    async def changes(self, text: str | None) -> Batch:
        """The next page of a sweep, or everything saved since the last poll."""
        cursor = _read_cursor(text)
        if cursor is None or cursor.of != self._of:
            return await self._sweep(None)
        if cursor.sweeping:
            try:
                return await self._sweep(cursor)
            except ForbiddenError as error:
                if not is_denied_query(error):
                    raise
                self.checker.forget()
                return await self._sweep(None)
        if not await self.checker.can_follow():
            return await self._sweep(None)
        return await self._poll(cursor)

    # --- the sweep
    async def _sweep(self, cursor: _Cursor | None, *, stormy: bool = False) -> Batch:
        restart = cursor is None
        if cursor is None:
            await self.checker.check()
            cursor = _Cursor(self._of, True, since=await self._newest(), stormy=stormy)
            self._open, self._hidden = {}, 0
        scope, size = await self._context.scope(), self._context.options.page_size
        after = f"sys_id>{cursor.after}" if cursor.after else ""
        query = scope.text(*self.checker.open_conditions, after, without=self.checker.unusable) + "^ORDERBYsys_id"
        page = await self._rows(query, limit=size, offset=cursor.offset)
        rows = [row for row in self._kept(page.rows) if id_of(row) > cursor.after]
        await self._context.refresh_clocks([id_of(row) for row in rows])
        items = tuple(item for item in self._context.incidents(rows) if item.is_open)
        for item in items:
            self._open.setdefault(item.id, self._saves.floor(cursor.since))
        self._hidden += page.hidden
        following = self._next(cursor, page, items)
        follows = not following.sweeping and await self.checker.can_follow()
        if following.sweeping is False and self._hidden:
            _log.warning(
                "ServiceNow: %s hides %d rows of this queue from the account", self._context.backend, self._hidden
            )
        return Batch(
            items=items,
            cursor=following.text(),
            more=following.sweeping or (cursor.pages > 0 and not cursor.stormy and follows),
            complete=not following.sweeping,
            restart=restart,
            total=page.total if restart else None,
        )

    def _next(self, cursor: _Cursor, page: Page, items: Sequence[Incident]) -> _Cursor:
        sent = {**cursor.sent, **self._recent(page.rows, cursor.since)}
        empty = 0 if page.rows else cursor.empty + 1
        last = page.is_last if page.total is not None else empty >= EMPTY_PAGES
        if last:
            return _Cursor(self._of, False, since=cursor.since, sent=sent)
        ids = [id_of(row) for row in page.rows if id_of(row)]
        if ids and max(ids) > cursor.after:
            return replace(cursor, after=max(ids), offset=0, empty=0, pages=cursor.pages + 1, sent=sent)
        # A page of nothing but hidden rows: there is no row to go on from, so walk past it.
        offset = cursor.offset + page.limit
        return replace(cursor, offset=offset, empty=empty, pages=cursor.pages + 1, sent=sent)

    async def _newest(self) -> str:
        if "sys_updated_on" in self.checker.unusable:
            return ""
        scope = await self._context.scope()
        query = scope.text(without=self.checker.unusable) + "^ORDERBYDESCsys_updated_on^ORDERBYsys_id"
        page = await self._context.client.rows("incident", query, ("sys_id", "sys_updated_on"), limit=1)
        return value(page.rows[0], "sys_updated_on") if page.rows else ""

    # --- the poll
    async def _poll(self, cursor: _Cursor) -> Batch:
        floor = self._saves.floor(cursor.since)
        rows = await self._saves.updated(floor, self._open)
        if rows is None:
            return await self._sweep(None, stormy=True)
        newest = max([cursor.since, *(value(row, "sys_updated_on") for row in rows)])
        fresh = [row for row in rows if cursor.sent.get(id_of(row)) != version_of(row)]
        slim = [id_of(row) for row in fresh if "number" not in row]
        if len(slim) > _STORM:
            return await self._sweep(None, stormy=True)
        if slim:
            whole = {id_of(row): row for row in await self._by_ids(slim)}
            fresh = [whole.get(id_of(row), row) for row in fresh if "number" in row or id_of(row) in whole]
        fresh, gone = await self._sorted_out(fresh)
        items = list(self._context.incidents(fresh))
        late = [id for id in self._unclocked if id not in {item.id for item in items}]
        unclocked = {item.id: None for item in items if item.is_open}
        items += await self._with_new_clocks(late)
        self._unclocked = unclocked
        for item in items:
            if item.is_open:
                self._open.setdefault(item.id, floor)
            else:
                self._open.pop(item.id, None)
        for id in gone:
            self._open.pop(id, None)
        following = _Cursor(self._of, False, since=newest, sent=self._recent(rows, newest))
        return Batch(items=tuple(items), cursor=following.text(), gone=tuple(gone))

    async def _with_new_clocks(self, ids: list[str]) -> list[Incident]:
        """Those of them whose clocks are not what we told before."""
        if not ids or self._context.sla_denied or not self._context.options.sla:
            return []
        before = {id: self._context.clocks.get(id, ()) for id in ids}
        await self._context.refresh_clocks(ids)
        moved = [id for id in ids if self._context.clocks.get(id, ()) != before[id]]
        return list(await self.get(moved, clocks=False)) if moved else []

    async def _sorted_out(self, rows: list[Row]) -> tuple[list[Row], list[str]]:
        """Rows in scope, and the ids of known ones that left it."""
        scope = await self._context.scope()
        if not scope.fields:
            return rows, []
        judged = {id_of(row): scope.judge(row) for row in rows}
        unsure = [id for id, told in judged.items() if told is None and id in self._open]
        if unsure:
            within = {id_of(row) for row in await self._by_ids(unsure, scoped=True)}
            judged |= {id: id in within for id in unsure}
        kept = [row for row in rows if judged[id_of(row)] is not False]
        gone = [id for id, told in judged.items() if told is False and id in self._open]
        return kept, gone

    # --- asked for by name
    async def get(self, ids: Sequence[str], *, clocks: bool = True) -> tuple[Incident, ...]:
        """These incidents, in scope or not; what is deleted or hidden is left out."""
        wanted = [id for id in dict.fromkeys(ids) if is_sys_id(id)]
        rows = await self._by_ids(wanted)
        if clocks:
            await self.complete(rows)
        found = {item.id: item for item in self._context.incidents(rows)}
        return tuple(found[id] for id in wanted if id in found)

    async def complete(self, rows: Sequence[Row]) -> None:
        """Clocks and children of these rows."""
        await self._context.refresh_clocks([id_of(row) for row in rows])
        await self._context.refresh_children(rows)

    async def find(self, number: str) -> Incident:
        """The incident with this number. Raises NotFoundError."""
        wanted = number.strip()
        if not is_safe(wanted) or len(wanted) > 40 or not wanted.replace("-", "").isalnum() or not wanted.isascii():
            raise NotFoundError(f"“{number}” is not the number of an incident")
        if wanted.isdigit():
            wanted = f"INC{int(wanted):07d}"
        for text in dict.fromkeys((wanted, wanted.upper())):
            page = await self._rows(f"number={text}^ORDERBYDESCsys_created_on^ORDERBYsys_id", limit=5)
            rows = [row for row in page.rows if value(row, "number").upper() == text.upper()]
            if rows:
                await self.complete(rows[:1])
                return self._context.incidents(rows[:1])[0]
        raise NotFoundError(f"there is no incident {number}, or this account may not see it")

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        """The newest incidents of this queue, by their opening."""
        await self.checker.check()
        scope = await self._context.scope()
        conditions = () if include_closed else self.checker.open_conditions
        query = scope.text(*conditions, without=self.checker.unusable) + "^ORDERBYDESCopened_at^ORDERBYsys_id"
        found: dict[str, Incident] = {}
        offset = empty = 0
        while len(found) < limit and empty < EMPTY_PAGES:
            page = await self._rows(query, limit=min(self._context.options.page_size, limit), offset=offset)
            rows = self._kept(page.rows)
            await self._context.refresh_clocks([id_of(row) for row in rows])
            found |= {i.id: i for i in self._context.incidents(rows) if include_closed or i.is_open}
            if page.total is not None and page.is_last:
                break
            empty = 0 if page.rows else empty + 1
            offset += page.limit
        return tuple(found.values())[:limit]

    # --- parts
    async def _rows(self, query: str, *, limit: int, offset: int = 0) -> Page:
        fields = await self._context.fields()
        return await self._context.client.rows("incident", query, fields, limit=limit, offset=offset)

    async def _by_ids(self, ids: Sequence[str], *, scoped: bool = False) -> list[Row]:
        found: list[Row] = []
        scope = await self._context.scope()
        for start in range(0, len(ids), IDS_AT_ONCE):
            some = ids[start : start + IDS_AT_ONCE]
            chosen = f"sys_idIN{','.join(some)}"
            query = scope.text(chosen, without=self.checker.unusable) if scoped else chosen
            page = await self._rows(f"{query}^ORDERBYsys_id", limit=IDS_AT_ONCE)
            wanted = set(some)
            found += [row for row in page.rows if id_of(row) in wanted]
        return found

    def _kept(self, rows: Sequence[Row]) -> list[Row]:
        """Without rows that a dropped condition let in."""
        return [row for row in rows if self.checker.scope.judge(row) is not False]

    def _recent(self, rows: Sequence[Row], since: str) -> dict[str, str]:
        """The versions of those rows that the next poll will read again."""
        floor = moment(since)
        if floor is None:
            return {}
        bound = wire_time(floor - OVERLAP)
        return {id_of(r): version_of(r) or "" for r in rows if value(r, "sys_updated_on") >= bound}
