"""Why a text goes back to its author: asked before it does."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static, TextArea

from vagt.ui.screens.triage.question import Question


class ReturnQuestion(Question[str]):
    """Returns the comment; None where the operator left."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "send", "Send back")]
    AUTO_FOCUS = "TextArea"
    KIND = "internal"

    def __init__(self, what: str) -> None:
        super().__init__(f"Send back · {what}", hint="ctrl+s send back · esc back")

    def parts(self) -> ComposeResult:
        yield Static("What should be another? The author reads this in the incident's timeline.", classes="who")
        yield TextArea("", soft_wrap=True, tab_behavior="focus", show_line_numbers=False)

    def action_send(self) -> None:
        text = self.query_one(TextArea).text.strip()
        if text:
            self.dismiss(text)
        else:
            self.tell("Nothing is written yet.", bad=True)
