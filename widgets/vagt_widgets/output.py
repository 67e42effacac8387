"""Sends the terminal only the cells that differ: a mixin for a Textual app, in place of whole strips."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rich.color import ColorSystem
from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.geometry import Offset
from textual.screen import Screen

from vagt_widgets.cell_diff import encode
from vagt_widgets.cell_grid import Pens, Row, rows_of_chops, rows_of_layout

SYNC_FROM = 512
"""Characters from which a frame is worth the two sequences that make it appear at once."""
MAX_WAITING = 4
"""Frames that may wait for a slow terminal; further ones are left out, and the newest state is written later."""
RETRY = 0.05
"""Seconds until a terminal that was too slow is tried again."""

if TYPE_CHECKING:
    _Base = App[Any]
else:
    _Base = object


class DiffDisplay(_Base):
    """`class MyApp(DiffDisplay, App[None])`: what the terminal shows is remembered, and only differences are written.

    Where the update is not understood, and inline, headless or on the web, Textual's own way is taken. A resize, a
    return from suspension and `redraw()` forget what the terminal shows. A terminal that takes nothing for a while
    never holds up a key: frames are left out until it does.
    """

    _shown: list[Row] | None = None
    _shown_by: object = None
    _shown_cursor: Offset | None = None
    _pens: Pens | None = None
    _behind = False

    def redraw(self) -> None:
        """Write the whole screen again: for when something else has written on the terminal."""
        self._shown = None
        self.refresh(layout=True)

    def action_redraw(self) -> None:
        self.redraw()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Resize):
            self._shown = None
        await super().on_event(event)
        if isinstance(event, Driver.SignalResume):
            # Back from the shell: a resize to the same size, which Textual sends itself, paints nothing.
            self.redraw()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        driver = self._driver
        if renderable is None or self._batch_count or not self._running or self._closed or driver is None:
            super()._display(screen, renderable)
            return
        understood = isinstance(renderable, (ChopsUpdate, LayoutUpdate))
        if not understood or self.is_headless or driver.is_inline or driver.is_web:
            self._shown = None
            super()._display(screen, renderable)
            return
        if self._behind or self._is_slow():
            if not self._behind:
                self._behind = True
                self.set_timer(RETRY, self._catch_up)
            self.post_display_hook()
            return
        try:
            frame = self._difference(renderable)
        except Exception:  # a Textual with other insides: its own way still works
            self._shown = None
            super()._display(screen, renderable)
            return
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        if frame or cursor != self._shown_cursor:
            # Input methods open their window where the terminal's hidden cursor is.
            if cursor != (0, 0) or cursor != self._shown_cursor:
                frame += f"\x1b[{cursor.y + 1};{cursor.x + 1}H"
            self._shown_cursor = self._previous_cursor_position = cursor
            together = len(frame) >= SYNC_FROM
            if together:
                self._begin_update()
            driver.write(frame)
            if together:
                self._end_update()
            driver.flush()
        self.post_display_hook()

    def write_now(self, sequence: str) -> bool:
        """Write something that moves no cursor (a bell, a notice); False where the terminal takes nothing just now.

        The writer's queue is short and waits where it is full, so that a terminal which is cut off would hold up
        the whole app.
        """
        driver = self._driver
        if driver is None or self._is_slow():
            return False
        driver.write(sequence)
        return True

    def _is_slow(self) -> bool:
        waiting = getattr(getattr(self._driver, "_writer_thread", None), "_queue", None)
        return waiting is not None and waiting.qsize() > MAX_WAITING

    def _catch_up(self) -> None:
        if self._is_slow():
            self.set_timer(RETRY, self._catch_up)
            return
        self._behind = False
        self.refresh(layout=True)

    def _difference(self, update: RenderableType) -> str:
        width, height = self.size
        # A new writer means that Textual has left the alternate screen and come back.
        writer = getattr(self._driver, "_writer_thread", None)
        shown = self._shown
        if shown is None or len(shown) != height or len(shown[0]) != width or writer is not self._shown_by:
            shown = [[None] * width for _ in range(height)]
            self._shown_cursor = None
        self._shown_by = writer
        if self._pens is None:
            self._pens = Pens(self.console._color_system or ColorSystem.TRUECOLOR)
        if isinstance(update, LayoutUpdate):
            rows = rows_of_layout(update, shown, self._pens)
        elif isinstance(update, ChopsUpdate):
            rows = rows_of_chops(update, shown, self._pens)
        else:
            return ""
        frame = encode(shown, rows, erase=_erases_in_color())
        self._shown = [rows.get(y, row) for y, row in enumerate(shown)]
        return frame

    def picture(self) -> str:
        """What the terminal shows now, as a sequence that paints it on an empty screen; empty: nothing is known."""
        shown = self._shown
        if not shown:
            return ""
        blank: list[Row] = [[None] * len(shown[0]) for _ in shown]
        return encode(blank, dict(enumerate(shown)), erase=_erases_in_color(), scroll=False)


def _erases_in_color() -> bool:
    """Whether erased cells take the background colour; GNU screen does not do so unless told to."""
    return "TMUX" in os.environ or not os.environ.get("TERM", "").startswith("screen")
