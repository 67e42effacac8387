"""The keys of the composer: what its last line says of them, and the help that tells them all."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from vagt.ui.screens.help import HelpScreen
from vagt_widgets.safe_text import wrap

KEYS: tuple[tuple[str, str], ...] = (
    (
        "tab, shift+tab",
        "To the next input, and back. In a time or a name that is not finished, tab completes it first.",
    ),
    ("ctrl+s", "Send. What is missing or wrong is said instead; what may have been overlooked is said once."),
    ("ctrl+n", "No change: still working, all as last time, with the time of the next word. It is sent at once."),
    ("ctrl+g", "To the stage, and back."),
    ("left, right, a letter", "On the stage: another one."),
    ("space", "On an audience: leave it out, or take it in."),
    ("↑ ↓", "In a time or a name: what could be meant."),
    ("ctrl+e", "A long text in $VISUAL or $EDITOR; on an audience, its whole message."),
    ("ctrl+t", "On an audience: its message comes from the template again; elsewhere all messages do."),
    ("ctrl+r", "Read the messages as plain text, as HTML, as Markdown."),
    ("ctrl+o", "Another draft on this incident: from another terminal, or left there. This one stays on disk."),
    ("pgup, pgdn", "Scroll the messages."),
    ("ctrl+z, ctrl+y", "In a long text: undo, and do again."),
    ("ctrl+x", "Throw away what is written here, and begin anew; asks first."),
    ("esc", "Leave. What is written stays, on disk, and goes on with the next c."),
    ("f1, or ? outside of a text", "This."),
)


class KeysScreen(HelpScreen):
    """All of them, until a key closes it."""

    def __init__(self) -> None:
        ModalScreen.__init__(self)

    def compose(self) -> ComposeResult:
        box = VerticalScroll()
        box.border_title = "Stakeholder update: keys"
        box.border_subtitle = "j k scroll · esc closes"
        with box:
            yield Static(self.content(self._width(self.app.size.width)), markup=False)

    def content(self, width: int) -> Content:
        """All keys in lines of at most `width` cells."""
        parts: list[tuple[str, str]] = []
        for keys, words in KEYS:
            parts.append((f" {keys}\n", "bold $footer-key-foreground"))
            parts += [(f"   {line}\n", "") for line in wrap(words, max(10, width - 3))]
        return Content.assemble(*parts)


def hint(width: int, *, approval: bool, no_change: str) -> str:
    """The last line: the keys that matter now, as many as there is room for.

    `no_change`: when the next word would come, where there is anything to be unchanged.
    """
    parts = [f"ctrl+s {'asks for approval, sends the rest' if approval else 'send'}"]
    if no_change:
        parts.append(f"ctrl+n no change, next {no_change}")
    parts += [
        "esc back, kept",
        "f1 keys",
        "tab next",
        "ctrl+g stage",
        "ctrl+e editor",
        "ctrl+r HTML",
        "pgdn read on",
        "ctrl+x begins anew",
    ]
    line = parts[0]
    for part in parts[1:]:
        if len(line) + 3 + len(part) > width:
            break
        line = f"{line} · {part}"
    return line
