"""Judges a drill: the backend's own records against what was true. Pure: the same records give the same card."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from vagt.adapters.embedded.record import FIRST_NUMBER, Entry
from vagt.adapters.embedded.rules import clocks
from vagt.adapters.embedded.shift.ledger import Ledger, Told
from vagt.adapters.embedded.shift.truth import Role, Truth
from vagt.adapters.embedded.shift.world import MONITORING
from vagt.domain.incident import ClockState
from vagt.domain.priority import PriorityMatrix
from vagt.domain.timeline import EntryKind
from vagt.drill import promises, sameness
from vagt.drill.card import Card, Part, Times
from vagt.drill.deeds import Deeds

FRESH = timedelta(minutes=2)
"""What came so late in the shift and was not touched is not judged."""
LINGERS = timedelta(minutes=4)
"""So long after service is back, an incident of the operator's should be resolved."""
_HEAVY = {1: 4.0, 2: 2.0}
"""How much more the urgent ones weigh; 1 for the others."""
_WEIGHTS = {"acknowledging": 30, "resolving": 20, "priorities": 20, "duplicates": 20, "promises": 10, "major": 10}


@dataclass(frozen=True, slots=True)
class _One:
    """An incident with what is true of it, as the judge sees it."""

    told: Told
    truth: Truth
    priority: int
    """The true one."""
    said: int
    """The one that the report began with."""

    @property
    def merged(self) -> bool:
        return self.told.row.duplicate_of is not None


def judged(ledger: Ledger, deeds: Deeds, until: datetime) -> Card:
    """The card of a drill that was left at `until` (UTC); what came after its time does not count."""
    return _Judge(ledger, deeds, min(until, ledger.ends)).card()


