"""A terminal screen as cells, and Textual's updates turned into such cells."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.strip import SGR_STYLES


class Pen:
    """How a cell is drawn, in SGR codes; equal pens are one object, so that cells compare by identity."""

    __slots__ = ("attributes", "background", "erases", "foreground", "link")

    def __init__(self, attributes: tuple[str, ...], foreground: str, background: str, link: str) -> None:
        self.attributes = attributes
        self.foreground = foreground
        self.background = background
        self.link = link
        """What an OSC 8 hyperlink opens with; empty: no link."""
        # Underline, blink, reverse, strike, frame and overline show on a space, so erasing cannot stand for writing.
        self.erases = not link and not {"4", "5", "6", "7", "9", "21", "51", "52", "53"} & set(attributes)


Cell = tuple[str, Pen] | None
"""A character (with its combining marks) and its pen; an empty string continues a double-width one to its left;
None: nobody knows what the terminal shows there."""
Row = list[Cell]

CACHED_TEXTS = 8_000
KEPT_STYLES = 20_000

PLAIN = Pen((), "", "", "")
_Look = tuple[tuple[str, ...], str, str, str]
_PLAIN_LOOK: dict[_Look, Pen] = {((), "", "", ""): PLAIN}


class Pens:
    """Pens by style, for one colour system; styles that look the same share a pen."""

    def __init__(self, colors: ColorSystem) -> None:
        self._colors = colors
        self._by_style: dict[Style | None, Pen] = {None: PLAIN}
        self._cells: dict[tuple[str, Style | None], list[Cell]] = {}
        self._by_look: dict[_Look, Pen] = dict(_PLAIN_LOOK)

    def of(self, style: Style | None) -> Pen:
        """The pen for a style."""
        pen = self._by_style.get(style)
        if pen is None:
            if len(self._by_style) > KEPT_STYLES:
                # Each hyperlink is a style of its own; what was shown with the old pens is written once more.
                self._by_style, self._by_look = {None: PLAIN}, dict(_PLAIN_LOOK)
                self._cells.clear()
            pen = self._by_style[style] = self._make(style or Style.null())
        return pen

    def cells(self, text: str, style: Style | None) -> list[Cell]:
        """The cells of a text; kept, since most of a frame was in the one before."""
        key = (text, style)
        cells = self._cells.get(key)
        if cells is None:
            if len(self._cells) > CACHED_TEXTS:
                self._cells.clear()
            cells = self._cells[key] = _split(text, self.of(style))
        return cells

    def _make(self, style: Style) -> Pen:
        bits = style._attributes & style._set_attributes
        attributes = tuple(SGR_STYLES[bit] for bit in range(bits.bit_length()) if bits & (1 << bit))
        foreground = ";".join(style.color.downgrade(self._colors).get_ansi_codes()) if style.color else ""
        background = ";".join(style.bgcolor.downgrade(self._colors).get_ansi_codes(False)) if style.bgcolor else ""
        link = f"\x1b]8;id={style._link_id};{style.link}\x1b\\" if style.link else ""
        look = (attributes, foreground, background, link)
        return self._by_look.setdefault(look, Pen(*look))


def cells_of(segments: Iterable[Segment], pens: Pens) -> list[Cell]:
    """Segments as cells; control segments draw nothing and are left out."""
    cells: list[Cell] = []
    for text, style, control in segments:
        if control or not text:
            continue
        if get_character_cell_size(text[0]):
            cells += pens.cells(text, style)
            continue
        # It begins with a mark, which belongs to the cell before.
        rest = text.lstrip("".join(character for character in set(text) if not get_character_cell_size(character)))
        if cells:
            for mark in text[: len(text) - len(rest)]:
                _combine(cells, mark)
        if rest:
            cells += pens.cells(rest, style)
    return cells


def _split(text: str, pen: Pen) -> list[Cell]:
    if text.isascii():
        return [(character, pen) for character in text]
    cells: list[Cell] = []
    for character in text:
        width = get_character_cell_size(character)
        if width == 1:
            cells.append((character, pen))
        elif width == 2:
            cells += [(character, pen), ("", pen)]
        elif cells:
            _combine(cells, character)
    return cells


def _combine(cells: list[Cell], mark: str) -> None:
    at = len(cells) - 1
    last = cells[at]
    if last is not None and last[0] == "" and at:
        at -= 1
        last = cells[at]
    if last is not None:
        cells[at] = (last[0] + mark, last[1])


def put(row: Row, x: int, cells: list[Cell]) -> None:
    """Write cells into a row; halves of double-width characters that this leaves behind become spaces."""
    width = len(row)
    if x < 0:
        cells, x = cells[-x:], 0
    cells = cells[: width - x]
    if not cells:
        return
    end = x + len(cells)
    row[x:end] = cells
    _mend(row, x)
    _mend(row, end)
    last = row[-1]
    if end == width and last is not None and _is_wide(last):
        row[-1] = (" ", last[1])


def _is_wide(cell: Cell) -> bool:
    return bool(cell) and cell is not None and cell[0] != "" and get_character_cell_size(cell[0][0]) == 2


def _mend(row: Row, edge: int) -> None:
    """Put right what stands on both sides of an edge between old and new cells."""
    if edge <= 0 or edge >= len(row):
        return
    left, right = row[edge - 1], row[edge]
    continued = right is not None and right[0] == ""
    if _is_wide(left) and not continued and left is not None:
        row[edge - 1] = (" ", left[1])
    elif continued and not _is_wide(left) and right is not None:
        row[edge] = (" ", right[1])


def rows_of_layout(update: LayoutUpdate, old: list[Row], pens: Pens) -> dict[int, Row]:
    """The rows that a full update draws, by their number."""
    rows: dict[int, Row] = {}
    for y, line in enumerate(update.strips, update.region.y):
        if not 0 <= y < len(old):
            continue
        row = list(old[y])
        cells: list[Cell] = []
        for strip in line:
            cells += cells_of(strip, pens)
        put(row, update.region.x, cells)
        rows[y] = row
    return rows


def rows_of_chops(update: ChopsUpdate, old: list[Row], pens: Pens) -> dict[int, Row]:
    """The rows that a partial update draws, by their number; cropped as Textual itself crops them."""
    rows: dict[int, Row] = {}
    for y, x1, x2 in update.spans:
        if not 0 <= y < len(old):
            continue
        row = rows.get(y)
        if row is None:
            row = rows[y] = list(old[y])
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x > x2 or end <= x1:
                continue
            whole = x1 <= x < x2 and end <= x2
            put(row, x, cells_of(strip if whole else strip.crop(0, min(end, x2) - x), pens))
    return rows
