"""Following the queue: a full listing, then the account's log and a page of open incidents at each poll.

PagerDuty cannot be asked "since". What happened stands in its log ("List log entries", newest first
as far as anybody saw; either order is read), which is asked from two minutes before the last poll
on, as entries become visible late. An entry brings its incident along; where that is only referred
to, or older than the entry, it is read by itself. The log may leave things out (titles, priorities),
so that each poll lists a page of the open set besides, in turn where it has several; where one page
holds all of it, what left it shows at once.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from vagt.adapters.lenient import Row, moment_of, text_of
from vagt.adapters.pagerduty.client import DEEPEST
from vagt.adapters.pagerduty.context import Context
from vagt.adapters.pagerduty.mapping import is_whole, unacknowledges_at
from vagt.adapters.pagerduty.reading import Reader
from vagt.adapters.pagerduty.sweeping import Place, Sweep
from vagt.adapters.pagerduty.wire import held, id_of, wire_time
from vagt.adapters.protocol import Batch
from vagt.domain.incident import Incident

OVERLAP = timedelta(seconds=120)
"""How late an entry may become visible."""
_LATE = timedelta(seconds=2)
"""By how much whole seconds and two clocks may be apart."""
_MOST_PAGES = 8
"""Pages of log entries that one poll reads, or as many as a full listing has."""
_MOST_READS = 40
"""Incidents that one poll reads one by one; beyond them a full listing is cheaper."""


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where we are; `of` ties it to the session that remembers what it told."""

    of: str
    sweep: dict[str, object] | None = None
    pages: int = 0
    since: str = ""
    """From when on the log is asked."""
    seen: list[str] = field(default_factory=list)
    """Entries since then that were dealt with."""
    stormy: bool = False
    """This listing stands in for a log that was too long: the next poll can wait its turn."""
    turn: int = 0
    """The offset of the page of open incidents that is next."""

    def text(self) -> str:
        return json.dumps(asdict(self))


