"""Rows in an order: sorted once, and kept in order change by change."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from vagt.domain.columns import Columns
from vagt.domain.ordering import Grouping, Sort, SortKey, grouped_by
from vagt.domain.query_picks import Memo
from vagt.engine.sorting import Pause, at_once, in_slices, sorted_rows

_MANY = 8
"""Where more than one in so many rows changes at once, sorting anew is quicker than moving each."""
_ONE_BY_ONE = 16
"""So many rows are put in their places one by one; more are merged in."""


class Order:
    """Places of the columns as the rows of a view: sorted, and perhaps divided into groups.

    A row's key is never kept but worked out anew, from the incident at its place; so before an incident
    changes, `note` has to be told, which keeps the key by which the row still stands. What was noted is put in
    its place when somebody next asks: a view that is only counted, or that takes in a large store piece by
    piece, is put in order once for many changes.
    """

    def __init__(self, columns: Columns, sort: Sort, group: Grouping | None = None) -> None:
        self.sort = sort
        self.ready = False
        self.rows: list[int] = []
        self._columns = columns
        self._sort_key = sort.key()
        self._group = None if group is None else grouped_by(group)
        self._noted: dict[int, SortKey | None] = {}
        self._building: set[int] | None = None
        self._counts: dict[Any, int] = {}
        self._groups: tuple[tuple[str, int, int], ...] | None = None
        self._found: dict[int, int] = {}

    def build(self, places: Sequence[int]) -> None:
        """Sort these places, at once."""
        self.adopt(at_once(sorted_rows(places, self._columns.incidents, self.sort)))

    async def build_in_slices(self, places: Sequence[int], pause: Pause, *, tied: bool = False) -> None:
        """The same with pauses; what changes meanwhile is noted. `tied`: they are in the order of ties already."""
        mine = self._building = set()
        try:
            rows = await in_slices(sorted_rows(places, self._columns.incidents.copy(), self.sort, tied=tied), pause)
            if self._building is mine and not self.ready:
                self.adopt([place for place in rows if place not in mine])
                self._noted = dict.fromkeys(mine)
        finally:
            if self._building is mine:
                self._building = None

    def adopt(self, rows: list[int]) -> None:
        """Take over rows that are sorted already; they are divided into groups here."""
        self._noted, self._groups = {}, None
        self._found.clear()
        if self._group is not None:
            read, group = self._group
            column, of = self._columns.of(read), Memo(lambda value: group(value)[0])
            piles: dict[Any, list[int]] = defaultdict(list)
            for place in rows:
                piles[of[column[place]]].append(place)
            rows = [place for value in sorted(piles) for place in piles[value]]
            self._counts = {value: len(pile) for value, pile in piles.items()}
        self.rows = rows
        self.ready = True

    def note(self, place: int, *, there: bool) -> None:
        """The incident at this place is about to change, to come or to go; `there`: it is among the rows still."""
        if self.ready:
            if place not in self._noted:
                self._noted[place] = self._key(place) if there else None
        elif self._building is not None:
            self._building.add(place)

    @property
    def unsettled(self) -> int:
        """How many places were noted since somebody last asked."""
        return len(self._noted)

    def settle(self, is_member: Callable[[int], object]) -> None:
        """Put in its place what was noted; `is_member`: whether a place belongs to the rows now."""
        if not self._noted:
            return
        noted, self._noted = self._noted, {}
        self._groups = None
        self._found.clear()
        old = {place: row for place, row in noted.items() if row is not None}
        new = [place for place in noted if is_member(place)]
        self._count(old, new)
        if len(noted) * _MANY > len(self.rows):
            self.rows = [place for place in self.rows if place not in old]
        else:
            key = self._key
            for row in old.values():
                del self.rows[bisect_left(self.rows, row, key=lambda place: old.get(place) or key(place))]
        self._put_in(sorted((self._key(place), place) for place in new))

    def _count(self, old: dict[int, SortKey], new: list[int]) -> None:
        if self._group is None:
            return
        for row in old.values():
            self._counts[row[0]] -= 1
            if not self._counts[row[0]]:
                del self._counts[row[0]]
        for place in new:
            group = self._key(place)[0]
            self._counts[group] = self._counts.get(group, 0) + 1

    def _put_in(self, new: list[tuple[SortKey, int]]) -> None:
        if len(new) <= _ONE_BY_ONE:
            for row, place in new:
                self.rows.insert(bisect_left(self.rows, row, key=self._key), place)
            return
        before = self._places_of(new)
        rows: list[int] = []
        start = 0
        for at, (_, place) in zip(before, new, strict=True):
            rows += self.rows[start:at]
            rows.append(place)
            start = at
        self.rows = rows + self.rows[start:]

    def _places_of(self, new: list[tuple[SortKey, int]]) -> list[int]:
        """Before which row each of these comes. The middle one first: it halves the search for all others."""
        found = [0] * len(new)
        spans = [(0, len(new), 0, len(self.rows))]
        while spans:
            first, last, low, high = spans.pop()
            if first == last:
                continue
            middle = (first + last) // 2
            at = found[middle] = bisect_left(self.rows, new[middle][0], low, high, key=self._key)
            spans += (first, middle, low, at), (middle + 1, last, at, high)
        return found

    def _key(self, place: int) -> SortKey:
        incident = self._columns.incidents[place]
        assert incident is not None
        row = self._sort_key(incident)
        if self._group is None:
            return row
        read, group = self._group
        return (group(read(incident))[0], *row)

    def index(self, place: int) -> int:
        """Which row a place is; it must be one."""
        rows = self.rows
        known = self._found.get(place)
        if known is None:
            # The same few are asked for again and again: those on the screen.
            if len(self._found) > 1000:
                self._found.clear()
            known = self._found[place] = bisect_left(rows, self._key(place), key=self._key)
        return known

    def groups(self) -> tuple[tuple[str, int, int], ...]:
        """(title, index of its first row, number of rows); the title is as the group's first row writes it."""
        if self._group is None:
            return ()
        if self._groups is None:
            read, group = self._group
            found = []
            start = 0
            for value in sorted(self._counts):
                incident = self._columns.incidents[self.rows[start]]
                assert incident is not None
                found.append((group(read(incident))[1], start, self._counts[value]))
                start += self._counts[value]
            self._groups = tuple(found)
        return self._groups
