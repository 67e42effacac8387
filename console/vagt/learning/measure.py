"""How often each suggestion is right, on incidents whose answers are known, and what follows for staying silent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vagt.domain.incident import Incident
from vagt.learning.history import History
from vagt.learning.suggest import Judged, Suggestion, Thresholds, candidates, known

RIGHT_ENOUGH = 0.8
"""A field whose suggestions would be right less often than this is not suggested."""
_LEAST_EVIDENCE = 20
_STEPS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)


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


def evidence(past: Sequence[Incident], known_ones: Iterable[Incident]) -> list[tuple[Incident, tuple[Suggestion, ...]]]:
    """What would have been suggested for `known_ones` from `past`, each of them left out of its own history."""
    history = History(past)
    return [(incident, candidates(history, incident)) for incident in known_ones]


def thresholds_from(past: Sequence[Incident], *, sample: int = 400) -> Thresholds:
    """For each field the lowest share of agreement that was right often enough on the newest `sample` of `past`."""
    tried = evidence(past, past[-sample:])
    return {field: _lowest(field, tried) for field in Judged}


def score(thresholds: Thresholds, tried: Sequence[tuple[Incident, tuple[Suggestion, ...]]]) -> tuple[Score, ...]:
    """How the suggestions do at `thresholds`."""
    return tuple(_score(field, thresholds.get(field), tried) for field in Judged)


def _lowest(field: Judged, tried: Sequence[tuple[Incident, tuple[Suggestion, ...]]]) -> float | None:
    for step in _STEPS:
        result = _score(field, step, tried)
        precision = result.precision
        if result.spoke >= _LEAST_EVIDENCE and precision is not None and precision >= RIGHT_ENOUGH:
            return step
    return None


def _score(field: Judged, threshold: float | None, tried: Sequence[tuple[Incident, tuple[Suggestion, ...]]]) -> Score:
    spoke = right = of = 0
    for incident, suggestions in tried:
        answer = known(incident, field)
        if answer is None:
            continue
        of += 1
        if threshold is None:
            continue
        for suggestion in suggestions:
            if suggestion.field is field and suggestion.share >= threshold:
                spoke += 1
                right += suggestion.value == answer
    return Score(field, threshold, spoke, right, of)
