"""Reads one backend again and again, on its own clock: page by page, politely, and never twice at once."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from vagt.adapters.protocol import (
    AdapterError,
    AuthError,
    Batch,
    InvalidError,
    NotFoundError,
    ProtocolError,
    ThrottledError,
)
from vagt.domain.clock import Clock
from vagt.domain.incident import Incident, Key, State
from vagt.engine.backend import Backend
from vagt.engine.health import Condition
from vagt.engine.healthbook import HealthBook
from vagt.engine.intake import Intake
from vagt.engine.pages import Pages
from vagt.engine.store import Store
from vagt.engine.waiting import Backoff, wait

log = logging.getLogger("vagt.poller")

_SILENCE = 3.0
"""After so many seconds without an answer it is told, and then every so often for how long it has been."""
_SILENCE_AGAIN = 5.0
CHUNK = 50
"""Incidents read by id in one request."""
_JITTER = 0.1
_RESYNC = 1200.0
_PATIENCE = 3.0
"""A page of a listing may take so many times the backend's timeout."""


class Poller:
    """One backend's reading. Run by whichever process holds the backend's lease."""

    def __init__(
        self,
        backend: Backend,
        store: Store,
        intake: Intake,
        book: HealthBook,
        clock: Clock,
        *,
        refresh: float,
        random_source: random.Random,
        on_good: Callable[[], None],
    ) -> None:
        self._backend = backend
        self._store = store
        self._intake = intake
        self._book = book
        self._clock = clock
        self._refresh = refresh
        self._random = random_source
        self._on_good = on_good
        self._wanted = asyncio.Event()
        self._backoff = Backoff(random_source, longest=max(60.0, refresh))
        self._cursor: str | None = None
        self._known = False
        self._listing = False
        self._listed = 0
        self._unsettled = False
        self._heard_at = 0.0
        self._silence = ""
        """What is being said while nothing is heard."""

    def want(self) -> None:
        """Poll now, or as soon as the backend allows it."""
        self._wanted.set()

    async def run(self) -> None:
        """For ever; ends by being cancelled."""
        pause = 0.0
        while True:
            if self._backend.paused:
                # A wish does not shorten what the backend itself has asked for.
                await self._clock.sleep(self._backend.paused)
            else:
                await wait(self._clock, pause, self._wanted)
                if self._backend.paused:
                    continue
            self._wanted.clear()
            pause = await self._once()

    async def _once(self) -> float:
        """One poll; seconds until the next one."""
        try:
            async with self._telling_silence():
                await self._poll()
        except AuthError as error:
            await self._signed_out(error)
            return 0.0
        except ThrottledError as error:
            self._backend.pause(error.wait)
            self._failed(error.words, Condition.THROTTLED, error.wait)
            return 0.0
        except AdapterError as error:
            seconds = self._backoff.next()
            self._failed(error.words, None, seconds)
            return seconds
        except Exception as error:  # one backend's trouble must not end the others
            log.exception("polling %s failed", self._backend.name)
            seconds = self._backoff.next()
            self._failed(f"{type(error).__name__}: {error}", None, seconds)
            return seconds
        self._backoff.reset()
        self._on_good()
        return self._refresh * (1 + _JITTER * (2 * self._random.random() - 1))

    async def _poll(self) -> None:
        await self._backend.look_again()
        _, account = await self._backend.ready()
        self._heard()
        health = self._book.get(self._backend.name)
        if health.account != account:
            self._book.put(replace(health, account=account))
        if not self._known:
            self._cursor = (await self._store.progress(self._backend.name)).cursor
            self._known = True
        if await self._resync_is_due():
            self._cursor = None
        listed: int | None = None
        pages = Pages()
        more = True
        while more:
            if self._unsettled:
                await self._settle_unlisted()
            more, completed = await self._page(pages)
            if completed:
                listed = self._listed  # what changed meanwhile follows, and would be counted twice
        if self._unsettled:
            await self._settle_unlisted()
        self._good(listed)

    async def _page(self, pages: Pages) -> tuple[bool, bool]:
        """One page into the store; (whether there is more right now, whether a full listing ended)."""
        asked_at = self._clock.now()
        cursor = self._cursor
        try:
            batch = await self._backend.ask(lambda session: session.changes(cursor), _PATIENCE)
            self._heard()
            pages.turn(cursor, batch)
        except (InvalidError, NotFoundError, ProtocolError):
            if cursor is not None:
                # Perhaps it no longer knows where we were: the next try begins at the beginning.
                self._cursor = None
                await self._store.forget_cursor(self._backend.name)
            raise
        if batch.restart or cursor is None:
            batch = replace(batch, restart=True)
            self._listing, self._listed, self._unsettled = True, 0, False
        self._listed += len(batch.items)
        await self._intake.page(self._backend, batch, asked_at)
        self._cursor = batch.cursor
        if self._listing:
            self._progress(batch)
        if batch.complete:
            self._listing, self._unsettled = False, True
        return batch.more, batch.complete

    async def _settle_unlisted(self) -> None:
        """Ask by id for open ones that a full listing did not name.

        Those that are closed now are stored so; those that are hidden or deleted go. One that is
        open may have slipped between two pages: it stays, unless it is missing a second time,
        for then it no longer belongs to this queue. A backend that keeps no past has forgotten
        what is resolved, and we have not.
        """
        missing = await self._store.unlisted(self._backend.name)
        for start in range(0, len(missing), CHUNK):
            chunk = dict(missing[start : start + CHUNK])
            asked_at = self._clock.now()
            ids = tuple(chunk)
            found = await self._backend.ask(lambda session, ids=ids: session.get(ids), _PATIENCE)  # type: ignore[misc]
            here = {incident.id: incident for incident in found}
            left = [id for id, missed in chunk.items() if id not in here or (here[id].is_open and missed > 1)]
            known = [incident for id, incident in here.items() if id not in left]
            manifest = self._backend.manifest()
            if manifest is not None and not manifest.keeps_past:
                known += await self._over([id for id in left if id not in here])
            await self._intake.look(self._backend, known, asked_at)
            await self._intake.forget(self._backend, [id for id in left if id not in {one.id for one in known}])
        self._unsettled = False

    async def _over(self, ids: Sequence[str]) -> list[Incident]:
        """What a backend without a memory no longer has was resolved: the last we saw of it, and when we noticed."""
        stored = [await self._store.get(Key(self._backend.name, id)) for id in ids]
        now = self._clock.now()
        return [
            replace(
                incident,
                state=State.RESOLVED,
                native_state=State.RESOLVED.value,
                resolved_at=now,
                updated_at=now,
                waiting_until=None,
                snoozed_until=None,
            )
            for incident in stored
            if incident is not None
        ]

    @asynccontextmanager
    async def _telling_silence(self) -> AsyncIterator[None]:
        """While nothing is heard, say so, and for how long: a listing may take many times a backend's timeout."""
        self._heard()
        watch = asyncio.ensure_future(self._watch_silence())
        try:
            yield
        finally:
            watch.cancel()

    async def _watch_silence(self) -> None:
        while True:
            passed = self._clock.monotonic() - self._heard_at
            if passed >= _SILENCE:
                self._say_problem(f"no answer for {passed:.0f} s")
            await self._clock.sleep(_SILENCE_AGAIN if passed >= _SILENCE else _SILENCE - passed)

    def _heard(self) -> None:
        """It has answered something."""
        self._heard_at = self._clock.monotonic()
        if self._silence:
            self._say_problem("")

    def _say_problem(self, words: str) -> None:
        health = self._book.get(self._backend.name)
        before = "" if health.problem == self._silence else health.problem
        self._silence = words
        self._book.put(replace(health, problem=words or before))

    async def _resync_is_due(self) -> bool:
        if self._cursor is None or self._listing:
            return False
        if self._store.behind(self._backend.name):
            return True
        manifest = self._backend.manifest()
        every = timedelta(seconds=manifest.resync if manifest is not None else _RESYNC)
        last = (await self._store.progress(self._backend.name)).complete_at
        # Also where the clock was set back, for else the next one would be as far off as that.
        return last is not None and abs(self._clock.now() - last) >= every

    def _progress(self, batch: Batch) -> None:
        """How far the listing is; how many there will be is mostly told with its first page alone."""
        health = self._book.get(self._backend.name)
        condition = Condition.LOADING if health.last_good is None and batch.more else health.condition
        total = batch.total if batch.restart or batch.total is not None else health.total
        self._book.put(replace(health, condition=condition, loaded=self._listed, total=total))

    def _good(self, listed: int | None) -> None:
        """`listed`: how many a full listing named, where one ended just now."""
        self._intake.loaded(self._backend.name)
        health = self._book.get(self._backend.name)
        self._book.put(
            replace(
                health,
                condition=Condition.FRESH,
                last_good=self._clock.now(),
                problem=self._store.problem,
                next_try=None,
                total=health.total if listed is None else listed,
            )
        )

    async def _signed_out(self, error: AuthError) -> None:
        """No more tries, which could lock the account, until a person asks for one."""
        self._failed(error.words, Condition.SIGNED_OUT, None)
        self._wanted.clear()
        await wait(self._clock, None, self._wanted)
        await self._backend.reset()

    def _failed(self, words: str, condition: Condition | None, seconds: float | None) -> None:
        now = self._clock.now()
        health = self._book.get(self._backend.name)
        self._book.put(
            replace(
                health,
                condition=condition or self._book.by_age(health, now),
                problem=words,
                next_try=None if seconds is None else now + timedelta(seconds=seconds),
            )
        )
        log.warning("%s: %s", self._backend.name, words)
