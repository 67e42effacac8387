"""Following the queue: a full listing of what is open, then what was saved since a mark ("Search", "JQL").

The index is late and not steady. So the mark stays three minutes behind, and never passes the newest
save seen, for which a poll always brings at least one row: an empty answer is then a reason to ask
who we are. What comes again as it was is no news. A row older than what we know already is not
believed and read from the store instead; what we wrote lately Cloud is told to read past its index.
What a listing leaves out, the console asks for by its id.

A listing goes by the time of creation, which does not change: by tokens on Cloud; on Data Center,
whose pages are counted and shift when a row leaves, each page begins at the time where the last one
ended. Where the config narrows the projects by a query, polls ask for all saves of the projects and
then which of those belong, so that what left is told as gone; only when two polls agree on that.
"""

from __future__ import annotations

import json
import logging
import re
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta

from vagt.adapters.jsm.client import BULK, RECONCILED, Page
from vagt.adapters.jsm.context import Context
from vagt.adapters.jsm.jql import among, both
from vagt.adapters.jsm.moments import Moments
from vagt.adapters.jsm.wire import Row, id_of, millis, moment, part
from vagt.adapters.protocol import Batch, InvalidError, NotFoundError
from vagt.domain.incident import Incident

_log = logging.getLogger(__name__)

