"""A view of the board: which incidents fit a query, in which order, kept up to date change by change."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime

from vagt.domain.clock import Clock
from vagt.domain.incident import Incident, Key
from vagt.domain.ordering import Grouping, Sort, SortKey
from vagt.domain.query import Facts, Query
from vagt.engine.ranking import RUN, Order, Pause

Change = tuple[Key, Incident | None]
"""An incident as it is shown now; None: it is gone."""

_BLOCK = 256
"""Incidents that are asked without looking at the clock: less than a millisecond."""


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
        *,
        ranked: Callable[[Sort], Sequence[SortKey] | None] = lambda _: None,
    ) -> None:
        """`ranked` gives all rows of the board in an order, where that is known already."""
        self.query = query
        self.sort = sort
        self.group = group
        self.version = 0
        """Grows whenever a key enters, leaves or moves."""
        self._shown = shown
        self._on_close = on_close
        self._ranked = ranked
        self._members: set[Key] = set()
        self._flips: dict[Key, datetime] = {}
        self._heap: list[tuple[datetime, Key]] = []
        self._order = Order(sort, group)
        self._missed: set[Key] | None = set()
        """What changed while it is still being worked out; None once it is."""

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
        self._missed = None
        self._members.clear()
        self._flips.clear()
        self._heap.clear()
        self._order = Order(self.sort, self.group)
        self._judge_all(list(self._shown.items()), facts)
        self.version += 1

    @property
    def is_filled(self) -> bool:
        """Every incident has been asked."""
        return self._missed is None

    def candidates(self) -> Collection[Key]:
        """Those that a narrower query has to ask."""
        # In its order they lie in memory nearly as they are asked, which in the order of a set they do not.
        return [row[-1] for row in self._ordered().rows] if self._order.ready else self._members

    async def fill_in_slices(
        self, facts: Callable[[], Facts], clock: Clock, among: Collection[Key] | None = None
    ) -> None:
        """Ask every incident and sort, a few milliseconds at a time; what changes meanwhile is asked again.

        `among`: no other one can fit, but for those that are snoozed.
        """
        self._missed = set()
        pause = Pause(clock)
        asked = facts()
        shown = self._shown
        keys = list(shown if among is None else (*among, *asked.snoozed))
        for start in range(0, len(keys), _BLOCK):
            block = [(key, shown[key]) for key in keys[start : start + _BLOCK] if key in shown]
            self._judge_all(block, asked)
            if await pause.when_due(_BLOCK):
                asked = facts()
        await self._order.build_in_slices(self._members, self._shown, pause, self._ranked(self.sort))
        missed, self._missed = self._missed, None
        self.update([(key, self._shown.get(key)) for key in missed], facts())
        self.version += 1

    async def prepare(self, clock: Clock) -> None:
        """Sort a few milliseconds at a time, where that is still to be done: to look at it then costs little."""
        if not self._order.ready and len(self._members) > RUN:
            pause = Pause(clock)
            await self._order.build_in_slices(self._members, self._shown, pause, self._ranked(self.sort))

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

    def _judge_all(self, rows: list[tuple[Key, Incident]], facts: Facts) -> None:
        """Ask incidents that were not asked before."""
        check = self.query.check
        if check.flip is None and not facts.snoozed:
            run = check.run
            self._members.update([key for key, incident in rows if run(incident, facts)])
            return
        for key, incident in rows:
            self._judge(key, incident, facts)

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

    def _ordered(self) -> Order:
        if not self._order.ready:
            self._order.build(self._members, self._shown, self._ranked(self.sort))
        self._order.settle()
        return self._order
