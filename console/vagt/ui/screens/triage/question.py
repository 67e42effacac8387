"""The frame around every question: in the middle at any size, esc leaves it, look-ups that last say so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from vagt.adapters.protocol import AdapterError
from vagt.ui.screens.triage.asking import Refusal
from vagt_widgets.glyphs import ASCII_SPINNER, SPINNER, glyphs_for
from vagt_widgets.modal import Answered
from vagt_widgets.safe_text import safe_text

T = TypeVar("T")
Looked = TypeVar("Looked")

PATIENCE = 0.5
"""Seconds that a look-up may take before the form says that it waits."""
REFUSALS_SHOWN = 4


class Question(ModalScreen[T | None]):
    """A question in a frame. A subclass yields its parts from `parts`; what they answer is the answer."""

    CSS_PATH: ClassVar[Any] = Path(__file__).with_name("triage.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back", show=False)]
    AUTO_FOCUS = "#parts *"
    KIND: ClassVar[str] = ""
    """A CSS class of the frame, where it must look different at a glance."""

    def __init__(self, title: str, *, hint: str = "esc back", refusals: Sequence[Refusal] = ()) -> None:
        super().__init__()
        self.heading = title
        self.hint = hint
        self.refusals = tuple(refusals)
        self._waiting = 0
        self._failed = False

    def parts(self) -> ComposeResult:
        """What stands inside the frame."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with Vertical(id="frame", classes=self.KIND) as frame:
            frame.border_title = cast("str", Content(safe_text(self.heading)))
            frame.border_subtitle = cast("str", Content(safe_text(self.hint)))
            if self.refusals:
                yield Static(refusal_lines(self.refusals), id="refusals")
            with VerticalScroll(id="parts", can_focus=False):
                yield from self.parts()
            yield Static("", id="status", markup=False)

    def on_resize(self) -> None:
        """Let the parts scroll where the terminal is smaller than they are; the frame and the status stay."""
        above = self.query("#refusals").first(Static).size.height + 1 if self.refusals else 0
        frame_and_status = 3
        self.query_one("#parts").styles.max_height = max(3, self.size.height - frame_and_status - above)

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        message.stop()
        if message.value is None:
            self.action_leave()
        else:
            self.answer(message.value)

    def answer(self, value: Any) -> None:
        """A part has answered. Default: that is the answer to the question."""
        self.dismiss(value)

    def action_leave(self) -> None:
        """Out of here; nothing is done."""
        self.dismiss(None)

    def tell(self, words: str, *, bad: bool = False) -> None:
        """One line below the parts; it stays until the next."""
        self._failed = bad
        status = self.query_one("#status", Static)
        status.update(Content(safe_text(words)))
        status.set_class(bad, "bad")
        status.set_class(bool(words), "told")

    def keys_are(self, hint: str) -> None:
        """Say at the frame which keys work now."""
        self.query_one("#frame").border_subtitle = cast("str", Content(safe_text(hint)))

    async def look_up(self, what: str, asked: Awaitable[Looked]) -> Looked | None:
        """Wait for the backend's answer: a spinner after half a second; where it fails its words, and None."""
        self._waiting += 1
        spinner = asyncio.create_task(self._spin(what))
        try:
            found = await asked
        except AdapterError as error:
            self.tell(f"{what}: {error.words or 'the backend does not answer'}", bad=True)
            return None
        finally:
            self._waiting -= 1
            spinner.cancel()
        if not self._waiting and not self._failed:
            self.tell("")
        return found

    async def _spin(self, what: str) -> None:
        frames = ASCII_SPINNER if glyphs_for().cursor.isascii() else SPINNER
        await asyncio.sleep(PATIENCE)
        turn = 0
        while self.is_mounted:
            self.tell(f"{frames[turn % len(frames)]} {what} …")
            turn += 1
            await asyncio.sleep(0.1)


def refusal_lines(refusals: Sequence[Refusal]) -> Content:
    """Which incidents are left out, and why; beyond a few, how many more."""
    lines = [f"Left out: {len(refusals)}"]
    lines += [f"  {refusal.ref}  {refusal.reason}" for refusal in refusals[:REFUSALS_SHOWN]]
    if len(refusals) > REFUSALS_SHOWN:
        lines.append(f"  and {len(refusals) - REFUSALS_SHOWN} more")
    return Content("\n".join(safe_text(line) for line in lines))
