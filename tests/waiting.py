"""Waiting for what a test needs, as long as the slowest machine may take, and never longer than it takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

DEADLINE = 30.0
"""Seconds after which something is not slow but wrong."""
POLL = 0.01


async def _poll() -> None:
    await asyncio.sleep(POLL)


async def until(
    true: Callable[[], object],
    what: str,
    instead: Callable[[], object] = lambda: "",
    *,
    within: float = DEADLINE,
    pause: Callable[[], Awaitable[object]] = _poll,
) -> float:
    """Wait until `true()`; the seconds that it took. Between two looks comes a `pause`.

    Fails after `within` seconds with `what` was waited for and what was there `instead`. It is looked once more after
    the deadline: a machine that stood still meanwhile fails nothing.
    """
    start = time.monotonic()
    while True:
        late = time.monotonic() - start > within
        if true():
            return time.monotonic() - start
        assert not late, f"waited {within:g} s in vain for {what}; instead there is\n{instead()}"
        await pause()


async def best(tried: Callable[[], Awaitable[float]], prompt: float, tries: int = 4) -> float:
    """Seconds that something took, of several times the best; one that is `prompt` is enough.

    A machine that is slow for a moment is so once; what the product itself is slow at is so each time.
    """
    took = await tried()
    for _ in range(tries - 1):
        took = took if took <= prompt else min(took, await tried())
    return took


def best_of(tried: Callable[[], float], prompt: float, tries: int = 4) -> float:
    """`best`, where nothing is awaited."""
    took = tried()
    for _ in range(tries - 1):
        took = took if took <= prompt else min(took, tried())
    return took
