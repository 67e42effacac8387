"""How an incident is likely to be judged, with the reason in words; silent where that would often be wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from vagt.domain.priority import LEVEL_WORDS
from vagt.learning.history import History, Neighbour
from vagt.learning.judged import LEVELS, Judged, Told

_WORDS: dict[Judged, str] = {
    Judged.TEAM: "went to {value}",
    Judged.SERVICE: "were about {value}",
    Judged.CATEGORY: "were filed under {value}",
    Judged.IMPACT: "had {value} impact",
    Judged.URGENCY: "had {value} urgency",
    Judged.PRIORITY: "were P{value}",
}

LEAST_NEIGHBOURS = 3
"""Fewer past incidents than this prove nothing."""
MOST_NEIGHBOURS = 12


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One field's likely value, and how many of the incidents like it had that."""

    field: Judged
    value: str
    agree: int
    of: int

    @property
    def confidence(self) -> float:
        """The share that agrees, as if one more had agreed and one had not: three of three prove less than twelve."""
        return (self.agree + 1) / (self.of + 2)

    @property
    def reason(self) -> str:
        """“11 of the last 12 like this went to Network”."""
        value = LEVEL_WORDS.get(int(self.value), self.value) if self.field in LEVELS else self.value
        return f"{self.agree} of the last {self.of} like this {_WORDS[self.field].format(value=value)}"


Thresholds = dict[Judged, float | None]
"""The least confidence at which a field is suggested; None: never."""


def suggest(
    history: History, incident: Told, thresholds: Thresholds, *, most: int = MOST_NEIGHBOURS
) -> tuple[Suggestion, ...]:
    """What incidents like this one suggest for it, each field for itself; empty where too little is alike."""
    return tuple(
        suggestion
        for suggestion in candidates(history, incident, most=most)
        if (threshold := thresholds.get(suggestion.field)) is not None and suggestion.confidence >= threshold
    )


def candidates(history: History, incident: Told, *, most: int = MOST_NEIGHBOURS) -> tuple[Suggestion, ...]:
    """The same without any threshold: what measuring needs.

    What the incident itself says of its service helps to find those like it, but not to guess the service.
    """
    by_service = history.nearest(incident, most=most)
    by_words = by_service if incident.service is None else history.nearest(incident, most=most, by_service=False)
    found = (_likely(history, field, by_words if field is Judged.SERVICE else by_service) for field in Judged)
    return tuple(suggestion for suggestion in found if suggestion is not None)


def _likely(history: History, field: Judged, neighbours: Sequence[Neighbour]) -> Suggestion | None:
    values = [value for near in neighbours if (value := history.value(near.number, field)) is not None]
    if len(values) < LEAST_NEIGHBOURS:
        return None
    # of two equally frequent ones the value of the most alike wins: Counter keeps the order of appearance
    (value, agree), *_ = Counter(values).most_common(1)
    return Suggestion(field, value, agree, len(values))
