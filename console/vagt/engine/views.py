"""A view of the board: which incidents fit a query, in which order, kept up to date change by change."""

from __future__ import annotations

import asyncio
import heapq
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from vagt.domain.clock import Clock
from vagt.domain.incident import Incident, Key
from vagt.domain.ordering import Grouping, Sort, SortKey, group_of
from vagt.domain.query import Facts, Query

Change = tuple[Key, Incident | None]
"""An incident as it is shown now; None: it is gone."""

_MANY = 8
"""Where more than one in so many rows changes at once, sorting anew is quicker than moving each."""
_RUN = 4096
"""Rows that are sorted without a pause."""
_SLICE = 0.004
"""Seconds of work between two chances for the event loop."""


class View:
    """A filtered, sorted and perhaps grouped list of keys.

    A change of k incidents costs O(k log n). Who fits is known at once; the order is worked out
    when somebody first asks for it, so that a view that is only counted costs little.
    """

    def __init__(
        self,
        query: Query,
        sort: Sort,
        group: Grouping | None,
        shown: Mapping[Key, Incident],
        on_close: Callable[[View], None],
    ) -> None:
        self.query = query
        self.sort = sort
        self.group = group
        self.version = 0
        """Grows whenever a key enters, leaves or moves."""
        self._shown = shown
        self._on_close = on_close
        self._members: set[Key] = set()
        self._flips: dict[Key, datetime] = {}
        self._heap: list[tuple[datetime, Key]] = []
        self._order = _Order(sort, group)
        self._missed: set[Key] | None = None

    def __len__(self) -> int:
        return len(self._members)

    @property
    def count(self) -> int:
        """How many incidents fit."""
        return len(self._members)

    def __contains__(self, key: object) -> bool:
        return key in self._members

    def __getitem__(self, index: int) -> Key:
        key: Key = self._ordered().rows[index][-1]
        return key

    def __iter__(self) -> Iterator[Key]:
        return iter([row[-1] for row in self._ordered().rows])

    def index(self, key: Key) -> int | None:
        """Where it stands; None where it is not in the view."""
        return self._ordered().index(key) if key in self._members else None

    @property
    def groups(self) -> tuple[tuple[str, int, int], ...]:
        """(title, index of its first row, number of rows), in the view's order; the title is "" for "none".

        Groups by name stand in the order of the alphabet, so that none jumps when its incidents change.
        """
        return self._ordered().groups() if self.group is not None else ()

    def close(self) -> None:
        """Stop following the board. Safe to call twice."""
        self._on_close(self)

    def fill(self, facts: Facts) -> None:
        """Ask every incident, at once."""
        self._members.clear()
        self._flips.clear()
        self._heap.clear()
        self._order = _Order(self.sort, self.group)
        for key, incident in self._shown.items():
            self._judge(key, incident, facts)
        self.version += 1

    async def fill_in_slices(self, facts: Callable[[], Facts], clock: Clock) -> None:
        """Ask every incident and sort, a few milliseconds at a time; what changes meanwhile is asked again."""
        self._missed = set()
        pause = _Pause(clock)
        asked = facts()
        for key in list(self._shown):
            incident = self._shown.get(key)
            if incident is not None:
                self._judge(key, incident, asked)
            if await pause.when_due():
                asked = facts()
        await self._order.build_in_slices(self._members, self._shown, pause)
        missed, self._missed = self._missed, None
        self.update([(key, self._shown.get(key)) for key in missed], facts())
        self.version += 1

    async def prepare(self, clock: Clock) -> None:
        """Sort a few milliseconds at a time, where that is still to be done: to look at it then costs little."""
        if not self._order.ready and len(self._members) > _RUN:
            await self._order.build_in_slices(self._members, self._shown, _Pause(clock))

    def update(self, changes: list[Change], facts: Facts) -> set[Key]:
        """Take over what the board shows now; returns the keys that entered or left."""
        if self._missed is not None:
            self._missed.update(key for key, _ in changes)
            return set()
        crossed: set[Key] = set()
        fitting: list[tuple[Key, Incident]] = []
        leaving: list[Key] = []
        for key, incident in changes:
            was = key in self._members
            if incident is not None and self._judge(key, incident, facts):
                fitting.append((key, incident))
                if not was:
                    crossed.add(key)
            else:
                if incident is None:
                    self._members.discard(key)
                    self._flips.pop(key, None)
                if was:
                    leaving.append(key)
                    crossed.add(key)
        if fitting or leaving:
            self.version += 1
            self._order.note(fitting, leaving)
        return crossed

    def due(self, now: datetime) -> Iterator[Key]:
        """Take out, one by one, the incidents whose answer time may have changed by `now`."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            moment, key = heapq.heappop(heap)
            if self._flips.get(key) == moment:
                del self._flips[key]
                yield key

    def _judge(self, key: Key, incident: Incident, facts: Facts) -> bool:
        fits = self.query.check.run(incident, facts)
        until = facts.snoozed.get(key) if facts.snoozed else None
        if until is not None and not self.query.wants_snoozed:
            fits = fits and until <= facts.now
        if fits:
            self._members.add(key)
        else:
            self._members.discard(key)
        flip = self.query.check.flip
        moment = flip(incident, facts) if flip is not None else None
        if until is not None and until >= facts.now:
            moment = until if moment is None else min(moment, until)
        self._note_flip(key, moment)
        return fits

    def _note_flip(self, key: Key, moment: datetime | None) -> None:
        if moment is None:
            self._flips.pop(key, None)
        elif self._flips.get(key) != moment:
            self._flips[key] = moment
            heapq.heappush(self._heap, (moment, key))
            if len(self._heap) > 2 * len(self._flips) + 1024:
                self._heap = [(at, of) for of, at in self._flips.items()]
                heapq.heapify(self._heap)

    def _ordered(self) -> _Order:
        if not self._order.ready:
            self._order.build(self._members, self._shown)
        self._order.settle()
        return self._order


class _Order:
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

    def build(self, members: Collection[Key], shown: Mapping[Key, Incident]) -> None:
        """Sort all at once."""
        self._forget()
        self.rows = sorted(self.enter(key, shown[key]) for key in members)
        self.ready = True

    async def build_in_slices(self, members: Collection[Key], shown: Mapping[Key, Incident], pause: _Pause) -> None:
        """The same with pauses; what changes meanwhile is noted. Where somebody cannot wait, `build` comes first."""
        self._forget()
        mine = self._building = object()
        try:
            runs: list[list[SortKey]] = []
            batch: list[SortKey] = []
            for key in list(members):
                incident = shown.get(key)
                if incident is not None:
                    batch.append(self.enter(key, incident))
                if len(batch) == _RUN:
                    runs.append(sorted(batch))
                    batch = []
                    await pause.when_due(_RUN)
                await pause.when_due()
                if self.ready or self._building is not mine:
                    return
            runs.append(sorted(batch))
            while len(runs) > 1:
                runs = [await _merged(runs[at], runs[at + 1 : at + 2], pause) for at in range(0, len(runs), 2)]
            if not self.ready and self._building is mine:
                self.rows = runs[0]
                self.ready = True
        finally:
            if self._building is mine:
                self._building = None
                if not self.ready:
                    self._forget()

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


class _Pause:
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
        if self._since < 4 * _RUN and self._clock.monotonic() < self._until:
            return False
        await asyncio.sleep(0)
        self._since = 0
        self._until = self._clock.monotonic() + _SLICE
        return True


async def _merged(one: list[SortKey], other: list[list[SortKey]], pause: _Pause) -> list[SortKey]:
    """Two sorted runs as one, piece by piece; `other` may lack its only item."""
    if not other:
        return one
    rows: list[SortKey] = []
    second, at = other[0], 0
    for start in range(0, len(one), _RUN):
        end = start + _RUN
        upto = bisect_left(second, one[end], at) if end < len(one) else len(second)
        rows += sorted(one[start:end] + second[at:upto])
        at = upto
        await pause.when_due(_RUN)
    return rows
