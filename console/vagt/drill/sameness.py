"""Which incidents were recognised as the same, compared with which are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from vagt.adapters.embedded.shift.ledger import Told
from vagt.adapters.embedded.shift.truth import Role, Truth
from vagt.domain.incident import LinkKind

_TOGETHER = frozenset({LinkKind.DUPLICATE, LinkKind.PARENT, LinkKind.CHILD})


@dataclass(frozen=True, slots=True)
class Sameness:
    """Figures of one drill."""

    expected: int
    """Reports of something that an earlier incident tells already."""
    missed: int
    """Those that nobody merged into the others or made their child."""
    wrong: int
    """Merged into an incident of another cause."""
    symptoms: int
    linked: int
    """Symptoms that were made children of their cause, or merged into it."""


def compared(known: Sequence[tuple[Told, Truth]]) -> Sameness:
    """Compare the merges and links of these incidents with their true causes."""
    causes = {told.row.pk: truth.cause for told, truth in known}
    groups: dict[str, list[int]] = defaultdict(list)
    symptoms: list[int] = []
    for told, truth in known:
        if truth.role is Role.REPORT:
            groups[truth.cause].append(told.row.pk)
        else:
            symptoms.append(told.row.pk)
    neighbours: dict[int, set[int]] = defaultdict(set)
    wrong = 0
    for told, truth in known:
        pk, into = told.row.pk, told.row.duplicate_of
        if into is not None:
            neighbours[pk].add(into)
            neighbours[into].add(pk)
            # What the operator registered himself, to gather them in, is nobody's wrong place.
            wrong += causes.get(into, truth.cause) != truth.cause
        for link in told.links:
            if link.kind in _TOGETHER and link.incident is not None:
                neighbours[pk].add(link.incident)
                neighbours[link.incident].add(pk)
    expected = sum(len(group) - 1 for group in groups.values())
    missed = sum(_clusters(group, neighbours, causes, key) - 1 for key, group in groups.items())
    linked = sum(any(causes.get(other) == causes[pk] for other in neighbours[pk]) for pk in symptoms)
    return Sameness(expected, missed, wrong, len(symptoms), linked)


def _clusters(group: Sequence[int], neighbours: dict[int, set[int]], causes: dict[int, str], cause: str) -> int:
    """Into how many heaps that nobody has connected the reports of one cause fall."""
    left = set(group)
    count = 0
    while left:
        count += 1
        heap = [left.pop()]
        seen = set(heap)
        while heap:
            pk = heap.pop()
            for other in neighbours[pk] - seen:
                if causes.get(other, cause) == cause:
                    seen.add(other)
                    heap.append(other)
        left -= seen
    return count
