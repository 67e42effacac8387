"""How fast a backend may be asked: so many at once, and not at all while it wants us away."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from vagt.adapters.protocol import ThrottledError
from vagt.domain.clock import Clock

_NO_HINT = 30.0
"""Seconds to stay away after a refusal that does not say for how long."""
_LONGEST = 3600.0 * 6
_EPOCH_FROM = 1e9
"""A reset beyond this is a moment in epoch seconds, below it a number of seconds from now."""


class Pacer:
    """One per session: bounds the requests in flight, and remembers until when the backend wants us away.

    It never sleeps on a limit: while one is in force, asking raises ThrottledError with the rest
    of the wait, so that the caller can show it and do something else.
    """

    def __init__(self, clock: Clock, *, at_once: int = 4) -> None:
        self._clock = clock
        self._slots = asyncio.Semaphore(at_once)
        self._until = 0.0
        self._words = ""

    @property
    def wait(self) -> float:
        """Seconds for which the backend still wants us away; 0 when it does not."""
        return max(0.0, self._until - self._clock.monotonic())

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """The right to send one request. Raises ThrottledError while a limit is in force."""
        self._check()
        async with self._slots:
            self._check()
            yield

    def stay_away(self, seconds: float, words: str) -> None:
        """Send nothing for so long; the longest of several such wishes holds."""
        until = self._clock.monotonic() + min(max(seconds, 0.0), _LONGEST)
        if until > self._until:
            self._until, self._words = until, words

    def note(self, status: int, headers: Mapping[str, str], words: str = "") -> float | None:
        """Learn from an answer; the seconds to stay away where it asks for that, else None.

        Reads `Retry-After` of a 429 or 503, and of any answer the pair remaining/reset under the
        names that vendors use (`X-RateLimit-*`, `RateLimit-*`). `Retry-After: 0` means go on.
        """
        after = moment(headers.get("retry-after", ""), self._clock.now())
        reset = self._reset(headers)
        if status == 429:
            wait = next((seconds for seconds in (after, reset) if seconds is not None), _NO_HINT)
            self.stay_away(wait, words or "too many requests")
            return wait
        if status == 503 and after:
            self.stay_away(after, words or "the backend asks for a pause")
            return after
        if reset and _first(headers, "x-ratelimit-remaining", "ratelimit-remaining") in ("0", "0.0"):
            self.stay_away(reset, "the allowance of requests is used up")
        return None

    def _reset(self, headers: Mapping[str, str]) -> float | None:
        return moment(_first(headers, "x-ratelimit-reset", "ratelimit-reset"), self._clock.now())

    def _check(self) -> None:
        if wait := self.wait:
            raise ThrottledError(self._words, wait)


def moment(text: str, now: datetime) -> float | None:
    """Seconds from `now` until what a header tells; None where it cannot be read.

    Understands seconds, epoch seconds, HTTP dates and ISO 8601.
    """
    text = text.strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = None
    if number is not None:
        if not math.isfinite(number):
            return None
        return max(0.0, number - now.timestamp() if number > _EPOCH_FROM else number)
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            when = read(text)
        except (ValueError, TypeError, OverflowError):
            continue
        return max(0.0, ((when if when.tzinfo else when.replace(tzinfo=UTC)) - now).total_seconds())
    return None


def _first(headers: Mapping[str, str], *names: str) -> str:
    return next((headers[name].strip() for name in names if name in headers), "")
