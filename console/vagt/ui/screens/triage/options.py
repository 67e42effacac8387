"""A few ways to go on, each with a key of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from vagt_widgets.glyphs import Glyphs, glyphs_for
from vagt_widgets.modal import Answered
from vagt_widgets.safe_text import cells, fit


@dataclass(frozen=True, slots=True)
class Option:
    """One way: the key that takes it at once, and the words for it."""

    key: str
    label: str
    detail: str = ""
    value: object = None
    """What `Answered` carries; the option itself where it is None."""


class Options(Widget, can_focus=True):
    """One option a line; its key takes it, or j, k, arrows and enter. Posts `Answered`, with None on esc."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"options--cursor", "options--detail", "options--key"}
    DEFAULT_CSS = """
    Options { height: auto; width: 1fr; }
    Options > .options--cursor { background: $primary-muted; text-style: bold; }
    Options > .options--detail { color: $dim; }
    Options > .options--key { color: $accent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("enter", "take", show=False),
    ]

    def __init__(self, options: Sequence[Option] = (), *, at: int = 0, id: str | None = None) -> None:
        super().__init__(id=id)
        self.options = tuple(options)
        self.at = max(0, min(at, len(self.options) - 1))
        self._glyphs: Glyphs = glyphs_for()

    def set_options(self, options: Sequence[Option]) -> None:
        """Offer others; the cursor stays on its line."""
        self.options = tuple(options)
        self.at = max(0, min(self.at, len(self.options) - 1))
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self.options))

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        if y >= len(self.options):
            return Strip.blank(width, base)
        option = self.options[y]
        here = y == self.at
        style = base + self.get_component_rich_style("options--cursor", partial=True) if here else base
        key = style + self.get_component_rich_style("options--key", partial=True)
        detail = style if here else style + self.get_component_rich_style("options--detail", partial=True)
        longest = max(cells(other.label) for other in self.options)
        label = min(longest, max(10, width - 6)) if option.detail else max(1, width - 4)
        rest = max(0, width - label - 6)
        parts = [
            Segment(f"{self._glyphs.cursor if here else ' '} ", style),
            Segment(f"{option.key or ' ':1} ", key),
            Segment(fit(option.label, label), style),
            Segment("  " + fit(option.detail, rest) if option.detail else "", detail),
        ]
        return Strip(parts).adjust_cell_length(width, style)

    def action_move(self, lines: int) -> None:
        if self.options:
            self.at = (self.at + lines) % len(self.options)
            self.refresh()

    def action_take(self) -> None:
        if self.options:
            self._take(self.options[self.at])

    def on_key(self, event: events.Key) -> None:
        for option in self.options:
            if option.key and event.character == option.key:
                event.stop()
                event.prevent_default()
                self._take(option)
                return

    def _take(self, option: Option) -> None:
        self.post_message(Answered(option if option.value is None else option.value))
