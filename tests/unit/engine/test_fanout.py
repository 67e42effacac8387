"""Events: every listener gets the last state, however slow it is, and nothing piles up."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.unit.engine.fakes import keys
from vagt.engine.events import HealthChanged, IncidentsChanged, OutboxChanged, Rang
from vagt.engine.fanout import Fanout, Subscription


async def taken(subscription: Subscription) -> list[Any]:
    return [event async for event in subscription]


async def test_a_slow_listener_gets_fewer_larger_events() -> None:
    fanout = Fanout()
    slow = fanout.subscribe()
    for number in range(1000):
        fanout.publish(IncidentsChanged(frozenset(keys([str(number % 10)])), frozenset(keys(["0"]))))
        fanout.publish(HealthChanged("desk"))
        fanout.publish(OutboxChanged(frozenset({"a"})))
        fanout.publish(Rang(frozenset(keys(["1"]))))
    fanout.end()
    events = await taken(slow)
    assert sorted(type(event).__name__ for event in events) == [
        "HealthChanged", "IncidentsChanged", "OutboxChanged", "Rang",
    ]  # fmt: skip
    changed = next(event for event in events if isinstance(event, IncidentsChanged))
    assert changed == IncidentsChanged(frozenset(keys(map(str, range(10)))), frozenset(keys(["0"])))


async def test_each_subscription_is_its_own_and_begins_when_it_is_made() -> None:
    fanout = Fanout()
    early = fanout.subscribe()
    fanout.publish(HealthChanged("a"))
    late = fanout.subscribe()
    fanout.publish(HealthChanged("b"))
    fanout.end()
    assert {event.backend for event in await taken(early)} == {"a", "b"}
    assert await taken(late) == [HealthChanged("b")]


async def test_a_waiting_listener_is_woken_and_ends_with_the_engine() -> None:
    fanout = Fanout()
    waiting = asyncio.ensure_future(taken(fanout.subscribe()))
    await asyncio.sleep(0)
    fanout.publish(HealthChanged("a"))
    await asyncio.sleep(0)
    assert not waiting.done()
    fanout.end()
    assert await waiting == [HealthChanged("a")]
    assert await taken(fanout.subscribe()) == []


async def test_whoever_no_longer_listens_is_forgotten() -> None:
    fanout = Fanout()
    kept = fanout.subscribe()
    fanout.subscribe()
    await kept.aclose()
    assert len(fanout._subscriptions) == 0