LAG = timedelta(minutes=3)
"""How late the index may show a save."""
_FRESH = 180.0
"""Seconds for which what we wrote is read past the index."""
_DAY = 86_400_000
_REMEMBERED = 50_000
_NUMBER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,60}-[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where we are."""

    listing: bool
    mark: int
    """Milliseconds since 1970 from which on the next poll asks."""
    serial: int = 0
    of: str = ""
    """Which session's memory of what it has told belongs to this."""
    at: str = ""
    floor: int = 0
    """Data Center: the time from which on the next page is asked."""
    edge: tuple[str, ...] = ()
    """Data Center: ids told already that have that time."""
    top: int = 0
    """The newest save seen in this listing or poll."""
    pages: int = 0
    fresh: tuple[str, ...] = ()
    total: int | None = None
    """How many there were when the listing began."""

    def text(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def _read_cursor(text: str | None) -> _Cursor | None:
    try:
        held = json.loads(text) if text else None
        if held is None:
            return None
        return _Cursor(**{**held, "edge": tuple(held["edge"]), "fresh": tuple(held["fresh"])})
    except (ValueError, TypeError, KeyError):
        return None


@dataclass(slots=True)
class _Memory:
    """What was told with the cursor of that serial: digests of incidents that the next polls see again."""

    serial: int = 0
    told: dict[str, int] = field(default_factory=dict)


class Reader:
    """Lists, follows and looks up incidents."""

    def __init__(self, context: Context, of: str) -> None:
        self._context = context
        self._of = of
        self.moments = Moments(context)
        self._memory = _Memory()
        self._newest: dict[str, int] = {}
        """Id → the newest save that we know of."""
        self._wrote: dict[str, float] = {}
        """What we wrote lately → when, by our monotonic clock."""
        self._top = 0
        """The newest save of any, open or not."""
        self._known: set[str] = set()
        self._whole = False
        """This session has listed all that is known; else an earlier one has, and anything may be."""
        self._suspects: set[str] = set()
        """Known ones that no longer seemed to belong at the last poll."""

    async def changes(self, text: str | None) -> Batch:
        """The next page of a listing, or of what was saved since the last poll."""
        cursor = _read_cursor(text)
        await self._context.learn(anew=cursor is None)
        if cursor is None:
            return await self._list(None)
        return await self._list(cursor) if cursor.listing else await self._poll(cursor)

    # --- the listing
    async def _list(self, cursor: _Cursor | None) -> Batch:
        restart = cursor is None
        if cursor is None:
            mark = millis(self._context.now - LAG)
            cursor = _Cursor(True, mark, of=self._of, fresh=self._fresh())
            self._memory = _Memory()
            self._known, self._suspects = set(), set()
        query = both(self._context.scope(), self._open_condition())
        page = await self._page(query, "created", cursor)
        rows = await self._believed(page.rows)
        items = [item for item in await self._context.incidents(rows) if item.is_open]
        total = await self._total(query, page) if restart else cursor.total
        self._known.update(item.id for item in items)
        following = await self._next(cursor, page, "created")
        top = max([cursor.top, *(_saved(row) for row in rows)])
        self._remember(cursor, items, cursor.mark)
        if following is not None:
            following = replace(following, top=top, serial=self._memory.serial, total=total)
            return Batch(items=tuple(items), cursor=following.text(), more=True, restart=restart, total=total)
        # A mark at the newest save finds at least that one again, of which polls may have seen a newer one.
        self._whole = True
        top = max(top, self._top)
        mark = top if cursor.mark - _DAY < top < cursor.mark else cursor.mark
        done = _Cursor(False, mark, serial=self._memory.serial, of=self._of, top=top)
        return Batch(
            items=tuple(items),
            cursor=done.text(),
            more=cursor.pages > 0,
            complete=True,
            restart=restart,
            total=total,
        )

    def _open_condition(self) -> str:
        states = self._context.options.states
        opened = [name for name, state in states.items() if state.is_open]
        if not opened:
            return "statusCategory != Done"
        return f"(statusCategory != Done OR {among('status', opened)})"

    async def _total(self, query: str, page: Page) -> int | None:
        if page.total is not None:
            return page.total
        return await self._context.client.count(query) if page.next is not None else len(page.rows)

    # --- the poll
    async def _poll(self, cursor: _Cursor) -> Batch:
        if not cursor.pages:
            cursor = replace(cursor, fresh=self._fresh())
        page = await self._page(self._context.scope(query=False), "updated", cursor)
        rows = await self._believed(page.rows)
        incidents = await self._context.incidents(rows)
        told = self._memory.told if cursor.of == self._of and cursor.serial == self._memory.serial else {}
        fresh = [item for item in incidents if told.get(item.id) != _digest(item)]
        fresh, gone = await self._belonging(fresh)
        for item in fresh:
            (self._known.add if item.is_open else self._known.discard)(item.id)
        top = max([cursor.top, *(_saved(row) for row in page.rows)])
        self._top = max(self._top, top)
        following = await self._next(cursor, page, "updated")
        kept = (
            told
            if cursor.pages or page.next is not None
            else {item.id: told[item.id] for item in incidents if item.id in told}
        )
        self._memory = _Memory(self._memory.serial, dict(kept))
        self._remember(cursor, incidents, 0)
        for id in (*gone, *self._suspects):
            self._memory.told.pop(id, None)
        if following is None:
            mark = max(cursor.mark, min(millis(self._context.now - LAG), top))
            following = _Cursor(False, mark)
        following = replace(following, serial=self._memory.serial, of=self._of, top=top)
        return Batch(items=tuple(fresh), cursor=following.text(), more=bool(following.pages), gone=tuple(gone))

    async def _belonging(self, fresh: list[Incident]) -> tuple[list[Incident], list[str]]:
        """Those in scope, and the ids of known ones that left it."""
        if not self._context.options.query or not (fresh or self._suspects):
            return fresh, []
        ids = list(dict.fromkeys([*(item.id for item in fresh), *sorted(self._suspects)]))
        within: set[str] = set()
        for start in range(0, len(ids), BULK):
            some = ids[start : start + BULK]
            try:
                query = both(among("id", some), self._context.scope())
                page = await self._context.client.search(query, ("updated",), len(some), fresh=some)
                within |= {id_of(row) for row in page.rows}
                while page.next is not None:
                    page = await self._context.client.search(query, ("updated",), len(some), page.next, some)
                    within |= {id_of(row) for row in page.rows}
            except InvalidError:
                # one of them was deleted meanwhile: the next listing sorts that out
                within |= set(some)
        outside = {id for id in ids if id not in within}
        gone = sorted(outside & self._suspects)
        self._suspects = (outside & self._known if self._whole else outside) - set(gone)
        self._known -= set(gone)
        return [item for item in fresh if item.id in within], gone

    # --- pages of both
    async def _page(self, scope: str, by: str, cursor: _Cursor) -> Page:
        client = self._context.client
        cloud = await client.is_cloud()
        since = cursor.floor if cursor.floor and not cloud else 0 if by == "created" else cursor.mark
        condition = f"{by} >= {await self.moments.text(since)}" if since else ""
        query = f"{both(scope, condition)} ORDER BY {by} ASC, key ASC"
        fields = (await self._context.fields()).wanted
        try:
            page = await client.search(query, fields, self._context.options.page_size, cursor.at, cursor.fresh)
        except InvalidError:
            if self.moments.absolute is not None or not condition:
                raise
            # It may be the form of the moment that is not taken; where it is not, this is refused as well.
            self.moments.absolute = False
            try:
                return await self._page(scope, by, cursor)
            except InvalidError:
                self.moments.absolute = None
                raise
        if page.rows and self.moments.absolute is None:
            await self.moments.try_with(page.rows[-1])
        if cloud or not cursor.edge:
            return page
        told = set(cursor.edge)
        return replace(page, rows=tuple(row for row in page.rows if id_of(row) not in told))

    async def _next(self, cursor: _Cursor, page: Page, by: str) -> _Cursor | None:
        """Where the next page begins; None: there is none."""
        if page.next is None:
            return None
        if await self._context.client.is_cloud() or not page.rows:
            # without rows all of it was told already: go on by the count
            return replace(cursor, at=page.next, pages=cursor.pages + 1)
        stamps = {id_of(row): _time(row, by) for row in page.rows}
        last = max(stamps.values())
        step = 60_000 if self.moments.absolute is False else 1_000
        if last // step > cursor.floor // step:
            edge = tuple(id for id, at in stamps.items() if at // step >= last // step)
            return replace(cursor, at="", floor=last, edge=edge, pages=cursor.pages + 1)
        edge = (*cursor.edge, *stamps)
        return replace(cursor, at=page.next, edge=edge, pages=cursor.pages + 1)

    async def _believed(self, rows: Sequence[Row]) -> list[Row]:
        """The rows, those that are older than what we know replaced by what the store says."""
        stale = [id_of(row) for row in rows if _saved(row) < self._newest.get(id_of(row), 0)]
        current: dict[str, Row] = {}
        if stale:
            fields = (await self._context.fields()).wanted
            current = {id_of(row): row for row in await self._context.client.issues(stale, fields)}
        believed = [current.get(id_of(row), row) for row in rows if id_of(row) not in stale or id_of(row) in current]
        self.saw(believed)
        return believed

    def saw(self, rows: Sequence[Row], *, wrote: bool = False) -> None:
        """Remember how new these rows are; `wrote`: we have just changed them."""
        for row in rows:
            id = id_of(row)
            self._newest[id] = max(self._newest.get(id, 0), _saved(row))
            if wrote:
                self._wrote.pop(id, None)
                self._wrote[id] = self._context.connection.clock.monotonic()
        while len(self._newest) > _REMEMBERED:
            del self._newest[next(iter(self._newest))]

    def _fresh(self) -> tuple[str, ...]:
        now = self._context.connection.clock.monotonic()
        self._wrote = {id: at for id, at in self._wrote.items() if now - at < _FRESH}
        return tuple(list(self._wrote)[-RECONCILED:])

    def _remember(self, cursor: _Cursor, items: Sequence[Incident], since: int) -> None:
        """What the next polls would bring again as it is."""
        told = dict(self._memory.told)
        for item in items:
            if item.updated_at is None or millis(item.updated_at) >= since - _DAY:
                told[item.id] = _digest(item)
        while len(told) > _REMEMBERED:
            del told[next(iter(told))]
        self._memory = _Memory(self._memory.serial + 1, told)

    # --- asked for by name
    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        """These incidents, in scope or not, from the store; what is deleted or hidden is left out."""
        wanted = [id for id in dict.fromkeys(ids) if id.isascii() and id.isdigit() and len(id) < 20]
        rows = await self._context.client.issues(wanted, (await self._context.fields()).wanted) if wanted else []
        rows = await self._believed(rows)
        found = {item.id: item for item in await self._context.incidents(rows)}
        return tuple(found[id] for id in wanted if id in found)

    async def find(self, number: str) -> Incident:
        """The incident with this key, or with this number in one of the projects. Raises NotFoundError."""
        wanted = number.strip()
        keys = [wanted.upper()]
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 11:
            keys = [f"{project}-{int(wanted)}" for project in self._context.options.projects]
        for key in keys:
            if not _NUMBER.fullmatch(key):
                continue
            try:
                row = await self._context.client.issue(key, (await self._context.fields()).wanted)
            except NotFoundError:
                continue
            self.saw([row])
            for incident in await self._context.incidents([row]):
                return incident
        raise NotFoundError(f"there is no issue {number}, or this account may not see it")

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        """The newest incidents of this queue."""
        condition = "" if include_closed else self._open_condition()
        query = f"{both(self._context.scope(), condition)} ORDER BY created DESC, key DESC"
        fields = (await self._context.fields()).wanted
        found: dict[str, Incident] = {}
        at = ""
        fresh = self._fresh()
        while len(found) < limit:
            size = min(self._context.options.page_size, limit)
            page = await self._context.client.search(query, fields, size, at, fresh)
            rows = await self._believed(page.rows)
            incidents = await self._context.incidents(rows)
            found |= {item.id: item for item in incidents if include_closed or item.is_open}
            if page.next is None:
                break
            at = page.next
        return tuple(found.values())[:limit]


def _time(row: Row, by: str) -> int:
    when = moment(part(row, "fields"), by)
    return millis(when) if when else 0


def _saved(row: Row) -> int:
    return _time(row, "updated")


def _digest(incident: Incident) -> int:
    """Another number where anything of it is another."""
    return zlib.crc32(repr(incident).encode("utf-8", "surrogatepass"))
