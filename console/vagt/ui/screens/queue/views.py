"""The views of the queue: their counts, and what each remembers while another is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vagt.config.settings import ViewSettings
from vagt.domain.incident import Key
from vagt.domain.ordering import Grouping, Sort, parse_sort
from vagt.domain.query import Query, parse
from vagt_widgets.list_model import Viewpoint

if TYPE_CHECKING:
    from vagt.engine.board import Board, View

MOST = 9
"""Views on the digit keys."""
_ORDERS = ("priority,-age", "sla", "-updated", "-age", "age", "number")
_WORDS = {
    "priority,-age": "priority, oldest first",
    "sla": "next to breach",
    "-updated": "last change first",
    "updated": "longest untouched first",
    "-age": "oldest first",
    "age": "newest first",
    "number": "number",
}
GROUPINGS: tuple[Grouping | None, ...] = (None, Grouping.SERVICE, Grouping.TEAM, Grouping.PRIORITY)


def sort_words(sort: str) -> str:
    """A sort order for people."""
    return _WORDS.get(sort, sort)


@dataclass(slots=True)
class Shown:
    """One view as the operator left it."""

    settings: ViewSettings
    query: Query
    sort: str
    group: Grouping | None = None
    filter_text: str = ""
    filter_query: Query | None = None
    viewpoint: Viewpoint[Key] | None = None
    orders: tuple[str, ...] = field(default=_ORDERS)

    @property
    def asks_closed(self) -> bool:
        """Whether resolved or closed incidents are asked for by name."""
        return self.wanted.asks_closed

    @property
    def wanted(self) -> Query:
        """What is to be shown: the view with its filter; a filter that names closed ones widens a view of open ones."""
        if self.filter_query is None:
            return self.query
        return (self.query.with_closed() if self.filter_query.asks_closed else self.query).both(self.filter_query)


class NoRows:
    """Stands for a view that is still being worked out."""

    count = 0
    groups: tuple[tuple[str, int, int], ...] = ()

    def __len__(self) -> int:
        return 0

    def __getitem__(self, index: int) -> Key:
        raise IndexError(index)

    def index(self, key: Key) -> int | None:
        return None

    def close(self) -> None:
        """There is nothing to close."""


NO_ROWS = NoRows()
LARGE = 5_000
"""Incidents from which a view is worked out in slices, so that keys are answered meanwhile."""


class Views:
    """All views, one of them shown. Each counts for itself; the shown one also has its filter and order.

    On a small board all is there at once. On a large one (`unfinished`) the views are opened by `finish`, and
    `reopen` is to be replaced by `reopen_slowly`.
    """

    def __init__(self, board: Board, settings: tuple[ViewSettings, ...]) -> None:
        self._board = board
        self.all = [self._shown(view) for view in settings[:MOST]]
        self._counters: list[View | None] = [None] * len(self.all)
        self._filtered: View | None = None
        self.at = 0
        self.list: View | NoRows = NO_ROWS
        board.expect(parse_sort(order) for order in self.now.orders)
        if not self.is_large:
            self._counters = [board.open_view(view.query, parse_sort(view.sort)) for view in self.all]
            self.reopen()

    @staticmethod
    def _shown(view: ViewSettings) -> Shown:
        sort = view.sort or _ORDERS[0]
        orders = (sort, *(order for order in _ORDERS if order != sort))
        return Shown(view, parse(view.query), sort, orders=orders)

    @property
    def is_large(self) -> bool:
        return len(self._board) > LARGE

    @property
    def unfinished(self) -> bool:
        """Some views are not there yet: `finish` opens them."""
        return any(view is None for view in self._counters)

    @property
    def now(self) -> Shown:
        """The view that is shown."""
        return self.all[self.at]

    @property
    def counts(self) -> tuple[int | None, ...]:
        """How many incidents are in each view, whatever is filtered; None: still being counted."""
        return tuple(None if view is None else view.count for view in self._counters)

    async def finish(self) -> AsyncIterator[int]:
        """Open what is not there yet, the shown view first; yields the number of each as it comes."""
        order = sorted(range(len(self.all)), key=lambda at: at != self.at)
        for at in order:
            if self._counters[at] is None:
                view = self.all[at]
                self._counters[at] = await self._board.open_view_slowly(view.query, parse_sort(view.orders[0]))
                yield at

    def switch(self, at: int) -> bool:
        """Turn to the view number `at` (from 0); False where there is none or it is shown already."""
        if not 0 <= at < len(self.all) or at == self.at:
            return False
        self.at = at
        return True

    def reopen(self) -> None:
        """Work out the list anew, after the view, its filter, order or grouping changed."""
        wanted = self._wanted()
        self._replace(None if wanted is None else self._board.open_view(*wanted))

    async def reopen_slowly(self) -> None:
        """The same in slices; what was shown stays until the new list is there."""
        wanted = self._wanted()
        if wanted is not None:
            self._replace(await self._board.open_view_slowly(*wanted))
            return
        counter = self._counters[self.at]
        if counter is not None:
            await self._board.prepare(counter)
        self._replace(None)

    def _wanted(self) -> tuple[Query, Sort, Grouping | None] | None:
        """The view to open; None: the counting one is just that."""
        now = self.now
        if now.filter_query is None and now.group is None and now.sort == now.orders[0]:
            return None
        return now.wanted, parse_sort(now.sort), now.group

    def _replace(self, view: View | None) -> None:
        old, self._filtered = self._filtered, view
        counter = self._counters[self.at]
        self.list = view if view is not None else NO_ROWS if counter is None else counter
        if old is not None:
            old.close()

    def next_sort(self) -> str:
        """The order that comes after the present one."""
        now = self.now
        at = now.orders.index(now.sort) if now.sort in now.orders else -1
        return now.orders[(at + 1) % len(now.orders)]

    def next_group(self) -> Grouping | None:
        """Turn to the next grouping; returns it."""
        now = self.now
        now.group = GROUPINGS[(GROUPINGS.index(now.group) + 1) % len(GROUPINGS)]
        return now.group

    def close(self) -> None:
        """Stop following the board."""
        for view in (*self._counters, self._filtered):
            if view is not None:
                view.close()
