"""The choice of the stage: all of them where there is room, else the one chosen and the way to the others."""

from __future__ import annotations

from rich.text import Text

from vagt_widgets.form_rows import Choose
from vagt_widgets.safe_text import safe_text

NARROW = 110
"""Columns below which the messages stand under what is asked."""


class StageLine(Choose):
    """Left and right change it, a letter goes to the next stage that begins so."""

    def on_resize(self) -> None:
        # the terminal's new width is known to the app only after this
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if self.app.size.width >= NARROW:
            super()._draw()
            return
        ids = [choice.id for choice in self.choices]
        place = f"{ids.index(self.value) + 1} of {len(ids)}" if self.value in ids else f"{len(ids)} stages"
        self.update(Text(f"[{safe_text(self.value)}]  {place} · ctrl+g, then left, right or a letter"))
