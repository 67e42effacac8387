"""The screen of all backends: what the status line has no room for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from vagt.domain.actions import Scope
from vagt.ui.messages import HealthChanged, OutboxChanged, SecondPassed
from vagt.ui.screens.backends.standing import page
from vagt.ui.screens.base import OF_THE_QUEUE
from vagt.ui.screens.incident.reader import Reader
from vagt.ui.screens.keybar import KeyBar
from vagt.ui.screens.line import LineBar
from vagt.ui.screens.moving import MovingScreen
from vagt.ui.screens.status import StatusBar
from vagt_widgets.glyphs import glyphs_for

if TYPE_CHECKING:
    from vagt.engine.engine import Engine
    from vagt.ui.keymap import Keymap


class BackendsScreen(MovingScreen):
    """Each backend: how old its data is, what is wrong in its own words, when it is asked again."""

    CSS = """
    BackendsScreen #title { height: 1; padding: 0 1; background: $panel; text-style: bold; }
    BackendsScreen Reader { padding: 0 1; }
    """
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.QUEUE, Scope.APP)
    WITHOUT: ClassVar[frozenset[str]] = OF_THE_QUEUE | {"backends", "open"}
    HELP_TITLE = "Backends"

    def __init__(self, engine: Engine, keymap: Keymap) -> None:
        super().__init__(engine, keymap)

    @property
    def name(self) -> str:
        """By which the console finds it among the open screens."""
        return "backends"

    def compose(self) -> ComposeResult:
        yield Static("Backends", id="title", markup=False)
        yield Reader(glyphs=glyphs_for(), id="standing")
        yield StatusBar(self.engine)
        yield LineBar()
        yield KeyBar()

    def on_mount(self) -> None:
        self.vagt.listen(self)
        self.moved.focus()
        self.draw()

    @on(SecondPassed)
    @on(HealthChanged)
    @on(OutboxChanged)
    def draw(self) -> None:
        """All of it again; the reader keeps its place."""
        engine = self.engine
        pending = Counter(one.command.backend for one in engine.intents() if one.stage.is_pending)
        blocks = page(engine.healths(), pending, engine.clock.now(), key=self.keymap.shown("refresh"))
        self.moved.set_blocks(blocks)

    @property
    def moved(self) -> Reader:
        return self.query_one("#standing", Reader)
