"""A view of the board: which incidents fit a query, in which order, kept up to date change by change."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from vagt.domain.columns import Columns
from vagt.domain.incident import Key
from vagt.domain.ordering import Grouping, Sort
from vagt.domain.query import Facts, Query
from vagt.engine.ranking import Order
from vagt.engine.sorting import RUN, Pause

_AHEAD = timedelta(hours=1)
"""So far ahead it is known when time changes an answer; then everything is asked once more."""
_UNASKED = 20_000
"""Changes after which an order that nobody has looked at meanwhile is forgotten, and worked out anew for who does."""


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
        columns: Columns,
        on_close: Callable[[View], None],
        *,
        ranked: Callable[[Sort], list[int] | None] = lambda _: None,
    ) -> None:
        """`ranked` gives all places of the board in an order, where that is known already."""
        self.query = query
        self.sort = sort
        self.group = group
        self.version = 0
        """Grows whenever a key enters, leaves or moves."""
        self._columns = columns
        self._on_close = on_close
        self._ranked = ranked
        self._members = bytearray()
        """By place: 1 for those that fit."""
        self._count = 0
        self._flips: dict[int, datetime] = {}
        self._heap: list[tuple[datetime, int]] = []
        self._known_until: datetime | None = None
        self._order = Order(columns, sort, group)
        self._missed: set[int] | None = set()
        """What changed while it is still being worked out; None once it is."""

    def __len__(self) -> int:
        return self._count

    @property
    def count(self) -> int:
        """How many incidents fit."""
        return self._count

    def __contains__(self, key: object) -> bool:
        return self._place(key) is not None

    def __getitem__(self, index: int) -> Key:
        return self._key(self._ordered().rows[index])

    def __iter__(self) -> Iterator[Key]:
        keys = self._columns.keys
        return iter([key for place in self._ordered().rows if (key := keys[place]) is not None])

    def index(self, key: Key) -> int | None:
        """Where it stands; None where it is not in the view."""
        place = self._place(key)
        return None if place is None else self._ordered().index(place)

    @property
    def groups(self) -> tuple[tuple[str, int, int], ...]:
        """(title, index of its first row, number of rows), in the view's order; the title is "" for "none".

        Groups by name stand in the order of the alphabet, so that none jumps when its incidents change.
        """
        return self._ordered().groups() if self.group is not None else ()

    def close(self) -> None:
        """Stop following the board. Safe to call twice."""
        self._on_close(self)

    # Being worked out

    def fill(self, facts: Facts) -> None:
        """Ask every incident, at once."""
        self._begin(facts)
        places = self._columns.places()
        self._admit(self._fitting(places, facts))
        self._note_flips(places, facts)
        self._missed = None
        self.version += 1

    @property
    def is_filled(self) -> bool:
        """Every incident has been asked."""
        return self._missed is None

    async def fill_in_slices(self, facts: Callable[[], Facts], pause: Pause, among: View | None = None) -> None:
        """Ask every incident, a few milliseconds at a time; what changes meanwhile is asked again.

        `among`: no other one can fit than those of this view, but for those that are snoozed.
        """
        asked = facts()
        self._begin(asked)
        missed = self._missed = set()
        # In the order of places what is asked lies in memory side by side, in any other order it does not.
        places = self._columns.places()
        if among is not None:
            members = among._members
            places = [place for place in places if members[place]]
            missed.update(self._places(asked.snoozed))
        found: list[int] = []
        for start in range(0, len(places), RUN):
            block = places[start : start + RUN]
            if missed:
                block = [place for place in block if place not in missed]
            found += self._fitting(block, asked)
            self._note_flips(block, asked)
            if await pause.when_due(RUN):
                asked = facts()
        if missed:
            found = [place for place in found if place not in missed]
        self._admit(found)
        ranked = self._ranked(self.sort)
        if ranked is not None:
            members = self._members
            self._order.adopt([place for place in ranked if members[place]])
        self._missed = None
        self.update(missed, facts())
        self.version += 1

    def prepare(self) -> None:
        """Bring it into its order, where that is still to be done: to look at it then costs little."""
        if self._count:
            self._ordered()

    def _begin(self, facts: Facts) -> None:
        self._members = bytearray(len(self._columns))
        self._count = 0
        self._flips.clear()
        self._heap.clear()
        self._known_until = facts.now + _AHEAD if self.query.check.flip is not None else None
        self._order = Order(self._columns, self.sort, self.group)

    def _admit(self, places: list[int]) -> None:
        members = self._members = bytearray(len(self._columns))
        for place in places:
            members[place] = 1
        self._count = len(places)

    # Being kept up to date

    def about_to_change(self, places: Iterable[int]) -> None:
        """The incidents at these places are about to be others, or to go; they are as they were still."""
        if self._missed is not None:
            self._missed.update(places)
            return
        members, order = self._members, self._order
        if order.ready:
            for place in places:
                order.note(place, there=bool(members[place]))
            if order.unsettled > _UNASKED:
                self._order = Order(self._columns, self.sort, self.group)
        self.version += 1

    def update(self, places: Iterable[int], facts: Facts) -> set[Key]:
        """Ask these places, which have changed, or whose answer may have; the keys that entered or left."""
        if self._missed is not None:
            self._missed.update(places)
            return set()
        members, order, incidents = self._members, self._order, self._columns.incidents
        members.extend(bytes(len(self._columns) - len(members)))
        asked = list(places)
        there = [place for place in asked if incidents[place] is not None]
        fitting = set(self._fitting(there, facts))
        crossing = [place for place in asked if (place in fitting) != members[place]]
        for place in crossing:
            if order.ready:
                order.note(place, there=bool(members[place]))
            members[place] ^= 1
            self._count += 1 if members[place] else -1
        if self._flips:
            for place in asked:
                self._flips.pop(place, None)
        self._note_flips(there, facts)
        if crossing:
            self.version += 1
        return {self._key(place) for place in crossing if incidents[place] is not None}

    def is_due(self, now: datetime) -> bool:
        """Time may have changed an answer."""
        if self._missed is not None:
            return False
        known_until = self._known_until
        return (known_until is not None and known_until <= now) or bool(self._heap and self._heap[0][0] <= now)

    def pass_time(self, facts: Facts) -> set[Key]:
        """Ask those whose answer time may have changed by now; the keys that entered or left."""
        if self._known_until is not None and facts.now >= self._known_until:
            self._known_until = facts.now + _AHEAD
            return self.update(self._columns.places(), facts)
        heap, due = self._heap, set()
        while heap and heap[0][0] <= facts.now:
            moment, place = heapq.heappop(heap)
            if self._flips.get(place) == moment:
                due.add(place)
        return self.update(due, facts) if due else due  # type: ignore[return-value]

    def _fitting(self, places: Sequence[int], facts: Facts) -> list[int]:
        """Of these places those that belong to the view, in the same order."""
        found = self.query.check.sift(self._columns, places, facts)
        if facts.snoozed and not self.query.wants_snoozed:
            asleep = {place for place in self._places(facts.snoozed) if self._asleep(place, facts)}
            found = [place for place in found if place not in asleep]
        return found

    def _asleep(self, place: int, facts: Facts) -> bool:
        until = facts.snoozed.get(self._key(place))
        return until is not None and until > facts.now

    def _note_flips(self, places: Sequence[int], facts: Facts) -> None:
        """Remember when to ask these again."""
        pairs: list[tuple[datetime, int]] = []
        if self._known_until is not None:
            pairs = self.query.check.flips(self._columns, places, facts, self._known_until)
        if facts.snoozed:
            asked = set(places)
            snoozed = ((until, self._columns.place.get(key)) for key, until in facts.snoozed.items())
            pairs += [(until, at) for until, at in snoozed if at is not None and at in asked and until >= facts.now]
        flips = self._flips
        for moment, place in pairs:
            known = flips.get(place)
            if known is None or moment < known:
                flips[place] = moment
                heapq.heappush(self._heap, (moment, place))
        if len(self._heap) > 2 * len(flips) + 1024:
            self._heap = [(moment, place) for place, moment in flips.items()]
            heapq.heapify(self._heap)

    # Looking

    def _ordered(self) -> Order:
        order, members = self._order, self._members
        if not order.ready:
            ranked = self._ranked(self.sort)
            if ranked is not None:
                order.adopt([place for place in ranked if members[place]])
            else:
                order.build([place for place in self._columns.places() if members[place]])
        order.settle(members.__getitem__)
        return order

    def _place(self, key: object) -> int | None:
        place = self._columns.place.get(key)  # type: ignore[call-overload]
        return place if place is not None and place < len(self._members) and self._members[place] else None

    def _key(self, place: int) -> Key:
        key = self._columns.keys[place]
        assert key is not None
        return key

    def _places(self, keys: Iterable[Key]) -> list[int]:
        place = self._columns.place
        return [place[key] for key in keys if key in place]
