"""One line to the operator: what was done, what went wrong, how long `u` still helps."""

from __future__ import annotations

from textual import on
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from vagt.ui.messages import Line, LineChanged, SecondPassed
from vagt.ui.sturdy import Sturdy
from vagt.ui.typed import vagt_of
from vagt_widgets.safe_text import safe_text


class LineBar(Sturdy, Widget):
    """Shows `app.line` wherever it stands; any screen may have one."""

    DEFAULT_CSS = """
    LineBar { height: 1; width: 1fr; padding: 0 1; }
    LineBar.-good { color: $success; }
    LineBar.-warn { color: $warning; text-style: bold; }
    LineBar.-bad { color: $error; text-style: bold; }
    """

    rest: reactive[str] = reactive("")
    """What it says while there is nothing to report."""

    def on_mount(self) -> None:
        app = vagt_of(self)
        app.listen(self)
        self._show(app.line)

    @on(LineChanged)
    def _changed(self, message: LineChanged) -> None:
        self._show(message.line)

    @on(SecondPassed)
    def _second(self) -> None:
        line = vagt_of(self).line
        if line is not None and line.countdown:
            self.refresh()

    def _show(self, line: Line | None) -> None:
        for tone in ("good", "warn", "bad"):
            self.set_class(line is not None and line.tone.value == tone, f"-{tone}")
        self.refresh()

    def render(self) -> Content:
        app = vagt_of(self)
        line = app.line
        if line is None:
            return Content(safe_text(self.rest))
        text = line.text
        if line.countdown:
            left = line.until - app.engine.clock.monotonic()
            text += f" ({max(1, round(left))} s)"
        return Content(safe_text(text))
