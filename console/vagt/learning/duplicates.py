"""Which open incidents are likely the same interruption, told twice."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from vagt.domain.incident import Incident
from vagt.learning.words import words_of

_HALF_LIFE = 6 * 3600.0
"""Seconds between two reports after which they are half as likely to be the same."""
_SAME_SERVICE = 0.35
LEAST = 0.4


@dataclass(frozen=True, slots=True)
class Likely:
    """An incident that is probably the same as another, how sure that is (0 to 1), and why."""

    incident: Incident
    likeness: float
    reason: str


def likely_duplicates(incident: Incident, others: Iterable[Incident], *, most: int = 5) -> tuple[Likely, ...]:
    """The open ones among `others` that are likely the same as `incident`, the likeliest first."""
    words = words_of(incident.title)
    found = []
    for other in others:
        if other.key == incident.key or not other.is_open:
            continue
        theirs = words_of(other.title)
        union = len(words | theirs)
        title = len(words & theirs) / union if union else 0.0
        same_service = bool(incident.service) and incident.service == other.service
        if title < 0.2 and not same_service:
            continue
        likeness = min(1.0, title + (_SAME_SERVICE if same_service else 0.0)) * _recency(incident, other)
        if likeness >= LEAST:
            found.append(Likely(other, likeness, _reason(title, same_service, incident)))
    found.sort(key=lambda likely: (-likely.likeness, likely.incident.key))
    return tuple(found[:most])


def _recency(one: Incident, other: Incident) -> float:
    if one.created_at is None or other.created_at is None:
        return 0.8
    apart = abs((one.created_at - other.created_at).total_seconds())
    return math.pow(0.5, apart / _HALF_LIFE)


def _reason(title: float, same_service: bool, incident: Incident) -> str:
    words = []
    if title >= 0.2:
        words.append("the same words" if title > 0.8 else "similar words")
    if same_service:
        words.append(f"the same service ({incident.service})")
    return " and ".join(words)
