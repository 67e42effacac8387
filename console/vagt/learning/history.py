"""An index over past incidents that finds those most like a new one."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from vagt.domain.incident import Incident, Key
from vagt.learning.words import words_of

_COMMON = 4000
"""A word in more past incidents than this tells nothing and is not followed."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is kept of one past incident."""

    key: Key
    title: str
    service: str | None
    category: str | None
    team: str | None
    impact: int | None
    urgency: int | None
    priority: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A past incident and how alike it is, 0 to 1."""

    past: Past
    likeness: float


class History:
    """Past incidents by their words. Adding is cheap, so that it can be fed in slices."""

    def __init__(self, incidents: Iterable[Incident] = ()) -> None:
        self._past: list[Past] = []
        self._words: list[frozenset[str]] = []
        self._with_word: dict[str, list[int]] = defaultdict(list)
        for incident in incidents:
            self.add(incident)

    def __len__(self) -> int:
        return len(self._past)

    def add(self, incident: Incident) -> None:
        """Learn from one incident whose judgement is final."""
        number = len(self._past)
        words = words_of(incident.title)
        self._past.append(
            Past(
                key=incident.key,
                title=incident.title,
                service=incident.service,
                category=incident.category,
                team=incident.team,
                impact=incident.impact,
                urgency=incident.urgency,
                priority=incident.priority,
                at=incident.created_at,
            )
        )
        self._words.append(words)
        for word in words:
            self._with_word[word].append(number)

    def nearest(self, incident: Incident, *, most: int = 12, least: float = 0.35) -> tuple[Neighbour, ...]:
        """The past incidents most like `incident`, itself left out, at most `most`, each at least `least` alike.

        Likeness is the shared weight of words over the weight of all words of both, where a rarer
        word weighs more; between equally alike ones the later comes first.
        """
        return tuple(self._ranked(words_of(incident.title), incident.key, most, least))

    def _ranked(self, words: frozenset[str], but: Key, most: int, least: float) -> list[Neighbour]:
        shared: dict[int, float] = defaultdict(float)
        for word in words:
            holders = self._with_word.get(word, ())
            if len(holders) > _COMMON:
                continue
            weight = self._weight(word)
            for number in holders:
                shared[number] += weight
        own = sum(self._weight(word) for word in words)
        found = []
        for number, weight in shared.items():
            past = self._past[number]
            if past.key == but or weight < least * own:
                continue
            whole = own + sum(self._weight(word) for word in self._words[number]) - weight
            likeness = weight / whole if whole else 0.0
            if likeness >= least:
                found.append((likeness, past.at.timestamp() if past.at else 0.0, number))
        found.sort(reverse=True)
        return [Neighbour(self._past[number], likeness) for likeness, _, number in found[:most]]

    def _weight(self, word: str) -> float:
        return math.log(1 + (len(self._past) + 1) / (1 + len(self._with_word.get(word, ()))))
