"""`python -m tests.bench [--quick] [--no-bare] [--only board|learning|console] [SIZE …]`: what the console costs.

The rows of board and learning are processor time within one process; the console's are measured from outside,
in a terminal.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable

from tests.bench import board, console, learning
from tests.bench.table import Figure, table

SIZES = (100, 10_000, 100_000)
QUICK = (100, 10_000)


def main(argv: list[str]) -> int:
    """Print the tables; 1 where something is over its limit."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("sizes", nargs="*", type=int, help="how many open incidents; usually 100, 10000 and 100000")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, one round, half a minute")
    parser.add_argument("--rounds", type=int, help="how often each program is measured (usually 3)")
    parser.add_argument("--no-bare", action="store_true", help="without the bare Textual app")
    parser.add_argument("--only", choices=("board", "learning", "console"))
    options = parser.parse_args(argv)
    sizes = tuple(options.sizes) or (QUICK if options.quick else SIZES)
    failed = False
    if options.only in (None, "board"):
        failed |= _inside("the board", sizes, board.figures)
    if options.only in (None, "learning"):
        failed |= _inside("learning", sizes, learning.figures)
    if options.only in (None, "console"):
        failed |= _console(sizes, options)
    return int(failed)


def _inside(what: str, sizes: tuple[int, ...], measured: Callable[[int], Iterable[Figure]]) -> bool:
    figures: list[Figure] = []
    for size in sizes:
        print(f"{what} with {size:,} incidents …", file=sys.stderr, flush=True)
        figures += measured(size)
    print(table(figures), end="\n\n")
    over = [figure for figure in figures if figure.over]
    for figure in over:
        print(f"over its limit: {figure.what} at {figure.size:,}", file=sys.stderr)
    return bool(over)


def _console(sizes: tuple[int, ...], options: argparse.Namespace) -> bool:
    quick = options.quick
    samples = console.measure(
        sizes,
        rounds=options.rounds or (1 if quick else 3),
        keys=8 if quick else 20,
        idle=5.0 if quick else 20.0,
        bare=not options.no_bare,
    )
    print(samples.table((console.CONSOLE, console.BARE)))
    vain = [size for size in sizes if any(samples.values(console.VAIN, size, console.CONSOLE))]
    for size in vain:
        print(f"the console wrote without a change on the screen, at {size:,}", file=sys.stderr)
    return bool(vain)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
