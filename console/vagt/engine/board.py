"""What is shown: the backends' truth with pending actions laid over it, in memory, with live views on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from vagt.domain.clock import Clock
from vagt.domain.columns import Columns
from vagt.domain.commands import Command, Snooze
from vagt.domain.incident import Incident, Key
from vagt.domain.ordering import Grouping, Sort
from vagt.domain.overlay import differences, overlaid
from vagt.domain.priority import PriorityMatrix
from vagt.domain.query import Facts, Query
from vagt.domain.query_complete import Vocabulary
from vagt.domain.query_text import fold
from vagt.engine.events import IncidentsChanged
from vagt.engine.ranks import Ranks
from vagt.engine.sharing import Sharing
from vagt.engine.sorting import Pause
from vagt.engine.views import View
from vagt.engine.vocabulary import Tally

__all__ = ["Board", "Mark", "View"]

NOTHING = IncidentsChanged(frozenset())
_RANKED = 5_000
"""Incidents from which it pays to keep all of them in an order."""
_TICK = 0.008
"""Seconds that one `tick` may take before it leaves the rest to the next."""


class Mark(StrEnum):
    """Why an incident draws the eye until somebody has looked at it."""

    NEW = "new"
    CHANGED = "changed"


class Board:
    """Derived and never written to by screens. Every change returns what looks different now; nobody is called."""

    def __init__(
        self,
        clock: Clock,
        *,
        matrix: PriorityMatrix | None = None,
        forgotten: float = 4 * 3600.0,
        bell: Query | None = None,
        ranked_from: int = _RANKED,
    ) -> None:
        """`forgotten`: seconds untouched; `bell`: which arrivals ring, None for none.

        A board of more than `ranked_from` incidents is kept in order as a whole, for views opened slowly.
        """
        self._clock = clock
        self._matrix = matrix or PriorityMatrix()
        self._bell = bell
        self._theirs: dict[Key, Incident] = {}
        self._shown: dict[Key, Incident] = {}
        self._commands: dict[Key, tuple[Command, ...]] = {}
        self._slept: dict[Key, datetime] = {}
        self._snoozed: dict[Key, datetime] = {}
        self._marks: dict[Key, Mark] = {}
        self._me: dict[str, str] = {}
        self._columns = Columns()
        self._sharing = Sharing()
        self._views: list[View] = []
        self._ranks = Ranks(self._columns, clock, ranked_from=ranked_from)
        self._expected: tuple[Sort, ...] = ()
        self._tally = Tally()
        self._laid: Callable[[Incident], Incident] | None = None
        self._unasked: list[View] = []
        self._facts = Facts(
            now=clock.now(),
            me=self._me,
            forgotten=forgotten,
            pending=self._commands.keys(),
            snoozed=self._snoozed,
            unseen=self._marks.keys(),
        )

    def __len__(self) -> int:
        return len(self._shown)

    def get(self, key: Key) -> Incident | None:
        """The incident with my pending actions laid over it."""
        return self._shown.get(key)

    def theirs(self, key: Key) -> Incident | None:
        """The incident as its backend has it."""
        return self._theirs.get(key)

    @property
    def incidents(self) -> Mapping[Key, Incident]:
        """All that are known, as they are shown; a live, read-only look."""
        return MappingProxyType(self._shown)

    def pending(self, key: Key) -> int:
        """How many of my actions on it are not confirmed."""
        return len(self._commands.get(key, ()))

    def is_snoozed(self, key: Key) -> bool:
        """Whether it is out of sight now."""
        until = self._snoozed.get(key)
        return until is not None and until > self._clock.now()

    def snoozed_until(self, key: Key) -> datetime | None:
        """Until when (UTC) it is out of sight; None where it is not."""
        return self._snoozed.get(key) if self.is_snoozed(key) else None

    def is_new(self, key: Key) -> bool:
        return self._marks.get(key) is Mark.NEW

    def is_changed(self, key: Key) -> bool:
        return self._marks.get(key) is Mark.CHANGED

    def mark(self, key: Key) -> Mark | None:
        """Why it draws the eye, for the store to keep; None where it does not."""
        return self._marks.get(key)

    def facts(self) -> Facts:
        """The surroundings for asking a query outside a view."""
        self._facts = replace(self._facts, now=self._clock.now())
        return self._facts

    def vocabulary(self) -> Vocabulary:
        """The teams, people, services … that occur, the most frequent first, for completion."""
        return self._tally.vocabulary()

    def ringing(self, keys: Collection[Key]) -> frozenset[Key]:
        """Those of these arrivals that the config's bell asks for and that are not snoozed."""
        if self._bell is None:
            return frozenset()
        facts = self.facts()
        found = ((key, self._shown.get(key)) for key in keys if not self.is_snoozed(key))
        return frozenset(key for key, one in found if one is not None and self._bell.matches(one, facts))

    def open_view(self, query: Query, sort: Sort, group: Grouping | None = None) -> View:
        """A live view; close it when it is no longer shown. At 100,000 incidents, see `open_view_slowly`."""
        view = View(query, sort, group, self._columns, self._close, ranked=self._ranks.rows)
        view.fill(self.facts())
        self._views.append(view)
        return view

    async def open_view_slowly(self, query: Query, sort: Sort, group: Grouping | None = None) -> View:
        """The same in slices of a few milliseconds, so that keys are answered while a large view is built."""
        view = View(query, sort, group, self._columns, self._close, ranked=self._ranks.rows)
        self._views.append(view)
        try:
            await self._ranks.rank(sort)
            if query.check.flip is not None:
                await self._ranks.prepare_columns()
            await view.fill_in_slices(self.facts, Pause(self._clock), self._wider(query))
        except BaseException:
            self._close(view)
            raise
        return view

    def _wider(self, query: Query) -> View | None:
        """The open view with the fewest incidents that holds all that can fit: while a filter is typed, the last."""
        wider = [view for view in self._views if view.is_filled and query.narrows(view.query)]
        return min(wider, key=len, default=None)

    async def prepare(self, view: View) -> None:
        """Bring a view that was only counted so far into its order, before somebody looks at it."""
        await self.rank(view.sort)
        view.prepare()

    async def rank(self, sort: Sort) -> None:
        """Bring all incidents of a large board into an order, in slices: each view in that order is quick then."""
        await self._ranks.rank(sort)

    def expect(self, sorts: Iterable[Sort]) -> None:
        """Orders that somebody is likely to ask for; on a large board they are worked out beforehand."""
        self._expected = tuple(sorts)

    async def rank_usual(self) -> None:
        """The same for the orders of the open views, the most frequent first, and for those that are expected."""
        common = [sort for sort, _ in Counter(view.sort for view in self._views).most_common()]
        await self._ranks.prepare((*common, *self._expected))

    def _close(self, view: View) -> None:
        if view in self._views:
            self._views.remove(view)

    def load(self, incidents: Iterable[Incident], marks: Mapping[Key, str] | None = None) -> IncidentsChanged:
        """Take over a stored snapshot, all of it; nothing of it is news but what `marks` says."""
        before = set(self._shown)
        self._theirs = {incident.key: self._sharing.shared(incident) for incident in incidents}
        self._marks.clear()
        # a mark may be for an incident that is read from the store a little later
        self._marks.update({key: Mark(mark) for key, mark in (marks or {}).items()})
        for key in self._theirs:
            self._settle_snooze(key)
        return self._show(before | self._theirs.keys(), arrived=self._theirs.keys() - before)

    def apply(self, changed: Iterable[Incident], gone: Collection[Key] = (), *, news: bool = True) -> IncidentsChanged:
        """Take over what a backend says. `news=False`: arrivals are not marked (the first listing of all)."""
        touched: set[Key] = set()
        arrived: set[Key] = set()
        for incident in changed:
            key = incident.key
            before = self._theirs.get(key)
            if before == incident:
                continue
            touched.add(key)
            if before is None:
                arrived.add(key)
                if news:
                    self._marks[key] = Mark.NEW
            elif self._is_news(self._shown.get(key, before), before, incident):
                self._marks.setdefault(key, Mark.CHANGED)
                if incident.is_open and not before.is_open:
                    # it was over and is not after all: whoever would have been called then is called now
                    arrived.add(key)
            self._theirs[key] = self._sharing.shared(incident)
            self._settle_snooze(key)
        for key in gone:
            if self._theirs.pop(key, None) is not None:
                touched.add(key)
                arrived.discard(key)
                self._marks.pop(key, None)
        return self._show(touched, arrived=arrived)

    def overlay(self, key: Key, commands: Sequence[Command]) -> IncidentsChanged:
        """These are my actions on it that are not confirmed, oldest first; replaces what was said before."""
        return self.overlays({key: commands})

    def overlays(self, commands: Mapping[Key, Sequence[Command]]) -> IncidentsChanged:
        """The same for many at once."""
        touched = set()
        for key, of in commands.items():
            if self._commands.get(key, ()) != tuple(of):
                touched.add(key)
                if of:
                    self._commands[key] = tuple(of)
                else:
                    del self._commands[key]
                self._settle_snooze(key)
        return self._show(touched)

    def lay(self, over: Callable[[Incident], Incident]) -> None:
        """From now on `over` has the last word on how an incident is shown; for what is shown already, see `again`."""
        self._laid = over

    def again(self, keys: Collection[Key]) -> IncidentsChanged:
        """Lay everything over these once more; the keys of those that look different now."""
        before = {key: self._shown.get(key) for key in keys if key in self._shown}
        self._show(set(before))
        changed = frozenset(key for key, was in before.items() if self._shown[key] != was)
        return IncidentsChanged(changed) if changed else NOTHING

    def snooze(self, key: Key, until: datetime | None) -> IncidentsChanged:
        """The console keeps it out of sight until a moment (UTC); None wakes it."""
        return self.snoozes({key: until})

    def snoozes(self, moments: Mapping[Key, datetime | None]) -> IncidentsChanged:
        """The same for many at once."""
        for key, until in moments.items():
            if until is None:
                self._slept.pop(key, None)
            else:
                self._slept[key] = until
            self._settle_snooze(key)
        return self._show(set(moments))

    def mark_seen(self, keys: Collection[Key]) -> IncidentsChanged:
        """The operator has looked at these."""
        return self._show({key for key in keys if self._marks.pop(key, None) is not None})

    def know(self, backend: str, me: str, teams: Collection[str]) -> IncidentsChanged:
        """Who I am on a backend and which teams I am in there."""
        folded = frozenset(fold(team) for team in teams)
        if self._me.get(backend) == me and self._facts.teams.get(backend, frozenset()) == folded:
            return NOTHING
        self._me[backend] = me
        self._facts = replace(self._facts, teams={**self._facts.teams, backend: folded})
        touched = {key for key in self._commands if key.backend == backend}
        shown = self._show(touched)
        crossed = self._ask_again([view for view in self._views if view.query.personal], {backend})
        return IncidentsChanged(shown.keys | crossed, shown.arrived)

    def stale(self, backends: Collection[str]) -> IncidentsChanged:
        """The data of these backends is old; that of all others is not."""
        other = set(backends) ^ set(self._facts.stale)
        if not other:
            return NOTHING
        self._facts = replace(self._facts, stale=frozenset(backends))
        return IncidentsChanged(
            frozenset(self._ask_again([view for view in self._views if view.query.wants_stale], other))
        )

    def tick(self) -> IncidentsChanged:
        """Let time pass: which incidents entered or left a view, or woke, by themselves.

        Each view knows when each answer may change next, so only those are asked that are due:
        O(due · log n). After a long sleep that may be many in each view; then `late` tells to come again at once.
        """
        facts = self.facts()
        woken = [key for key, until in self._snoozed.items() if until <= facts.now]
        for key in woken:
            self._snoozed.pop(key)
            self._slept.pop(key, None)
        crossed = {key for key in woken if key in self._shown}
        deadline = self._clock.monotonic() + _TICK
        left = [view for view in self._unasked if view in self._views]
        waiting = [view for view in left or self._views if view.is_due(facts.now)]
        while waiting:
            crossed |= waiting.pop(0).pass_time(facts)
            if self._clock.monotonic() > deadline:
                break
        self._unasked = waiting
        return IncidentsChanged(frozenset(crossed)) if crossed else NOTHING

    @property
    def late(self) -> bool:
        """The last `tick` left something to do."""
        return bool(self._unasked)

    def _is_news(self, shown: Incident, before: Incident, now: Incident) -> bool:
        """Whether somebody else changed what a decision rests on, or wrote something."""
        if now.updated_by is not None and fold(now.updated_by) == fold(self._me.get(now.backend, "")):
            return False
        found = differences(shown, now)
        if now.key in self._commands:
            # What comes while my own action is under way is taken for mine, whoever the backend says it was (a service
            # account, a name instead of a login), where it is as I wanted it: its own word for that is no news.
            return any(one.field != "native_state" for one in found)
        moved_on = now.updated_at is not None and (before.updated_at is None or now.updated_at > before.updated_at)
        return bool(found) or moved_on

    def _settle_snooze(self, key: Key) -> None:
        theirs = self._theirs.get(key)
        if key not in self._commands and key not in self._slept and (theirs is None or theirs.snoozed_until is None):
            self._snoozed.pop(key, None)
            return
        wanted = [command.change.until for command in self._commands.get(key, ()) if isinstance(command.change, Snooze)]
        kept = (self._slept.get(key), theirs.snoozed_until if theirs else None)
        until = wanted[-1] if wanted else max((moment for moment in kept if moment is not None), default=None)
        if until is None or until <= self._clock.now():
            self._snoozed.pop(key, None)
        else:
            self._snoozed[key] = until

    def _show(self, keys: set[Key], arrived: Collection[Key] = ()) -> IncidentsChanged:
        """Lay my actions over the truth again and tell the views."""
        if not keys:
            return NOTHING
        columns = self._columns
        known = [place for key in keys if (place := columns.place.get(key)) is not None]
        self._ranks.about_to_change(known)
        for view in self._views:
            view.about_to_change(known)
        places = set(known)
        for key in keys:
            incident = self._theirs.get(key)
            before = self._shown.get(key)
            if incident is None:
                self._shown.pop(key, None)
                columns.drop(key)
            else:
                for command in self._commands.get(key, ()):
                    incident = overlaid(incident, command, self._me.get(key.backend, ""), self._matrix)
                if self._laid is not None:
                    incident = self._laid(incident)
                self._shown[key] = incident
                places.add(columns.put(key, incident))
            self._tally.change(before, incident)
        self._ranks.changed(places)
        facts = self.facts()
        for view in self._views:
            view.update(places, facts)
        return IncidentsChanged(frozenset(keys), frozenset(arrived))

    def _ask_again(self, views: list[View], backends: set[str]) -> set[Key]:
        if not views:
            return set()
        facts = self.facts()
        places = [place for key, place in self._columns.place.items() if key.backend in backends]
        return {key for view in views for key in view.update(places, facts)}
