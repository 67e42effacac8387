"""Draws the visible lines of a list, each row once for as long as it does not change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from typing import Generic

from rich.segment import Segment
from rich.style import Style
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vagt_widgets.glyphs import UNICODE, Glyphs
from vagt_widgets.list_layout import Group, LineKind
from vagt_widgets.list_model import K, ListModel, RowState
from vagt_widgets.list_state import ListState
from vagt_widgets.safe_text import fit, wrap

GUTTER = 2
"""Cells at the left: the sign of the cursor and the sign of a mark."""
SCROLLBAR = 1
CACHE_SIZE = 1_000


class ListCanvas(ScrollView, Generic[K], inherit_bindings=False):
    """The drawing half of `VirtualList`: gutter, rows, headers, ghost and scrollbar, by Textual's Line API."""

    can_focus = True

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

    def forget(self, changed: Collection[K] | None) -> None:
        """Draw these rows anew when they are next seen; None: all."""
        if changed is None:
            self._strips.clear()
        elif changed:
            names = changed if isinstance(changed, (set, frozenset)) else set(changed)
            for entry in [entry for entry in self._strips if entry[0] in names]:
                del self._strips[entry]

    def render_line(self, y: int) -> Strip:
        rows = self._rows
        width = self.size.width
        inner = max(1, width - GUTTER - SCROLLBAR)
        if not len(rows.model) and not rows.is_ghost:
            return self._empty_line(y, width)
        what = rows.on_line(y)
        # the list may have become shorter since this was laid out: it is told so a moment later
        if what.kind is LineKind.ROW and what.index < len(rows.model):
            line = self._row(rows.model.key_at(what.index), inner)
        elif what.kind is LineKind.GHOST:
            line = self._ghost_row(inner)
        elif what.kind is LineKind.HEADER:
            line = self._header(rows.layout.groups[what.index], inner)
        elif what.kind is LineKind.ABOVE:
            line = self._above(inner)
        else:
            line = Strip.blank(GUTTER + inner, self.rich_style)
        return Strip([*line, self._bar(y)], GUTTER + inner + SCROLLBAR).crop(0, width)

    def _row(self, key: K, width: int) -> Strip:
        here = key == self._rows.cursor
        state = RowState(here, self._rows.is_marked(key), here and self.has_focus)
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
        if state.cursor:
            name = "virtual-list--cursor" if state.focused else "virtual-list--cursor-blurred"
            style = self.get_component_rich_style(name)
        if state.marked:
            style += self.get_component_rich_style("virtual-list--marked", partial=True)
        gutter = (self._glyphs.cursor if state.cursor else " ") + (self._glyphs.mark if state.marked else " ")
        body = Strip(self._rows.model.render(key, width, state)).adjust_cell_length(width)
        return Strip(Segment.apply_style([Segment(gutter), *body], style), GUTTER + width)

    def _ghost_row(self, width: int) -> Strip:
        style = self.rich_style + self.get_component_rich_style("virtual-list--ghost")
        key = self._rows.cursor
        text = ""
        if key is not None:
            state = RowState(True, self._rows.is_marked(key), self.has_focus)
            text = Strip(self._rows.model.render(key, width, state)).text
        if not text and self._last_seen is not None and self._last_seen[0] == key:
            text = self._last_seen[1].text[GUTTER:]
        return Strip([Segment(self._glyphs.cursor + self._glyphs.ghost + fit(text, width), style)], GUTTER + width)

    def _header(self, group: Group, width: int) -> Strip:
        style = self.rich_style + self.get_component_rich_style("virtual-list--header")
        body = Strip(self._rows.model.render_group(group, GUTTER + width)).adjust_cell_length(GUTTER + width)
        return Strip(Segment.apply_style(body, style), GUTTER + width)

    def _above(self, width: int) -> Strip:
        style = self.rich_style + self.get_component_rich_style("virtual-list--header")
        rows = self._rows
        words = f"{self._glyphs.more_above} {rows.shown_below} above since the cursor last moved"
        if rows.hidden_above:
            words = f"{self._glyphs.more_above} the first {rows.shown_below} of {rows.top} above"
        return Strip([Segment(fit(words, GUTTER + width), style)], GUTTER + width)

    def _empty_line(self, y: int, width: int) -> Strip:
        lines = wrap(self._empty, width - 2)
        number = y - max(0, (self._rows.height - len(lines)) // 2)
        text = lines[number] if 0 <= number < len(lines) else ""
        style = self.rich_style + self.get_component_rich_style("virtual-list--empty")
        return Strip([Segment(fit(text, width, "center"), style)], width)

    def _bar(self, y: int) -> Segment:
        rows = self._rows
        lines, height = rows.layout.lines, rows.height
        style: Style = self.rich_style + self.get_component_rich_style("virtual-list--scrollbar")
        if lines <= height and not rows.hidden_above and not rows.hidden_below:
            return Segment(" ", style)
        if y == 0 and rows.hidden_above:
            return Segment(self._glyphs.more_above, style)
        if y == height - 1 and rows.hidden_below:
            return Segment(self._glyphs.more_below, style)
        size = max(1, height * height // max(1, lines))
        start = min(height - size, max(0, rows.top) * height // max(1, lines))
        return Segment(self._glyphs.thumb if start <= y < start + size else " ", style)

    def notify_style_update(self) -> None:
        self._strips.clear()
        super().notify_style_update()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()
