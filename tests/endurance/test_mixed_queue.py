"""Nine backends in one queue, six of them wrong in six ways: the others do not notice, and nothing wrong looks well."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.endurance.mixed import AWAY, BROKEN, FINE, REFRESH, TIMEOUT, MixedQueue
from tests.waiting import DEADLINE, until
from vagt.config.settings import DEFAULT_VIEWS
from vagt.domain.commands import Acknowledge, Change, Create, Note
from vagt.domain.ordering import parse_sort
from vagt.domain.query import parse
from vagt.engine.engine import Engine
from vagt.engine.health import Condition, Health
from vagt.engine.intent import Stage
from vagt.engine.request import Request

SOON = REFRESH + 1.2
"""About one refresh on a crowded machine, and less than what the silent one is waited for."""
assert SOON < TIMEOUT
TRIES = 4
"""A machine that is slow for a moment is so once; whoever is held up is so each time."""

UNREACHED = {
    "silent": "no answer within",
    "failing": "Unhandled system exception",
    "webpage": "A web page came: “Sign in”",
    "expired": "certificate has expired",
}
"""What is said of those that were never reached."""


@pytest.fixture
async def queue(tmp_path: Path) -> AsyncIterator[MixedQueue]:
    async with MixedQueue(tmp_path) as queue:
        yield queue


def shown(engine: Engine) -> Counter[str]:
    """How many incidents of each backend the view of all open ones has."""
    every = next(view for view in DEFAULT_VIEWS if view.name == "All open")
    view = engine.board.open_view(parse(every.query), parse_sort(every.sort))
    try:
        return Counter(view[n].backend for n in range(len(view)))
    finally:
        view.close()


def priorities(engine: Engine, queue: MixedQueue) -> dict[str, int | None]:
    found = {name: engine.board.get(fine.key) for name, fine in queue.fine.items()}
    return {name: None if incident is None else incident.priority for name, incident in found.items()}


def well(engine: Engine) -> set[str]:
    return {health.backend for health in engine.healths() if health.condition is Condition.FRESH}


async def watch(engine: Engine, lies: list[Health]) -> None:
    """Keep what would have misled whoever looked at that moment."""
    while True:
        lies += [
            health
            for health in engine.healths()
            if health.backend in BROKEN and (health.condition is Condition.FRESH or health.last_good is not None)
        ]
        await asyncio.sleep(0.02)


@pytest.mark.timeout(180)
async def test_backends_that_go_wrong_hold_up_no_other_and_say_what_is_wrong(queue: MixedQueue) -> None:
    engine = await queue.engine()
    lies: list[Health] = []
    watching = asyncio.ensure_future(watch(engine, lies))
    start = asyncio.get_running_loop().time()

    # those in order are there before the silent one is given up
    await until(lambda: well(engine) == set(FINE), "those in order", engine.healths)
    waited = engine.health("silent")
    assert waited.problem == "" or asyncio.get_running_loop().time() - start > TIMEOUT, "it is still waited for"
    assert shown(engine) == Counter(FINE), "one of each, and nothing of those that were never read"
    assert {engine.health(name).total for name in FINE} == {1}

    # a colleague's changes come with the next refresh
    assert await soon(lambda _: news(engine, queue)) < SOON

    # actions on them arrive at once; one for the throttled waits, and asks it nothing
    waiting = await engine.submit(
        [Request("throttled", None, Create(title="For later", impact=2, urgency=2))], undo=False
    )
    assert await soon(lambda tried: act(engine, queue, Note("and again") if tried else Acknowledge())) < SOON
    for fine in queue.fine.values():
        assert (await fine.rig.truth(fine.key.id)).assignee == "anna"

    # a person who insists does not shorten what the throttled one has asked for
    engine.refresh()

    await until(
        lambda: (
            all(engine.health(name).problem for name in BROKEN)
            and all(given_up(engine.health(name), words) for name, words in UNREACHED.items())
        ),
        "what is wrong of each",
        engine.healths,
    )
    assert {engine.health(name).condition for name in UNREACHED} == {Condition.NEVER}
    assert (health := engine.health("refused")).condition is Condition.SIGNED_OUT
    assert "User Not Authenticated" in health.problem
    assert health.next_try is None, "it is not tried again until a person asks, for that could lock the account"
    assert (health := engine.health("throttled")).condition is Condition.THROTTLED
    assert "Rate limit exceeded" in health.problem
    passed = asyncio.get_running_loop().time() - start
    assert health.next_try is not None
    assert AWAY - passed - 1 < (health.next_try - datetime.now(UTC)).total_seconds() <= AWAY

    # none is asked more often than it allows, while those in order were read again and again
    assert queue.throttled.requests() == 1
    (still,) = await engine.settled([waiting[0].command.id], 0)
    assert still.stage is Stage.QUEUED
    assert queue.refused.requests() <= 2 * 2, "two sign-ins, of which the second was asked for; each tried twice"
    assert queue.failing.requests() <= 1 + _tries(passed)
    assert queue.webpage.requests() <= 2 * _tries(passed), "it is looked for in two places"
    assert queue.silent.connections <= 3 * _tries(passed)
    asked = len(queue.snow.log)
    await until(lambda: len(queue.snow.log) > asked, "one in order to be read once more")

    assert well(engine) == set(FINE)
    watching.cancel()
    assert lies == []


def given_up(health: Health, words: str) -> bool:
    """It is no longer waited for, and it is known when it is asked again."""
    return words in health.problem and health.next_try is not None


async def soon(tried: Callable[[int], Awaitable[float]]) -> float:
    """Seconds that something took, of several times the best; one that is soon is enough."""
    took = await tried(0)
    for number in range(1, TRIES):
        took = took if took < SOON else min(took, await tried(number))
    return took


async def news(engine: Engine, queue: MixedQueue) -> float:
    """A colleague changes one incident in each that is in order; seconds until all of that is on the board."""
    before = priorities(engine, queue)
    for fine in queue.fine.values():
        await fine.rig.change(fine.key.id)
    return await until(
        lambda: all(now != before[name] for name, now in priorities(engine, queue).items()),
        "a colleague's changes",
        lambda: (before, priorities(engine, queue)),
    )


async def act(engine: Engine, queue: MixedQueue, change: Change) -> float:
    """Do this to the incident of each that is in order; seconds until all of it was done."""
    acts = await engine.submit([Request(name, queue.fine[name].key, change) for name in FINE], undo=False)
    sent_at = asyncio.get_running_loop().time()
    settled = await engine.settled([act.command.id for act in acts], DEADLINE)
    assert {act.stage for act in settled} == {Stage.DONE}, settled
    return asyncio.get_running_loop().time() - sent_at


def _tries(seconds: float) -> int:
    """The most that are allowed in so many seconds: 1, then at least 1, 1, 2, 4 s apart; and one that was asked for."""
    tries, due = 2, 0.0
    for pause in (1.0, 1.0, 2.0, 4.0, 8.0):
        due += pause
        if due > seconds:
            break
        tries += 1
    return tries


async def test_a_backend_that_goes_wrong_later_keeps_its_incidents_and_comes_back(queue: MixedQueue) -> None:
    engine = await queue.engine()
    await until(lambda: well(engine) == set(FINE), "those in order", engine.healths)
    queue.snow.instance.quirks.sso_html = True
    queue.ivanti.quirks.broken = True
    await until(
        lambda: {engine.health(name).condition for name in ("snow", "ivanti")} == {Condition.STALE},
        "two stale ones",
        engine.healths,
    )
    assert "Sign in to Acme" in engine.health("snow").problem
    assert "Unhandled system exception" in engine.health("ivanti").problem
    assert shown(engine) == Counter(FINE), "what was known is still shown"

    queue.snow.instance.quirks.sso_html = False
    queue.ivanti.quirks.broken = False
    engine.refresh()
    await until(lambda: well(engine) == set(FINE), "all three again", engine.healths)
    assert [engine.health(name).problem for name in FINE] == ["", "", ""]
