"""All incidents of a large board in the orders that somebody asks for, so that no view has to sort."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable

from vagt.domain.clock import Clock
from vagt.domain.columns import Columns
from vagt.domain.ordering import Sort
from vagt.domain.query_terms import DEAR
from vagt.engine.ranking import Order
from vagt.engine.sorting import RUN, Pause

_MOST = 8
"""Orders that are kept, a number for each incident; the one that was not asked for longest goes."""
_UNASKED = 5_000
"""Changes after which an order that nobody has asked for meanwhile is forgotten."""
_TIES = Sort(())
"""The order that decides where all else is equal; every other one begins with it."""


class Ranks:
    """Has to be told before and after the incident at a place changes, as a view has."""

    def __init__(self, columns: Columns, clock: Clock, *, ranked_from: int) -> None:
        """Of no more than `ranked_from` incidents nothing is kept: they are sorted as quickly as looked up."""
        self._columns = columns
        self._clock = clock
        self._ranked_from = ranked_from
        self._orders: dict[Sort, Order] = {}
        self._followed: list[Order] = []
        """Those, and one that is still being worked out."""
        self._making = asyncio.Lock()

    @property
    def _is_small(self) -> bool:
        return len(self._columns.place) <= self._ranked_from

    async def rank(self, sort: Sort) -> None:
        """Work out an order, in slices, where it is not there."""
        if self._is_small or self._is_there(sort):
            return
        async with self._making:
            if self._is_there(sort):
                return
            pause = Pause(self._clock)
            ties = self._orders.get(_TIES)
            if ties is None:
                ties = await self._make(_TIES, self._columns.places(), pause, tied=False)
            await self._make(sort, self._settled(ties), pause, tied=True)

    async def prepare(self, sorts: Iterable[Sort]) -> None:
        """Work out these orders, as many as are kept, and what queries about time ask."""
        for sort in [*dict.fromkeys(sorts)][: _MOST - 1]:
            await self.rank(sort)
        await self.prepare_columns()

    async def prepare_columns(self) -> None:
        """Work out, in slices, what queries about time ask."""
        if not self._is_small:
            pause = Pause(self._clock)
            for read in DEAR:
                for rows in self._columns.prepared(read, RUN):
                    await pause.when_due(rows)

    def rows(self, sort: Sort) -> list[int] | None:
        """All places in that order; None where it is not worked out."""
        order = self._orders.get(sort)
        return None if order is None else self._settled(order)

    def about_to_change(self, places: Collection[int]) -> None:
        """The incidents at these places are about to be others, or to go; they are as they were still."""
        for order in self._followed:
            for place in places:
                order.note(place, there=True)

    def changed(self, places: Collection[int]) -> None:
        """The incidents at these places are others now, or have come, or gone."""
        for order in self._followed:
            for place in places:
                order.note(place, there=False)
        for sort in [sort for sort, order in self._orders.items() if order.unsettled > _UNASKED]:
            self._forget(sort)

    def _is_there(self, sort: Sort) -> bool:
        """Whether the order is there; if so it is the last to be forgotten."""
        if sort in self._orders:
            self._orders[sort] = self._orders.pop(sort)
            return True
        return False

    async def _make(self, sort: Sort, places: list[int], pause: Pause, *, tied: bool) -> Order:
        order = Order(self._columns, sort)
        self._followed.append(order)
        try:
            await order.build_in_slices(places, pause, tied=tied)
        except BaseException:
            self._followed.remove(order)
            raise
        self._orders[sort] = order
        while len(self._orders) > _MOST:
            self._forget(next(kept for kept in self._orders if kept != _TIES))
        return order

    def _forget(self, sort: Sort) -> None:
        self._followed.remove(self._orders.pop(sort))

    def _settled(self, order: Order) -> list[int]:
        order.settle(lambda place: self._columns.incidents[place] is not None)
        return order.rows
