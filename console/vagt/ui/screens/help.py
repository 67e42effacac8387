"""The help: the keys of the screen that was on top, grouped, with the reason where one cannot be used now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Static

from vagt.domain.actions import Action, Group, Scope
from vagt.domain.incident import Key
from vagt.ui.keymap import Keymap
from vagt.ui.screens.base import VagtScreen
from vagt_widgets.safe_text import wrap

_MARKS: tuple[tuple[str, str], ...] = (
    ("\nMarks\n", "bold $primary"),
    (" ●       ", "bold $new"),
    (" new, until you have looked at it\n", ""),
    (" ○       ", "bold $new"),
    (" changed by somebody else, until you have looked\n", ""),
    (" M       ", "bold $p1"),
    (" major incident\n", ""),
    (" +2      ", "bold $mark"),
    (" two of your actions on it are on their way\n", ""),
    (" late 12m", "bold $late"),
    (" past its deadline\n", ""),
    (" ! 9m    ", "bold $soon"),
    (" little of its time is left\n", ""),
    (" ‖ paused", "$dim"),
    (" its clock stands still\n", ""),
    (" 12+?    ", "bold"),
    (" a backend was never reached: there may be more\n", ""),
)


MOST_WIDE = 110
"""Cells of the box, as in the style below."""


@dataclass(frozen=True, slots=True)
class HelpLine:
    """One action as the help tells it."""

    group: Group
    keys: str
    label: str
    words: str
    reason: str
    """Why it cannot be used now; empty where it can."""


def help_lines(screen: VagtScreen) -> tuple[HelpLine, ...]:
    """The actions of `screen` by group, for what is selected there now."""
    subjects = screen.subjects()
    lines = []
    for action in screen.actions():
        keys = screen.keymap.all_shown(action.name)
        if keys:
            reason = _reason(screen, action, subjects)
            lines.append(HelpLine(action.group, keys, action.label, action.help, reason))
    order = {group: number for number, group in enumerate(Group)}
    return tuple(sorted(lines, key=lambda line: order[line.group]))


def _hanging(text: str, width: int, indent: int) -> str:
    lines = wrap(text, max(10, width - indent))
    return f"\n{' ' * indent}".join(lines) + "\n"


def _reason(screen: VagtScreen, action: Action, subjects: Sequence[Key]) -> str:
    if action.scope is Scope.INCIDENT:
        if not subjects:
            return "no incident is selected"
        return screen.engine.unable(action, subjects[0])
    if action.verb is not None or action.capabilities:
        return screen.engine.unable(action, None)
    return ""


class HelpScreen(ModalScreen[None]):
    """Over everything else until a key closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "close", show=False),
        Binding("j,down", "scroll('down')", show=False),
        Binding("k,up", "scroll('up')", show=False),
        Binding("ctrl+d,pagedown,space", "scroll('page_down')", show=False),
        Binding("ctrl+u,pageup", "scroll('page_up')", show=False),
        Binding("g,home", "scroll('home')", show=False),
        Binding("G,end", "scroll('end')", show=False),
    ]

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen > VerticalScroll {
        width: 100%; max-width: 110; height: 100%; max-height: 90%;
        border: round $primary; background: $surface; padding: 0 1; scrollbar-size-vertical: 1;
    }
    HelpScreen Static { width: 1fr; height: auto; }
    """

    def __init__(self, screen: VagtScreen) -> None:
        super().__init__()
        self._title = screen.HELP_TITLE or "Keys"
        self._lines = help_lines(screen)
        self._keymap: Keymap = screen.keymap

    def compose(self) -> ComposeResult:
        box = VerticalScroll()
        box.border_title = f"{self._title}: keys"
        box.border_subtitle = "j k scroll · esc closes"
        with box:
            yield Static(self.content(self._width(self.app.size.width)))

    def on_resize(self, event: Resize) -> None:
        self.query_one(Static).update(self.content(self._width(event.size.width)))

    @staticmethod
    def _width(screen: int) -> int:
        """Cells for the text: without border, padding and scrollbar."""
        return max(20, min(screen, MOST_WIDE) - 5)

    def content(self, width: int) -> Content:
        """All of it in lines of at most `width` cells; what an action does hangs under itself where it is long."""
        keys = max((len(line.keys) for line in self._lines), default=4) + 3
        labels = max((len(line.label) for line in self._lines), default=4) + 2 if width >= 90 else 0
        parts: list[tuple[str, str]] = []
        group: Group | None = None
        for line in self._lines:
            if line.group is not group:
                parts.append((f"{'' if group is None else chr(10)}{line.group.value}\n", "bold $primary"))
                group = line.group
            style = "$dim" if line.reason else ""
            indent = keys + 1 + labels
            parts.append((f" {line.keys:<{keys}}", f"bold {style or '$footer-key-foreground'}"))
            parts.append((f"{line.label:<{labels}}" if labels else "", f"bold {style}".strip()))
            parts.append((_hanging(line.words, width, indent), style))
            if line.reason:
                parts.append((f"{' ' * indent}{_hanging('Not now: ' + line.reason, width, indent)}", "italic $warning"))
        return Content.assemble(*parts, *_MARKS)

    def action_close(self) -> None:
        self.dismiss()

    def action_scroll(self, how: str) -> None:
        getattr(self.query_one(VerticalScroll), f"scroll_{how}")(animate=False)
