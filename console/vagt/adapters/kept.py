"""Answers of a directory, kept for some minutes: whoever fills in a form looks the same up again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable

from vagt.domain.clock import Clock
from vagt.domain.directory import DirectoryEntry

_FRESH = 600.0
"""Seconds for which an answer is kept."""
_MOST = 500

Entries = tuple[DirectoryEntry, ...]


class Kept:
    """The last answers by question; one without entries is asked for again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answers: dict[Hashable, tuple[float, Entries]] = {}

    async def get(self, question: Hashable, ask: Callable[[], Awaitable[Entries]]) -> Entries:
        """The answer that is kept, else what `ask` finds. Raises what `ask` raises, and keeps nothing then."""
        read_at, kept = self._answers.get(question, (0.0, ()))
        if kept and self._clock.monotonic() - read_at < _FRESH:
            return kept
        found = await ask()
        while len(self._answers) >= _MOST:
            del self._answers[next(iter(self._answers))]
        self._answers[question] = (self._clock.monotonic(), found)
        return found