def _read_cursor(text: str | None) -> _Cursor | None:
    try:
        return _Cursor(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        return None


@dataclass(slots=True)
class _Touched:
    """An incident that the log tells of."""

    at: datetime | None = None
    """The newest entry."""
    row: Row | None = None
    """As the newest entry brought it along."""


class Follower:
    """Lists and follows the open set."""

    def __init__(self, context: Context, reader: Reader) -> None:
        self._context = context
        self._reader = reader
        self._size = context.options.page_size
        self._sweep = Sweep(reader, self._size)
        self._of = uuid.uuid4().hex
        self._told: dict[str, Incident] = {}
        """Open incidents as they were last told."""

    async def changes(self, text: str | None) -> Batch:
        """The next page of a listing, or what happened since the last poll."""
        cursor = _read_cursor(text)
        if cursor is None or cursor.of != self._of:
            return await self._list(None)
        return await self._list(cursor) if cursor.sweep is not None else await self._poll(cursor)

    # --- the full listing
    async def _list(self, cursor: _Cursor | None, *, stormy: bool = False) -> Batch:
        restart = cursor is None
        if cursor is None:
            await self._context.me()
            await self._context.refresh()
            # what happened before shows in the listing itself, however late its entry comes
            cursor = _Cursor(self._of, since=wire_time(self._context.now - _LATE), stormy=stormy)
            self._told = {}
        place = Place(**cursor.sweep) if cursor.sweep else None  # type: ignore[arg-type]
        page, following = await self._sweep.page(place)
        scope = await self._context.scope()
        within = [row for row in page.rows if scope.holds(row)]
        items = [item for item in await self._context.incidents(within) if item.is_open]
        fresh = [item for item in items if self._told.get(item.id) != item]
        self._tell(fresh)
        done = following is None
        after = replace(
            cursor,
            sweep=None if following is None else asdict(following),
            pages=cursor.pages + 1,
            turn=0,
        )
        return Batch(
            items=tuple(fresh),
            cursor=after.text(),
            # what happened while several pages were listed is told at once
            more=not done or (cursor.pages > 0 and not cursor.stormy),
            complete=done,
            restart=restart,
            total=page.total if restart else None,
        )

    # --- the poll
    async def _poll(self, cursor: _Cursor) -> Batch:
        floor = moment_of(cursor.since)
        began = self._context.now
        entries = await self._entries(cursor.since)
        if entries is None:
            return await self._list(None, stormy=True)
        seen = set(cursor.seen)
        fresh = [entry for entry in entries if id_of(entry) not in seen]
        touched = _touched(fresh)
        listed, whole, turn = await self._open_page(cursor.turn)
        rows = {id: one.row for id, one in touched.items() if one.row is not None} | listed
        unread = [id for id, one in touched.items() if id not in listed and not self._is_told_well(one)]
        lost = [id for id in self._told if id not in listed and id not in touched] if whole else []
        if len(unread) + len(lost) > _MOST_READS:
            return await self._list(None, stormy=True)
        rows |= {id_of(row): row for row in await self._reader.rows([*unread, *lost], describe=False)}
        gone = [id for id in (*unread, *lost) if id not in rows and id in self._told]
        self._learn_snoozes(fresh, rows)
        items, outside = await self._news(rows)
        for id in (*gone, *outside):
            self._told.pop(id, None)
        since = wire_time(max(floor or began, began) - OVERLAP)
        after = replace(cursor, since=since, seen=_later(entries, since), turn=turn)
        return Batch(items=tuple(items), cursor=after.text(), gone=(*gone, *outside))

    async def _entries(self, since: str) -> list[Row] | None:
        """The log from then on; None where it is too long to be read."""
        params = [
            ("since", since),
            ("is_overview", "true"),
            ("include[]", "incidents"),
            ("time_zone", "UTC"),
            *(await self._context.scope()).teams_params,
        ]
        pages = max(_MOST_PAGES, len(self._told) // self._size)
        entries, complete = await self._context.client.every("/log_entries", "log_entries", params, pages=pages)
        return entries if complete else None

    async def _open_page(self, turn: int) -> tuple[dict[str, Row], bool, int]:
        """A page of the open set by id, whether that is all of it, and whose turn is next.

        Left out while little is left of the allowance of requests.
        """
        if self._context.client.tight:
            return {}, False, turn
        page = await self._reader.page(limit=min(self._size, DEEPEST - turn), offset=turn)
        end = turn + len(page.rows)
        following = end if page.more and page.rows and end < min(DEEPEST, len(self._told) + self._size) else 0
        listed = {id_of(row): row for row in page.rows if id_of(row)}
        return listed, turn == 0 and not page.more, following

    def _is_told_well(self, one: _Touched) -> bool:
        """Whether what the log brought along can stand for the incident as it now is."""
        if one.row is None or not is_whole(one.row):
            return False
        updated = moment_of(text_of(one.row.get("updated_at")))
        if updated is None or one.at is None or updated < one.at - _LATE:
            return False
        known = self._told.get(id_of(one.row))
        return known is None or known.updated_at is None or updated >= known.updated_at

    async def _news(self, rows: dict[str, Row]) -> tuple[list[Incident], list[str]]:
        """What is new among these, and what left the scope of this queue."""
        scope = await self._context.scope()
        kept = [row for row in rows.values() if scope.holds(row)]
        outside = [id for id, row in rows.items() if id in self._told and not scope.holds(row)]
        items = [item for item in await self._context.incidents(kept) if self._told.get(item.id) != item]
        self._tell(items)
        return items, outside

    def _tell(self, items: Iterable[Incident]) -> None:
        for item in items:
            if item.is_open:
                self._told[item.id] = item
            else:
                self._told.pop(item.id, None)

    def _learn_snoozes(self, entries: Sequence[Row], rows: dict[str, Row]) -> None:
        """An entry that says so is the surest sign of a snooze."""
        for entry in entries:
            id = id_of(held(entry, "incident"))
            if text_of(entry.get("type")).startswith("snooze") and id in rows:
                ends = unacknowledges_at(rows[id])
                if ends is not None:
                    self._context.snoozes[id] = ends


def _touched(entries: Sequence[Row]) -> dict[str, _Touched]:
    """Incidents by id, each with its newest entry."""
    found: dict[str, _Touched] = {}
    for entry in entries:
        incident = held(entry, "incident")
        if not id_of(incident):
            continue
        at = moment_of(text_of(entry.get("created_at")))
        one = found.setdefault(id_of(incident), _Touched())
        if one.row is None or (at is not None and (one.at is None or at > one.at)):
            one.at, one.row = at or one.at, incident
    return found


def _later(entries: Sequence[Row], since: str) -> list[str]:
    floor = moment_of(since)
    found = []
    for entry in entries:
        at = moment_of(text_of(entry.get("created_at")))
        if id_of(entry) and (at is None or floor is None or at >= floor - _LATE):
            found.append(id_of(entry))
    return found
