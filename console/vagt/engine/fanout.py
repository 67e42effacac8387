"""Events to whoever listens: each subscription keeps what it has not taken yet, merged, never a growing queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from weakref import WeakSet

from vagt.domain.incident import Key
from vagt.engine.events import Event, HealthChanged, IncidentsChanged, OutboxChanged, Rang


class Subscription(AsyncIterator[Event]):
    """One listener's events, from the moment it was made. A slow listener gets fewer, larger ones."""

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout
        self._news = asyncio.Event()
        self._changed: set[Key] = set()
        self._arrived: set[Key] = set()
        self._rang: set[Key] = set()
        self._ids: set[str] = set()
        self._healths: dict[str, None] = {}

    def push(self, event: Event) -> None:
        match event:
            case IncidentsChanged(keys=keys, arrived=arrived):
                self._changed |= keys
                self._arrived |= arrived
            case HealthChanged(backend=backend):
                self._healths[backend] = None
            case OutboxChanged(ids=ids):
                self._ids |= ids
            case Rang(keys=keys):
                self._rang |= keys
        self._news.set()

    def end(self) -> None:
        """What is left is still delivered, then the iteration ends."""
        self._news.set()

    async def __anext__(self) -> Event:
        while True:
            event = self._next()
            if event is not None:
                return event
            if self._fanout.ended:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()

    def _next(self) -> Event | None:
        if self._healths:
            return HealthChanged(self._healths.popitem()[0])
        if self._changed:
            event = IncidentsChanged(frozenset(self._changed), frozenset(self._arrived))
            self._changed.clear()
            self._arrived.clear()
            return event
        if self._ids:
            ids = frozenset(self._ids)
            self._ids.clear()
            return OutboxChanged(ids)
        if self._rang:
            rang = frozenset(self._rang)
            self._rang.clear()
            return Rang(rang)
        return None

    async def aclose(self) -> None:
        """Stop listening."""
        self._fanout.forget(self)


class Fanout:
    """Publishes to all subscriptions; never waits for any."""

    def __init__(self) -> None:
        self._subscriptions: WeakSet[Subscription] = WeakSet()
        self.ended = False

    def subscribe(self) -> Subscription:
        subscription = Subscription(self)
        if not self.ended:
            self._subscriptions.add(subscription)
        return subscription

    def publish(self, event: Event) -> None:
        for subscription in self._subscriptions:
            subscription.push(event)

    def forget(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)

    def end(self) -> None:
        """No more events: every iteration ends."""
        self.ended = True
        for subscription in self._subscriptions:
            subscription.end()
        self._subscriptions.clear()
