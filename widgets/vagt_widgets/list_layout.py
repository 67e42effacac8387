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
    ABOVE = "above"
    """Says that what follows has its place above the screen."""
    BLANK = "blank"
    """Beyond the list."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its kind, and which row or group it shows."""

    kind: LineKind
    index: int = -1


BLANK = Line(LineKind.BLANK)


class ListLayout:
    """Rows, group headers and at most one row out of its place, as lines numbered from 0; a question is a bisection.

    `ghost_before` is the row before which the row out of its place stands; `rows` puts it behind the last one.
    Without `held` that row has left the list: a ghost. With it, it is row number `held`, shown there and not at
    its own place.
    """

    def __init__(
        self,
        rows: int,
        groups: Sequence[Group] = (),
        ghost_before: int | None = None,
        held: int | None = None,
    ) -> None:
        self.rows = rows
        self.groups = tuple(group for group in groups if group.count > 0)
        self.ghost_before = None if ghost_before is None else max(0, min(ghost_before, rows))
        self.held = None if self.ghost_before is None else held
        self._starts = [group.start for group in self.groups]
        self._headers = [group.start + number for number, group in enumerate(self.groups)]
        self._gap = None if self.held is None else self._plain_line(self.held)
        self._out_line = None if self.ghost_before is None else self._line_out(self.ghost_before)

    def _line_out(self, before: int) -> int:
        # A ghost closes the group above rather than opening the one below: its own row was last there.
        plain = self._plain_line(before - 1) + 1 if before else 0
        plain = max(plain, 1) if before == 0 and self.groups else plain
        return plain - 1 if self._gap is not None and plain > self._gap else plain

    def _plain_line(self, row: int) -> int:
        """The line of a row where every row stands at its own place."""
        return row + bisect_right(self._starts, row)

    def _plain(self, line: int) -> int:
        """What would stand on the line if every row stood at its own place; not for the row that does not."""
        if self._out_line is not None and line > self._out_line:
            line -= 1
        return line + 1 if self._gap is not None and line >= self._gap else line

    @property
    def ghost_line(self) -> int | None:
        """The line of the row that has left the list; None: there is none."""
        return self._out_line if self.held is None else None

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return self.rows + len(self.groups) + (self.ghost_line is not None)

    def line_of(self, row: int) -> int:
        """The line on which a row stands."""
        if self._out_line is not None and row == self.held:
            return self._out_line
        line = self._plain_line(row)
        if self._gap is not None and line > self._gap:
            line -= 1
        return line + 1 if self._out_line is not None and line >= self._out_line else line

    def at(self, line: int) -> Line:
        """What stands on a line."""
        if line < 0 or line >= self.lines:
            return BLANK
        if line == self._out_line:
            return Line(LineKind.GHOST) if self.held is None else Line(LineKind.ROW, self.held)
        line = self._plain(line)
        headers = bisect_right(self._headers, line)
        if headers and self._headers[headers - 1] == line:
            return Line(LineKind.HEADER, headers - 1)
        return Line(LineKind.ROW, line - headers)

    def row_near(self, line: int) -> int | None:
        """The row on `line`, or the nearest one below it, or above where there is none; None: no rows."""
        if not self.rows:
            return None
        line = max(0, line)
        if self.held is not None and line == self._out_line:
            return self.held
        line = self._plain(line)
        row = line - bisect_left(self._headers, line)
        return max(0, min(row, self.rows - 1))
