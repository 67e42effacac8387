"""Numbers of ours for a site's own words: priorities by their order, impact and urgency by that of their options.

Ids of priorities carry no rank; the list is in the administrators' order, the most severe first
("Priorities"). Stock service projects have four impacts and four urgencies where we have three: the
first two (critical and high, say) count as 1, the last as 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Named = tuple[tuple[str, str], ...]
"""(id, name), in the site's order."""
_LOWEST = 5
_LEAST = 3
"""The least impact or urgency."""


@dataclass(frozen=True, slots=True)
class Levels:
    """What each native value counts as."""

    priorities: Named = ()
    impacts: Named = ()
    urgencies: Named = ()
    given: Mapping[str, int] = field(default_factory=dict)
    """Priority name or id (lower case) → number, as the config says."""

    def priority(self, id: str, name: str) -> int | None:
        """1 to 5; None where the site's list does not have it."""
        told = self.given.get(name.lower()) or self.given.get(id.lower())
        if told is not None:
            return told
        for place, (known, _) in enumerate(self.priorities, start=1):
            if known == id:
                return min(place, _LOWEST)
        return None

    def priority_for(self, level: int) -> str:
        """The id of the priority that counts as `level`, the most severe of several; empty where none does."""
        return next((id for id, name in self.priorities if self.priority(id, name) == level), "")

    def impact(self, id: str, name: str) -> int | None:
        return _level(self.impacts, id, name)

    def urgency(self, id: str, name: str) -> int | None:
        return _level(self.urgencies, id, name)

    def impact_for(self, level: int) -> str:
        return _option(self.impacts, level)

    def urgency_for(self, level: int) -> str:
        return _option(self.urgencies, level)


def _level(options: Named, id: str, name: str) -> int | None:
    place = next((n for n, (known, label) in enumerate(options) if known == id or label == name), None)
    if place is None:
        return None
    last = len(options) - 1
    return _LEAST if place and place == last else 1 + place * _LEAST // len(options)


def _option(options: Named, level: int) -> str:
    found = [id for id, name in options if _level(options, id, name) == level]
    return found[0] if found else ""


def named(rows: Sequence[Mapping[str, object]], label: str = "name") -> Named:
    """(id, name) of objects, those without an id left out."""
    found = []
    for row in rows:
        id, name = row.get("id"), row.get(label)
        if isinstance(id, str | int) and isinstance(name, str):
            found.append((str(id), name))
    return tuple(found)
