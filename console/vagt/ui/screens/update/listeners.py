"""The audiences of an update, each on a line that space turns on and off."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from vagt.comms.composer import Listener
from vagt_widgets.safe_text import safe_text


class AudienceLine(Static, can_focus=True):
    """One audience: whether it gets this update, in which language, and how."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space,enter", "turn", show=False)]

    DEFAULT_CSS = """
    AudienceLine { width: 1fr; height: auto; }
    AudienceLine:focus { background: $primary-muted; }
    AudienceLine.off { color: $dim; }
    """

    class Toggled(Message):
        """The operator wants it the other way."""

        def __init__(self, audience: str) -> None:
            super().__init__()
            self.audience = audience

    def __init__(self, listener: Listener) -> None:
        super().__init__(listener_words(listener))
        self.audience = listener.audience.name
        self.set_class(not listener.chosen, "off")

    def show(self, listener: Listener) -> None:
        """As it stands now."""
        self.update(listener_words(listener))
        self.set_class(not listener.chosen, "off")

    def action_turn(self) -> None:
        self.post_message(self.Toggled(self.audience))


def listener_words(listener: Listener) -> Content:
    """`[x] users  PUBLIC · da · comment, status-mail`"""
    audience = listener.audience
    parts = ["PUBLIC" if audience.outside else "internal", audience.language, ", ".join(audience.channels)]
    if listener.waits:
        parts.insert(0, listener.waits)
    if audience.approval:
        parts.append("needs approval")
    if listener.unable and (listener.chosen or listener.concerned):
        parts.append(f"NOT by {listener.unable}")
    if not listener.concerned:
        parts.append("not concerned by the config")
    box = "[x]" if listener.chosen else "[ ]"
    return Content(safe_text(f"{box} {audience.name}  {' · '.join(part for part in parts if part)}"))
