"""An app around one widget or dialog, for trying widgets by their keys."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static


class Host(App[None]):
    """Shows `widget`, or pushes `dialog` over a plain page and keeps what it answered."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding(keys, f"on_widget('{name}')") for keys, name in (
        ("j,down", "down"), ("k,up", "up"), ("g", "top"), ("G", "bottom"), ("ctrl+d", "half_down"),
        ("ctrl+u", "half_up"), ("space", "mark"), ("asterisk", "mark_all"), ("enter", "open"),
    )]  # fmt: skip

    def __init__(self, widget: Widget | None = None, *, dialog: Screen[Any] | None = None) -> None:
        super().__init__()
        self.widget = widget
        self.dialog = dialog
        self.answers: list[Any] = []
        self.heard: list[Any] = []

    def compose(self) -> ComposeResult:
        yield self.widget or Static("the page below\n" * 50)

    def on_mount(self) -> None:
        if self.dialog is not None:
            self.push_screen(self.dialog, self.answers.append)
        elif self.widget is not None:
            self.widget.focus()

    def action_on_widget(self, name: str) -> None:
        action = getattr(self.widget, f"action_{name}", None)
        if action is not None:
            action()

    def on_virtual_list_cursor_moved(self, event: Any) -> None:
        self.heard.append(("cursor", event.key))

    def on_virtual_list_opened(self, event: Any) -> None:
        self.heard.append(("opened", event.key))

    def on_virtual_list_marks_changed(self, event: Any) -> None:
        self.heard.append(("marks", event.source.marks))

    def on_virtual_list_scrolled(self, event: Any) -> None:
        self.heard.append(("above", event.source.hidden_above))
