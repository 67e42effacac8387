"""Answers that are kept for some minutes: whoever fills in a form looks the same up again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from vagt.domain.clock import Clock

T = TypeVar("T")

_FRESH = 600.0
_MOST = 500


class Kept(Generic[T]):
    """The last answers by question; one with nothing in it is asked for again."""

    def __init__(self, clock: Clock, *, fresh: float = _FRESH, most: int = _MOST) -> None:
        """`fresh`: seconds for which an answer is kept, from when it was asked for; `most`: how many are."""
        self._clock = clock
        self._fresh = fresh
        self._most = most
        self._answers: dict[Hashable, tuple[float, tuple[T, ...]]] = {}

    async def get(self, question: Hashable, ask: Callable[[], Awaitable[tuple[T, ...]]]) -> tuple[T, ...]:
        """The answer that is kept, else what `ask` finds. Raises what `ask` raises, and keeps nothing then."""
        now = self._clock.monotonic()
        read_at, kept = self._answers.get(question, (now, ()))
        if kept and now - read_at < self._fresh:
            return kept
        found = await ask()
        while len(self._answers) >= self._most:
            del self._answers[next(iter(self._answers))]
        self._answers[question] = (now, found)
        return found
