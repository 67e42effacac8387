"""The top line: the views with their live counts, and at the right the alarm, the operator and the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from textual.content import Content
from textual.widget import Widget

from vagt.ui.sturdy import Sturdy
from vagt_widgets.safe_text import cells, cut, safe_text

_CUT = 6
"""Cells of a name that is one long word, cut: enough to know it by."""
_LAST_CUT = 4
"""Where even that does not fit, only the shown view is told."""
_SAYS_LITTLE = 3
"""Letters; shorter words say nothing at the end of a name, or alone."""
_ACTIVE_CUT = 8
"""Cells that the shown view's name keeps as long as others have any."""


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
        return f"{self.number} {self.name} {self.count}" if self.name else f"{self.number}:{self.count}"


def pieces(tabs: Sequence[Tab], room: int) -> tuple[Piece, ...]:
    """The tabs within `room` cells; the shown one keeps its name longest.

    A name is shortened at the end of a word, or to so many letters that one knows it, or left out.
    """
    shown = [Piece(str(number), safe_text(tab.name), tab.count, tab.active) for number, tab in enumerate(tabs, 1)]
    whole = shown.copy()
    _shorten(shown, room, _shorter, lambda piece: not piece.active)
    _shorten(shown, room, _shorter, lambda piece: piece.active and " " in piece.name)
    _cut_active(shown, room, _ACTIVE_CUT)
    _shorten(shown, room, lambda name: "", lambda piece: not piece.active)
    _cut_active(shown, room, _LAST_CUT)
    if _width(shown) > room:
        shown = [piece for piece in whole if piece.active]
        _cut_active(shown, room, 0)
    return tuple(shown)


def _width(shown: Sequence[Piece]) -> int:
    return sum(piece.width for piece in shown)


def _shorten(shown: list[Piece], room: int, shorter: Callable[[str], str], which: Callable[[Piece], bool]) -> None:
    """Shorten the longest name of those meant, one after another, until all fit or none can be shortened."""
    while _width(shown) > room:
        able = [
            (cells(piece.name), at)
            for at, piece in enumerate(shown)
            if which(piece) and shorter(piece.name) != piece.name
        ]
        if not able:
            return
        _, at = max(able)
        shown[at] = replace(shown[at], name=shorter(shown[at].name))


def _shorter(name: str) -> str:
    """The name without its last words that say little, or its one long word cut; itself where that is all there is."""
    words = name.split()[:-1]
    while len(words) > 1 and len(words[-1]) < _SAYS_LITTLE:
        words.pop()
    if words and len(" ".join(words)) >= _SAYS_LITTLE:
        return " ".join(words)
    return name if cells(name) <= _CUT + 1 else f"{cut(name, _CUT - 1)}…"


def _cut_active(shown: list[Piece], room: int, least: int) -> None:
    """Cut the shown view's name by what is too much, to no less than `least` cells."""
    for at, piece in enumerate(shown):
        over = _width(shown) - room
        if piece.active and over > 0:
            keep = max(least, cells(piece.name) - over)
            if keep < cells(piece.name):
                shown[at] = replace(piece, name=f"{cut(piece.name, keep - 1)}…" if keep > 1 else "")


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

    def _room(self, right: Sequence[str], alarm: str) -> int:
        """What is left for the views beside what stands at the right."""
        end = "  ".join(right)
        return self.size.width - cells(alarm) - (cells(end) + 2 if end else 0)

    def render(self) -> Content:
        width = self.size.width
        right = list(self._right)
        alarm = f" {self._alarm} " if self._alarm else ""
        whole = pieces(self._tabs, 10_000)
        if _width(whole) > self._room(right, alarm):
            # No view's name is cut for the operator's, and no view is left out for the clock.
            right = right[-1:]
        if len(pieces(self._tabs, self._room(right, alarm))) < len(self._tabs):
            right = []
        end = "  ".join(right)
        shown = pieces(self._tabs, self._room(right, alarm))
        used = _width(shown)
        parts: list[tuple[str, str]] = []
        for piece in shown:
            if piece.active:
                parts.append((f" {piece.text} ", "reverse bold"))
            else:
                name = f" {piece.name} " if piece.name else ":"
                parts += [(f" {piece.number}", "$footer-key-foreground"), (name, ""), (f"{piece.count} ", "bold")]
        parts.append((" " * max(0, width - used - cells(alarm) - (cells(end) + 1 if end else 0)), ""))
        parts.append((alarm, "reverse bold"))
        parts.append((f" {end}" if end else "", ""))
        return Content.assemble(*parts)
