"""Picks a cell of a small matrix: rows by columns, each cell showing what follows from the two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from vagt_widgets.glyphs import UNICODE, Glyphs
from vagt_widgets.modal import Answered, Dialog
from vagt_widgets.safe_text import cells, fit


@dataclass(frozen=True, slots=True)
class Axis:
    """One side of the matrix: what it is called, and its values in order."""

    title: str
    labels: tuple[str, ...]


IMPACT = Axis("Impact", ("1 high", "2 medium", "3 low"))
URGENCY = Axis("Urgency", ("1 high", "2 medium", "3 low"))


class MatrixPicker(Widget, can_focus=True):
    """The matrix as it is: arrows or h j k l move, the digits set the row and then the column, enter accepts."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"matrix-picker--chosen", "matrix-picker--label", "matrix-picker--hint"}

    DEFAULT_CSS = """
    MatrixPicker { width: auto; height: auto; }
    MatrixPicker > .matrix-picker--chosen { background: $primary; color: $background; text-style: bold; }
    MatrixPicker > .matrix-picker--label { color: $text-muted; }
    MatrixPicker > .matrix-picker--hint { color: $text-muted; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1,0)", "Up", show=False),
        Binding("down,j", "move(1,0)", "Down", show=False),
        Binding("left,h", "move(0,-1)", "Left", show=False),
        Binding("right,l", "move(0,1)", "Right", show=False),
        Binding("enter", "accept", "Accept"),
        Binding("escape", "cancel", "Cancel"),
        *(Binding(str(digit), f"digit({digit})", show=False) for digit in range(1, 10)),
    ]

    chosen: reactive[tuple[int, int]] = reactive((0, 0))
    """Row and column, from 0."""

    def __init__(
        self,
        values: Sequence[Sequence[str]],
        *,
        rows: Axis = IMPACT,
        columns: Axis = URGENCY,
        chosen: tuple[int, int] | None = None,
        current: tuple[int, int] | None = None,
        glyphs: Glyphs = UNICODE,
        id: str | None = None,
    ) -> None:
        """`values[row][column]` is what follows, such as `P1`; `current` is marked as what it is now. All from 0."""
        super().__init__(id=id)
        self._values = tuple(tuple(row) for row in values)
        self._row_axis, self._column_axis = rows, columns
        self._current = current
        self._glyphs = glyphs
        self._digit_is_column = False
        self.set_reactive(MatrixPicker.chosen, chosen or current or (0, 0))
        self._label = max(cells(label) for label in (rows.title, *rows.labels)) + 1
        wide = [cells(label) for label in columns.labels] + [cells(value) + 4 for row in self._values for value in row]
        self._cell = max(wide) + 2

    @property
    def _width(self) -> int:
        return max(self._label + self._cell * len(self._column_axis.labels), cells(self._hint()))

    def _hint(self) -> str:
        return "arrows or digits move, enter accepts, esc cancels"

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return min(self._width, container.width or self._width, viewport.width or self._width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        lines = len(self._values) + 4
        return min(lines, container.height or lines, viewport.height or lines)

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        label = base + self.get_component_rich_style("matrix-picker--label")
        columns = self._column_axis
        across = self._cell * len(columns.labels)
        if y == 0:
            parts = [Segment(" " * self._label, base), Segment(fit(columns.title, across, "center"), label)]
        elif y == 1:
            parts = [Segment(fit(self._row_axis.title, self._label), label)]
            parts += [Segment(fit(text, self._cell, "center"), label) for text in columns.labels]
        elif y - 2 < len(self._values):
            parts = [Segment(fit(self._row_axis.labels[y - 2], self._label), label)]
            parts += [self._cell_segment(y - 2, column, base) for column in range(len(columns.labels))]
        elif y == len(self._values) + 3:
            hint = base + self.get_component_rich_style("matrix-picker--hint")
            parts = [Segment(self._hint(), hint)]
        else:
            parts = []
        return Strip(parts).adjust_cell_length(self.size.width, base)

    def _cell_segment(self, row: int, column: int, base: Style) -> Segment:
        text = self._values[row][column]
        if (row, column) == self._current:
            text += f" {self._glyphs.bullet}"
        if (row, column) == self.chosen:
            style = base + self.get_component_rich_style("matrix-picker--chosen")
            return Segment(fit(f"[{text}]", self._cell, "center"), style)
        return Segment(fit(text, self._cell, "center"), base)

    def action_move(self, down: int, right: int) -> None:
        row, column = self.chosen
        self._digit_is_column = False
        self.chosen = (
            max(0, min(row + down, len(self._values) - 1)),
            max(0, min(column + right, len(self._column_axis.labels) - 1)),
        )

    def action_digit(self, digit: int) -> None:
        row, column = self.chosen
        if self._digit_is_column:
            if digit <= len(self._column_axis.labels):
                self.chosen = (row, digit - 1)
                self._digit_is_column = False
        elif digit <= len(self._values):
            self.chosen = (digit - 1, column)
            self._digit_is_column = True

    def action_accept(self) -> None:
        self.post_message(Answered(self.chosen))

    def action_cancel(self) -> None:
        self.post_message(Answered(None))


class MatrixPickerScreen(Dialog[tuple[int, int]]):
    """The matrix in the middle of the screen; returns (row, column) from 0, or None."""

    def __init__(self, values: Sequence[Sequence[str]], *, title: str = "Priority", **options: object) -> None:
        super().__init__(MatrixPicker(values, **options), title=title)  # type: ignore[arg-type]
