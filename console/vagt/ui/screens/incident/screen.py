"""One incident on the whole screen: where the terminal is too narrow for a pane beside the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from vagt.domain.actions import Scope
from vagt.domain.incident import Key
from vagt.ui.screens.base import OF_THE_QUEUE
from vagt.ui.screens.incident.pane import IncidentPane
from vagt.ui.screens.keybar import KeyBar
from vagt.ui.screens.line import LineBar
from vagt.ui.screens.moving import MovingScreen
from vagt.ui.screens.status import StatusBar

if TYPE_CHECKING:
    from vagt.engine.engine import Engine
    from vagt.ui.keymap import Keymap


class IncidentScreen(MovingScreen):
    """Everything known of it; all triage keys act on it, esc goes back."""

    CSS = "IncidentScreen IncidentPane { padding: 0 1; }"
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.QUEUE, Scope.INCIDENT, Scope.APP)
    WITHOUT: ClassVar[frozenset[str]] = OF_THE_QUEUE | {"open"}
    HELP_TITLE = "Incident"

    def __init__(self, engine: Engine, keymap: Keymap, key: Key) -> None:
        super().__init__(engine, keymap)
        self.pane = IncidentPane(engine)
        self.pane.show(key)

    def compose(self) -> ComposeResult:
        yield self.pane
        yield StatusBar(self.engine)
        yield LineBar()
        yield KeyBar()

    def on_mount(self) -> None:
        self.pane.focus()

    def subjects(self) -> tuple[Key, ...]:
        return self.pane.subjects()

    @property
    def moved(self) -> IncidentPane:
        return self.pane

    def do_refresh(self) -> None:
        """Ask the backends, and for the timeline too."""
        self.vagt.deeds.do_refresh()
        self.pane.reload()
