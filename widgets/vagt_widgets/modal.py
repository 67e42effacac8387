"""Puts a content widget into the middle of the screen and waits for its answer."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget

from vagt_widgets.safe_text import safe_text

T = TypeVar("T")


class Answered(Message):
    """A content widget is done; `value` is None where it was cancelled."""

    def __init__(self, value: object | None) -> None:
        super().__init__()
        self.value = value


class Dialog(ModalScreen[T | None], Generic[T]):
    """A modal screen around one content widget that posts `Answered`; its value is what the screen returns.

    Fits any terminal: the content scrolls where the screen is smaller than it. What lies below stays as it is:
    dimming it would send the whole screen over the line twice.
    """

    AUTO_FOCUS = ""  # the content knows where to begin

    DEFAULT_CSS = """
    Dialog { align: center middle; background: transparent; }
    Dialog > #dialog-box {
        width: auto; height: auto;
        min-width: 30; max-width: 100%; max-height: 100%;
        border: round $primary; background: $surface; color: $foreground;
        padding: 0 1;
    }
    Dialog.-wide > #dialog-box { width: 90%; max-width: 100; }
    """

    def __init__(self, content: Widget, *, title: str = "", wide: bool = False, id: str | None = None) -> None:
        super().__init__(id=id, classes="-wide" if wide else None)
        self._content = content
        self._title = title

    def compose(self) -> ComposeResult:
        box = Container(self._content, id="dialog-box")
        box.border_title = safe_text(self._title).replace("[", "\\[")
        yield box

    def on_mount(self) -> None:
        self._content.focus()

    def on_answered(self, event: Answered) -> None:
        event.stop()
        self.dismiss(event.value)  # type: ignore[arg-type]
