"""How often each suggestion is right, on incidents whose answers are known, and what follows for staying silent."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vagt.learning.history import History
from vagt.learning.judged import Judged, Told, known
from vagt.learning.suggest import Suggestion, Thresholds, candidates

RIGHT_ENOUGH = 0.85
"""A field whose suggestions would be right less often than this is not suggested."""
SAMPLE = 400
"""The newest incidents on which it is tried."""
LEAST_EVIDENCE = 20
"""Suggestions that must have been tried; fewer prove nothing."""
_STEPS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)

Tried = tuple[Told, tuple[Suggestion, ...]]
"""An incident with known answers, and what would have been suggested for it."""


@dataclass(frozen=True, slots=True)
class Score:
    """How one field did at one threshold."""

    field: Judged
    threshold: float | None
    """None: it stays silent, for no threshold makes it right often enough."""
    spoke: int
    right: int
    of: int
    """How many incidents have a known answer."""

    @property
    def precision(self) -> float | None:
        """The part of what it said that was right; None where it said nothing."""
        return self.right / self.spoke if self.spoke else None

    @property
    def coverage(self) -> float:
        """The part of the incidents for which it said something."""
        return self.spoke / self.of if self.of else 0.0

    @property
    def is_right_enough(self) -> bool:
        """Often enough, with two more tries of which one failed, so that luck with few does not pass for skill."""
        return self.spoke >= LEAST_EVIDENCE and (self.right + 1) / (self.spoke + 2) >= RIGHT_ENOUGH


class Rehearsal:
    """Feeds a history in order of time, and tries the newest on what was known before them.

    The newest `sample` wait outside until everything older is in; then each is guessed before it is learnt,
    as it was when it came. So nothing is ever guessed from what happened later.
    """

    def __init__(self, history: History, *, sample: int = SAMPLE) -> None:
        self.history = history
        self.tried: list[Tried] = []
        self._sample = sample
        self._waiting: deque[Told] = deque()

    def feed(self, one: Told) -> None:
        """The next one, no older than those before."""
        self._waiting.append(one)
        if len(self._waiting) > self._sample:
            self.history.add(self._waiting.popleft())

    def step(self) -> bool:
        """Try and learn one of those that wait; False where none does."""
        if not self._waiting:
            return False
        one = self._waiting.popleft()
        self.tried.append((one, candidates(self.history, one)))
        self.history.add(one)
        return True

    def thresholds(self) -> Thresholds:
        """For each field the lowest confidence that was right often enough in what was tried."""
        return {field: _lowest(field, self.tried) for field in Judged}


def evidence(past: Iterable[Told], known_ones: Iterable[Told]) -> list[Tried]:
    """What would have been suggested for `known_ones` from `past`, each of them left out of its own history."""
    history = History(past)
    return [(incident, candidates(history, incident)) for incident in known_ones]


def thresholds_from(past: Iterable[Told], *, sample: int = SAMPLE) -> Thresholds:
    """For each field the lowest confidence that was right often enough on the newest `sample` of `past`."""
    rehearsal = Rehearsal(History(), sample=sample)
    for one in past:
        rehearsal.feed(one)
    while rehearsal.step():
        continue
    return rehearsal.thresholds()


def score(thresholds: Thresholds, tried: Sequence[Tried]) -> tuple[Score, ...]:
    """How the suggestions do at `thresholds`."""
    return tuple(_score(field, thresholds.get(field), _answers(field, tried)) for field in Judged)


@dataclass(frozen=True, slots=True)
class _Answers:
    """What was said of one field: each time with its confidence, and whether it was right."""

    of: int
    said: tuple[tuple[float, bool], ...]


def _answers(field: Judged, tried: Sequence[Tried]) -> _Answers:
    of = 0
    said = []
    for incident, suggestions in tried:
        answer = known(incident, field)
        if answer is not None:
            of += 1
            said += [(one.confidence, one.value == answer) for one in suggestions if one.field is field]
    return _Answers(of, tuple(said))


def _lowest(field: Judged, tried: Sequence[Tried]) -> float | None:
    answers = _answers(field, tried)
    return next((step for step in _STEPS if _score(field, step, answers).is_right_enough), None)


def _score(field: Judged, threshold: float | None, answers: _Answers) -> Score:
    said = [] if threshold is None else [right for confidence, right in answers.said if confidence >= threshold]
    return Score(field, threshold, len(said), sum(said), answers.of)
