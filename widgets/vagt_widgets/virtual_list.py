"""A list of any length that draws only what is seen, and whose rows never move under the cursor."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from textual import events
from textual.geometry import Region
from textual.message import Message

from vagt_widgets.list_canvas import GUTTER, SCROLLBAR, ListCanvas
from vagt_widgets.list_layout import Group, LineKind
from vagt_widgets.list_model import K, ListModel, RowState, Viewpoint

__all__ = ["GUTTER", "SCROLLBAR", "Group", "ListModel", "RowState", "Viewpoint", "VirtualList"]


class _ListMessage(Message, bubble=True):
    """Something about one list."""

    def __init__(self, source: VirtualList[Any]) -> None:
        super().__init__()
        self.source = source

    @property
    def control(self) -> VirtualList[Any]:
        return self.source


class VirtualList(ListCanvas[K], inherit_bindings=False):
    """Cursor, marks and scroll position belong to keys, not to row numbers.

    Whatever arrives or leaves, the row under the cursor stays on its line of the screen. A row that leaves
    the list while the cursor is on it stays as a ghost until the cursor moves; one that the order puts
    elsewhere stays among its neighbours until then. The widget binds no keys:
    bind its `action_*` methods. A key press costs what the screen costs, not what the list is long.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "virtual-list--cursor",
        "virtual-list--cursor-blurred",
        "virtual-list--marked",
        "virtual-list--ghost",
        "virtual-list--header",
        "virtual-list--empty",
        "virtual-list--scrollbar",
    }

    DEFAULT_CSS = """
    VirtualList {
        overflow: hidden hidden;
        background: $background;
        color: $foreground;
        height: 1fr;
        width: 1fr;
    }
    VirtualList > .virtual-list--cursor { background: $primary-muted; text-style: bold; }
    VirtualList > .virtual-list--cursor-blurred { background: $surface; }
    VirtualList > .virtual-list--marked { text-style: underline; }
    VirtualList > .virtual-list--ghost { color: $text-disabled; text-style: strike; }
    VirtualList > .virtual-list--header { color: $text-accent; text-style: bold; }
    VirtualList > .virtual-list--empty { color: $text-muted; }
    VirtualList > .virtual-list--scrollbar { color: $text-muted; }
    """

    class CursorMoved(_ListMessage):
        """The cursor is on another row; `key` is None where the list is empty."""

        def __init__(self, source: VirtualList[Any], key: Any) -> None:
            super().__init__(source)
            self.key = key

    class Opened(_ListMessage):
        """The row under the cursor was opened."""

        def __init__(self, source: VirtualList[Any], key: Any) -> None:
            super().__init__(source)
            self.key = key

    class MarksChanged(_ListMessage):
        """Other rows are marked; ask `marks` which."""

    class Scrolled(_ListMessage):
        """`hidden_above` or `hidden_below` is another: arrivals above the screen, or a scroll."""

    # What may be asked

    @property
    def model(self) -> ListModel[K]:
        return self._rows.model

    @property
    def cursor(self) -> K | None:
        """The row under the cursor, also where it is a ghost; None: the list is empty."""
        return self._rows.cursor

    @property
    def cursor_is_ghost(self) -> bool:
        """The row under the cursor has left the list."""
        return self._rows.is_ghost

    @property
    def marks(self) -> tuple[K, ...]:
        """The marked rows that are in the list now, in the order of marking.

        A mark whose row is away (filtered out, gone) sleeps, and wakes when the row is back.
        """
        return self._rows.marks

    @property
    def selection(self) -> tuple[K, ...]:
        """What an action is about: the marked rows, or else the row under the cursor."""
        return self.marks or (() if self.cursor is None else (self.cursor,))

    @property
    def hidden_above(self) -> int:
        """Lines above the first visible one; arrivals go there rather than push the cursor's row.

        0 where the list is shorter than the screen: then they are shown under the rest.
        """
        return self._rows.hidden_above

    @property
    def hidden_below(self) -> int:
        """Lines below the last visible one."""
        return self._rows.hidden_below

    @property
    def viewpoint(self) -> Viewpoint[K]:
        """What to hand to `set_model` later, to come back to where the reader is now."""
        return self._rows.viewpoint

    def visible_keys(self) -> tuple[K, ...]:
        """The rows on the screen: those whose clocks need redrawing as time goes by."""
        return tuple(self._rows.visible())

    # What may be told

    def refresh_model(self, changed: Collection[K] | None = None) -> None:
        """The model has changed: `changed` rows are drawn anew, None: all. Rows may have come, gone or moved."""
        before = self._rows.cursor
        self.forget(changed)
        self._rows.refresh(changed)
        self.refresh()
        self._tell(before)

    def set_model(self, model: ListModel[K], viewpoint: Viewpoint[K] | None = None) -> None:
        """Show another list; marks stay with their keys. With a `viewpoint`, come back to it."""
        before = self._rows.cursor
        self.forget(None)
        self._rows.replace(model, viewpoint)
        self.refresh()
        self._tell(before)

    def set_empty(self, text: str) -> None:
        """What to say where there is no row; several lines are fine."""
        self._empty = text
        self.refresh()

    def set_marks(self, keys: Iterable[K]) -> None:
        """Mark exactly these."""
        self._rows.set_marks(keys)
        self._marked()

    def unmark(self, keys: Iterable[K]) -> None:
        """Take these out of what is marked, also those that are not in the list just now."""
        if self._rows.unmark(keys):
            self._marked()

    def move_to(self, key: K) -> bool:
        """Put the cursor on a row; False where it is not in the list."""
        before = self._before()
        found = self._rows.model.index_of(key) is not None
        self._rows.move_to(key)
        self._moved(before)
        return found

    # Actions, for the app's keymap

    def action_down(self) -> None:
        self._move_by(1)

    def action_up(self) -> None:
        self._move_by(-1)

    def action_half_down(self) -> None:
        self._move_by(max(1, self._rows.height // 2))

    def action_half_up(self) -> None:
        self._move_by(-max(1, self._rows.height // 2))

    def action_page_down(self) -> None:
        self._move_by(max(1, self._rows.height - 1))

    def action_page_up(self) -> None:
        self._move_by(-max(1, self._rows.height - 1))

    def action_top(self) -> None:
        before = self._before()
        self._rows.move_to_row(0)
        self._moved(before)

    def action_bottom(self) -> None:
        before = self._before()
        self._rows.move_to_row(len(self._rows.model) - 1)
        self._moved(before)

    def action_mark(self) -> None:
        """Mark or unmark the row under the cursor, and go one row down."""
        if self.cursor is not None:
            self._rows.toggle(self.cursor)
            self._move_by(1)
            self._marked()

    def action_mark_all(self) -> None:
        """Mark every row of the list; where all are marked, unmark them."""
        if self._rows.all_marked():
            self._rows.set_marks(())
        else:
            self._rows.mark_all()
        self._marked()

    def action_clear_marks(self) -> None:
        self.set_marks(())

    def action_open(self) -> None:
        if self.cursor is not None:
            self.post_message(self.Opened(self, self.cursor))

    def _move_by(self, rows: int) -> None:
        before = self._before()
        self._rows.move_by(rows)
        self._moved(before)

    def _before(self) -> tuple[K | None, int, int, bool]:
        rows = self._rows
        return rows.cursor, rows.cursor_line, rows.top, rows.layout.ghost_before is not None

    def _moved(self, before: tuple[K | None, int, int, bool]) -> None:
        cursor, line, top, displaced = before
        rows = self._rows
        if rows.top != top or displaced:
            self.refresh()
        elif rows.cursor_line != line:
            for changed in (line, rows.cursor_line):
                self.refresh(Region(0, changed - top, self.size.width, 1))
        self._tell(cursor)

    def _marked(self) -> None:
        self.refresh()
        self.post_message(self.MarksChanged(self))

    def _tell(self, cursor: K | None) -> None:
        if self._rows.cursor != cursor:
            self.post_message(self.CursorMoved(self, self._rows.cursor))
        hidden = (self.hidden_above, self.hidden_below)
        if hidden != self._hidden:
            self._hidden = hidden
            self.post_message(self.Scrolled(self))

    # What Textual tells

    def on_resize(self, event: events.Resize) -> None:
        self._rows.resize(event.size.height)
        self.refresh()
        self._tell(self._rows.cursor)

    def on_click(self, event: events.Click) -> None:
        what = self._rows.on_line(event.y)
        if what.kind is LineKind.ROW:
            before = self._before()
            self._rows.move_to_row(what.index)
            self._moved(before)
            if event.chain > 1:
                self.action_open()

    def _scroll(self, lines: int) -> None:
        before = self._before()
        self._rows.scroll_by(lines)
        self._moved(before)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(3)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-3)
