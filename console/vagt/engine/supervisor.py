"""Runs pollers and senders while this process holds their leases, and watches what other processes write."""

from __future__ import annotations

import asyncio
import errno
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from vagt.engine.lease import Lease
from vagt.engine.parts import Parts
from vagt.engine.poller import Poller
from vagt.engine.sender import Sender

log = logging.getLogger("vagt.supervisor")

WATCH = 0.3
"""Seconds between looks at what other processes have written, and at whether a lease is free."""
_AGAIN = 5.0
_CROWDED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""The machine is short of something just now: whether another process has the lock is not known."""


class Supervisor:
    """The engine's tasks; each backend's stand on their own, so that none holds up another."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._clock = parts.clock
        self._main: asyncio.Task[None] | None = None
        self._version = 0
        self._revision: int | None = None
        self._wish = 0

    def start(self, *, poll: bool) -> None:
        """Begin; the tasks live until `stop`."""
        if self._main is None:
            self._main = asyncio.create_task(self._run(poll), name="engine")

    async def stop(self, patience: float) -> None:
        """End all tasks; what is on the wire gets `patience` seconds to come back."""
        if self._main is None:
            return
        await asyncio.gather(*(sender.drain(patience) for sender in self._parts.senders.values()))
        self._main.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait({self._main}, timeout=patience)

    async def _run(self, poll: bool) -> None:
        parts = self._parts
        async with asyncio.TaskGroup() as group:
            group.create_task(self._lasting(self._watch))
            group.create_task(self._lasting(parts.load_rest))
            for name, sender in parts.senders.items():
                group.create_task(self._hold(parts.lease("send", name), partial(self._send, sender), alone=False))
            for name, poller in parts.pollers.items() if poll else ():
                group.create_task(self._hold(parts.lease("poll", name), partial(self._poll, name, poller), alone=True))

    async def _lasting(self, work: Callable[[], Awaitable[None]]) -> None:
        """Whatever it stumbles over ends no other task, and it is begun again."""
        while True:
            try:
                await work()
                return
            except Exception:
                log.exception("a task of the engine failed; it is begun again")
                await self._clock.sleep(_AGAIN)

    async def _send(self, sender: Sender) -> None:
        await sender.run()

    async def _poll(self, name: str, poller: Poller) -> None:
        self._parts.polling.add(name)
        try:
            await poller.run()
        finally:
            self._parts.polling.discard(name)

    async def _hold(self, lease: Lease, work: Callable[[], Awaitable[None]], *, alone: bool) -> None:
        """Do `work` while the lease is ours; begin as soon as whoever has it ends.

        `alone`: where there can be no lock file, each process does it: reading twice does no harm, sending would.
        """
        try:
            while True:
                try:
                    if not lease.acquire():
                        await self._clock.sleep(WATCH)
                        continue
                except OSError as error:
                    if error.errno in _CROWDED:
                        log.warning("no lock file: %s", error)
                        await self._clock.sleep(_AGAIN)
                        continue
                    log.warning("no lock file: %s", error)
                    if not alone:
                        # The disk may have room again in a moment, for another process as well.
                        await self._clock.sleep(_AGAIN)
                        continue
                try:
                    await work()
                except Exception:
                    log.exception("a task of the engine failed; it is begun again")
                    await self._clock.sleep(_AGAIN)
        finally:
            lease.release()

    async def _watch(self) -> None:
        parts = self._parts
        if self._revision is None:
            self._version = await parts.store.version()
            self._wish = await parts.store.wished()
            self._revision = await parts.store.revision()
        while True:
            await self._clock.sleep(WATCH)
            parts.book.age(self._clock.now())
            parts.publish(parts.board.tick())
            try:
                if await parts.outbox.look():
                    for sender in parts.senders.values():
                        sender.kick()
                version = await parts.store.version()
                if version != self._version:
                    self._version = version
                    self._revision = await self._take_over(self._revision)
            except (sqlite3.Error, OSError) as error:
                log.warning("cannot look at what other processes wrote: %s", error)

    async def _take_over(self, revision: int) -> int:
        parts = self._parts
        found = await parts.store.foreign(revision)
        await parts.intake.foreign(found.changed, found.gone)
        for health in found.healths:
            if health.backend in parts.backends and health.backend not in parts.polling:
                parts.backends[health.backend].account = health.account or parts.backends[health.backend].account
                answered = health.last_good != parts.book.get(health.backend).last_good
                parts.book.adopt(health, self._clock.now())
                if health.last_good is not None:
                    parts.intake.loaded(health.backend)
                if answered:
                    # We may be the one who sends while another one polls.
                    parts.senders[health.backend].encourage()
        parts.publish(parts.board.snoozes(dict(found.snoozes)))
        wish = await parts.store.wished()
        if wish != self._wish:
            self._wish = wish
            for poller in parts.pollers.values():
                poller.want()
            for sender in parts.senders.values():
                sender.encourage()
        return found.rev
