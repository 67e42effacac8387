"""A list of any length that draws only what is seen, and whose rows never move under the cursor."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable
from typing import Any, ClassVar, Generic

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vagt_widgets.glyphs import UNICODE, Glyphs
from vagt_widgets.list_layout import Group, LineKind
from vagt_widgets.list_model import K, ListModel, RowState, Viewpoint
from vagt_widgets.list_state import ListState
from vagt_widgets.safe_text import fit

__all__ = ["Group", "ListModel", "RowState", "Viewpoint", "VirtualList"]

GUTTER = 2
"""Cells at the left: the sign of the cursor and the sign of a mark."""
SCROLLBAR = 1
CACHE_SIZE = 1_000


class _ListMessage(Message, bubble=True):
    """Something about one list."""

    def __init__(self, source: VirtualList[Any]) -> None:
        super().__init__()
        self.source = source

    @property
    def control(self) -> VirtualList[Any]:
        return self.source


class VirtualList(ScrollView, Generic[K], inherit_bindings=False):
    """Cursor, marks and scroll position belong to keys, not to row numbers.

    Whatever arrives or leaves, the row under the cursor stays on its line of the screen. A row that leaves
    the list while the cursor is on it stays as a ghost until the cursor moves. The widget binds no keys:
    bind its `action_*` methods. A key press costs what the screen costs, not what the list is long.
    """

    can_focus = True

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
    VirtualList > .virtual-list--header { color: $secondary; text-style: bold; }
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

    def __init__(
        self,
        model: ListModel[K],
        *,
        empty: str = "Nothing here.",
        glyphs: Glyphs = UNICODE,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._rows: ListState[K] = ListState(model)
        self._empty = empty
        self._glyphs = glyphs
        self._strips: OrderedDict[tuple[K, int, RowState], Strip] = OrderedDict()
        self._last_seen: tuple[K, Strip] | None = None
        self._hidden = (0, 0)

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
        """Lines above the first visible one; arrivals go there rather than push the cursor's row."""
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
        if changed is None:
            self._strips.clear()
        elif changed:
            names = changed if isinstance(changed, (set, frozenset)) else set(changed)
            for entry in [entry for entry in self._strips if entry[0] in names]:
                del self._strips[entry]
        self._rows.refresh()
        self.refresh()
        self._tell(before)

    def set_model(self, model: ListModel[K], viewpoint: Viewpoint[K] | None = None) -> None:
        """Show another list; marks stay with their keys. With a `viewpoint`, come back to it."""
        before = self._rows.cursor
        self._strips.clear()
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
        return rows.cursor, rows.cursor_line, rows.top, rows.is_ghost

    def _moved(self, before: tuple[K | None, int, int, bool]) -> None:
        cursor, line, top, ghost = before
        rows = self._rows
        if rows.top != top or ghost:
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

    # Drawing

    def render_line(self, y: int) -> Strip:
        rows = self._rows
        width = self.size.width
        inner = max(1, width - GUTTER - SCROLLBAR)
        if not len(rows.model) and not rows.is_ghost:
            return self._empty_line(y, width)
        what = rows.layout.at(rows.top + y)
        if what.kind is LineKind.ROW:
            line = self._row(rows.model.key_at(what.index), inner)
        elif what.kind is LineKind.GHOST:
            line = self._ghost_row(inner)
        elif what.kind is LineKind.HEADER:
            line = self._header(rows.layout.groups[what.index], inner)
        else:
            line = Strip.blank(GUTTER + inner, self.rich_style)
        return Strip([*line, self._bar(y)], GUTTER + inner + SCROLLBAR).crop(0, width)

    def _row(self, key: K, width: int) -> Strip:
        state = RowState(key == self._rows.cursor, self._rows.is_marked(key), self.has_focus)
        entry = (key, width, state)
        strip = self._strips.get(entry)
        if strip is None:
            strip = self._strips[entry] = self._draw_row(key, width, state)
            while len(self._strips) > CACHE_SIZE:
                self._strips.popitem(last=False)
        if state.cursor:
            self._last_seen = (key, strip)
        return strip

    def _draw_row(self, key: K, width: int, state: RowState) -> Strip:
        style = self.rich_style
        if state.marked:
            style += self.get_component_rich_style("virtual-list--marked", partial=True)
        if state.cursor:
            name = "virtual-list--cursor" if state.focused else "virtual-list--cursor-blurred"
            style += self.get_component_rich_style(name, partial=True)
        gutter = (self._glyphs.cursor if state.cursor else " ") + (self._glyphs.mark if state.marked else " ")
        body = Strip(self._rows.model.render(key, width, state)).adjust_cell_length(width)
        return Strip(Segment.apply_style([Segment(gutter), *body], style), GUTTER + width)

    def _ghost_row(self, width: int) -> Strip:
        style = self.rich_style + self.get_component_rich_style("virtual-list--ghost", partial=True)
        text = ""
        if self._last_seen is not None and self._last_seen[0] == self._rows.cursor:
            text = self._last_seen[1].text[GUTTER:]
        return Strip([Segment(self._glyphs.cursor + self._glyphs.ghost + fit(text, width), style)], GUTTER + width)

    def _header(self, group: Group, width: int) -> Strip:
        style = self.rich_style + self.get_component_rich_style("virtual-list--header", partial=True)
        body = Strip(self._rows.model.render_group(group, GUTTER + width)).adjust_cell_length(GUTTER + width)
        return Strip(Segment.apply_style(body, style), GUTTER + width)

    def _empty_line(self, y: int, width: int) -> Strip:
        lines = self._empty.split("\n")
        number = y - max(0, (self._rows.height - len(lines)) // 2)
        text = lines[number] if 0 <= number < len(lines) else ""
        style = self.rich_style + self.get_component_rich_style("virtual-list--empty", partial=True)
        return Strip([Segment(fit(text, width, "center"), style)], width)

    def _bar(self, y: int) -> Segment:
        rows = self._rows
        lines, height = rows.layout.lines, rows.height
        style: Style = self.rich_style + self.get_component_rich_style("virtual-list--scrollbar", partial=True)
        if lines <= height and not rows.hidden_above and not rows.hidden_below:
            return Segment(" ", style)
        if y == 0 and rows.hidden_above:
            return Segment(self._glyphs.more_above, style)
        if y == height - 1 and rows.hidden_below:
            return Segment(self._glyphs.more_below, style)
        size = max(1, height * height // max(1, lines))
        start = min(height - size, max(0, rows.top) * height // max(1, lines))
        return Segment(self._glyphs.thumb if start <= y < start + size else " ", style)

    # What Textual tells

    def on_resize(self, event: events.Resize) -> None:
        self._rows.resize(event.size.height)
        self.refresh()
        self._tell(self._rows.cursor)

    def notify_style_update(self) -> None:
        self._strips.clear()
        super().notify_style_update()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        what = self._rows.layout.at(self._rows.top + event.y)
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
