"""Where the reader of a list is: cursor, marks and scroll position by key, whatever the list does meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Generic

from vagt_widgets.list_layout import BLANK, Line, LineKind, ListLayout
from vagt_widgets.list_model import K, ListModel, Viewpoint


class ListState(Generic[K]):
    """Pure bookkeeping of a list `height` lines high; draws nothing.

    `top` is the line of the list on the first line of the screen. It is negative, or beyond the last full
    screen, while that is what keeps the row under the cursor where it was; the next move puts it right.
    """

    def __init__(self, model: ListModel[K], height: int = 0) -> None:
        self.model = model
        self.height = height
        self.top = 0
        self.cursor: K | None = None
        self.cursor_line = 0
        """The line of the list on which the cursor is, as last drawn; 0 where the list is empty."""
        self.layout = ListLayout(len(model), model.groups())
        self._marks: dict[K, None] = {}
        self._window: list[K] = []
        self._first()

    @property
    def is_ghost(self) -> bool:
        """The row under the cursor has left the list."""
        return self.layout.ghost_line is not None

    @property
    def viewpoint(self) -> Viewpoint[K]:
        return Viewpoint(self.cursor, self.cursor_line - self.top)

    @property
    def shown_below(self) -> int:
        """Lines above the screen, the first of the list, that are drawn in the empty lines under its end."""
        empty = self.top + self.height - self.layout.lines
        if not 0 < self.top < self.layout.lines or empty <= 0:
            return 0
        return self.top if self.layout.lines <= self.height else empty - 1

    @property
    def hidden_above(self) -> int:
        return min(max(0, self.top), self.layout.lines) - self.shown_below

    @property
    def hidden_below(self) -> int:
        return max(0, self.layout.lines - max(0, self.top + self.height))

    # Marks

    @property
    def marks(self) -> tuple[K, ...]:
        """Marked rows that are in the list, in the order of marking."""
        ghost = self.cursor if self.is_ghost else None
        return tuple(key for key in self._marks if key == ghost or self.model.index_of(key) is not None)

    def is_marked(self, key: K) -> bool:
        return key in self._marks

    def toggle(self, key: K) -> None:
        if key in self._marks:
            del self._marks[key]
        else:
            self._marks[key] = None

    def set_marks(self, keys: Iterable[K]) -> None:
        self._marks = dict.fromkeys(keys)

    def unmark(self, keys: Iterable[K]) -> bool:
        """Take these out of what is marked, also those that have left the list; True where one was."""
        before = len(self._marks)
        for key in keys:
            self._marks.pop(key, None)
        return len(self._marks) < before

    def all_marked(self) -> bool:
        """Every row of the list is marked, and there is at least one."""
        rows = len(self.model)
        return 0 < rows <= len(self._marks) and all(self.model.key_at(row) in self._marks for row in range(rows))

    def mark_all(self) -> None:
        self._marks = dict.fromkeys(self.model.key_at(row) for row in range(len(self.model)))

    # Moving

    def move_by(self, rows: int) -> bool:
        """Move the cursor by so many rows, not further than the first or last; True where it moved."""
        self._catch_up()
        here = None if self.cursor is None else self.model.index_of(self.cursor)
        before = self.layout.ghost_before
        if before is not None:
            # From a row that stands out of its place, one step down is the row below it on the screen.
            here = before - 1 if rows > 0 else before
        if here is None:
            return self.move_to_row(0)
        return self.move_to_row(here + rows)

    def move_to_row(self, row: int) -> bool:
        """Put the cursor on the row of this number, or the nearest; the ghost goes."""
        self._catch_up()
        count = len(self.model)
        if not count:
            was_ghost = self.is_ghost
            self.cursor, self.cursor_line, self.top = None, 0, 0
            self.layout = ListLayout(0)
            return was_ghost
        row = max(0, min(row, count - 1))
        key = self.model.key_at(row)
        displaced = self.layout.ghost_before is not None
        moved = key != self.cursor or displaced
        self.cursor = key
        if displaced:
            self.layout = ListLayout(count, self.layout.groups)
        self.cursor_line = self.layout.line_of(row)
        self.reveal()
        return moved

    def move_to(self, key: K) -> bool:
        """Put the cursor on a row of the list; False where it is not there."""
        row = self.model.index_of(key)
        return row is not None and self.move_to_row(row)

    def _catch_up(self) -> None:
        # Rows may have come or gone without `refresh` having been told yet.
        if len(self.model) != self.layout.rows:
            self.refresh()

    def scroll_by(self, lines: int) -> bool:
        """Scroll and take the cursor along no further than it must; True where anything moved."""
        top = max(0, min(self.top + lines, self._last_top))
        if top == self.top:
            return False
        self.top = top
        line = self.cursor_line
        if not top <= line < top + self.height:
            row = self.layout.row_near(top if line < top else top + self.height - 1)
            if row is not None:
                if self.layout.line_of(row) >= top + self.height:
                    row = max(0, row - 1)
                self.move_to_row(row)
        return True

    @property
    def _last_top(self) -> int:
        return max(0, self.layout.lines - self.height)

    def reveal(self) -> None:
        """Scroll as little as brings the cursor onto the screen, with its section's header where it is the first."""
        if self.height <= 0:
            return
        self.top = max(0, min(self.top, self._last_top))
        line = self.cursor_line
        above = line - 1 if line and self.layout.at(line - 1).kind is LineKind.HEADER else line
        if above < self.top and (line - above < self.height):
            self.top = above
        elif line >= self.top + self.height:
            self.top = max(0, line - self.height + 1)
        self.remember()

    # Change

    def refresh(self, changed: Collection[K] | None = None) -> None:
        """The list has changed: keep the cursor's row on its line of the screen.

        It stays there as a ghost where it has left the list, and held among its old neighbours where it has
        itself moved to another place; the next move of the cursor lets go of it. `changed` are the rows that
        may have moved; None: nobody knows.
        """
        screen_line = self.cursor_line - self.top
        rows, groups = len(self.model), self.model.groups()
        row = None if self.cursor is None else self.model.index_of(self.cursor)
        if self.cursor is None:
            self.layout, self.cursor_line = ListLayout(rows, groups), 0
        elif row is None:
            self.layout = ListLayout(rows, groups, self._place_of_ghost(rows))
            self.cursor_line = self.layout.ghost_line or 0
        else:
            self.layout = ListLayout(rows, groups, *self._hold(row, changed))
            self.cursor_line = self.layout.line_of(row)
        if self.cursor is None:
            self._first()
        else:
            self.top = self.cursor_line - screen_line
        self.remember()

    def replace(self, model: ListModel[K], viewpoint: Viewpoint[K] | None = None) -> None:
        """Show another list, from `viewpoint` where its row is there, else from the top."""
        self.model = model
        self.layout = ListLayout(len(model), model.groups())
        self.top = 0
        self.cursor = None
        self.cursor_line = 0
        self._first()
        wanted = viewpoint.cursor if viewpoint else None
        row = None if wanted is None else model.index_of(wanted)
        if viewpoint is not None and row is not None:
            self.top = self.layout.line_of(row) - viewpoint.screen_line
            self.move_to_row(row)

    def resize(self, height: int) -> None:
        """The screen has another height; the cursor stays on it."""
        if height != self.height:
            self.height = height
            self.reveal()

    def on_line(self, y: int) -> Line:
        """What stands on a line of the screen; what arrived above it stands under the end of the list, as far as
        there are empty lines."""
        line = self.top + y
        if line < self.layout.lines or not self.shown_below:
            return self.layout.at(line)
        over = line - self.layout.lines
        if self.height != self.layout.lines:
            # There is a line to spare for saying what these are.
            over -= 1
        if over < 0:
            return Line(LineKind.ABOVE)
        return self.layout.at(over) if over < self.shown_below else BLANK

    def visible(self) -> list[K]:
        """The keys of the rows on the screen."""
        lines = (self.on_line(y) for y in range(max(0, -self.top), self.height))
        return [self.model.key_at(line.index) for line in lines if self._is_row(line)]

    def remember(self) -> None:
        """Note what stands around the cursor, to know where it belongs once the list has changed."""
        if not self.is_ghost:
            lines = (self.layout.at(line) for line in range(max(0, self.top), self.top + self.height))
            self._window = [self.model.key_at(line.index) for line in lines if self._is_row(line)]

    def _is_row(self, line: Line) -> bool:
        # the list may have become shorter since this was laid out: it is told so a moment later
        return line.kind is LineKind.ROW and line.index < len(self.model)

    def _place_of_ghost(self, rows: int) -> int:
        was = self._window.index(self.cursor) if self.cursor in self._window else len(self._window)
        for key in reversed(self._window[:was]):
            row = self.model.index_of(key)
            if row is not None:
                return row + 1
        for key in self._window[was + 1 :]:
            row = self.model.index_of(key)
            if row is not None:
                return row
        return min(max(0, was), rows)

    def _hold(self, row: int, changed: Collection[K] | None) -> tuple[int, int] | tuple[()]:
        """Before which row to hold the cursor's row, and its number; () where it stands among its neighbours still."""
        if self.cursor not in self._window:
            return ()
        was = self._window.index(self.cursor)
        above, below = self._places(self._window[:was], changed), self._places(self._window[was + 1 :], changed)
        passed = sum(place > row for place in above) + sum(place < row for place in below)
        if not passed or (changed is None and passed * 2 <= len(above) + len(below)):
            return ()
        return (above[-1] + 1 if above else below[0]), row

    def _places(self, keys: Iterable[K], changed: Collection[K] | None) -> list[int]:
        """Where these rows are, without those that have left or may have moved."""
        places = (self.model.index_of(key) for key in keys if changed is None or key not in changed)
        return [place for place in places if place is not None]

    def _first(self) -> None:
        if self.cursor is None and len(self.model):
            self.cursor = self.model.key_at(0)
            self.cursor_line = self.layout.line_of(0)
            self.reveal()
