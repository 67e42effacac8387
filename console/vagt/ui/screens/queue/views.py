"""The views of the queue: their counts, and what each remembers while another is shown."""

from __future__ import annotations

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


class Views:
    """All views, one of them shown. Each counts for itself; the shown one also has its filter and order."""

    def __init__(self, board: Board, settings: tuple[ViewSettings, ...]) -> None:
        self._board = board
        self.all = [self._shown(view) for view in settings[:MOST]]
        self._counters = [board.open_view(view.query, self._sort(view.sort), None) for view in self.all]
        self._filtered: View | None = None
        self.at = 0
        self.list = self._open()

    @staticmethod
    def _shown(view: ViewSettings) -> Shown:
        sort = view.sort or _ORDERS[0]
        orders = (sort, *(order for order in _ORDERS if order != sort))
        return Shown(view, parse(view.query), sort, orders=orders)

    @staticmethod
    def _sort(text: str) -> Sort:
        return parse_sort(text)

    @property
    def now(self) -> Shown:
        """The view that is shown."""
        return self.all[self.at]

    @property
    def counts(self) -> tuple[int, ...]:
        """How many incidents are in each view, whatever is filtered."""
        return tuple(view.count for view in self._counters)

    def switch(self, at: int) -> bool:
        """Show the view number `at` (from 0); False where there is none or it is shown already."""
        if not 0 <= at < len(self.all) or at == self.at:
            return False
        self.at = at
        self.reopen()
        return True

    def reopen(self) -> None:
        """Open the list anew, after its filter, order or grouping changed."""
        old = self._filtered
        self._filtered = None
        self.list = self._open()
        if old is not None:
            old.close()

    def _open(self) -> View:
        now = self.now
        plain = now.filter_query is None and now.group is None and now.sort == now.orders[0]
        if plain:
            return self._counters[self.at]
        query = now.query if now.filter_query is None else now.query.both(now.filter_query)
        self._filtered = self._board.open_view(query, self._sort(now.sort), now.group)
        return self._filtered

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
        for view in (*self._counters, *(() if self._filtered is None else (self._filtered,))):
            view.close()
