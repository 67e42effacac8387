"""Aligned columns for people, no wider than the terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from vagt.cli import plain

_GAP = "  "
_PIPED = 1_000_000
"""Cells of a line that no terminal shows: nothing is cut."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column; those with `least` give way, the ones with most to give first."""

    title: str
    right: bool = False
    least: int | None = None
    """Cells that it may be cut down to; None: it is never cut."""


def terminal_width() -> int:
    """Cells of a line of standard output; as good as endless where it is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPED


def lines(columns: Sequence[Column], rows: Sequence[Sequence[str]], room: int) -> list[str]:
    """Header and rows, each at most `room` cells wide where the columns can give way so far."""
    clean = [[plain.line(cell) for cell in row] for row in rows]
    widths = [
        max(plain.width(column.title), *(plain.width(row[index]) for row in clean), 0)
        for index, column in enumerate(columns)
    ]
    _narrow(columns, widths, room - len(_GAP) * (len(columns) - 1))
    header = [column.title for column in columns]
    return [
        _GAP.join(
            plain.pad(cell, width, right=column.right) for cell, width, column in zip(row, widths, columns, strict=True)
        ).rstrip()
        for row in [header, *clean]
    ]


def _narrow(columns: Sequence[Column], widths: list[int], room: int) -> None:
    while (over := sum(widths) - room) > 0:
        spare = {
            index: widths[index] - column.least
            for index, column in enumerate(columns)
            if column.least is not None and widths[index] > column.least
        }
        if not spare:
            return
        widest = max(spare, key=lambda index: (spare[index], index))
        widths[widest] -= min(over, max(1, spare[widest] // 2))
