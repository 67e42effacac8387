"""What belongs to the queue: judged here where that is sure, else by Ivanti itself."""

from __future__ import annotations

from collections.abc import Sequence

from vagt.adapters.ivanti import filters
from vagt.adapters.ivanti.client import INCIDENTS
from vagt.adapters.ivanti.context import Context
from vagt.adapters.ivanti.mapping import record_id, state_of
from vagt.adapters.ivanti.quick import Catalogue
from vagt.adapters.lenient import Row
from vagt.adapters.protocol import InvalidError


async def belonging(
    context: Context, catalogue: Catalogue, news: Sequence[Row], recent: filters.Node
) -> tuple[list[Row], list[str]]:
    """Which modified rows are ours, and which of ours left the queue without being closed."""
    options = context.options
    if not options.saved and options.scope is None:
        told: list[bool | None] = [True] * len(news)
    elif options.scope is not None:
        told = [filters.fits(options.scope, row) for row in news]
    else:
        told = [None if state_of(row, options).is_open else False for row in news]
    inside: set[str] = set()
    if None in told:
        inside = await _inside(context, catalogue, recent)
    ours, gone = [], []
    for row, fits in zip(news, told, strict=True):
        id = record_id(row)
        known = id in context.open
        if fits or (fits is None and id in inside) or (known and not state_of(row, options).is_open):
            ours.append(row)
        elif known:
            gone.append(id)
    return ours, gone


async def _inside(context: Context, catalogue: Catalogue, recent: filters.Node) -> set[str]:
    """The modified incidents that Ivanti itself counts to the queue."""
    options, client = context.options, context.client
    if not options.saved:
        rows = await client.all_rows(
            INCIDENTS, where=filters.both(options.scope, recent), select=("RecId",), order="IncidentNumber desc"
        )
        return {record_id(row) for row in rows}
    search = await catalogue.search(options.saved)
    found: set[str] = set()
    where: filters.Node | None = recent
    while True:
        try:
            page = await client.rows(
                INCIDENTS, where=where, order="IncidentNumber desc", skip=len(found), search=search
            )
        except InvalidError:
            if where is None:
                raise
            where = None
            context.settled["saved"] = "a saved search takes no filter here: it is read whole after a change"
            continue
        before = len(found)
        found |= {record_id(row) for row in page.rows}
        if len(page.rows) < client.page_size or len(found) == before:
            return found
