"""Counts the names that occur on the board, change by change, so that completion is never late."""

from __future__ import annotations

from operator import attrgetter

from vagt.domain.incident import Incident
from vagt.domain.query_complete import Vocabulary

_FIELDS = ("team", "assignee", "service", "caller", "category", "backend", "state")
_read = attrgetter(*_FIELDS[:-1], "native_state")
_NOTHING = (None,) * len(_FIELDS)
_MOST = 500
"""Names that are offered of each field."""


class Tally:
    """How often each name occurs in each field."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, int]] = {field: {} for field in _FIELDS}
        self._known: Vocabulary | None = None

    def change(self, before: Incident | None, now: Incident | None) -> None:
        """An incident is another now; None: it was not, or is no longer, there."""
        earlier = _NOTHING if before is None else _read(before)
        later = _NOTHING if now is None else _read(now)
        if earlier == later:
            return
        self._known = None
        for counts, old, new in zip(self._counts.values(), earlier, later, strict=True):
            if old == new:
                continue
            if old:
                counts[old] -= 1
                if not counts[old]:
                    del counts[old]
            if new:
                counts[new] = counts.get(new, 0) + 1

    def vocabulary(self) -> Vocabulary:
        """The names by field, the most frequent first."""
        if self._known is None:
            self._known = Vocabulary({field: _frequent(counts) for field, counts in self._counts.items()})
        return self._known


def _frequent(counts: dict[str, int]) -> tuple[str, ...]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(name for name, _ in ranked[:_MOST])
