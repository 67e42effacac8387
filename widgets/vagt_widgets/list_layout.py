"""Says which line of a grouped list holds what, without walking the list."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Group:
    """A section of the list: rows `start` to `start + count - 1` stand under `title`."""

    title: str
    start: int
    count: int


class LineKind(Enum):
    """What a line of the list is."""

    ROW = "row"
    HEADER = "header"
    GHOST = "ghost"
    """A row that has left the list and is still shown."""
    BLANK = "blank"
    """Beyond the list."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its kind, and which row or group it shows."""

    kind: LineKind
    index: int = -1


BLANK = Line(LineKind.BLANK)


class ListLayout:
    """Rows, group headers and at most one ghost as lines, numbered from 0; every question costs a bisection.

    `ghost_before` is the row before which the ghost stands; `rows` puts it behind the last one.
    """

    def __init__(self, rows: int, groups: Sequence[Group] = (), ghost_before: int | None = None) -> None:
        self.rows = rows
        self.groups = tuple(group for group in groups if group.count > 0)
        self.ghost_before = None if ghost_before is None else max(0, min(ghost_before, rows))
        self._starts = [group.start for group in self.groups]
        self._headers = [group.start + number for number, group in enumerate(self.groups)]
        self.ghost_line = None if self.ghost_before is None else self._ghost_line(self.ghost_before)

    def _ghost_line(self, before: int) -> int:
        # The ghost closes the group above rather than opening the one below: its own row was last there.
        plain = self._plain_line(before - 1) + 1 if before else 0
        return max(plain, 1) if before == 0 and self.groups else plain

    def _plain_line(self, row: int) -> int:
        return row + bisect_right(self._starts, row)

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return self.rows + len(self.groups) + (self.ghost_line is not None)

    def line_of(self, row: int) -> int:
        """The line on which a row stands."""
        line = self._plain_line(row)
        return line + 1 if self.ghost_line is not None and line >= self.ghost_line else line

    def at(self, line: int) -> Line:
        """What stands on a line."""
        if line < 0 or line >= self.lines:
            return BLANK
        if self.ghost_line is not None:
            if line == self.ghost_line:
                return Line(LineKind.GHOST)
            if line > self.ghost_line:
                line -= 1
        headers = bisect_right(self._headers, line)
        if headers and self._headers[headers - 1] == line:
            return Line(LineKind.HEADER, headers - 1)
        return Line(LineKind.ROW, line - headers)

    def row_near(self, line: int) -> int | None:
        """The row on `line`, or the nearest one below it, or above where there is none; None: no rows."""
        if not self.rows:
            return None
        line = max(0, line)
        if self.ghost_line is not None and line > self.ghost_line:
            line -= 1
        row = line - bisect_left(self._headers, line)
        return max(0, min(row, self.rows - 1))
