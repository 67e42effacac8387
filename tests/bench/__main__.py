"""`python -m tests.bench`: what the console costs at 100, 10,000 and 100,000 incidents."""

from __future__ import annotations

import sys

from tests.bench import board
from tests.bench.table import Figure, table

SIZES = (100, 10_000, 100_000)


def main(argv: list[str]) -> int:
    """Print the table; 1 where something is over its limit."""
    sizes = tuple(int(size) for size in argv) or SIZES
    figures: list[Figure] = []
    for size in sizes:
        print(f"measuring with {size:,} incidents …", file=sys.stderr)
        figures += board.figures(size)
    print(table(figures))
    over = [figure for figure in figures if figure.over]
    for figure in over:
        print(f"over its limit: {figure.what} at {figure.size:,}", file=sys.stderr)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
