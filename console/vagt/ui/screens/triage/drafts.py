"""What was typed and not sent: kept in memory per action and incidents, back when the form opens again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from weakref import WeakKeyDictionary

from vagt.domain.incident import Key

LIMIT = 200
"""Drafts kept; beyond that the oldest is forgotten."""


class Drafts:
    """The unsent answers of one console."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, frozenset[Key]], dict[str, str]] = {}

    def get(self, action: str, keys: Iterable[Key]) -> dict[str, str]:
        """What was typed for this action on exactly these incidents; empty where nothing was."""
        return dict(self._kept.get((action, frozenset(keys)), {}))

    def keep(self, action: str, keys: Iterable[Key], answers: Mapping[str, str]) -> None:
        """Remember `answers`; where none of them says anything, forget."""
        place = (action, frozenset(keys))
        self._kept.pop(place, None)
        if any(answer.strip() for answer in answers.values()):
            self._kept[place] = dict(answers)
        while len(self._kept) > LIMIT:
            del self._kept[next(iter(self._kept))]

    def drop(self, action: str, keys: Iterable[Key]) -> None:
        """It was sent, or thrown away."""
        self._kept.pop((action, frozenset(keys)), None)


_of: WeakKeyDictionary[object, Drafts] = WeakKeyDictionary()


def drafts_of(app: object) -> Drafts:
    """The drafts of this console; they end with it."""
    return _of.setdefault(app, Drafts())
