"""How quick the board is (processor time): filter, sort, group, changes, the passing of time, memory."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from time import process_time

from tests.bench.data import NOW, changed, incidents
from tests.bench.table import Figure
from vagt.config.settings import DEFAULT_VIEWS
from vagt.domain.clock import ManualClock
from vagt.domain.columns import Columns
from vagt.domain.ordering import DEFAULT_SORT, Grouping, parse_sort
from vagt.domain.query import parse
from vagt.engine.board import Board

FIVE_TERMS = 'is:open p<=3 team:noc,network,database age>2h "disk"'
FIVE_WORDS = "disk -printer login deploy größe"
TIMED = "is:open sla<30m"


class WallAndManual(ManualClock):
    """Wall time by hand; work is measured in processor time, which other programs disturb least."""

    def monotonic(self) -> float:
        return process_time()


def best(work: Callable[[], object], times: int = 5) -> float:
    """Milliseconds, the least of some tries: what the work costs without its neighbours."""
    found = []
    for _ in range(times):
        gc.collect()
        start = process_time()
        work()
        found.append(process_time() - start)
    return min(found) * 1000


def figures(count: int) -> Iterator[Figure]:
    """The rows of the table for a queue of so many incidents."""
    known = list(incidents(count))
    clock = WallAndManual(NOW)
    gc.collect()
    tracemalloc.start()
    board = Board(clock)
    board.know("itsm", "anna", ("NOC",))
    board.load(known)
    views = [board.open_view(parse(view.query), parse_sort(view.sort)) for view in DEFAULT_VIEWS]
    counted = tracemalloc.get_traced_memory()[0]
    for view in views:
        view.index(known[0].key)
        len(view) and view[0]
    sorted_too = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    gc.freeze()  # as the console does once its store is read: a look at so many objects stops it for 0.2 s
    facts = board.facts()

    columns = Columns()
    for one in known:
        columns.put(one.key, one)
    places = columns.places()
    for name, text in (("5 terms", FIVE_TERMS), ("5 words", FIVE_WORDS), ("sla<30m", TIMED)):
        check = parse(text).check
        cost = best(lambda check=check: check.sift(columns, places, facts))  # type: ignore[misc]
        yield Figure(f"filter, {name}", count, cost, "ms", 150 if count == 100_000 else None)

    def opened(text: str, group: Grouping | None = None) -> Callable[[], None]:
        def work() -> None:
            view = board.open_view(parse(text), DEFAULT_SORT, group)
            len(view) and view[0]
            _ = view.groups
            view.close()

        return work

    yield Figure("open view, sorted", count, best(opened("is:open"), 3), "ms")
    yield Figure("open view, sorted and grouped by service", count, best(opened("is:open", Grouping.SERVICE), 3), "ms")
    total, longest = asyncio.run(_slowly(board, "is:open", None))
    yield Figure("open view in slices, nothing in order yet", count, total, "ms")
    yield Figure("longest slice of that", count, longest, "ms", 50)
    asyncio.run(board.rank_usual())  # as the console does in the background once its store is read
    for what, text, group in (
        ("another view in that order", "is:open", None),
        ("the same, grouped by service", "is:open", Grouping.SERVICE),
        ("the same, filtered by a word", "is:open disk", None),
        ("the same, filtered by sla<30m", "is:open sla<30m", None),
    ):
        total, longest = asyncio.run(_slowly(board, text, group))
        yield Figure(what, count, total, "ms")
        yield Figure(f"longest slice of “{what}”", count, longest, "ms", 50)

    random = Random(3)
    batches = iter([changed(random, known, 10) for _ in range(20)])
    cost = best(lambda: board.apply(next(batches)), 20)
    yield Figure("10 changes into 6 views", count, cost, "ms", 5)
    if count >= 1000:
        large = iter([changed(random, known, 1000) for _ in range(3)])
        yield Figure("1,000 changes into 6 views", count, best(lambda: board.apply(next(large)), 3), "ms")
    yield Figure("a second passes", count, _seconds(board, clock), "ms", 8)
    yield Figure("memory, 6 counted views", count, counted / 2**20, "MiB")
    yield Figure("memory, 6 sorted views", count, sorted_too / 2**20, "MiB")


def _seconds(board: Board, clock: ManualClock, times: int = 60) -> float:
    """The dearest of a minute's ticks."""
    board.tick()
    worst = 0.0
    for _ in range(times):
        clock.advance(timedelta(seconds=1).total_seconds())
        start = process_time()
        board.tick()
        worst = max(worst, process_time() - start)
    return worst * 1000


async def _slowly(board: Board, text: str, group: Grouping | None) -> tuple[float, float]:
    """How long it takes in all, and how long the event loop was kept waiting at most."""
    longest = 0.0
    done = asyncio.Event()

    async def watch() -> None:
        nonlocal longest
        last = process_time()
        while not done.is_set():
            await asyncio.sleep(0)
            longest = max(longest, process_time() - last)
            last = process_time()

    watcher = asyncio.create_task(watch())
    await asyncio.sleep(0)
    start = process_time()
    view = await board.open_view_slowly(parse(text), DEFAULT_SORT, group)
    total = process_time() - start
    done.set()
    await watcher
    view.close()
    return total * 1000, longest * 1000
