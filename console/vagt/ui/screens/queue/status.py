"""The bottom of the frame: how old each backend's data is, what the outbox holds, and whether writing is off."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from vagt.ui.present.health import Mood, Said
from vagt_widgets.safe_text import cells, cut, safe_text

_SEPARATOR = " · "
_STYLE = {Mood.GOOD: "", Mood.BUSY: "$warning", Mood.BAD: "bold reverse"}


class StatusBar(Widget):
    """Draws the status line."""

    DEFAULT_CSS = """
    StatusBar { height: 1; width: 1fr; background: $panel; color: $foreground; }
    StatusBar.-alarm { background: $stale-back; color: $stale-fore; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: tuple[Said, ...] = ()
        self._right: tuple[tuple[str, str], ...] = ()

    def show(self, said: Sequence[Said], right: Sequence[tuple[str, str]], *, alarm: bool) -> None:
        """`said` is told to fit `room(right)`; `right` are words with their styles."""
        news = (tuple(said), tuple(right))
        self.set_class(alarm, "-alarm")
        if news != (self._said, self._right):
            self._said, self._right = news
            self.refresh()

    def room(self, right: Sequence[tuple[str, str]]) -> int:
        """Cells that are left for the backends beside `right`."""
        return max(10, self.size.width - sum(cells(text) + 2 for text, _ in right) - 2)

    def render(self) -> Content:
        width = self.size.width
        room = self.room(self._right)
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
