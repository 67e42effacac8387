"""Asks before something that cannot be undone: "no" by default, and only `y` says yes."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from vagt_widgets.modal import Answered, Dialog
from vagt_widgets.safe_text import safe_text


class Confirm(Vertical, can_focus=True):
    """A question with its consequences; `y` confirms, anything else that means something declines."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes"),
        Binding("n", "no", "No"),
        Binding("escape", "no", "No", show=False),
        Binding("enter", "no", "No", show=False),
        Binding("q", "no", "No", show=False),
    ]

    DEFAULT_CSS = """
    Confirm { width: auto; height: auto; max-width: 70; }
    Confirm > Static { width: auto; max-width: 100%; height: auto; }
    Confirm > #confirm-question { text-style: bold; }
    Confirm > #confirm-detail { color: $text-muted; }
    Confirm > #confirm-keys { margin-top: 1; }
    """

    def __init__(self, question: str, detail: str = "", *, asked_with: str = "", id: str | None = None) -> None:
        """`asked_with`: the key that asked; it never confirms, even where it is `y`, which then is `Y`."""
        super().__init__(id=id)
        self._question = safe_text(question, multiline=True)
        self._detail = safe_text(detail, multiline=True)
        self._key = "Y" if asked_with == "y" else "y"

    def compose(self) -> ComposeResult:
        yield Static(Text(self._question), id="confirm-question")
        if self._detail:
            yield Static(Text(self._detail), id="confirm-detail")
        yield Static(Text(f"{self._key}  yes, do it\nn / esc / enter  no (default)"), id="confirm-keys")

    def on_mount(self) -> None:
        if self._key == "Y":
            self._bindings.key_to_bindings.pop("y", None)
            self._bindings.bind("Y", "yes", "Yes")

    def action_yes(self) -> None:
        self.post_message(Answered(True))

    def action_no(self) -> None:
        self.post_message(Answered(False))


class ConfirmScreen(Dialog[bool]):
    """`await app.push_screen_wait(ConfirmScreen("Close 3 incidents?"))` is True only where `y` was pressed."""

    def __init__(self, question: str, detail: str = "", *, asked_with: str = "", title: str = "Sure?") -> None:
        super().__init__(Confirm(question, detail, asked_with=asked_with), title=title)
