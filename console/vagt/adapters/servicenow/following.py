"""What was saved since a stamp, in order, in a request or few (the polls of `reading`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from vagt.adapters.protocol import ForbiddenError
from vagt.adapters.servicenow.checking import Checker
from vagt.adapters.servicenow.client import Page
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.errors import is_denied_query
from vagt.adapters.servicenow.wire import Row, id_of, moment, value, wire_time

OVERLAP = timedelta(seconds=120)
"""How much older than the newest stamp seen a save may be that becomes visible only now."""
EMPTY_PAGES = 3
"""Without a count, so many empty pages in a row are the end."""
_TRUSTED = timedelta(seconds=300)
"""How long after its Date header a save can no longer become visible with an older stamp."""
_CLOSE = 120.0
"""Seconds by which the two clocks may differ for the Date header to be believed."""
_SLICE = 150
"""Known incidents that one poll asks about besides: an address stays under 8,000 characters."""
_MOST_PAGES = 12
_SLIM = ("sys_id", "sys_mod_count", "sys_updated_on")
_MOST_SLIM = 1000


class Saves:
    """Asks for what was saved."""

    def __init__(self, context: Context, checker: Checker) -> None:
        self._context = context
        self._checker = checker

    def floor(self, since: str) -> str:
        """From which stamp on to ask: the newest less the overlap, or later where the instance's clock allows it."""
        when = moment(since)
        if when is None:
            return ""
        floor = when - OVERLAP
        client = self._context.client
        if client.date is not None and client.skew is not None and abs(client.skew) < _CLOSE:
            floor = max(floor, min(when, client.date - _TRUSTED))
        return wire_time(floor)

    async def updated(self, floor: str, line: dict[str, str]) -> list[Row] | None:
        """Rows saved at `floor` or later, in scope or known; None where a sweep is better.

        Where they are more than a page, as after an import, only their versions are asked for.

        Pages go by the stamp and not by offset: a row that is saved meanwhile moves to the end, and
        all others would slide up one place.
        """
        scope = await self._context.scope()
        known = tuple(line)[:_SLICE] if floor and scope.fields else ()
        if known:
            bound = min(floor, *(line[id] or floor for id in known))
            also = f"^NQsys_idIN{','.join(known)}^sys_updated_on>={bound}"
            page = await self._saved(bound, [f"sys_updated_on>={floor}"], also=also)
            if page is None:
                return None
            if page.is_last and page.total is not None:
                for id in known:
                    # to the end of the line
                    del line[id]
                    line[id] = floor
                return list(page.rows)
        return await self._pages(floor)

    async def _pages(self, floor: str) -> list[Row] | None:
        found: dict[str, Row] = {}
        stamp, after, offset, empty = floor, "", 0, 0
        for number in range(_MOST_PAGES):
            conditions = [f"sys_updated_on={stamp}", f"sys_id>{after}"] if after else []
            conditions = conditions or ([f"sys_updated_on>={stamp}"] if stamp else [])
            page = await self._saved(stamp, conditions, offset=offset, slim=number > 0)
            if page is None:
                return None
            found = {id_of(row): row for row in page.rows if id_of(row)} | found
            if page.total is not None and page.is_last:
                if not after:
                    return list(found.values())
                stamp, after, offset = wire_time((moment(stamp) or self._context.now) + timedelta(seconds=1)), "", 0
            elif not page.rows:
                offset, empty = offset + page.limit, empty + 1
                if page.total is None and empty >= EMPTY_PAGES:
                    if not after:
                        return list(found.values())
                    stamp, after = wire_time((moment(stamp) or self._context.now) + timedelta(seconds=1)), ""
                    offset = empty = 0
            elif page.total is None and not after and len(page.rows) < page.limit and len(found) == len(page.rows):
                # Without a count a short first page is read on behind it: hidden rows may have made it short.
                offset += page.limit
            else:
                first, last = value(page.rows[0], "sys_updated_on"), value(page.rows[-1], "sys_updated_on")
                # A whole page of one second is finished by sys_id.
                stamp, after, offset = last, id_of(page.rows[-1]) if after or first == last else "", 0
        return None

    async def _saved(
        self, bound: str, conditions: Sequence[str], *, also: str = "", offset: int = 0, slim: bool = False
    ) -> Page | None:
        """A page of saves, in order and not older than `bound`; None where the instance does not obey that."""
        scope = await self._context.scope()
        query = scope.text(*conditions, without=self._checker.unusable) + also
        query = f"{query}^ORDERBYsys_updated_on^ORDERBYsys_id".removeprefix("^")
        fields = _SLIM if slim else await self._context.fields()
        limit = _MOST_SLIM if slim else self._context.options.page_size
        try:
            page = await self._context.client.rows("incident", query, fields, limit=limit, offset=offset)
        except ForbiddenError as error:
            if not is_denied_query(error):
                raise
            self._checker.forget()
            return None
        stamps = [value(row, "sys_updated_on") for row in page.rows]
        if any(told < bound for told in stamps) or stamps != sorted(stamps):
            self._checker.cannot_follow("it ignores a condition or the order by sys_updated_on")
            return None
        return page
