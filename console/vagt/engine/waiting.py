"""Waiting by the injected clock, cut short by an event; and how long to wait after failures."""

from __future__ import annotations

import asyncio
import random

from vagt.domain.clock import Clock


async def wait(clock: Clock, seconds: float | None, event: asyncio.Event) -> bool:
    """Until `event` is set (True) or `seconds` have passed (False; None: for ever). The event is cleared."""
    if event.is_set():
        event.clear()
        return True
    if seconds is None:
        await event.wait()
        event.clear()
        return True
    waiting = {asyncio.ensure_future(clock.sleep(seconds)), asyncio.ensure_future(event.wait())}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    was_set = event.is_set()
    event.clear()
    return was_set


class Backoff:
    """Longer after each failure, with jitter, so that many consoles do not come back all at once."""

    def __init__(self, random_source: random.Random, *, first: float = 1.0, longest: float = 60.0) -> None:
        self._random = random_source
        self._first = first
        self._longest = longest
        self.failures = 0

    def next(self) -> float:
        """Seconds until the next try: between half and all of 1, 2, 4 … up to the longest."""
        span = min(self._longest, self._first * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return max(self._first, span * (0.5 + 0.5 * self._random.random()))

    def reset(self) -> None:
        self.failures = 0
