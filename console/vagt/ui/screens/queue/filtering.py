"""The filter line: narrows the view as you type, completes words, and says in place what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from vagt.domain.query import Query, QueryError, parse_typing
from vagt.ui.sturdy import Sturdy
from vagt_widgets.safe_text import safe_text


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to go on writing: what to show, and the whole text with the cursor once it is taken."""

    shown: str
    help: str
    text: str
    cursor: int


Offers = Callable[[str, int], Sequence[Offer]]


class FilterInput(Input):
    """Text that never leaves the line by itself: tab takes the first offer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "take", show=False),
        Binding("escape", "leave", show=False),
        Binding("down", "done", show=False),
    ]

    class Left(Message):
        """Escape: the filter goes."""

    class Take(Message):
        """Tab: the first offer is wanted."""

    class Done(Message):
        """Down: back to the list, the filter stays."""

    def action_take(self) -> None:
        self.post_message(self.Take())

    def action_leave(self) -> None:
        self.post_message(self.Left())

    def action_done(self) -> None:
        self.post_message(self.Done())


class FilterBar(Sturdy, Vertical):
    """The filter of the present view."""

    DEFAULT_CSS = """
    FilterBar { height: auto; width: 1fr; display: none; background: $surface; }
    FilterBar.-there { display: block; }
    FilterBar > FilterInput {
        border: none; height: 1; padding: 0 1; background: $surface;
    }
    FilterBar > FilterInput:focus { border: none; background: $panel; }
    FilterBar > Static { height: 1; padding: 0 1; color: $dim; text-wrap: nowrap; text-overflow: ellipsis; }
    FilterBar > Static.-wrong { color: $error; text-style: bold; }
    FilterBar > Static.-quiet { display: none; }
    """

    class Changed(Message):
        """Another query is to be shown; None: the view as it is."""

        def __init__(self, text: str, query: Query | None) -> None:
            super().__init__()
            self.text = text
            self.query_now = query

    class Closed(Message):
        """The keyboard goes back to the list."""

    def __init__(self, offers: Offers) -> None:
        super().__init__()
        self._offers = offers
        self._now: Sequence[Offer] = ()
        self._last = ""

    def compose(self) -> ComposeResult:
        field = FilterInput(placeholder='p<=2 team:noc sla<30m is:major "words" -not', select_on_focus=False)
        field.cursor_blink = False
        yield field
        yield Static("", classes="-quiet")

    @property
    def field(self) -> FilterInput:
        return self.query_one(FilterInput)

    @property
    def text(self) -> str:
        return self.field.value

    def open(self) -> None:
        """Show the line and give it the keyboard."""
        self.add_class("-there")
        self.field.focus()
        self.call_after_refresh(self._feedback)

    def set_text(self, text: str) -> None:
        """The filter of another view; the line is there only where it has one."""
        self._last = text
        with self.prevent(Input.Changed):
            self.field.value = text
        self.set_class(bool(text) or self.field.has_focus, "-there")
        self._feedback()

    def clear(self) -> None:
        """No filter, and no line."""
        self.set_text("")
        self.remove_class("-there")
        self.post_message(self.Changed("", None))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        text = self.text
        if text == self._last:
            return
        self._last = text
        if not text.strip():
            self.post_message(self.Changed("", None))
        else:
            query, _ = parse_typing(text)
            if query is not None:
                self.post_message(self.Changed(text, query))
        self._feedback()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave()

    @on(FilterInput.Done)
    def _done(self) -> None:
        self._leave()

    def _leave(self) -> None:
        if not self.text.strip():
            self.clear()
        self.post_message(self.Closed())

    def on_descendant_blur(self) -> None:
        self._feedback()

    @on(FilterInput.Left)
    def _left(self) -> None:
        self.clear()
        self.post_message(self.Closed())

    @on(FilterInput.Take)
    def _take(self) -> None:
        self._now = self._offers(self.text, self.field.cursor_position)
        if not self._now:
            return
        offer = self._now[0]
        self.field.value = offer.text
        self.field.cursor_position = offer.cursor

    @property
    def _hint(self) -> Static:
        return self.query_one(Static)

    def _feedback(self) -> None:
        text = self.text
        error: QueryError | None = None
        if text.strip():
            _, error = parse_typing(text)
        wrong = error is not None and not error.incomplete
        self._hint.set_class(wrong, "-wrong")
        self._hint.remove_class("-quiet")
        if error is not None and wrong:
            self._hint.update(Content(safe_text(str(error))))
            return
        if not self.field.has_focus:
            self._hint.add_class("-quiet")
            return
        self._now = self._offers(text, self.field.cursor_position)
        if self._now:
            words = "   ".join(f"{offer.shown}" for offer in self._now)
            self._hint.update(Content(f"tab: {safe_text(words)}"))
        else:
            self._hint.update(Content("enter keeps it, esc clears it"))
