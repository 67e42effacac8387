"""An index over past incidents that finds those most like a new one, in flat arrays: 100,000 of them are no burden."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from vagt.learning.judged import Judged, Told, known
from vagt.learning.words import spelled

LEAST = 0.25
"""Those less alike than this are about something else."""
_FOLLOWED = 300
"""Of the past incidents with a word, so many are looked at, the latest: the last ones count."""
_CANDIDATES = 900
"""Past incidents compared in full for one question; the rarest words choose them."""
_OTHER_SERVICE = 0.6
"""What remains of the likeness where both tell their service and it is another one."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A past incident by its number in the history, and how alike it is, 0 to 1."""

    number: int
    likeness: float


class _Column:
    """One field of all past incidents: each value is kept once."""

    def __init__(self) -> None:
        self.values: list[str | None] = [None]
        self.codes = array("I")
        self._code: dict[str | None, int] = {None: 0}

    def place(self, value: str | None) -> int:
        """The code of a value: 0 for None, -1 for one that no past incident has."""
        return self._code.get(value, -1)

    def code(self, value: str | None) -> int:
        found = self._code.get(value)
        if found is None:
            found = self._code[value] = len(self.values)
            self.values.append(value)
        return found


class History:
    """Past incidents by their words, the later ones weighing as much as the earlier. Add them in order of time."""

    def __init__(self, incidents: Iterable[Told] = ()) -> None:
        self._word: dict[str, int] = {}
        self._with_word: list[array[int]] = []
        self._spelled = array("I")
        """The words of all incidents, one incident after the other."""
        self._starts = array("I", [0])
        self._columns = {field: _Column() for field in Judged}
        self._at = array("d")
        self._numbers: dict[int, int] = {}
        """Hash of an incident's key → its number; 64 bits, so that two share one practically never."""
        for incident in incidents:
            self.add(incident)

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, incident: Told) -> None:
        """Learn from one incident; where it is known already, what is said of it now holds."""
        number = self._numbers.get(hash(incident.key))
        words = self._numbered(incident.title)
        if number is None or words != self._words_of(number):
            number = self._append(words, incident)
            self._numbers[hash(incident.key)] = number
        for field, column in self._columns.items():
            column.codes[number] = column.code(known(incident, field))

    def value(self, number: int, field: Judged) -> str | None:
        """How the past incident with this number was judged."""
        column = self._columns[field]
        return column.values[column.codes[number]]

    def nearest(
        self, incident: Told, *, most: int = 12, least: float = LEAST, by_service: bool = True
    ) -> tuple[Neighbour, ...]:
        """The past incidents most like `incident`, itself left out, at most `most`, each at least `least` alike.

        Likeness is the shared weight of words over the weight of all words of both, where a rarer
        word weighs more; with `by_service` another service takes from it. Of those about equally
        alike the later come first.
        """
        names = spelled(incident.title)
        ids = [self._word[name] for name in names if name in self._word]
        ids.sort(key=lambda id: len(self._with_word[id]))
        weights = {id: self._weight(len(self._with_word[id])) for id in ids}
        # a word that was never met says nothing about the past: it weighs as much as those beside it
        own = sum(weights.values()) * (len(names) / len(ids)) if ids else 0.0
        but = self._numbers.get(hash(incident.key), -1)
        service = self._columns[Judged.SERVICE].place(known(incident, Judged.SERVICE)) if by_service else 0
        services = self._columns[Judged.SERVICE].codes
        mine = set(ids)
        found = []
        for number in self._candidates(ids):
            if number == but or not self._is_current(number):
                continue
            shared = other = 0.0
            for id in self._spelled[self._starts[number] : self._starts[number + 1]]:
                weight = weights.get(id)
                if weight is None:
                    weight = weights[id] = self._weight(len(self._with_word[id]))
                if id in mine:
                    shared += weight
                else:
                    other += weight
            likeness = shared / (own + other)
            if service and services[number] and services[number] != service:
                likeness *= _OTHER_SERVICE
            if likeness >= least:
                found.append((round(likeness, 1), self._at[number], number, likeness))
        found.sort(reverse=True)
        return tuple(Neighbour(number, likeness) for _, _, number, likeness in found[:most])

    def _candidates(self, ids: list[int]) -> set[int]:
        chosen: set[int] = set()
        for id in ids:
            chosen.update(self._with_word[id][-_FOLLOWED:])
            if len(chosen) >= _CANDIDATES:
                break
        return chosen

    def _weight(self, holders: int) -> float:
        return math.log(1 + (len(self._starts) + 1) / (1 + holders))

    def _words_of(self, number: int) -> array[int]:
        return self._spelled[self._starts[number] : self._starts[number + 1]]

    def _is_current(self, number: int) -> bool:
        return self._columns[Judged.IMPACT].codes[number] != _OUTDATED

    def _numbered(self, title: str) -> array[int]:
        ids = array("I")
        for name in spelled(title):
            id = self._word.get(name)
            if id is None:
                id = self._word[name] = len(self._with_word)
                self._with_word.append(array("I"))
            ids.append(id)
        return array("I", sorted(ids))

    def _append(self, words: array[int], incident: Told) -> int:
        old = self._numbers.get(hash(incident.key))
        if old is not None:
            # told in other words since: the old words lead nowhere any more
            self._columns[Judged.IMPACT].codes[old] = _OUTDATED
        number = len(self._at)
        self._spelled.extend(words)
        self._starts.append(len(self._spelled))
        for id in words:
            self._with_word[id].append(number)
        for column in self._columns.values():
            column.codes.append(0)
        self._at.append(incident.created_at.timestamp() if incident.created_at else 0.0)
        return number


_OUTDATED = 2**32 - 1
