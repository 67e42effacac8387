"""A line of input that knows what could be meant: tab completes it, up and down go through the offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that could be meant."""

    text: str
    """What would stand in the line."""
    meaning: str = ""


Complete = Callable[[str], Sequence[Offer]]
"""What could be meant by what is typed so far, the likeliest first; for a finished text only its meaning."""

SHOWN = 4


class CompletingInput(Input):
    """On what is finished, or empty, tab goes on to the next field as everywhere."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", show=False),
        Binding("down", "offer(1)", show=False),
        Binding("up", "offer(-1)", show=False),
    ]

    class Offered(Message):
        """What could be meant now, in words."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    def __init__(self, value: str, complete: Complete) -> None:
        # the watcher of `value` runs while Textual's own part is made
        self._complete = complete
        self._stem = value
        """What was typed: going through the offers must not narrow them."""
        self._put = value
        super().__init__(value)

    def on_mount(self) -> None:
        self.call_after_refresh(self._tell)

    def watch_value(self, value: str) -> None:
        if value != self._put:
            self._stem = self._put = value
        self._tell()

    def _tell(self) -> None:
        if self.is_mounted:
            self.post_message(self.Offered(meaning_words(self.value, self._complete(self.value))))

    def _show(self, text: str) -> None:
        self._put = text
        self.value = text
        self.cursor_position = len(text)

    def action_complete(self) -> None:
        offers = self._complete(self.value) if self.value.strip() else ()
        if offers and offers[0].text != self.value:
            self._show(offers[0].text)
        else:
            self.screen.focus_next()

    def action_offer(self, by: int) -> None:
        texts = [offer.text for offer in self._complete(self._stem)]
        if not texts:
            return
        at = texts.index(self.value) + by if self.value in texts else (0 if by > 0 else -1)
        self._show(texts[at % len(texts)])


def meaning_words(value: str, offers: Sequence[Offer]) -> str:
    """What the text means where it is finished; else the first offers."""
    finished = next((offer for offer in offers if offer.text == value), None)
    if finished is not None:
        return finished.meaning
    shown = [f"{offer.text} {offer.meaning}".strip() for offer in offers[:SHOWN]]
    return " · ".join(shown)
