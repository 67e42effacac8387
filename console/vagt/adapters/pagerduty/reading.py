"""Incidents that are asked for by name: by id, by number, or the newest ones ("Get an incident", "List incidents").

`GET /incidents/{id}` takes a number as well as an id, so that the answer is held against the question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from vagt.adapters.lenient import Row, text_of
from vagt.adapters.pagerduty.client import DEEPEST, MOST, Page
from vagt.adapters.pagerduty.context import Context
from vagt.adapters.pagerduty.wire import id_of, is_id
from vagt.adapters.protocol import NotFoundError
from vagt.domain.incident import Incident

INCLUDES = ("assignees", "conference_bridge")
OPEN = (("statuses[]", "triggered"), ("statuses[]", "acknowledged"))
_OVER = (("statuses[]", "resolved"),)
_ALL = (*OPEN, *_OVER)
_MANY = 20
_DESCRIBED = 3
"""So few incidents are read with what was said when they were triggered."""


class Reader:
    """Looks up incidents."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def row(self, id: str, *, describe: bool = False) -> Row:
        """One incident as it is now. Raises NotFoundError where it is gone or hidden."""
        if not is_id(id):
            raise NotFoundError(f"“{id}” is no incident of PagerDuty")
        include = (*INCLUDES, "first_trigger_log_entries") if describe else INCLUDES
        row = await self._context.client.incident(id, include)
        if id_of(row) != id:
            raise NotFoundError(f"PagerDuty has no incident with the id {id}")
        return row

    async def rows(self, ids: Sequence[str], *, describe: bool = False) -> list[Row]:
        """Those of them that are there; one request each, since no list can be asked for ids.

        Where they are many, most were resolved while nobody looked: those are listed first.
        """
        describe = describe and len(ids) <= _DESCRIBED
        wanted = list(dict.fromkeys(ids))
        over = await self._lately_over(wanted) if len(wanted) > _MANY else {}
        found = await asyncio.gather(*(self._row_or_none(id, describe) for id in wanted if id not in over))
        return [*over.values(), *(row for row in found if row is not None)]

    async def _lately_over(self, ids: Sequence[str]) -> dict[str, Row]:
        """Those of them that were resolved last, in few requests."""
        params = [*_OVER, ("date_range", "all"), ("sort_by", "resolved_at:desc"), ("time_zone", "UTC")]
        params += [("include[]", name) for name in INCLUDES]
        pages = len(ids) // MOST + 2
        found, _ = await self._context.client.every("/incidents", "incidents", params, pages=pages)
        return {id_of(row): row for row in found if id_of(row) in set(ids)}

    async def _row_or_none(self, id: str, describe: bool) -> Row | None:
        try:
            return await self.row(id, describe=describe and id not in self._context.descriptions)
        except NotFoundError:
            return None

    async def get(self, ids: Sequence[str], *, describe: bool = True) -> tuple[Incident, ...]:
        """These incidents, open or not; what is gone or hidden is left out."""
        return await self._context.incidents(await self.rows(ids, describe=describe))

    async def find(self, number: str) -> Incident:
        """The incident that people call `number`. Raises NotFoundError."""
        wanted = number.strip().lstrip("#")
        if not is_id(wanted):
            raise NotFoundError(f"“{number}” is not the number of a PagerDuty incident")
        row = await self._context.client.incident(wanted, (*INCLUDES, "first_trigger_log_entries"))
        if wanted not in (text_of(row.get("incident_number")), id_of(row)):
            raise NotFoundError(f"PagerDuty has no incident {number}")
        found = await self._context.incidents([row])
        if not found:
            raise NotFoundError(f"PagerDuty has no incident {number}")
        return found[0]

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        """The newest incidents of this queue."""
        scope = await self._context.scope()
        found: dict[str, Row] = {}
        met: set[str] = set()
        offset = 0
        while len(found) < limit and offset < DEEPEST:
            page = await self.page(
                statuses=_ALL if include_closed else OPEN, limit=min(MOST, DEEPEST - offset), offset=offset
            )
            fresh = {id_of(row): row for row in page.rows if id_of(row)}
            if not fresh.keys() - met:
                break
            met |= fresh.keys()
            found |= {id: row for id, row in fresh.items() if scope.holds(row)}
            offset += len(page.rows)
            if not page.more:
                break
        return await self._context.incidents(list(found.values())[:limit])

    async def page(
        self,
        *,
        statuses: Sequence[tuple[str, str]] = OPEN,
        limit: int,
        offset: int = 0,
        way: str = "desc",
        total: bool = False,
    ) -> Page:
        """A page of the queue by number, the newest first; without `date_range` only a month would be listed."""
        params = [
            *statuses,
            ("date_range", "all"),
            ("sort_by", f"incident_number:{way}"),
            ("time_zone", "UTC"),
            *(("include[]", name) for name in INCLUDES),
            *(await self._context.scope()).params,
        ]
        if total:
            params.append(("total", "true"))
        return await self._context.client.page("/incidents", "incidents", params, limit=limit, offset=offset)
