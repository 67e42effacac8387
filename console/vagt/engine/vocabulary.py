"""Counts the names that occur on the board, change by change, so that completion is never late."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter

from vagt.domain.incident import Incident
from vagt.domain.query_complete import Vocabulary

_READ = {
    "team": attrgetter("team"),
    "assignee": attrgetter("assignee"),
    "service": attrgetter("service"),
    "caller": attrgetter("caller"),
    "category": attrgetter("category"),
    "backend": attrgetter("backend"),
    "state": attrgetter("native_state"),
}
_MOST = 500
"""Names that are offered of each field."""


class Tally:
    """How often each name occurs in each field."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {field: Counter() for field in _READ}
        self._known: Vocabulary | None = None

    def change(self, before: Incident | None, now: Incident | None) -> None:
        """An incident is another now; None: it was not, or is no longer, there."""
        for field, read in _READ.items():
            old = None if before is None else read(before)
            new = None if now is None else read(now)
            if old == new:
                continue
            self._known = None
            counts = self._counts[field]
            if old:
                counts[old] -= 1
                if not counts[old]:
                    del counts[old]
            if new:
                counts[new] += 1

    def vocabulary(self) -> Vocabulary:
        """The names by field, the most frequent first."""
        if self._known is None:
            self._known = Vocabulary({field: _frequent(counts) for field, counts in self._counts.items()})
        return self._known


def _frequent(counts: Counter[str]) -> tuple[str, ...]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(name for name, _ in ranked[:_MOST])
