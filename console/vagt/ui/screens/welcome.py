"""What somebody sees who has never seen the console: what the practice shift is, and how to connect a backend."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Click, Key
from textual.screen import ModalScreen
from textual.widgets import Static

from vagt.checkup.first_run import CLOSING, PARAGRAPHS, TITLE
from vagt.ui.sturdy import Sturdy


class WelcomeScreen(Sturdy, ModalScreen[None]):
    """Over the queue until any key goes down; that key does nothing else."""

    DEFAULT_CSS = """
    WelcomeScreen { align: center middle; background: transparent; }
    WelcomeScreen > VerticalScroll {
        width: 100%; max-width: 76; height: auto; max-height: 100%;
        border: round $primary; background: $surface; padding: 1 2; scrollbar-size-vertical: 1;
    }
    WelcomeScreen Static { width: 1fr; height: auto; }
    """

    def compose(self) -> ComposeResult:
        box = VerticalScroll()
        box.border_title = TITLE
        with box:
            yield Static(Content("\n\n".join(PARAGRAPHS)))
            yield Static(Content.assemble((f"\n{CLOSING}", "bold $primary")))

    def on_key(self, event: Key) -> None:
        event.stop()
        event.prevent_default()
        self._leave()

    def on_click(self, _: Click) -> None:
        self._leave()

    def _leave(self) -> None:
        """Once: two keys that arrive together close one screen."""
        if self.is_current:
            self.dismiss()
