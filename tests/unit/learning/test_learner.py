"""Learning from a console's own past: in slices, from the store, and from the backend where the store knows little."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import process_time

import pytest

from tests.bench.known import NOW, cases
from tests.unit.engine.fakes import START, Bench, FakeSession, World, incident, opened, settle
from vagt.adapters.protocol import UnavailableError
from vagt.domain.clock import ManualClock
from vagt.domain.incident import Incident, State
from vagt.engine.store import Store
from vagt.learning.judged import Judged
from vagt.learning.learner import Learner


class BusyClock(ManualClock):
    """The time of day by hand; work is measured in processor time."""

    def monotonic(self) -> float:
        return process_time()


def closed(number: int, title: str = "Disk full on db", **judged: object) -> Incident:
    at = START - timedelta(hours=1000 - number)
    said = {"title": title, "state": State.CLOSED, "created_at": at, "updated_at": at, "team": "Database", **judged}
    return incident(f"c{number:04}", **said)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with opened(tmp_path) as bench:
        yield bench


async def put(bench: Bench, past: list[Incident]) -> None:
    """Into the store of a running console."""
    await bench.engine._parts.store.apply("desk", past, asked_at=bench.clock.now())


async def test_it_learns_from_the_closed_incidents_of_the_store(bench: Bench) -> None:
    await put(bench, [closed(number) for number in range(300)])
    learner = Learner(bench.engine)
    assert not learner.is_ready
    await learner.learn()
    found = {one.field: one for one in await learner.suggest(incident("new", title="Disk full on db"))}
    assert found[Judged.TEAM].reason == "12 of the last 12 like this went to Database"
    assert len(learner) == 300


async def test_where_the_store_knows_little_the_backend_is_asked_once(bench: Bench) -> None:
    bench.world.put(*(closed(number) for number in range(60)))
    learner = Learner(bench.engine)
    await learner.learn()
    assert len(learner) == 60
    assert learner.thresholds[Judged.TEAM] is not None
    await learner.learn()
    assert len(learner) == 60


async def test_a_backend_that_does_not_answer_leaves_it_with_the_store(bench: Bench) -> None:
    await put(bench, [closed(number) for number in range(60)])

    async def away(**_: object) -> tuple[Incident, ...]:
        raise UnavailableError("no route")

    bench.session.search = away  # type: ignore[assignment]
    learner = Learner(bench.engine)
    await learner.learn()
    assert learner.is_ready
    assert len(learner) == 60


async def test_without_a_past_it_is_ready_and_silent(bench: Bench) -> None:
    learner = Learner(bench.engine)
    await learner.learn()
    assert learner.is_ready
    assert await learner.suggest(incident("new")) == ()


async def test_what_a_colleague_judges_now_is_learnt_and_what_nobody_has_is_not(bench: Bench) -> None:
    await put(bench, [closed(number) for number in range(300)])
    learner = Learner(bench.engine)
    await learner.learn()
    taken = incident("t", title="Plotter jams", state=State.ACTIVE, assignee="bo")
    learner.see([taken, incident("n", title="Plotter jams", state=State.NEW, assignee=None)])
    assert len(learner) == 301
    learner.see([replace(taken, team="Print")])
    assert len(learner) == 301


async def test_a_question_waits_until_the_past_is_read(bench: Bench) -> None:
    await put(bench, [closed(number) for number in range(300)])
    learner = Learner(bench.engine)
    asked = asyncio.ensure_future(learner.suggest(incident("new", title="Disk full on db")))
    await settle()
    assert not asked.done()
    await learner.learn()
    assert await asked


async def test_a_store_that_fails_leaves_it_silent_and_the_next_try_learns(bench: Bench) -> None:
    await put(bench, [closed(number) for number in range(300)])
    learner = Learner(bench.engine)
    store = bench.engine._parts.store
    read = store._read

    async def fails(work: object) -> object:
        raise OSError("no space")

    store._read = fails  # type: ignore[assignment, method-assign]
    with pytest.raises(OSError, match="no space"):
        await learner.learn()
    assert await learner.suggest(incident("new", title="Disk full on db")) == ()
    store._read = read  # type: ignore[method-assign]
    await learner.learn()
    assert await learner.suggest(incident("new", title="Disk full on db"))


async def test_the_console_is_never_kept_waiting_for_long(tmp_path: Path) -> None:
    clock = BusyClock(NOW)
    async with opened(tmp_path, clock=clock, sessions={"desk": FakeSession(World(clock))}) as bench:
        past = [replace(case.ended, id=f"p{n}") for n, case in enumerate(cases(8000))]
        for start in range(0, len(past), 500):
            await put(bench, past[start : start + 500])
        learner = Learner(bench.engine)
        longest, done = 0.0, False

        async def watch() -> None:
            nonlocal longest
            last = process_time()
            while not done:
                await asyncio.sleep(0)
                longest = max(longest, process_time() - last)
                last = process_time()

        watcher = asyncio.ensure_future(watch())
        await learner.learn()
        done = True
        await watcher
        assert len(learner) == 8000
        # the decoding thread's time counts here too
        assert longest < 0.03


async def test_slices_of_the_store_hold_each_closed_incident_once_in_order(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite", ManualClock(START))
    await store.open((("desk", "fake", "all"),))
    same_moment = [replace(closed(1), id=f"s{number}") for number in range(7)]
    await store.apply("desk", [*same_moment, closed(2), closed(0), incident("open")], asked_at=START)
    pieces = [piece async for piece in store.past(("desk",), most=100, size=3)]
    ids = [one.id for piece in pieces for one in piece]
    assert ids == ["c0000", *sorted(one.id for one in same_moment), "c0002"]
    assert max(len(piece) for piece in pieces) == 3
    newest = [one.id async for piece in store.past(("desk",), most=2) for one in piece]
    assert newest == [same_moment[-1].id, "c0002"]
    assert [piece async for piece in store.past(("other",), most=9)] == []
    await store.close()
