"""Sends one backend's share of the outbox: in order per incident, each action once, however often it is tried."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Protocol

from vagt.domain.clock import Clock
from vagt.engine import moves
from vagt.engine.errors import OutboxError
from vagt.engine.intent import Intent, Stage
from vagt.engine.outbox import Outbox
from vagt.engine.performer import Outcome
from vagt.engine.waiting import Backoff, wait

log = logging.getLogger("vagt.sender")

WIDTH = 4
"""So many actions on different incidents are on the wire at once; one while the backend is in trouble."""


class Lane(Protocol):
    """To whom it is sent: a backend, or a channel."""

    @property
    def name(self) -> str:
        """As it stands in `Command.backend`."""
        ...

    @property
    def paused(self) -> float:
        """For how many more seconds it wants to be left alone."""
        ...


class Stepper(Protocol):
    """What takes an action one step further. Raises OutboxError where the disk fails, nothing else."""

    async def advance(self, intent: Intent, *, local: bool) -> Outcome:
        """Send it, or find out whether it arrived."""
        ...

    async def tend(self) -> float | None:
        """Do what time alone makes due; seconds until more is, None where nothing is."""
        ...


class Sender:
    """One backend's or channel's sender. Run by whichever process holds its lease."""

    def __init__(
        self,
        backend: Lane,
        outbox: Outbox,
        performer: Stepper,
        clock: Clock,
        *,
        random_source: random.Random,
        is_local: Callable[[Intent], bool],
    ) -> None:
        self._backend = backend
        self._outbox = outbox
        self._performer = performer
        self._clock = clock
        self._is_local = is_local
        self._backoff = Backoff(random_source)
        self._kick = asyncio.Event()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._wait_until = 0.0
        self._unwritten_until = 0.0
        """So long not even what the console does on its own is tried: the disk refused it."""
        self._signed_out = False
        self._closing = False

    def kick(self) -> None:
        """The outbox has changed."""
        self._kick.set()

    def encourage(self) -> None:
        """The backend has just answered, or the operator wants it tried: do not wait any longer."""
        self._wait_until = self._unwritten_until = 0.0
        self._backoff.reset()
        self._signed_out = False
        self._kick.set()

    async def run(self) -> None:
        """For ever; ends by being cancelled. What is on the wire then stays so on disk."""
        await self._recover()
        try:
            while True:
                try:
                    pause = await self._round()
                except OutboxError as error:
                    log.error("%s: %s", self._backend.name, error.words)
                    pause = self._backoff.next()
                await wait(self._clock, pause, self._kick)
        finally:
            for task in self._busy.values():
                task.cancel()
            if self._busy:
                await asyncio.wait(set(self._busy.values()), timeout=0.5)

    async def drain(self, seconds: float) -> None:
        """Start nothing more, and give what is on the wire so many seconds to come back."""
        self._closing = True
        if self._busy:
            await asyncio.wait(set(self._busy.values()), timeout=seconds)

    async def _recover(self) -> None:
        """Nobody else sends for this backend, so what is marked as on the wire was left by one that ended."""
        while True:
            try:
                await self._outbox.change(lambda rows: moves.recover(rows, self._backend.name))
                await self._outbox.look()
                return
            except OutboxError as error:
                log.error("%s: %s", self._backend.name, error.words)
                await self._clock.sleep(self._backoff.next())

    async def _round(self) -> float | None:
        """Start what can go now; seconds until something more is due, None where nothing is."""
        name = self._backend.name
        now = self._clock.now()
        if any(moves.is_due(intent, now) for intent in self._outbox.held(name)):
            await self._outbox.change(lambda rows: moves.release(rows, name))
        delays = [(intent.not_before - now).total_seconds() for intent in self._outbox.held(name)]
        if (due := await self._performer.tend()) is not None:
            delays.append(due)
        delay = min(delays, default=None)
        resting = max(self._backend.paused, self._wait_until - self._clock.monotonic())
        width = WIDTH if self._backoff.failures == 0 else 1
        for intent in self._outbox.heads(name):
            if intent.command.id in self._busy or self._closing:
                continue
            if intent.stage is Stage.SENDING:
                # The disk failed when it came back, and what became of it was not written down.
                await self._stray(intent.command.id)
                continue
            local = self._is_local(intent)
            due = 0.0 if moves.is_due(intent, now) else (intent.not_before - now).total_seconds()
            if intent.stage is not Stage.HELD:
                due = max(due, self._unwritten_until - self._clock.monotonic() if local else resting)
            if due > 0:
                delay = due if delay is None else min(delay, due)
            elif local or (len(self._busy) < width and not self._signed_out):
                self._start(intent)
        return delay

    async def _stray(self, id: str) -> None:
        words = "its result could not be written to disk"
        await self._outbox.change(lambda rows: moves.unsure(rows, id, words, rows.now))
        self._kick.set()

    def _start(self, intent: Intent) -> None:
        task = asyncio.create_task(self._work(intent), name=f"send {intent.command.ref}")
        self._busy[intent.command.id] = task
        task.add_done_callback(lambda _: self._ended(intent.command.id))

    def _ended(self, id: str) -> None:
        self._busy.pop(id, None)
        self._kick.set()

    async def _work(self, intent: Intent) -> None:
        try:
            outcome = await self._performer.advance(intent, local=self._is_local(intent))
        except OutboxError as error:
            # Not on disk as "on the wire", so it did not go; or done, and asked about once the disk is well.
            self._rest(self._backoff.next())
            self._unwritten_until = self._wait_until
            log.error("%s: %s", intent.command.ref, error.words)
            return
        except Exception:
            log.exception("sending %s", intent.command.ref)
            self._rest(self._backoff.next())
            return
        match outcome:
            case Outcome.SETTLED:
                self._backoff.reset()
            case Outcome.AWAY:
                self._rest(self._backoff.next())
            case Outcome.THROTTLED:
                self._rest(self._backend.paused)
            case Outcome.SIGNED_OUT:
                self._signed_out = True

    def _rest(self, seconds: float) -> None:
        self._wait_until = max(self._wait_until, self._clock.monotonic() + seconds)
