"""While the timeline is read: keeps what is typed meanwhile, and gives it to the composer."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Awaitable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from vagt.comms.composer import Composer

if TYPE_CHECKING:
    from vagt.ui.app import VagtApp

ON_THEIR_WAY = 0.03
"""Seconds in which a key that the app has passed on arrives here."""
PATIENCE = 0.5
"""Seconds after which the console says that it waits."""


class Waiting(Widget, can_focus=True):
    """Has the keyboard, so that no key means anything to the screen below."""

    DEFAULT_CSS = "Waiting { height: 0; width: 0; }"


class OpeningScreen(ModalScreen[Composer | None]):
    """Returns the composer; None where the operator would not wait, or the incident is gone."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]
    CSS = """
    OpeningScreen { background: transparent; align: center middle; }
    OpeningScreen Static { display: none; width: auto; height: 3; padding: 0 2; background: $surface; }
    OpeningScreen Static { border: round $primary; }
    OpeningScreen Static.told { display: block; }
    """
    AUTO_FOCUS = "Waiting"

    def __init__(self, opening: Awaitable[Composer]) -> None:
        super().__init__()
        self._opening = opening
        self._early: list[events.Key] = []

    def compose(self) -> ComposeResult:
        yield Waiting()
        yield Static("Reading what was said before … esc leaves", markup=False)

    def on_mount(self) -> None:
        self.set_timer(PATIENCE, lambda: self.query_one(Static).add_class("told"))
        self.run_worker(self._open(), group="opening", exit_on_error=False)

    async def _open(self) -> None:
        try:
            composer = await self._opening
        except KeyError:
            self.dismiss(None)
        else:
            app = cast("VagtApp", self.app)
            while app.holds_keys:  # noqa: ASYNC110  nobody tells when the last key has been given
                await sleep(ON_THEIR_WAY)
            app.take_keys(())
            await sleep(ON_THEIR_WAY)  # for those that are on their way here
            app.take_keys(self._early)
            self.dismiss(composer)

    def on_key(self, event: events.Key) -> None:
        if event.key != "escape":
            event.stop()
            event.prevent_default()
            self._early.append(event)

    def action_leave(self) -> None:
        self.dismiss(None)