class _Judge:
    def __init__(self, ledger: Ledger, deeds: Deeds, end: datetime) -> None:
        self._ledger = ledger
        self._deeds = deeds
        self._end = end
        self._speed = ledger.speed
        matrix = PriorityMatrix()
        self._ones = [
            _One(
                told,
                truth,
                matrix.priority(truth.impact, truth.urgency),
                matrix.priority(truth.said_impact, truth.said_urgency),
            )
            for told in ledger.incidents
            if (truth := told.truth) is not None and truth.role is not Role.NOTICE and told.row.created_at <= end
        ]

    def card(self) -> Card:
        deeds = self._deeds
        acknowledging = [(one, took, self._target(one)) for one, took in self._acknowledged()]
        resolving = list(self._resolved())
        priorities = [(one, abs(one.told.row.priority - one.priority)) for one in self._ones if self._had_time(one)]
        same = sameness.compared([(one.told, one.truth) for one in self._ones if self._had_time(one)])
        kept = self._promises()
        lingering = sum(self._lingers(one) for one in self._ones)
        reopened = sum(self._too_early(one) for one in self._ones)
        majors = self._majors()
        clock_states = list(self._clock_states())
        parts = {
            "acknowledging": _mean((_weight(one), _promptness(took, target)) for one, took, target in acknowledging),
            "resolving": self._resolving_share(resolving, lingering, reopened),
            "priorities": _priorities_share(priorities),
            "duplicates": _share(same.expected - same.missed, same.expected + same.wrong),
            "promises": _share(kept.count(True), len(kept)),
            "major": _share(majors[1], majors[0] + majors[2]),
        }
        done = [(one.priority, took, took <= target) for one, took, target in acknowledging if took is not None]
        overdue = [one.priority for one, took, _ in acknowledging if took is None]
        return Card(
            played=self._shift_seconds(self._end - self._ledger.begun),
            whole=self._end >= self._ledger.ends,
            arrived=len(self._ones),
            acknowledged=_times(done, overdue),
            resolved=_times(
                [(one.priority, took, good) for one, took, good in resolving if took is not None],
                [one.priority for one, took, _ in resolving if took is None],
            ),
            urgent_acknowledged=_median([took for priority, took, _ in done if priority <= 2]),
            urgent_resolved=_median([t for one, t, _ in resolving if t is not None and one.priority <= 2]),
            slas_met=clock_states.count(ClockState.MET),
            slas_decided=len(clock_states),
            priorities_judged=sum(not one.merged for one, _ in priorities),
            priorities_wrong=sum(off > 0 for one, off in priorities if not one.merged),
            priorities_far=sum(off > 1 for one, off in priorities if not one.merged),
            duplicates=same.expected,
            duplicates_missed=same.missed,
            duplicates_wrong=same.wrong,
            symptoms=same.symptoms,
            symptoms_linked=same.linked,
            promises_kept=kept.count(True),
            promises_broken=kept.count(False),
            reopened=reopened,
            lingering=lingering,
            majors=majors[0],
            majors_declared=majors[1],
            majors_false=majors[2],
            actions=deeds.asked,
            taken_back=deeds.taken_back,
            conflicts=deeds.conflicts,
            refused=deeds.refused,
            left=deeds.left,
            parts=tuple(Part(name, weight, parts[name]) for name, weight in _WEIGHTS.items()),
        )

    def _shift_seconds(self, span: timedelta) -> float:
        return round(span.total_seconds() * self._speed, 1)

    def _acknowledged(self) -> Iterable[tuple[_One, float | None]]:
        """What was the operator's to acknowledge, with the time it took; None: overdue still."""
        for one in self._ones:
            row = one.told.row
            if row.created_at < self._ledger.begun:
                continue
            at = row.acknowledged_at
            if at is None or at > self._end:
                if self._end > row.response_due:
                    yield one, None
            elif any(entry.by in self._ledger.operators and entry.at <= at for entry in one.told.entries):
                yield one, self._shift_seconds(at - row.created_at)

    def _target(self, one: _One) -> float:
        return self._shift_seconds(one.told.row.response_due - one.told.row.created_at)

    def _resolved(self) -> Iterable[tuple[_One, float | None, bool]]:
        """What the operator had a hand in and ended, and what is overdue: (incident, time it took, in time)."""
        for one in self._ones:
            row = one.told.row
            if one.merged:
                continue
            resolution = clocks(row, self._end)[1].state
            if row.resolved_at is not None and row.operated:
                yield one, self._shift_seconds(row.resolved_at - row.created_at), resolution is ClockState.MET
            elif resolution is ClockState.BREACHED:
                yield one, None, False

    def _resolving_share(
        self, resolving: Sequence[tuple[_One, float | None, bool]], lingering: int, reopened: int
    ) -> float | None:
        good = sum(_weight(one) for one, _, in_time in resolving if in_time)
        return _share(good, sum(_weight(one) for one, _, _ in resolving) + lingering + reopened)

    def _clock_states(self) -> Iterable[ClockState]:
        for one in self._ones:
            for clock in clocks(one.told.row, self._end):
                if clock.state in (ClockState.MET, ClockState.BREACHED):
                    yield clock.state

    def _had_time(self, one: _One) -> bool:
        row = one.told.row
        return row.operated or self._end - row.created_at >= FRESH / self._speed

    def _lingers(self, one: _One) -> bool:
        mended = self._ledger.causes[one.truth.cause].mended
        row = one.told.row
        if mended is None or not row.state.is_open:
            return False
        others = row.assignee is not None and row.assignee not in self._ledger.operators
        since = max(mended, row.created_at)
        return not others and self._end - since > LINGERS / self._speed

    def _too_early(self, one: _One) -> int:
        """How often an operator called it solved and it was reopened."""
        mine, times = False, 0
        for entry in one.told.entries:
            if entry.kind is not EntryKind.STATE:
                continue
            if entry.text.startswith("Resolved"):
                mine = entry.by in self._ledger.operators
            elif entry.text.startswith("Reopened") and mine:
                times, mine = times + 1, False
        return times

    def _promises(self) -> list[bool]:
        """Each promise whose time had come: whether it was kept."""
        by_pk = {one.told.row.pk: one for one in self._ones}
        made: list[promises.Promise] = []
        for one in self._ones:
            pk, entries = one.told.row.pk, one.told.entries
            made += promises.spoken(pk, entries, self._ledger.operators, self._speed)
            if one.truth.promised:
                before = [entry for entry in entries if entry.at <= self._ledger.begun]
                made += promises.spoken(pk, before, frozenset(entry.by for entry in before), self._speed)
        for held in self._deeds.holds:
            if held.number.isdigit() and int(held.number) - FIRST_NUMBER in by_pk:
                made.append(promises.Promise(int(held.number) - FIRST_NUMBER, held.at, held.until, by_hold=True))
        answers = []
        for promise in made:
            told = self._entries_of(by_pk[promise.incident], by_pk)
            ours = self._ours(told, by_pk[promise.incident])
            answer = promises.kept(promise, told, ours, self._end, self._speed)
            if answer is not None:
                answers.append(answer)
        return answers

    def _entries_of(self, one: _One, by_pk: dict[int, _One]) -> list[Entry]:
        """Its own timeline and that of the incident that it lives on in."""
        entries = list(one.told.entries)
        survivor = by_pk.get(one.told.row.duplicate_of or 0)
        return entries + list(survivor.told.entries) if survivor else entries

    def _ours(self, entries: Iterable[Entry], one: _One) -> frozenset[str]:
        """Those who speak for us: everybody but the caller, machines and the desk itself."""
        others = {one.told.row.caller, MONITORING, "Service desk", "Drill"}
        logins = {entry.by for entry in entries if entry.by not in others and " " not in entry.by}
        return frozenset(logins | self._ledger.operators)

    def _majors(self) -> tuple[int, int, int]:
        """(major incidents that there were, those that somebody declared, others that were declared)."""
        expected: set[str] = set()
        declared: set[str] = set()
        false = 0
        for one in self._ones:
            cause = self._ledger.causes[one.truth.cause]
            was = any(entry.text == "Declared a major incident" for entry in one.told.entries)
            if cause.major:
                if one.priority == 1 and self._had_time(one):
                    expected.add(cause.key)
                if was:
                    declared.add(cause.key)
            else:
                false += one.told.row.major
        return len(expected), len(expected & declared), false


