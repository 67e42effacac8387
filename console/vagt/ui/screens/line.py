"""One line to the operator: what was done, what went wrong, how long `u` still helps."""

from __future__ import annotations

from textual import on
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from vagt.ui.messages import Line, LineChanged, SecondPassed
from vagt.ui.sturdy import Sturdy
from vagt.ui.typed import vagt_of
from vagt_widgets.safe_text import cut, safe_text, wrap

MOST_LINES = 2


def in_lines(text: str, width: int, most: int = MOST_LINES) -> list[str]:
    """`text` broken at words into at most so many lines of `width` cells; what does not fit ends in an ellipsis."""
    lines = wrap(text, max(1, width))
    if len(lines) > most:
        rest = " ".join(lines[most - 1 :])
        lines = [*lines[: most - 1], f"{cut(rest, width - 1)}…"]
    return lines


class LineBar(Sturdy, Widget):
    """Shows `app.line` wherever it stands; any screen may have one.

    What is too long for one line takes the line of keys too, so that nothing above moves.
    """

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

    def on_resize(self) -> None:
        self._measure()

    def _show(self, line: Line | None) -> None:
        for tone in ("good", "warn", "bad"):
            self.set_class(line is not None and line.tone.value == tone, f"-{tone}")
        self._measure()
        self.refresh()

    def _measure(self) -> None:
        line = vagt_of(self).line
        width = self.content_size.width
        self.screen.set_class(bool(width) and line is not None and len(self._lines(width)) > 1, "-long-line")

    def _lines(self, width: int) -> list[str]:
        app = vagt_of(self)
        line = app.line
        if line is None:
            return in_lines(safe_text(self.rest), width, 1)
        text = line.text
        if line.countdown:
            left = line.until - app.engine.clock.monotonic()
            text += f" ({max(1, round(left))} s)"
        return in_lines(safe_text(text), width)

    def render(self) -> Content:
        return Content("\n".join(self._lines(self.content_size.width)))
