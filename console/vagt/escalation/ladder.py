"""Every incident that climbs a path, and when each wants to be looked at next."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from vagt.domain.incident import ClockKind, ClockState, Incident, Key, SlaClock, State
from vagt.domain.query import Facts
from vagt.escalation.paths import Path, Paths
from vagt.escalation.record import NOTHING, Record
from vagt.escalation.standing import Standing, lapse_at, standing
from vagt.escalation.timing import USUAL, Timing

ANNOUNCED = 60.0
"""Seconds before its time that a step is announced."""
EARLY = 10.0
"""Seconds before that, a timeline is read that nobody has read yet."""
_UNREAD = 60.0
"""Seconds until it is tried again to read one."""
_LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rung:
    """One incident on its path, as far as is known without asking anybody."""

    incident: Incident
    standing: Standing
    sure: bool
    """Its timeline has been read: which steps were taken is known, not guessed."""

    @property
    def key(self) -> Key:
        return self.incident.key


class Ladder:
    """Kept up to date by `look`; asked by the clocks, the banner and whoever carries steps out."""

    def __init__(
        self,
        paths: Paths,
        known: Callable[[Key], Record | None],
        facts: Callable[[], Facts],
        now_at: Callable[[str], datetime],
        timing: Timing = USUAL,
    ) -> None:
        """`now_at`: now by the clock of a backend."""
        self._paths = paths
        self._record = known
        self._facts = facts
        self._now_at = now_at
        self._timing = timing
        self._rungs: dict[Key, Rung] = {}
        self._timed: dict[Key, Incident] = {}
        """Those that time alone may put on another path."""
        self._seen: dict[Key, tuple[State, bool]] = {}
        """Of what is open, how it stood when it was looked at last, and whether anybody had it."""
        self._doubted: dict[Key, tuple[Incident, Record | None]] = {}
        """Those that may have come back, which only their timelines tell, and what was known of these then."""
        self._next: dict[str, list[tuple[float, Key]]] = {}
        """By backend: (when to look at it next, by the backend's clock, in seconds since the epoch)"""

    def __len__(self) -> int:
        return len(self._rungs)

    def path_of(self, incident: Incident) -> Path | None:
        """The path that it climbs while nobody takes it."""
        return self._paths.of(incident, self._facts()) if self._paths and incident.is_open else None

    def get(self, key: Key) -> Rung | None:
        """Where it stands; None: it climbs nothing now."""
        return self._rungs.get(key)

    def rungs(self) -> Collection[Rung]:
        """All that climb."""
        return self._rungs.values()

    def look(self, incidents: Iterable[Incident], gone: Collection[Key] = ()) -> None:
        """These are new, or another than before; those are gone."""
        for key in gone:
            self._rungs.pop(key, None)
            self._timed.pop(key, None)
            self._seen.pop(key, None)
            self._doubted.pop(key, None)
        for incident in incidents:
            self._note_flip(incident)
            self._note_return(incident)
            rung = self.rung(incident)
            if rung is None:
                self._rungs.pop(incident.key, None)
                continue
            self._rungs[incident.key] = rung
            self._plan(rung)

    def rung(self, incident: Incident) -> Rung | None:
        """Where an incident stands now; None where it climbs nothing."""
        path = self.path_of(incident)
        if path is None:
            return None
        record = self._record(incident.key)
        if incident.is_acknowledged and path.ack_timeout is None and record is None:
            return None
        found = standing(incident, path, record or NOTHING, self._now_at(incident.backend), self._timing)
        return None if found.next is None else Rung(incident, found, record is not None)

    def due(self) -> list[Rung]:
        """Those that want to be looked at now, the most urgent first; each is told once until it is looked at again."""
        found: dict[Key, Rung] = {}
        for key in self._come():
            timed = self._timed.pop(key, None)
            if timed is not None:
                # Time alone may have put it on a path, or taken it off one.
                self.look((timed,))
            doubt = self._doubted.get(key)
            rung = self._rungs.get(key)
            if doubt is not None:
                self.again_in(key, _UNREAD)
                path = None if rung is not None else self.path_of(doubt[0])
                rung = rung if path is None else Rung(doubt[0], Standing(path), sure=False)
            if rung is not None:
                found[key] = rung
        return sorted(found.values(), key=urgency)

    def _come(self) -> Iterator[Key]:
        """Those whose moment has come, each backend's by its own clock: no clock that is behind holds up others."""
        for backend in tuple(self._next):
            now = self._now_at(backend).timestamp()
            while (moments := self._next[backend]) and moments[0][0] <= now:
                yield heapq.heappop(moments)[1]

    def again_in(self, key: Key, seconds: float) -> None:
        """Look at this one again then, whatever it says itself."""
        self._push(self._now_at(key.backend).timestamp() + seconds, key)

    def _push(self, at: float, key: Key) -> None:
        heapq.heappush(self._next.setdefault(key.backend, []), (at, key))

    def soon(self) -> list[Rung]:
        """Steps that are due, or will be within the time of their announcement; the first to come first."""
        soon = {
            name: self._now_at(name) + timedelta(seconds=ANNOUNCED) for name in {key.backend for key in self._rungs}
        }
        found = [
            rung
            for key, rung in self._rungs.items()
            if (due := rung.standing.due_at) is not None and due <= soon[key.backend] and rung.standing.claim is None
        ]
        return sorted(found, key=lambda rung: rung.standing.due_at or rung.incident.created_at or datetime.max)

    def clocks(self, incident: Incident) -> tuple[SlaClock, ...]:
        """The clock of its next step, for the board."""
        rung = self.rung(incident)
        if rung is None:
            return ()
        found = rung.standing
        due, number = found.due_at, found.next.number if found.next is not None else 0
        if not rung.sure and not found.lapsed:
            # Without its timeline nobody knows what was taken: what lies behind is taken for done.
            due, number = _guessed(incident, found.path, self._now_at(incident.backend))
        if due is None:
            return ()
        started = incident.created_at if found.back is None else found.back.at
        if found.lapsed:
            lapse = lapse_at(incident, found.path, self._record(incident.key) or NOTHING)
            started = None if lapse is None else lapse - timedelta(seconds=found.path.ack_timeout or 0)
        return (SlaClock(f"step {number}", due, ClockState.RUNNING, started, ClockKind.ESCALATION),)

    def _note_return(self, incident: Incident) -> None:
        """Have its timeline read where it may have been reopened, or given back."""
        key, state = incident.key, incident.state
        before = self._seen.get(key)
        if not incident.is_open:
            self._seen.pop(key, None)
            self._doubted.pop(key, None)
            return
        held = incident.assignee is not None
        self._seen[key] = (state, held)
        doubt = self._doubted.get(key)
        if doubt is not None and self._record(key) is not doubt[1]:
            del self._doubted[key]
        if state is State.WAITING or not self._may_be_back(incident, before) or self.path_of(incident) is None:
            return
        self._doubted[key] = (incident, self._record(key))
        self.again_in(key, 0.0)

    def _may_be_back(self, incident: Incident, before: tuple[State, bool] | None) -> bool:
        if before is not None:
            let_go = before[1] and incident.assignee is None
            return let_go or (incident.state is State.NEW and before[0] is not State.NEW)
        updated = incident.updated_at
        if incident.state is State.NEW or updated is None:
            return False
        # A reopening leaves its moment behind; one that lies long back has been seen by others.
        return self._now_at(incident.backend) - updated < _LATELY

    def _note_flip(self, incident: Incident) -> None:
        self._timed.pop(incident.key, None)
        flip = self._paths.next_flip(incident, self._facts()) if incident.is_open else None
        if flip is not None:
            self._timed[incident.key] = incident
            late = (self._now_at(incident.backend) - self._facts().now).total_seconds()
            self._push(flip.timestamp() + late + 0.5, incident.key)

    def _plan(self, rung: Rung) -> None:
        found = rung.standing
        if found.due_at is None:
            return
        at = found.due_at.timestamp()
        if found.claim is not None:
            at = found.claim.at.timestamp() + self._timing.lease + 0.5
        elif not rung.sure:
            # What was taken has to be known before it can be announced.
            at -= ANNOUNCED + EARLY
        self._push(at, rung.key)
        if len(self._next[rung.key.backend]) > 4 * (len(self._rungs) + len(self._timed)) + 64:
            self._tidy(rung.key.backend)

    def _tidy(self, backend: str) -> None:
        """An incident that changes often leaves moments behind; of each, the earliest is enough."""
        first: dict[Key, float] = {}
        for at, key in self._next[backend]:
            if key in self._rungs or key in self._timed:
                first[key] = min(at, first.get(key, at))
        self._next[backend] = [(at, key) for key, at in first.items()]
        heapq.heapify(self._next[backend])


def urgency(rung: Rung) -> tuple[int, float]:
    """The most urgent is the least: by priority, then by how long it has been due."""
    due = rung.standing.due_at
    return rung.incident.priority or 9, due.timestamp() if due is not None else 0.0


def _guessed(incident: Incident, path: Path, now: datetime) -> tuple[datetime | None, int]:
    if incident.created_at is None:
        return None, 0
    moments = [(incident.created_at + timedelta(seconds=step.after), step.number) for step in path.steps]
    return next(((due, number) for due, number in moments if due > now), (None, 0))
