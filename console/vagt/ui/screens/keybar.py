"""The line of keys at the bottom: the table's most useful actions, greyed where they cannot be done now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on
from textual.content import Content
from textual.widget import Widget

from vagt.domain.actions import Action, Scope
from vagt.ui.messages import BoardChanged, HealthChanged, OutboxChanged
from vagt.ui.screens.base import VagtScreen
from vagt.ui.sturdy import Sturdy
from vagt.ui.typed import vagt_of
from vagt_widgets.safe_text import cells

_OWN = frozenset({Scope.OUTBOX, Scope.TRIAGE, Scope.HANDOVER})
"""What only one screen can do comes first on it."""
_FEW = 3
"""Fewer actions than this that can be done: a line of struck keys would help nobody."""


@dataclass(frozen=True, slots=True)
class KeyHint:
    """One key on the line."""

    key: str
    label: str
    able: bool = True
    acts: bool = False
    """It does something to the incident."""

    @property
    def width(self) -> int:
        return cells(f"{self.key} {self.label}  ")


def offered(hints: Sequence[KeyHint], spare: Sequence[KeyHint]) -> tuple[KeyHint, ...]:
    """The hints as they are; where next to nothing can be done to the incident, first what can, `spare` ones too."""
    able = [hint for hint in hints if hint.able]
    if not spare or sum(hint.acts for hint in able) >= _FEW:
        return tuple(hints)
    besides = [hint for hint in spare if hint.able and hint.acts]
    return (*besides, *able, *(hint for hint in hints if not hint.able))


def fitting(hints: Sequence[KeyHint], last: KeyHint | None, width: int) -> tuple[KeyHint, ...]:
    """As many hints as fit, in order; `last` is always among them."""
    room = width - (last.width if last else 0)
    shown = []
    for hint in hints:
        if hint.width > room:
            break
        room -= hint.width
        shown.append(hint)
    return (*shown, last) if last else tuple(shown)


class KeyBar(Sturdy, Widget):
    """Shows the keys of the screen that it stands on."""

    DEFAULT_CSS = """
    KeyBar { height: 1; width: 1fr; padding: 0 0 0 1; background: $background; color: $foreground; }
    """

    def on_mount(self) -> None:
        vagt_of(self).listen(self)

    @on(BoardChanged)
    @on(HealthChanged)
    @on(OutboxChanged)
    def _changed(self) -> None:
        self.refresh()

    def hints(self) -> tuple[tuple[KeyHint, ...], KeyHint | None]:
        """The keys worth showing, and the one that is always there."""
        screen = self.screen
        if not isinstance(screen, VagtScreen):
            return (), None
        subjects = screen.subjects()
        hints: list[KeyHint] = []
        spare: list[KeyHint] = []
        last = None
        for action in sorted(screen.actions(), key=lambda action: action.scope not in _OWN):
            key = screen.keymap.shown(action.name)
            if not key or not (action.footer or action.scope is Scope.INCIDENT):
                continue
            hint = KeyHint(key, action.label, self._able(action, subjects), acts=action.verb is not None)
            if action.name == "help":
                last = hint
            else:
                (hints if action.footer else spare).append(hint)
        return offered(hints, spare if subjects else ()), last

    def _able(self, action: Action, subjects: Sequence[object]) -> bool:
        screen = self.screen
        assert isinstance(screen, VagtScreen)
        if action.scope is not Scope.INCIDENT:
            return True
        keys = screen.subjects()
        return bool(subjects) and not screen.engine.unable(action, keys[0])

    def render(self) -> Content:
        hints, last = self.hints()
        parts: list[tuple[str, str]] = []
        for hint in fitting(hints, last, self.size.width):
            if hint.able:
                parts += [(hint.key, "bold $footer-key-foreground"), (f" {hint.label}  ", "")]
            else:
                parts.append((f"{hint.key} {hint.label}  ", "$dim strike"))
        return Content.assemble(*parts)
