"""Looking up incidents of an Ivanti tenant: by key, by number, or the newest of the queue."""

from __future__ import annotations

from collections.abc import Sequence

from vagt.adapters.ivanti import filters
from vagt.adapters.ivanti.client import INCIDENTS
from vagt.adapters.ivanti.context import CHAIN, Context
from vagt.adapters.ivanti.mapping import LONG, number_of, record_id, state_of
from vagt.adapters.ivanti.quick import Catalogue
from vagt.adapters.ivanti.wire import RECORD_ID
from vagt.adapters.lenient import Row
from vagt.adapters.protocol import NotFoundError
from vagt.domain.incident import Incident

_FEW = 3
"""So many incidents are read with their long texts."""


class Reader:
    """Looks up incidents, open or not."""

    def __init__(self, context: Context, catalogue: Catalogue) -> None:
        self._context = context
        self._catalogue = catalogue

    async def get(self, ids: Sequence[str], *, clocks: bool = True) -> tuple[Incident, ...]:
        """These incidents, open or not; few of them with their long texts and all their clocks."""
        wanted = [id for id in dict.fromkeys(ids) if RECORD_ID.match(id)]
        few = len(wanted) <= _FEW
        select = [*self._context.select, *(LONG if few else ())]
        rows: list[Row] = []
        for start in range(0, len(wanted), CHAIN):
            where = filters.any_of("RecId", wanted[start : start + CHAIN])
            page = await self._context.client.rows(INCIDENTS, where=where, select=select, top=CHAIN)
            rows += page.rows
        self._context.learn(rows)
        await self._context.enrich(rows)
        if few and clocks:
            await self._context.read_clocks([id for row in rows if (id := record_id(row))])
        for row in rows:
            if (id := record_id(row)) in self._context.open and state_of(row, self._context.options).is_open:
                self._context.open[id] = row
        found = {item.id.upper(): item for item in self._context.incidents(rows)}
        return tuple(found[id.upper()] for id in wanted if id.upper() in found)

    async def find(self, number: str) -> Incident:
        """By IncidentNumber. Raises NotFoundError."""
        wanted = number.strip().lstrip("#")
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 10:
            where: filters.Node = filters.Compare("IncidentNumber", "eq", str(int(wanted)))
        elif RECORD_ID.match(wanted):
            where = filters.eq("RecId", wanted)
        else:
            raise NotFoundError(f"“{number}” is not the number of an incident")
        page = await self._context.client.rows(INCIDENTS, where=where, select=("RecId",), top=1)
        found = await self.get([record_id(page.rows[0])]) if page.rows else ()
        if not found:
            raise NotFoundError(f"there is no incident {number}, or this account may not see it")
        return found[0]

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        """The newest incidents of this queue, by number."""
        options, client = self._context.options, self._context.client
        scope = None if options.saved else options.scope
        search = await self._catalogue.search(options.saved) if options.saved and not include_closed else None
        found: dict[str, Row] = {}
        below: filters.Node | None = None
        while len(found) < limit:
            parts = [part for part in (scope, None if include_closed or search else options.still_open, below) if part]
            page = await client.rows(
                INCIDENTS,
                where=filters.both(*parts) if parts else None,
                select=self._context.select,
                order="IncidentNumber desc",
                search=search,
            )
            before = len(found)
            found |= {id: row for row in page.rows if (id := record_id(row))}
            numbers = [number for row in page.rows if (number := number_of(row)) is not None]
            if len(page.rows) < client.page_size or len(found) == before or not numbers:
                break
            below = filters.Compare("IncidentNumber", "lt", str(min(numbers)))
        rows = list(found.values())[:limit]
        self._context.learn(rows)
        await self._context.enrich(rows)
        items = self._context.incidents(rows)
        return items if include_closed else tuple(item for item in items if item.is_open)
