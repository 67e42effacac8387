"""How an incident is likely to be judged, with the reason in words; silent where that would often be wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vagt.domain.incident import Incident
from vagt.domain.priority import LEVEL_WORDS
from vagt.learning.history import History, Neighbour, Past


class Judged(StrEnum):
    """What can be suggested."""

    TEAM = "team"
    SERVICE = "service"
    CATEGORY = "category"
    IMPACT = "impact"
    URGENCY = "urgency"


_VALUE: dict[Judged, Callable[[Past], str | int | None]] = {
    Judged.TEAM: lambda past: past.team,
    Judged.SERVICE: lambda past: past.service,
    Judged.CATEGORY: lambda past: past.category,
    Judged.IMPACT: lambda past: past.impact,
    Judged.URGENCY: lambda past: past.urgency,
}

_WORDS: dict[Judged, str] = {
    Judged.TEAM: "went to {value}",
    Judged.SERVICE: "were about {value}",
    Judged.CATEGORY: "were filed under {value}",
    Judged.IMPACT: "had {value} impact",
    Judged.URGENCY: "had {value} urgency",
}

LEAST_NEIGHBOURS = 3
"""Fewer past incidents than this prove nothing."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One field's likely value, and how many of the incidents like it had that."""

    field: Judged
    value: str
    agree: int
    of: int

    @property
    def share(self) -> float:
        return self.agree / self.of

    @property
    def reason(self) -> str:
        """“11 of the last 12 like this went to Network”."""
        value = LEVEL_WORDS.get(int(self.value), self.value) if self.field in _LEVELS else self.value
        return f"{self.agree} of the last {self.of} like this {_WORDS[self.field].format(value=value)}"


_LEVELS = frozenset({Judged.IMPACT, Judged.URGENCY})

Thresholds = dict[Judged, float | None]
"""The least share of agreement at which a field is suggested; None: never."""

CAREFUL: Thresholds = dict.fromkeys(Judged, 0.8)
"""Before anything was measured."""


def suggest(
    history: History, incident: Incident, thresholds: Thresholds | None = None, *, most: int = 12
) -> tuple[Suggestion, ...]:
    """What incidents like this one suggest for it, each field for itself; empty where too little is alike."""
    return _from(history.nearest(incident, most=most), CAREFUL if thresholds is None else thresholds)


def candidates(history: History, incident: Incident, *, most: int = 12) -> tuple[Suggestion, ...]:
    """The same without any threshold: what measuring needs."""
    return _from(history.nearest(incident, most=most), dict.fromkeys(Judged, 0.0))


def _from(neighbours: Sequence[Neighbour], thresholds: Thresholds) -> tuple[Suggestion, ...]:
    suggestions = []
    for field, value_of in _VALUE.items():
        least = thresholds.get(field)
        values = [value for neighbour in neighbours if (value := value_of(neighbour.past)) is not None]
        if least is None or len(values) < LEAST_NEIGHBOURS:
            continue
        (value, agree), *_ = Counter(values).most_common(1)
        if agree / len(values) >= least:
            suggestions.append(Suggestion(field, str(value), agree, len(values)))
    return tuple(suggestions)


def known(incident: Incident, field: Judged) -> str | None:
    """What the incident itself says of `field`."""
    value = getattr(incident, field.value)
    return None if value is None else str(value)