def _weight(one: _One) -> float:
    return _HEAVY.get(one.priority, 1.0)


def _promptness(took: float | None, target: float) -> float:
    """1 within half of the target, a half at its end, nothing after one and a half."""
    if took is None or target <= 0:
        return 0.0
    return max(0.0, min(1.0, 1.5 - took / target))


def _priorities_share(found: Sequence[tuple[_One, int]]) -> float | None:
    """How much of what was reported wrongly was put right; what was right and was spoilt counts against it."""
    marks = []
    for one, off in found:
        first = abs(one.said - one.priority)
        if one.merged:
            continue
        if first:
            marks.append(max(0.0, 1 - off / first))
        elif off:
            marks.append(0.0)
    return sum(marks) / len(marks) if marks else None


def _mean(weighted: Iterable[tuple[float, float]]) -> float | None:
    pairs = list(weighted)
    whole = sum(weight for weight, _ in pairs)
    return sum(weight * value for weight, value in pairs) / whole if whole else None


def _share(good: float, whole: float) -> float | None:
    return good / whole if whole else None


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _times(done: Iterable[tuple[int, float, bool]], overdue: Iterable[int]) -> dict[int, Times]:
    took: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for priority, seconds, good in done:
        took[priority].append((seconds, good))
    late: dict[int, int] = defaultdict(int)
    for priority in overdue:
        late[priority] += 1
    return {
        priority: Times(
            count=len(took[priority]),
            median=_median([seconds for seconds, _ in took[priority]]),
            in_time=sum(good for _, good in took[priority]),
            late=sum(not good for _, good in took[priority]) + late[priority],
        )
        for priority in sorted({*took, *late})
    }
