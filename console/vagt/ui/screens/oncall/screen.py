"""The screen of who is on call: each backend is asked by itself, and says so where it cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from vagt.adapters.protocol import AdapterError
from vagt.domain.actions import Scope
from vagt.domain.capability import Capability
from vagt.escalation.duty import Rota
from vagt.ui.messages import SecondPassed
from vagt.ui.screens.base import OF_THE_QUEUE
from vagt.ui.screens.incident.reader import Reader
from vagt.ui.screens.keybar import KeyBar
from vagt.ui.screens.line import LineBar
from vagt.ui.screens.moving import MovingScreen
from vagt.ui.screens.oncall.duty import Duty, page
from vagt.ui.screens.status import StatusBar
from vagt.ui.screens.triage.abilities import able
from vagt.ui.watchkeeping import watch_of
from vagt_widgets.glyphs import glyphs_for

if TYPE_CHECKING:
    from vagt.engine.engine import Engine
    from vagt.ui.keymap import Keymap


class OnCallScreen(MovingScreen):
    """Teams with who answers for them now, until when, and how to reach them."""

    CSS = """
    OnCallScreen #title { height: 1; padding: 0 1; background: $panel; text-style: bold; }
    OnCallScreen Reader { padding: 0 1; }
    """
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.QUEUE, Scope.APP)
    WITHOUT: ClassVar[frozenset[str]] = OF_THE_QUEUE | {"oncall", "open"}
    HELP_TITLE = "On call"

    def __init__(self, engine: Engine, keymap: Keymap) -> None:
        super().__init__(engine, keymap)
        self.duties: dict[str, Duty] = {}
        self.rotas: tuple[Rota, ...] | None = None if engine.settings.rotas else ()

    @property
    def name(self) -> str:
        """By which the console finds it among the open screens."""
        return "oncall"

    def compose(self) -> ComposeResult:
        yield Static("On call now", id="title", markup=False)
        yield Reader(glyphs=glyphs_for(), id="duty")
        yield StatusBar(self.engine)
        yield LineBar()
        yield KeyBar()

    def on_mount(self) -> None:
        self.vagt.listen(self)
        self.reader.focus()
        self._ask()

    @property
    def reader(self) -> Reader:
        return self.query_one("#duty", Reader)

    async def _read_rotas(self) -> None:
        escalation = await watch_of(self.vagt).opened()
        self.rotas = await escalation.duties.at()
        self._draw()

    def _ask(self) -> None:
        if self.engine.settings.rotas:
            reading = self.vagt.guarded(self._read_rotas())
            self.run_worker(reading, group="oncall rotas", exclusive=True, exit_on_error=False)
        for backend in self.engine.settings.backends:
            if able(self.engine, backend.name, Capability.ONCALL):
                self.duties.setdefault(backend.name, Duty(my_teams=self.engine.my_teams(backend.name)))
                reading = self.vagt.guarded(self._read(backend.name))
                self.run_worker(reading, group=f"oncall {backend.name}", exclusive=True, exit_on_error=False)
        self._draw()

    async def _read(self, backend: str) -> None:
        before = self.duties[backend]
        try:
            shifts = await self.engine.oncall(backend)
        except AdapterError as error:
            known = " This is what was last known." if before.shifts is not None else ""
            words = f"{backend} cannot tell now: {error.words or 'it does not answer'}. r asks again.{known}"
            self.duties[backend] = Duty(before.shifts, words, before.my_teams)
        else:
            self.duties[backend] = Duty(tuple(shifts), "", self.engine.my_teams(backend))
        self._draw()

    @on(SecondPassed)
    def _draw(self) -> None:
        self.reader.set_blocks(page(self.duties, self.engine.clock.now(), rotas=self.rotas))

    def do_refresh(self) -> None:
        """Ask again who is on call."""
        self._ask()

    @property
    def moved(self) -> Reader:
        return self.reader
