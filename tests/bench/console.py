"""What the whole program costs whoever sits before it, beside a bare Textual app with as many rows in the same run."""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.load import Desk
from tests.bench.samples import Samples
from tests.bench.watched import Watched

COLUMNS, ROWS = 120, 40
CONSOLE, BARE = "vagt", "bare"
_WORD = "disk"
_NUMBER = re.compile(r"\b\d{5,6}\b")

START, LIVE, ALL = "start → first picture, ms", "start → first live frame, ms", "start → all counted, ms"
KEY, KEY_BYTES = "j within the screen, ms", "j within the screen, bytes"
SCROLL, SCROLL_BYTES = "j that scrolls, ms", "j that scrolls, bytes"
KEY_CPU = "j that scrolls, processor ms"
TYPED, FILTERED = "a letter in the filter → shown, ms", "a letter in the filter → rows, ms"
SWITCHED = "another view → rows, ms"
SORTED, GROUPED = "sort → rows, ms", "group → rows, ms"
MEMORY = "memory (RSS), MiB"
IDLE_BYTES, IDLE_CPU, VAIN = "idle, bytes a minute", "idle, processor ms a minute", "idle, writes that change nothing"
LISTED = "first listing from the backend, s"


def numbers(screen: str) -> tuple[str, ...]:
    """The rows that are shown, by their numbers, with the lines between them."""
    return tuple(found[0] if (found := _NUMBER.search(line)) else line[:24] for line in screen.splitlines()[2:-3])


def measure(sizes: Iterable[int], *, rounds: int, keys: int, idle: float, bare: bool = True) -> Samples:
    """So many rounds, console and bare app in turn, so that what else the machine does hits both."""
    samples = Samples()
    with tempfile.TemporaryDirectory(prefix="vagt-bench-") as folder:
        desks = {}
        for size in sizes:
            _tell(f"a backend with {size:,} open incidents")
            desks[size] = Desk(Path(folder) / str(size), size)
            samples.add(LISTED, size, CONSOLE, desks[size].read())
            with _console(desks[size]) as run:  # leaves its last picture for the next start
                run.until(_counted(size))
                _leave(run)
        for turn in range(rounds):
            for size, desk in desks.items():
                _tell(f"round {turn + 1}: {size:,} incidents")
                _measure_console(samples, desk, keys, idle)
                if bare:
                    _measure_bare(samples, size, desk.environment, keys, idle)
    return samples


def _tell(words: str) -> None:
    print(f"{words} …", file=sys.stderr, flush=True)


@contextmanager
def _console(desk: Desk) -> Iterator[Watched]:
    argv = [sys.executable, "-m", "vagt"]
    with Watched(argv, columns=COLUMNS, rows=ROWS, environment=desk.environment) as run:
        yield run


def _leave(run: Watched) -> None:
    run.write("q")
    try:
        run.listen(quiet=3.0)
    except EOFError:
        return
    raise AssertionError("the console did not leave")


def _counted(size: int) -> Callable[[str], bool]:
    """The view of all open ones counts them all."""
    return lambda screen: "Vagt opens" not in screen and f" {size} " in screen.splitlines()[0]


def _measure_console(samples: Samples, desk: Desk, keys: int, idle: float) -> None:
    size = desk.count
    large = size > 50_000

    def add(what: str, value: float) -> None:
        samples.add(what, size, CONSOLE, value)

    with _console(desk) as run:
        add(START, run.until(lambda screen: "Vagt opens" in screen) * 1000)
        add(LIVE, run.until(lambda screen: "Vagt opens" not in screen and "▶" in screen) * 1000)
        add(ALL, run.until(_counted(size)) * 1000)
        # A large board is brought into its order in the background, for which it needs about a second.
        run.listen(quiet=3.0, longest=3.0 if large else 0.5)
        add(SWITCHED, run.press_and_see("6", numbers, seconds=2.5 if large else 0.8)[1])
        run.write("g")
        run.listen(quiet=0.3, longest=2)
        _keys(add, run, keys)
        run.write("g")
        run.listen(quiet=0.3, longest=2)
        wait = 2.5 if large else 0.8
        for _ in range(3):
            add(SORTED, run.press_and_see("S", numbers, seconds=wait)[1])
        for _ in range(2):
            add(GROUPED, run.press_and_see("B", numbers, seconds=wait)[1])
        run.write("BB")
        run.listen(quiet=0.3, longest=2)
        _filter(add, run, wait)
        run.write("\x1b")
        time.sleep(0.6)
        add(MEMORY, run.memory())
        _idle(add, run, idle)
        _leave(run)


def _measure_bare(samples: Samples, size: int, environment: dict[str, str], keys: int, idle: float) -> None:
    def add(what: str, value: float) -> None:
        samples.add(what, size, BARE, value)

    argv = [sys.executable, "-m", "tests.bench.bare", str(size)]
    with Watched(argv, columns=COLUMNS, rows=ROWS, environment=environment) as run:
        shown = run.until(lambda screen: "10001" in screen, within=120) * 1000
        for what in (START, LIVE, ALL):
            add(what, shown)
        run.listen(quiet=0.5, longest=10)
        _keys(add, run, keys)
        wait = 4.0 if size > 50_000 else 0.8
        add(SORTED, run.press_and_see("S", numbers, seconds=wait)[1])
        if size <= 10_000:  # beyond that, filling the table anew takes many seconds for each letter
            _filter(add, run, 3.0 if size > 1000 else 0.8)
            run.write("\x1b")
        add(MEMORY, run.memory())
        _idle(add, run, idle)


def _keys(add: Callable[[str, float], None], run: Watched, keys: int) -> None:
    """The cursor goes down, first within the screen, then with the screen."""
    run.press("j")
    for _ in range(min(keys, 20)):
        reaction = run.press("j")
        add(KEY, reaction.first)
        add(KEY_BYTES, reaction.bytes)
    for _ in range(22):
        run.press("j", quiet=0.04)
    for _ in range(min(keys, 40)):
        reaction = run.press("j")
        add(SCROLL, reaction.first)
        add(SCROLL_BYTES, reaction.bytes)
        add(KEY_CPU, reaction.cpu)


def _filter(add: Callable[[str, float], None], run: Watched, wait: float) -> None:
    run.write("/")
    run.listen(quiet=0.3, longest=2)
    for letter in _WORD:
        try:
            shown, rows = run.press_and_see(letter, numbers, seconds=wait)
        except AssertionError:
            continue  # the same rows fit with one letter more
        add(TYPED, shown)
        add(FILTERED, rows)


def _idle(add: Callable[[str, float], None], run: Watched, seconds: float) -> None:
    run.listen(quiet=0.3, longest=3)
    rest = run.rest(seconds)
    add(IDLE_BYTES, rest.bytes * 60 / seconds)
    add(IDLE_CPU, rest.cpu * 1000 * 60 / seconds)
    add(VAIN, rest.vain)
