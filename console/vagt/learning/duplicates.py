"""Which open incidents are likely the same interruption, told twice."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vagt.domain.incident import Incident
from vagt.learning.words import numbers_of, words_of

_HALF_LIFE = 3 * 3600.0
"""Seconds between two reports after which they are half as likely to be the same."""
_SAME_SERVICE = 0.35
_SIMILAR = 0.2
"""Share of common words below which the titles say nothing."""
LEAST = 0.5
REACH = _HALF_LIFE * math.log2(1 / LEAST)
"""Seconds apart beyond which not even the same words suffice."""
_OTHER_NUMBERS = 0.6
"""What remains where both titles have numbers and share none: another room, another host."""
_STORM = 600.0
"""Seconds within which that may well be one cause that many machines tell of."""
_UNKNOWN_TIME = 0.8
_SLICE = 0.004
"""Seconds of work between two chances for the event loop."""


@dataclass(frozen=True, slots=True)
class Likely:
    """An incident that is probably the same as another, how sure that is (0 to 1), and why."""

    incident: Incident
    likeness: float
    reason: str


def likely_duplicates(incident: Incident, others: Iterable[Incident], *, most: int = 5) -> tuple[Likely, ...]:
    """The open ones among `others` that are likely the same as `incident`, the likeliest first."""
    alike = _alike_to(incident)
    return _best((likely for other in others if (likely := alike(other)) is not None), most)


async def likely_duplicates_slowly(
    incident: Incident, others: Iterable[Incident], clock: Callable[[], float], *, most: int = 5
) -> tuple[Likely, ...]:
    """The same in slices of a few milliseconds; `clock` gives seconds. `others` must not change meanwhile."""
    alike = _alike_to(incident)
    found = []
    pause = clock() + _SLICE
    for number, other in enumerate(others):
        if (likely := alike(other)) is not None:
            found.append(likely)
        if number % 64 == 63 and clock() > pause:
            await asyncio.sleep(0)
            pause = clock() + _SLICE
    return _best(found, most)


def _alike_to(incident: Incident) -> Callable[[Incident], Likely | None]:
    words = words_of(incident.title)
    # a service's own name in both titles says no more than that it is the same service
    named = words_of(incident.service) if incident.service else frozenset()
    numbers = numbers_of(incident.title)
    came = incident.created_at
    linked = {link.ref for link in incident.links}

    def alike(other: Incident) -> Likely | None:
        then = other.created_at
        apart = None if came is None or then is None else abs((came - then).total_seconds())
        if (apart is not None and apart > REACH) or not other.is_open or other.key == incident.key:
            return None
        same_service = bool(incident.service) and incident.service == other.service
        mine, theirs = words, words_of(other.title)
        if same_service:
            mine, theirs = mine - named, theirs - named
        union = len(mine | theirs)
        title = len(mine & theirs) / union if union else 0.0
        if title < _SIMILAR:
            # one service has many troubles at once: without a word in common it proves nothing
            return None
        recency = _UNKNOWN_TIME if apart is None else math.pow(0.5, apart / _HALF_LIFE)
        likeness = min(1.0, title + (_SAME_SERVICE if same_service else 0.0)) * recency
        if numbers and (apart is None or apart > _STORM):
            others = numbers_of(other.title)
            if others and numbers.isdisjoint(others):
                likeness *= _OTHER_NUMBERS
        if likeness < LEAST or other.ref in linked or any(link.ref == incident.ref for link in other.links):
            return None
        return Likely(other, likeness, _reason(title, same_service, incident))

    return alike


def _best(found: Iterable[Likely], most: int) -> tuple[Likely, ...]:
    return tuple(sorted(found, key=lambda likely: (-likely.likeness, likely.incident.key))[:most])


def _reason(title: float, same_service: bool, incident: Incident) -> str:
    words = "the same words" if title > 0.8 else "similar words"
    return f"{words} and the same service ({incident.service})" if same_service else words
