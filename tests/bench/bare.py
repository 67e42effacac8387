"""What the console is compared with: Textual's own table with as many rows (`python -m tests.bench.bare ROWS`)."""

from __future__ import annotations

import sys
from random import Random
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Footer, Input

from tests.bench.data import PEOPLE, SERVICES, WORDS

Row = tuple[str, str, str, str, str]


def rows(count: int) -> list[Row]:
    """Priority, number, title, service, assignee."""
    random = Random(7)
    return [
        (
            f"P{random.randint(1, 5)}",
            f"{10_000 + number}",
            " ".join(random.choices(WORDS, k=random.randint(3, 9))).capitalize() + f" #{number}",
            random.choice(SERVICES),
            random.choice(PEOPLE),
        )
        for number in range(1, count + 1)
    ]


class Bare(App[None]):
    """A table, a field that filters it, a key that sorts it."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Input { display: none; } Input.-there { display: block; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "down", "Down"),
        Binding("S", "sort", "Sort"),
        Binding("slash", "filter", "Filter"),
        Binding("escape", "leave", "Back"),
    ]

    def __init__(self, count: int) -> None:
        super().__init__()
        self._all = rows(count)

    def compose(self) -> ComposeResult:
        yield Input()
        yield DataTable(cursor_type="row")
        yield Footer()

    @property
    def table(self) -> DataTable[str]:
        return self.query_one(DataTable)

    def on_mount(self) -> None:
        self.animation_level = "none"
        self.table.add_columns("priority", "number", "title", "service", "assignee")
        self.table.add_rows(self._all)
        self.table.focus()

    def action_down(self) -> None:
        self.table.action_cursor_down()

    def action_sort(self) -> None:
        self.table.sort(self.table.ordered_columns[1].key, reverse=True)

    def action_filter(self) -> None:
        field = self.query_one(Input)
        field.add_class("-there")
        field.focus()

    def action_leave(self) -> None:
        self.table.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        words = event.value.lower()
        self.table.clear()
        self.table.add_rows([row for row in self._all if words in row[2].lower()])


if __name__ == "__main__":
    Bare(int(sys.argv[1])).run()
