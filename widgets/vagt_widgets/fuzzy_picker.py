"""A picker that narrows as one types: most used first, from a list or from a source that has to be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, Self

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from vagt_widgets.fuzzy import PickItem, rank
from vagt_widgets.glyphs import ASCII_SPINNER, SPINNER, UNICODE, Glyphs
from vagt_widgets.modal import Answered, Dialog
from vagt_widgets.safe_text import cells, fit, safe_text

__all__ = ["FuzzyPicker", "FuzzyPickerScreen", "PickItem", "Source"]

Source = Callable[[str], Awaitable[Sequence[PickItem]]]
"""Asked with what is typed; where it cannot answer it raises an error whose words are for people."""

DEBOUNCE = 0.12
"""Seconds without a key before a source is asked."""
ROWS = 10


class PickerRows(Widget):
    """The candidates; one is under the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"picker-rows--cursor", "picker-rows--detail"}

    DEFAULT_CSS = """
    PickerRows { height: 10; max-height: 60vh; width: 1fr; }
    PickerRows > .picker-rows--cursor { background: $primary-muted; text-style: bold; }
    PickerRows > .picker-rows--detail { color: $text-muted; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self.items: list[PickItem] = []
        self.at = 0
        self.marked: dict[str, PickItem] = {}
        self._glyphs = glyphs

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        number = y + max(0, self.at - self.size.height + 1)
        if number >= len(self.items):
            return Strip.blank(width, base)
        item = self.items[number]
        here = number == self.at
        style = base + self.get_component_rich_style("picker-rows--cursor") if here else base
        muted = style if here else base + self.get_component_rich_style("picker-rows--detail")
        signs = (self._glyphs.cursor if here else " ") + (self._glyphs.mark if item.id in self.marked else " ")
        label_width = min(max(8, width - 2), max(24, width // 2)) if item.detail else max(1, width - 2)
        # a label that fills its place still ends before the detail begins
        label = fit(item.label, label_width - 1) + " " if item.detail else fit(item.label, label_width)
        rest = max(0, width - 2 - label_width)
        parts = [Segment(signs + label, style), Segment(fit(item.detail, rest), muted)]
        return Strip(parts).crop(0, width)

    def show(self, items: list[PickItem], at: int) -> None:
        self.items, self.at = items, max(0, min(at, len(items) - 1))
        self.refresh()

    @property
    def current(self) -> PickItem | None:
        return self.items[self.at] if self.items else None


class FuzzyPicker(Vertical):
    """Type to narrow, arrows or ctrl+n / ctrl+p move, enter takes, tab marks with `multiple`, esc cancels.

    Posts `Answered` with a tuple of `PickItem`, or None where it was cancelled. With `free`, what was typed may
    be taken as it stands: an item whose id and label are the text. `typed` is what was typed before it came up.
    """

    # no priority: a key must not overtake letters that are still on their way to the input
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", "Down", show=False),
        Binding("up,ctrl+p", "move(-1)", "Up", show=False),
        Binding("pagedown", "move(9)", "Down", show=False),
        Binding("pageup", "move(-9)", "Up", show=False),
        Binding("tab", "mark", "Mark", show=False),
        Binding("escape", "cancel", "Cancel"),
    ]

    DEFAULT_CSS = """
    FuzzyPicker { width: 1fr; height: auto; }
    FuzzyPicker > Input { background: $panel; }
    FuzzyPicker > .picker-status { color: $text-muted; height: 1; width: 1fr; }
    """

    def __init__(
        self,
        items: Sequence[PickItem] = (),
        *,
        source: Source | None = None,
        multiple: bool = False,
        free: bool = False,
        typed: str = "",
        placeholder: str = "type to narrow",
        glyphs: Glyphs = UNICODE,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._known: dict[str, PickItem] = {item.id: item for item in items}
        self._source = source
        self._multiple = multiple
        self._free = free
        self._glyphs = glyphs
        self._input = Input(typed, placeholder=placeholder, compact=True, select_on_focus=False)
        self._rows = PickerRows(glyphs)
        self._status = Static("", classes="picker-status", markup=False)
        self._asking = False
        self._answered_for: tuple[str, frozenset[str]] = ("", frozenset())
        self._failure = ""
        self._spin = 0

    def compose(self) -> ComposeResult:
        yield self._input
        yield self._rows
        yield self._status

    def on_mount(self) -> None:
        self._input.focus()
        self._narrow()
        self._ask()
        if self._source is not None:
            self.set_interval(0.1, self._tick)

    def add(self, letter: str) -> None:
        """A letter that came before the input had the focus."""
        self._input.insert_text_at_cursor(letter)

    def focus(self, scroll_visible: bool = True) -> Self:
        self._input.focus(scroll_visible)
        return self

    @property
    def typed(self) -> str:
        return self._input.value.strip()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._narrow()
        self._ask()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._rows.marked:
            self.post_message(Answered(tuple(self._rows.marked.values())))
        elif self._rows.current is not None:
            self.post_message(Answered((self._rows.current,)))

    def action_move(self, rows: int) -> None:
        self._rows.show(self._rows.items, self._rows.at + rows)

    def action_mark(self) -> None:
        item = self._rows.current
        if self._multiple and item is not None:
            if self._rows.marked.pop(item.id, None) is None:
                self._rows.marked[item.id] = item
            self._rows.show(self._rows.items, self._rows.at + 1)
            self._say()

    def action_cancel(self) -> None:
        self.post_message(Answered(None))

    def _narrow(self) -> None:
        """Rank what is known, here and now; what a source found for this very text stays whatever its words."""
        typed = self.typed
        items = rank(typed, list(self._known.values()))
        text, found = self._answered_for
        if text == typed:
            shown = {item.id for item in items}
            items += [self._known[id_] for id_ in found if id_ not in shown]
        if self._free and typed and not any(item.label == typed for item in items):
            items.append(PickItem(typed, typed, "as typed"))
        self._rows.show(items, 0)
        self._say()

    def _ask(self) -> None:
        if self._source is not None:
            self._asking, self._failure = True, ""
            self.run_worker(self._ask_source(self.typed), exclusive=True, group="picker-source")
            self._say()

    async def _ask_source(self, typed: str) -> None:
        if self._source is None:
            return
        await asyncio.sleep(DEBOUNCE if typed else 0)
        try:
            found = await self._source(typed)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # whatever went wrong, the picker stays usable with what it knows
            self._failure = safe_text(str(error)) or type(error).__name__
            found = ()
        for item in found:
            known = self._known.get(item.id)
            if known is None or known.uses <= item.uses:
                self._known[item.id] = item
        self._answered_for = (typed, frozenset(item.id for item in found))
        self._asking = False
        current = self._rows.current
        self._narrow()
        # What the operator has moved to stays under the cursor when the answer comes in.
        if current is not None and self._rows.at == 0 and current in self._rows.items and current.id != typed:
            self._rows.show(self._rows.items, self._rows.items.index(current))

    def _tick(self) -> None:
        if self._asking:
            self._spin += 1
            self._say()

    def _say(self) -> None:
        parts: list[str] = []
        if self._asking:
            frames = ASCII_SPINNER if self._glyphs.cursor.isascii() else SPINNER
            parts.append(f"{frames[self._spin % len(frames)]} asking")
        if self._failure:
            parts.append(f"could not ask: {self._failure}; what is known is shown")
        if self._rows.marked:
            parts.append(f"{len(self._rows.marked)} marked")
        if not self._rows.items and not self._asking:
            parts.append("nothing fits; esc cancels")
        elif len(self._rows.items) > ROWS:
            parts.append(f"{len(self._rows.items)} fit")
        parts.append("tab marks, enter takes" if self._multiple else "enter takes")
        self._status.update(fit(" · ".join(parts), max(20, self.size.width or cells(" · ".join(parts)))))


class FuzzyPickerScreen(Dialog[tuple[PickItem, ...]]):
    """The picker in the middle of the screen; returns what was picked, or None."""

    def __init__(self, items: Sequence[PickItem] = (), *, title: str = "Pick", **options: Any) -> None:
        self._picker = FuzzyPicker(items, **options)
        super().__init__(self._picker, title=title, wide=True)

    def add(self, letter: str) -> None:
        """A letter that came before the picker had the focus."""
        self._picker.add(letter)

    def on_key(self, event: events.Key) -> None:
        if self.focused is None and event.character is not None and event.is_printable:
            event.stop()
            self.add(event.character)
