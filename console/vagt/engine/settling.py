"""Waits until actions have come to rest, each followed to the channel that took it over."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from vagt.domain.clock import Clock
from vagt.engine.events import OutboxChanged
from vagt.engine.fanout import Fanout, Subscription
from vagt.engine.intent import Intent
from vagt.engine.outbox import Outbox


class Settling:
    """Looks at the outbox's mirror, and at the disk for what ended long ago."""

    def __init__(self, outbox: Outbox, fanout: Fanout, clock: Clock) -> None:
        self._outbox = outbox
        self._fanout = fanout
        self._clock = clock

    async def settled(
        self,
        ids: Collection[str],
        timeout: float | None,  # noqa: ASYNC109  measured on our own clock, and no error where it runs out
    ) -> tuple[Intent, ...]:
        """Wait until none is pending, at most `timeout` seconds; how they stand then, in the order of `ids`."""
        events = self._fanout.subscribe()
        sleeper = None if timeout is None else asyncio.ensure_future(self._clock.sleep(timeout))
        try:
            while any(intent.stage.is_pending for intent in self._known(ids)):
                change = asyncio.ensure_future(_outbox_change(events))
                waiting = {change} if sleeper is None else {change, sleeper}
                done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                if change not in done or not change.result():
                    change.cancel()
                    break
        finally:
            if sleeper is not None:
                sleeper.cancel()
            await events.aclose()
        known = {id: intent for id in ids if (intent := self.delivery(id)) is not None}
        missing = [id for id in ids if id not in known]
        if missing:
            known.update(await self._stored(missing))
        return tuple(known[id] for id in ids if id in known)

    def _known(self, ids: Collection[str]) -> list[Intent]:
        return [intent for id in ids if (intent := self.delivery(id)) is not None]

    async def _stored(self, ids: Collection[str]) -> dict[str, Intent]:
        """As `delivery`, of those that ended so long ago that only the disk knows."""
        found = await self._outbox.stored(ids)
        while further := {id: intent.passed_to for id, intent in found.items() if intent.passed_to}:
            taken_over = await self._outbox.stored(further.values())
            if not taken_over.keys() >= set(further.values()):
                break  # forgotten: it ended more than a month ago
            found |= {id: taken_over[other] for id, other in further.items()}
        return found

    def delivery(self, id: str) -> Intent | None:
        """How an action stands; of one that another channel took over, how it stands there. None: ended long ago."""
        intent = self._outbox.get(id)
        while intent is not None and intent.passed_to:
            intent = self._outbox.get(intent.passed_to)
        return intent


async def _outbox_change(events: Subscription) -> bool:
    """Wait for the outbox to change; False where the engine ends."""
    async for event in events:
        if isinstance(event, OutboxChanged):
            return True
    return False
