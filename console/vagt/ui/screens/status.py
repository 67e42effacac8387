"""The bottom of the frame: how old each backend's data is, what is wrong on this machine, the outbox, and rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widget import Widget

from vagt.ui.messages import HealthChanged, OutboxChanged, SecondPassed
from vagt.ui.present import health
from vagt.ui.present.health import Mood, Said
from vagt.ui.present.words import outbox_words
from vagt.ui.sturdy import Sturdy
from vagt.ui.typed import vagt_of
from vagt_widgets.safe_text import cells, cut, safe_text

if TYPE_CHECKING:
    from vagt.engine.engine import Engine

_SEPARATOR = " · "
_STYLE = {Mood.GOOD: "", Mood.BUSY: "$warning", Mood.BAD: "bold reverse"}


class StatusBar(Sturdy, Widget):
    """Draws the status line."""

    DEFAULT_CSS = """
    StatusBar { height: 1; width: 1fr; background: $panel; color: $foreground; }
    StatusBar.-alarm { background: $stale-back; color: $stale-fore; }
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self._said: tuple[Said, ...] = ()
        self._right: tuple[tuple[str, str], ...] = ()

    def on_mount(self) -> None:
        vagt_of(self).listen(self)
        self.look()

    def on_resize(self) -> None:
        self.look()

    @on(HealthChanged)
    @on(OutboxChanged)
    @on(SecondPassed)
    def look(self) -> None:
        """Ask the engine again, and draw only what reads differently."""
        healths = self.engine.healths()
        right = self._outbox_and_rights()
        problems = tuple(Said(words, Mood.BAD) for words in self.engine.problems())
        room = self._room(right)
        # What is wrong here gets what the backends leave, at least half of the line.
        now = self.engine.clock.now()
        said = health.frame(healths, now, room // 2 if problems else room, _SEPARATOR)
        key = vagt_of(self).keymap.shown("backends")
        if key and health.untold(healths, said):
            right = ((f"{key} says why", ""), *right)
            room = self._room(right)
            said = health.frame(healths, now, room // 2 if problems else room, _SEPARATOR)
        news = (*(said or (Said("no backend is configured", Mood.BAD),)), *problems), right
        self.set_class(bool(health.alarm(healths)), "-alarm")
        if news != (self._said, self._right):
            self._said, self._right = news
            self.refresh()

    def _outbox_and_rights(self) -> tuple[tuple[str, str], ...]:
        words: list[tuple[str, str]] = []
        intents = self.engine.intents()
        needing = sum(intent.stage.needs_person for intent in intents)
        outbox = outbox_words(len(intents) - needing, needing)
        if outbox:
            words.append((outbox, "bold reverse" if needing else ""))
        settings = self.engine.settings
        closed = [backend.name for backend in settings.backends if backend.read_only]
        if settings.console.read_only:
            words.append(("READ-ONLY", "bold reverse"))
        elif closed:
            words.append((f"read-only: {', '.join(closed)}", "bold"))
        return tuple(words)

    def _room(self, right: tuple[tuple[str, str], ...]) -> int:
        return max(10, self.size.width - sum(cells(text) + 2 for text, _ in right) - 2)

    def render(self) -> Content:
        width = self.size.width
        room = self._room(self._right)
        parts: list[tuple[str, str]] = [(" ", "")]
        used = 1
        for number, one in enumerate(self._said):
            if number:
                parts.append((_SEPARATOR, ""))
                used += cells(_SEPARATOR)
            text = safe_text(one.text)
            if used + cells(text) > room + 1:
                text = f"{cut(text, max(0, room - used))}…"
            parts.append((text, _STYLE[one.mood]))
            used += cells(text)
        end = sum(cells(text) + 2 for text, _ in self._right)
        parts.append((" " * max(1, width - used - end), ""))
        for text, style in self._right:
            parts += [(text, style), ("  ", "")]
        return Content.assemble(*parts)
