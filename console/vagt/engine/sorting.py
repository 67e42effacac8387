"""Very many rows brought into an order in small steps, between which keys can be answered."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeVar

from vagt.domain.clock import Clock
from vagt.domain.incident import Incident
from vagt.domain.ordering import Sort, number_length

T = TypeVar("T")
Steps = Generator[int, None, T]
"""Work in steps; each tells how many rows it dealt with."""

RUN = 8192
"""Rows that are dealt with in one step: a few milliseconds."""
_FEW = 512
"""Rows that are sorted in one go, by all that is compared at once."""
_SLICE = 0.004
"""Seconds of work between two chances for the event loop."""


class Pause:
    """Lets the event loop have its turn now and then."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = 0
        self._until = clock.monotonic() + _SLICE

    async def when_due(self, rows: int) -> bool:
        """So many rows were dealt with; whether it was time for a pause, which is over now."""
        self._since += rows
        if self._since < 4 * RUN and self._clock.monotonic() < self._until:
            return False
        await asyncio.sleep(0)
        self._since = 0
        self._until = self._clock.monotonic() + _SLICE
        return True


def at_once(steps: Steps[T]) -> T:
    """All steps without a pause."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


async def in_slices(steps: Steps[T], pause: Pause) -> T:
    """All steps, with pauses."""
    while True:
        try:
            rows = next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        await pause.when_due(rows)


def sorted_rows(
    rows: Sequence[int], incidents: Sequence[Incident | None], sort: Sort, *, tied: bool = False, few: int = _FEW
) -> Steps[list[int]]:
    """These rows in the order of `sort.key()`; `incidents` must stay as they are meanwhile.

    `tied`: they are in the order of number and identity already. Of more than `few` rows one thing is compared
    at a time, the least important first, since numbers and texts are compared ten times as fast as tuples of them.
    """
    if len(rows) <= few:
        key = sort.key()
        return sorted(rows, key=lambda row: key(_there(incidents[row])))
    found = list(rows)
    if not tied:
        found = yield from _tied(found, incidents)
    for part, has_few_values in reversed(sort.parts()):
        found = yield from (_piled if has_few_values else _sorted)(found, incidents, part)
    return found


def _tied(rows: list[int], incidents: Sequence[Incident | None]) -> Steps[list[int]]:
    """By what decides where all else is equal."""
    numbers: set[str] = set()
    for start in range(0, len(rows), RUN):
        numbers.update([_there(incidents[row]).number for row in rows[start : start + RUN]])
        yield RUN
    if len(numbers) < len(rows):
        rows = yield from _sorted(rows, incidents, lambda incident: incident.id)
        rows = yield from _piled(rows, incidents, lambda incident: incident.backend)
    rows = yield from _sorted(rows, incidents, lambda incident: incident.number)
    return (yield from _piled(rows, incidents, number_length))


def _sorted(rows: list[int], incidents: Sequence[Incident | None], part: Callable[[Incident], Any]) -> Steps[list[int]]:
    """By one thing; what is equal in it stays in the order in which it was."""
    values: list[Any] = [None] * len(incidents)
    runs: list[list[int]] = []
    for start in range(0, len(rows), RUN):
        run = rows[start : start + RUN]
        for row in run:
            values[row] = part(_there(incidents[row]))
        run.sort(key=values.__getitem__)
        runs.append(run)
        yield RUN
    while len(runs) > 1:
        merged = []
        for at in range(0, len(runs), 2):
            run = [row for two in runs[at : at + 2] for row in two]
            run.sort(key=values.__getitem__)  # a merge, since it makes use of what is sorted already
            merged.append(run)
            yield len(run)
        runs = merged
    return runs[0] if runs else []


def _piled(rows: list[int], incidents: Sequence[Incident | None], part: Callable[[Incident], Any]) -> Steps[list[int]]:
    """The same for a thing with few different values: a pile for each."""
    piles: dict[Any, list[int]] = defaultdict(list)
    for start in range(0, len(rows), RUN):
        for row in rows[start : start + RUN]:
            piles[part(_there(incidents[row]))].append(row)
        yield RUN
    return [row for value in sorted(piles) for row in piles[value]]


def _there(incident: Incident | None) -> Incident:
    assert incident is not None
    return incident
