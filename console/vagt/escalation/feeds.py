"""iCalendar files and addresses: read when they are needed, and the last good one kept where they are away."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from vagt.domain.clock import Clock

log = logging.getLogger("vagt.escalation")

FRESH = 600.0
"""Seconds for which what was read is good."""
_AGAIN = 60.0
"""Seconds after which a calendar that is away is asked for again."""
_TIMEOUT = 10.0
_PATIENCE = 20.0
"""Seconds for the whole of it, however steadily it drips: a step may wait for it."""
_LARGEST = 8 * 1024 * 1024

Fetch = Callable[[str], Awaitable[str]]


class FeedError(Exception):
    """A calendar cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar as it was last read."""

    text: str = ""
    problem: str = ""
    """Why it could not be read just now; then `text` is the last good one, or empty where there is none."""
    read_at: datetime | None = None
    """When `text` was read (UTC)."""


class Feeds:
    """All calendars of the config, by path or address."""

    def __init__(self, folder: Path, clock: Clock, *, base: Path | None = None, fetch: Fetch | None = None) -> None:
        """`folder`: where the last good ones are kept; `base`: what relative paths are relative to."""
        self._folder = folder
        self._clock = clock
        self._base = base
        self._fetch = fetch or _fetched
        self._known: dict[str, tuple[float, Feed]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self.patience = _PATIENCE

    async def read(self, source: str) -> Feed:
        """The calendar of a path or address; never raises."""
        async with self._locks.setdefault(source, asyncio.Lock()):
            known = self._known.get(source)
            now = self._clock.monotonic()
            if known is not None and now - known[0] < (_AGAIN if known[1].problem else FRESH):
                return known[1]
            feed = await self._now(source, None if known is None else known[1])
            self._known[source] = (now, feed)
            return feed

    async def _now(self, source: str, before: Feed | None) -> Feed:
        try:
            if "://" in source:
                text = await self._in_time(source)
                await asyncio.to_thread(self._keep, source, text)
            else:
                text = await asyncio.to_thread(self._from_file, source)
            if "BEGIN:VCALENDAR" not in text:
                raise FeedError("what is there is no iCalendar file")
        except FeedError as error:
            log.warning("the calendar %s cannot be read: %s", _shown(source), error)
            if before is None or not before.text:
                before = await asyncio.to_thread(self._kept, source)
            return Feed(before.text, str(error), before.read_at)
        return Feed(text, "", self._clock.now())

    async def _in_time(self, source: str) -> str:
        try:
            async with asyncio.timeout(self.patience):
                return await self._fetch(source)
        except TimeoutError:
            raise FeedError(f"{_shown(source)} does not come to an end in {self.patience:.0f} s") from None

    def _from_file(self, source: str) -> str:
        path = Path(source).expanduser()
        if self._base is not None:
            path = self._base / path
        try:
            if path.stat().st_size > _LARGEST:
                raise FeedError(f"{path} is larger than {_LARGEST // 1024 // 1024} MiB")
            return path.read_text("utf-8", "replace")
        except OSError as error:
            raise FeedError(f"{path}: {error.strerror or error}") from error

    def _keep(self, source: str, text: str) -> None:
        """For the time when the address is away; a disk that is full only costs that."""
        if "BEGIN:VCALENDAR" not in text:
            return
        place = self._place(source)
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = place.with_suffix(f".{os.getpid()}")
            file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(file, "w", encoding="utf-8") as stream:
                stream.write(text)
            fresh.replace(place)
        except OSError as error:
            log.warning("the calendar could not be kept: %s", error)

    def _kept(self, source: str) -> Feed:
        if "://" not in source:
            return Feed()
        place = self._place(source)
        try:
            read_at = datetime.fromtimestamp(place.stat().st_mtime, UTC)
            return Feed(place.read_text("utf-8", "replace"), "", read_at)
        except OSError:
            return Feed()

    def _place(self, source: str) -> Path:
        return self._folder / f"{hashlib.sha256(source.encode()).hexdigest()[:32]}.ics"


def _shown(source: str) -> str:
    """The address without its path, which is often all that protects a calendar."""
    scheme, colon, rest = source.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/…" if colon else source


async def _fetched(address: str) -> str:
    import httpx  # only those who have a calendar at an address wait for it

    try:
        async with (
            httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=True, max_redirects=5) as client,
            client.stream("GET", address, headers={"Accept": "text/calendar"}) as answer,
        ):
            if answer.status_code != 200:
                raise FeedError(f"{_shown(address)} answers {answer.status_code}")
            body = bytearray()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > _LARGEST:
                    raise FeedError(f"it is larger than {_LARGEST // 1024 // 1024} MiB")
            return body.decode("utf-8", "replace")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise FeedError(f"{_shown(address)} cannot be reached: {type(error).__name__}") from error
