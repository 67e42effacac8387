"""The top line: the views with their live counts, and at the right the alarm, the operator and the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.widget import Widget

from vagt.ui.sturdy import Sturdy
from vagt_widgets.safe_text import cells, cut, safe_text

_CAPS = ((40, 40), (16, 40), (12, 40), (9, 20), (7, 14), (6, 10), (5, 10), (4, 10), (3, 10), (0, 20), (0, 8), (0, 4))
"""How long the names of the other views and of the shown one may be, tried in turn until the line fits."""
_ROOMY = (12, 20)
"""Names that may not be cut shorter for the operator's sake."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One view on the line."""

    name: str
    count: str
    active: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A tab as it is written out: its key, its name cut to the room there is, its count."""

    number: str
    name: str
    count: str
    active: bool

    @property
    def width(self) -> int:
        return cells(self.text) + 2

    @property
    def text(self) -> str:
        """What is written, without the two spaces that set it apart."""
        return " ".join(part for part in (self.number, self.name, self.count) if part)


def pieces(tabs: Sequence[Tab], room: int) -> tuple[Piece, ...]:
    """The tabs within `room` cells; the active one keeps its name longest."""
    best: tuple[Piece, ...] = ()
    for others, active in _CAPS:
        best = cut_to(tabs, others, active)
        if sum(piece.width for piece in best) <= room:
            return best
    return tuple(
        Piece(piece.number, _short(piece.name, max(0, room - 8)), piece.count, True) for piece in best if piece.active
    )


def cut_to(tabs: Sequence[Tab], others: int, active: int) -> tuple[Piece, ...]:
    """The tabs with names of at most so many cells."""
    return tuple(
        Piece(str(number), _short(tab.name, active if tab.active else others), tab.count, tab.active)
        for number, tab in enumerate(tabs, 1)
    )


def _short(name: str, cap: int) -> str:
    name = safe_text(name)
    if cells(name) <= cap:
        return name
    return f"{cut(name, cap - 1)}…" if cap > 1 else ""


class TopBar(Sturdy, Widget):
    """Draws the top line."""

    DEFAULT_CSS = """
    TopBar { height: 1; width: 1fr; background: $panel; color: $foreground; }
    TopBar.-alarm { background: $stale-back; color: $stale-fore; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._tabs: tuple[Tab, ...] = ()
        self._right: tuple[str, ...] = ()
        self._alarm = ""

    def show(self, tabs: Sequence[Tab], right: Sequence[str], alarm: str) -> None:
        """`right` is what stands at the right end, the most important last; it gives way from the left."""
        news = (tuple(tabs), tuple(right), alarm)
        if news != (self._tabs, self._right, self._alarm):
            self._tabs, self._right, self._alarm = news
            self.set_class(bool(alarm), "-alarm")
            self.refresh()

    def _fits(self, right: Sequence[str], alarm: str, caps: tuple[int, int]) -> bool:
        """Whether there is room for what stands at the right beside views with names so long."""
        needed = sum(piece.width for piece in cut_to(self._tabs, *caps))
        return needed + cells("  ".join(right)) + cells(alarm) + 2 <= self.size.width

    def render(self) -> Content:
        width = self.size.width
        right = list(self._right)
        alarm = f" {self._alarm} " if self._alarm else ""
        if right and not self._fits(right, alarm, _ROOMY):
            right = right[-1:]
        if right and not self._fits(right, alarm, _CAPS[-1]):
            right = []
        end = "  ".join(right)
        room = width - cells(alarm) - (cells(end) + 2 if end else 0)
        shown = pieces(self._tabs, room)
        used = sum(piece.width for piece in shown)
        parts: list[tuple[str, str]] = []
        for piece in shown:
            if piece.active:
                parts.append((f" {piece.text} ", "reverse bold"))
            else:
                name = f" {piece.name}" if piece.name else ""
                parts += [(f" {piece.number}", "$footer-key-foreground"), (f"{name} ", ""), (f"{piece.count} ", "bold")]
        parts.append((" " * max(0, width - used - cells(alarm) - (cells(end) + 1 if end else 0)), ""))
        parts.append((alarm, "reverse bold"))
        parts.append((f" {end}" if end else "", ""))
        return Content.assemble(*parts)
