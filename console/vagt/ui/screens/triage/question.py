"""The frame around every question: in the middle at any size, esc leaves it, look-ups that last say so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from vagt.adapters.protocol import AdapterError
from vagt.ui.screens.triage.asking import Refusal
from vagt_widgets.glyphs import SPINNER
from vagt_widgets.safe_text import safe_text

T = TypeVar("T")
Looked = TypeVar("Looked")

PATIENCE = 0.5
"""Seconds that a look-up may take before the form says that it waits."""
REFUSALS_SHOWN = 4


class Question(ModalScreen[T | None]):
    """A question in a frame. A subclass yields its parts from `parts` and calls `dismiss` with the answer."""

    CSS_PATH = "triage.tcss"
    BINDINGS: ClassVar = [("escape", "leave", "Back")]
    AUTO_FOCUS = "#parts *"
    HINT: ClassVar[str] = ""
    """The keys that matter here, in few words; stands in the frame's lower edge."""
    KIND: ClassVar[str] = ""
    """A CSS class of the frame, where it must look different at a glance."""

    def __init__(self, title: str, refusals: Sequence[Refusal] = ()) -> None:
        super().__init__()
        self.heading = title
        self.refusals = tuple(refusals)
        self._waiting = 0

    def parts(self) -> ComposeResult:
        """What stands inside the frame."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with Vertical(id="frame", classes=self.KIND) as frame:
            frame.border_title = Content(safe_text(self.heading))
            frame.border_subtitle = Content(self.HINT)
            if self.refusals:
                yield Static(refusal_lines(self.refusals), id="refusals")
            with VerticalScroll(id="parts", can_focus=False):
                yield from self.parts()
            yield Static("", id="status")

    def action_leave(self) -> None:
        """Out of here; nothing is done."""
        self.dismiss(None)

    def tell(self, words: str, *, bad: bool = False) -> None:
        """One line below the form; it stays until the next."""
        status = self.query_one("#status", Static)
        status.update(Content(safe_text(words)))
        status.set_class(bad, "bad")
        status.set_class(bool(words), "told")

    async def look_up(self, what: str, asked: Callable[[], Awaitable[Looked]]) -> Looked | None:
        """Ask the backend; a spinner after half a second, and on failure its words and None."""
        self._waiting += 1
        spinner = self.run_worker(self._spin(what), exit_on_error=False)
        try:
            found = await asked()
        except AdapterError as error:
            self.tell(f"{what}: {error.words or 'the backend does not answer'}", bad=True)
            return None
        finally:
            self._waiting -= 1
            spinner.cancel()
        if not self._waiting and not self.query_one("#status", Static).has_class("bad"):
            self.tell("")
        return found

    async def _spin(self, what: str) -> None:
        await asyncio.sleep(PATIENCE)
        turn = 0
        while True:
            self.tell(f"{SPINNER[turn % len(SPINNER)]} {what} …")
            turn += 1
            await asyncio.sleep(0.1)


def refusal_lines(refusals: Sequence[Refusal]) -> Content:
    """Which incidents are left out, and why; beyond a few, how many more."""
    lines = [f"Left out: {len(refusals)}"]
    lines += [f"  {refusal.ref}  {refusal.reason}" for refusal in refusals[:REFUSALS_SHOWN]]
    if len(refusals) > REFUSALS_SHOWN:
        lines.append(f"  and {len(refusals) - REFUSALS_SHOWN} more")
    return Content("\n".join(safe_text(line) for line in lines))
