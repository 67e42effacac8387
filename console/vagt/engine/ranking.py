"""Rows in an order: sorted once, kept in order change by change, and divided among views without sorting again."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from vagt.domain.clock import Clock
from vagt.domain.incident import Incident, Key
from vagt.domain.ordering import Grouping, Sort, SortKey, group_of

Piles = dict[Any, list[SortKey]]

_MANY = 8
"""Where more than one in so many rows changes at once, sorting anew is quicker than moving each."""
RUN = 4096
"""Rows that are sorted without a pause."""
_SLICE = 0.004
"""Seconds of work between two chances for the event loop."""


class Order:
    """The rows of a view, sorted; each row is (group, sort keys …, key).

    What changes is noted, and put in its place when somebody next asks: a view that is only counted, or that
    takes in a large store piece by piece, sorts once for many changes.
    """

    def __init__(self, sort: Sort, group: Grouping | None) -> None:
        self.ready = False
        self._building: object | None = None
        self._noted: dict[Key, Incident | None] = {}
        self.rows: list[SortKey] = []
        self._of: dict[Key, SortKey] = {}
        self._sort_key = sort.key()
        self._group_of = None if group is None else group_of(group)
        self._counts: dict[Any, int] = {}
        self._titles: dict[Any, str] = {}
        self._groups: tuple[tuple[str, int, int], ...] | None = None

    def build(
        self, members: Collection[Key], shown: Mapping[Key, Incident], ranked: Sequence[SortKey] | None = None
    ) -> None:
        """Sort all at once; `ranked` are rows of the same order that hold all members and are sorted already."""
        self._forget()
        if ranked is None:
            self.rows = sorted(self.enter(key, shown[key]) for key in members)
        else:
            piles: Piles = {}
            self._pick(ranked, members, shown, piles)
            self._pile_up(piles)
        self.ready = True

    async def build_in_slices(
        self,
        members: Collection[Key],
        shown: Mapping[Key, Incident],
        pause: Pause,
        ranked: Sequence[SortKey] | None = None,
    ) -> None:
        """The same with pauses; what changes meanwhile is noted. Where somebody cannot wait, `build` comes first."""
        self._forget()
        mine = self._building = object()
        try:
            if ranked is None:
                await self._sort(list(members), shown, pause, mine)
            else:
                await self._divide(list(ranked), members, shown, pause, mine)
        finally:
            if self._building is mine:
                self._building = None
                if not self.ready:
                    self._forget()

    async def _sort(self, members: list[Key], shown: Mapping[Key, Incident], pause: Pause, mine: object) -> None:
        runs: list[list[SortKey]] = []
        batch: list[SortKey] = []
        for key in members:
            incident = shown.get(key)
            if incident is not None:
                batch.append(self.enter(key, incident))
            if len(batch) == RUN:
                runs.append(sorted(batch))
                batch = []
                await pause.when_due(RUN)
            await pause.when_due()
            if self.ready or self._building is not mine:
                return
        runs.append(sorted(batch))
        while len(runs) > 1:
            runs = [await merged(runs[at], runs[at + 1 : at + 2], pause) for at in range(0, len(runs), 2)]
        if not self.ready and self._building is mine:
            self.rows = runs[0]
            self.ready = True

    async def _divide(
        self,
        ranked: list[SortKey],
        members: Collection[Key],
        shown: Mapping[Key, Incident],
        pause: Pause,
        mine: object,
    ) -> None:
        piles: Piles = {}
        for start in range(0, len(ranked), RUN):
            self._pick(ranked[start : start + RUN], members, shown, piles)
            await pause.when_due(RUN)
            if self.ready or self._building is not mine:
                return
        self._pile_up(piles)
        self.ready = True

    def _pick(
        self, ranked: Sequence[SortKey], members: Collection[Key], shown: Mapping[Key, Incident], piles: Piles
    ) -> None:
        """Of rows in order those that are members, each group on a pile of its own."""
        group_of = self._group_of
        if group_of is None:
            rows = [row for row in ranked if row[-1] in members]
            piles.setdefault("", []).extend(rows)
            self._of.update({row[-1]: row for row in rows})
            return
        for row in ranked:
            key = row[-1]
            incident = shown.get(key) if key in members else None
            if incident is not None:
                group, title = group_of(incident)
                self._titles.setdefault(group, title)
                self._of[key] = grouped = (group, *row)
                piles.setdefault(group, []).append(grouped)

    def _pile_up(self, piles: Piles) -> None:
        self.rows = []
        for group in sorted(piles):
            self.rows += piles[group]
        if self._group_of is not None:
            self._counts = {group: len(rows) for group, rows in piles.items()}

    def _forget(self) -> None:
        for known in (self._of, self._counts, self._titles, self._noted):
            known.clear()
        self._groups = None

    def enter(self, key: Key, incident: Incident) -> SortKey:
        """The row of an incident, counted in its group, not yet among the sorted."""
        row = self._sort_key(incident)
        if self._group_of is not None:
            group, title = self._group_of(incident)
            self._counts[group] = self._counts.get(group, 0) + 1
            self._titles.setdefault(group, title)
            self._groups = None
            row = (group, *row)
        self._of[key] = row
        return row

    def leave(self, key: Key) -> SortKey | None:
        row = self._of.pop(key, None)
        if row is not None and self._group_of is not None:
            group = row[0]
            self._counts[group] -= 1
            self._groups = None
            if not self._counts[group]:
                del self._counts[group], self._titles[group]
        return row

    def note(self, fitting: list[tuple[Key, Incident]], leaving: list[Key]) -> None:
        """These are otherwise now, or no longer there."""
        if self.ready or self._building is not None:
            self._noted.update(fitting)
            self._noted.update(dict.fromkeys(leaving))

    def take(self, changes: Iterable[tuple[Key, Incident | None]]) -> None:
        """The same, as the board tells it."""
        if self.ready or self._building is not None:
            self._noted.update(changes)

    def settle(self) -> None:
        """Put in its place what was noted."""
        if not self._noted:
            return
        noted, self._noted = self._noted, {}
        leaving = [key for key, incident in noted.items() if incident is None]
        self._change([(key, incident) for key, incident in noted.items() if incident is not None], leaving)

    def _change(self, fitting: list[tuple[Key, Incident]], leaving: list[Key]) -> None:
        if (len(fitting) + len(leaving)) * _MANY > len(self.rows):
            self._change_many(fitting, leaving)
            return
        for key in leaving:
            self._take_out(self.leave(key))
        for key, incident in fitting:
            old = self.leave(key)
            new = self.enter(key, incident)
            if new == old:
                self._of[key] = new
                continue
            self._take_out(old)
            insort(self.rows, new)

    def _change_many(self, fitting: list[tuple[Key, Incident]], leaving: list[Key]) -> None:
        for key in leaving:
            self.leave(key)
        moved = set()
        for key, incident in fitting:
            self.leave(key)
            self.enter(key, incident)
            moved.add(key)
        stay = [row for row in self.rows if row[-1] in self._of and row[-1] not in moved]
        self.rows = stay + [self._of[key] for key in moved]
        self.rows.sort()  # what stays is in order already, which the sort makes use of

    def _take_out(self, row: SortKey | None) -> None:
        if row is not None:
            del self.rows[bisect_left(self.rows, row)]

    def index(self, key: Key) -> int:
        return bisect_left(self.rows, self._of[key])

    def groups(self) -> tuple[tuple[str, int, int], ...]:
        if self._groups is None:
            found = []
            start = 0
            for group in sorted(self._counts):
                found.append((self._titles[group], start, self._counts[group]))
                start += self._counts[group]
            self._groups = tuple(found)
        return self._groups


class Pause:
    """Lets the event loop have its turn now and then."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._unchecked = 0
        self._since = 0
        self._until = clock.monotonic() + _SLICE

    async def when_due(self, rows: int = 1) -> bool:
        """So many rows were dealt with; whether it was time for a pause, which is over now."""
        self._unchecked += rows
        if self._unchecked < 32:  # looking at the clock costs as much as a row
            return False
        self._since += self._unchecked
        self._unchecked = 0
        if self._since < 4 * RUN and self._clock.monotonic() < self._until:
            return False
        await asyncio.sleep(0)
        self._since = 0
        self._until = self._clock.monotonic() + _SLICE
        return True


async def merged(one: list[SortKey], other: list[list[SortKey]], pause: Pause) -> list[SortKey]:
    """Two sorted runs as one, piece by piece; `other` may lack its only item."""
    if not other:
        return one
    rows: list[SortKey] = []
    second, at = other[0], 0
    for start in range(0, len(one), RUN):
        end = start + RUN
        upto = bisect_left(second, one[end], at) if end < len(one) else len(second)
        rows += sorted(one[start:end] + second[at:upto])
        at = upto
        await pause.when_due(RUN)
    return rows
