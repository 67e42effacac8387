"""A page of any length that is read line by line and keeps its place when what it shows is replaced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from vagt_widgets.glyphs import UNICODE, Glyphs
from vagt_widgets.safe_text import cells, fit

Piece = tuple[str, str]
"""A style's name (one of `STYLES`) and text that is safe to show."""
Line = tuple[Piece, ...]
STYLES = ("plain", "strong", "dim", "warn", "bad", "label", "heading", "public", "internal")
_AHEAD = 2
"""Screens that are wrapped beyond what is seen."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the page: wrapped when somebody scrolls there, found again by its name."""

    name: str
    lines: Callable[[int], Sequence[Line]]
    """Given the width in cells."""


class Reader(Widget, can_focus=True):
    """Shows blocks from top to bottom. The widget binds no keys: bind its `action_*` methods."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"reader--{style}" for style in STYLES}

    DEFAULT_CSS = """
    Reader { height: 1fr; width: 1fr; background: $background; color: $foreground; }
    Reader > .reader--strong { text-style: bold; }
    Reader > .reader--dim { color: $dim; }
    Reader > .reader--label { color: $dim; }
    Reader > .reader--warn { color: $warning; }
    Reader > .reader--bad { color: $error; text-style: bold; }
    Reader > .reader--heading { color: $secondary; text-style: bold; }
    Reader > .reader--public { color: $warning; text-style: bold; }
    Reader > .reader--internal { color: $dim; }
    """

    def __init__(self, *, glyphs: Glyphs = UNICODE, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._glyphs = glyphs
        self._blocks: tuple[Block, ...] = ()
        self._top = 0
        self._lines: list[Line] = []
        self._starts: list[int] = []
        self._width = 0

    @property
    def top(self) -> int:
        """The line of the page on the first line of the screen."""
        return self._top

    def set_blocks(self, blocks: Sequence[Block], *, keep_place: bool = True) -> None:
        """Show other blocks; the one at the top of the screen stays there where it is still among them."""
        anchor = self._anchor() if keep_place else None
        self._blocks = tuple(blocks)
        self._settle(anchor)

    def text(self) -> str:
        """The whole page as plain text, at the width it has now."""
        self._wrap_to(None)
        return "\n".join("".join(text for _, text in line).rstrip() for line in self._lines)

    def _anchor(self) -> tuple[str, int] | None:
        if not self._top:
            return None
        for number in range(len(self._starts) - 1, -1, -1):
            if self._starts[number] <= self._top:
                return self._blocks[number].name, self._top - self._starts[number]
        return None

    def _settle(self, anchor: tuple[str, int] | None) -> None:
        self._lines, self._starts = [], []
        top = 0
        if anchor is not None:
            name, offset = anchor
            number = next((n for n, block in enumerate(self._blocks) if block.name == name), None)
            if number is None:
                top = self._top
            else:
                while len(self._starts) <= number:
                    self._wrap_one()
                top = self._starts[number] + min(offset, len(self._lines) - self._starts[number])
        self._go_to(top)

    def _wrap_to(self, line: int | None) -> None:
        """Wrap until `line` exists or the blocks end; None: all of them."""
        while len(self._starts) < len(self._blocks) and (line is None or len(self._lines) <= line):
            self._wrap_one()

    def _wrap_one(self) -> None:
        block = self._blocks[len(self._starts)]
        self._starts.append(len(self._lines))
        # a column at the right is left for the signs that there is more
        self._lines.extend(block.lines(max(20, (self._width or self.size.width or 80) - 1)))

    def _go_to(self, top: int) -> None:
        height = max(1, self.size.height)
        self._wrap_to(top + height * _AHEAD)
        self._top = max(0, min(top, len(self._lines) - height))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, height, base = self.size.width, self.size.height, self.rich_style
        line = self._top + y
        self._wrap_to(line + 1)
        more = " "
        if y == 0 and self._top > 0:
            more = self._glyphs.more_above
        elif y == height - 1 and (len(self._lines) > self._top + height or len(self._starts) < len(self._blocks)):
            more = self._glyphs.more_below
        parts: list[Segment] = []
        left = width - 1
        for style, text in self._lines[line] if line < len(self._lines) else ():
            shown = text if cells(text) <= left else fit(text, left)
            parts.append(Segment(shown, self._style(style, base)))
            left -= cells(shown)
        parts.append(Segment(" " * max(0, left), base))
        return Strip([*parts, Segment(more, base)]).adjust_cell_length(width, base)

    def _style(self, name: str, base: Style) -> Style:
        return base if name == "plain" else base + self.get_component_rich_style(f"reader--{name}", partial=True)

    def on_resize(self) -> None:
        anchor = self._anchor()
        self._width = self.size.width  # the event's size has the padding in it
        self._settle(anchor)

    def action_down(self) -> None:
        self._go_to(self._top + 1)

    def action_up(self) -> None:
        self._go_to(self._top - 1)

    def action_half_down(self) -> None:
        self._go_to(self._top + max(1, self.size.height // 2))

    def action_half_up(self) -> None:
        self._go_to(self._top - max(1, self.size.height // 2))

    def action_top(self) -> None:
        self._go_to(0)

    def action_bottom(self) -> None:
        self._wrap_to(None)
        self._go_to(len(self._lines))

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._go_to(self._top + 3)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._go_to(self._top - 3)
