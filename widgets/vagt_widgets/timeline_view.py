"""A timeline of any length: internal and public entries told apart by words and place, wrapped as far as read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vagt_widgets.glyphs import UNICODE, Glyphs
from vagt_widgets.safe_text import fit, safe_text, wrap

INDENT = 4
"""Cells by which internal entries stand further in than public ones."""
AHEAD = 3
"""Screens that are wrapped beyond what is seen."""


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One entry, in words already: the view formats no times."""

    when: str
    by: str
    kind: str
    """What it is, for people: "note", "comment", "state"."""
    public: bool
    """People outside the team can read it."""
    text: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class _Piece:
    style: str
    text: str


class TimelineView(ScrollView, inherit_bindings=False):
    """Entries in the order given. Public ones start at the left edge and say PUBLIC; internal ones are indented.

    Entries are wrapped only as far as somebody has scrolled, so 5,000 of them open as fast as five. The widget
    binds no keys: bind its `action_*` methods.
    """

    can_focus = True

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "timeline-view--public",
        "timeline-view--internal",
        "timeline-view--meta",
        "timeline-view--text",
    }

    DEFAULT_CSS = """
    TimelineView { overflow: hidden hidden; height: 1fr; width: 1fr; background: $background; color: $foreground; }
    TimelineView > .timeline-view--public { color: $text-warning; text-style: bold; }
    TimelineView > .timeline-view--internal { color: $text-muted; }
    TimelineView > .timeline-view--meta { color: $text-muted; }
    TimelineView > .timeline-view--text { color: $foreground; }
    """

    def __init__(
        self,
        entries: Sequence[TimelineItem] = (),
        *,
        empty: str = "Nothing has happened yet.",
        glyphs: Glyphs = UNICODE,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._entries = tuple(entries)
        self._empty = empty
        self._glyphs = glyphs
        self._top = 0
        self._wrapped: list[_Piece] = []
        self._next = 0
        self._wrapped_width = 0
        self._starts: list[int] = []

    @property
    def entries(self) -> tuple[TimelineItem, ...]:
        return self._entries

    def set_entries(self, entries: Sequence[TimelineItem], *, empty: str | None = None) -> None:
        """Show other entries; the entry at the top of the screen stays there where it is still among them."""
        anchor, offset = self._anchor()
        self._entries = tuple(entries)
        if empty is not None:
            self._empty = empty
        self._forget()
        if anchor is not None and anchor in self._entries:
            number = self._entries.index(anchor)
            self._wrap_entries(number + 1)
            self._top = self._starts[number] + offset
        self._show_from(self._top)

    def _anchor(self) -> tuple[TimelineItem | None, int]:
        if not self._top:
            return None, 0
        for number in range(len(self._starts) - 1, -1, -1):
            if self._starts[number] <= self._top:
                return self._entries[number], self._top - self._starts[number]
        return None, 0

    def _forget(self) -> None:
        self._wrapped, self._starts, self._next = [], [], 0

    def _wrap_entries(self, entries: int) -> None:
        while self._next < min(entries, len(self._entries)):
            self._wrap_one()

    def _wrap_to(self, line: int) -> None:
        """Wrap until `line` exists or the entries end."""
        if self._wrapped_width != self.size.width:
            self._forget()
            self._wrapped_width = self.size.width
        while len(self._wrapped) <= line and self._next < len(self._entries):
            self._wrap_one()

    def _wrap_one(self) -> None:
        entry = self._entries[self._next]
        self._next += 1
        self._starts.append(len(self._wrapped))
        width = max(20, (self._wrapped_width or self.size.width or 80) - 1)
        lead = "" if entry.public else " " * INDENT
        sign = self._glyphs.public if entry.public else self._glyphs.internal
        word = "PUBLIC" if entry.public else "internal"
        said = " ".join(safe_text(part) for part in (entry.when, word, entry.kind, entry.by) if part)
        self._wrapped.append(_Piece("public" if entry.public else "internal", f"{lead}{sign} {said}"))
        lines = wrap(entry.text.strip(), width - len(lead) - 2) if entry.text.strip() else []
        self._wrapped.extend(_Piece("text", f"{lead}{sign} {line}") for line in lines)
        self._wrapped.append(_Piece("meta", ""))

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        line = self._top + y
        self._wrap_to(line + 1)
        if not self._entries:
            return Strip([Segment(fit(self._empty if y == 0 else "", width), self._style("meta", base))], width)
        if line >= len(self._wrapped):
            return Strip.blank(width, base)
        piece = self._wrapped[line]
        more = (self._top > 0 and y == 0 and self._glyphs.more_above) or (
            y == self.size.height - 1 and self._more_below() and self._glyphs.more_below
        )
        parts = [
            Segment(fit(piece.text, max(0, width - 1)), self._style(piece.style, base)),
            Segment(more or " ", base),
        ]
        return Strip(parts).crop(0, width)

    def _style(self, name: str, base: Style) -> Style:
        return base + self.get_component_rich_style(f"timeline-view--{name}")

    def _more_below(self) -> bool:
        return self._next < len(self._entries) or len(self._wrapped) - 1 > self._top + self.size.height

    def _show_from(self, top: int) -> None:
        height = max(1, self.size.height)
        self._wrap_to(top + height * AHEAD)
        last = max(0, len(self._wrapped) - 1 - height)
        self._top = max(0, min(top, last))
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        anchor, offset = self._anchor()
        self._forget()
        self._wrapped_width = event.size.width
        if anchor is not None:
            number = self._entries.index(anchor)
            self._wrap_entries(number + 1)
            self._top = self._starts[number] + offset
        self._show_from(self._top)

    def action_down(self) -> None:
        self._show_from(self._top + 1)

    def action_up(self) -> None:
        self._show_from(self._top - 1)

    def action_half_down(self) -> None:
        self._show_from(self._top + max(1, self.size.height // 2))

    def action_half_up(self) -> None:
        self._show_from(self._top - max(1, self.size.height // 2))

    def action_top(self) -> None:
        self._show_from(0)

    def action_bottom(self) -> None:
        self._wrap_entries(len(self._entries))
        self._show_from(len(self._wrapped))

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._show_from(self._top + 3)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._show_from(self._top - 3)
