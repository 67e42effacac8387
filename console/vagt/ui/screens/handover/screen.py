"""The screen of the hand-over: a first page with the whole, then one incident at a time until all are accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from vagt.comms.promised import promised
from vagt.domain.actions import Action, Scope
from vagt.domain.incident import Key
from vagt.escalation.handover import Handover, Item, handover
from vagt.ui.messages import SecondPassed, Tone
from vagt.ui.screens.base import OF_THE_QUEUE
from vagt.ui.screens.handover.page import first_page, item_page, last_page
from vagt.ui.screens.incident.reader import Block, Reader
from vagt.ui.screens.keybar import KeyBar
from vagt.ui.screens.line import LineBar
from vagt.ui.screens.moving import MovingScreen
from vagt.ui.screens.status import StatusBar
from vagt.ui.watchkeeping import watch_of
from vagt_widgets.glyphs import glyphs_for

if TYPE_CHECKING:
    from vagt.engine.engine import Engine
    from vagt.ui.keymap import Keymap


class HandoverScreen(MovingScreen):
    """Nothing on it changes by itself; what is accepted stands in the audit log."""

    CSS = """
    HandoverScreen #title { height: 1; padding: 0 1; background: $panel; text-style: bold; }
    HandoverScreen Reader { padding: 0 1; }
    """
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.INCIDENT, Scope.HANDOVER, Scope.QUEUE, Scope.APP)
    WITHOUT: ClassVar[frozenset[str]] = OF_THE_QUEUE | {"open", "handover"}
    HELP_TITLE = "Hand-over"

    def __init__(self, engine: Engine, keymap: Keymap) -> None:
        super().__init__(engine, keymap)
        self.found: Handover | None = None
        self.at = -1
        """Which item is shown; -1: the first page."""
        self.accepted: set[Key] = set()
        self._been_through = False
        """The end was reached once: from then on it goes from one that is not accepted to the next."""

    @property
    def name(self) -> str:
        """By which the console finds it among the open screens."""
        return "handover"

    def compose(self) -> ComposeResult:
        yield Static("Hand-over", id="title", markup=False)
        yield Reader(glyphs=glyphs_for(), id="page")
        yield StatusBar(self.engine)
        yield LineBar()
        yield KeyBar()

    def on_mount(self) -> None:
        self.vagt.listen(self)
        self.reader.focus()
        self._draw()
        self._gather()

    def _gather(self) -> None:
        self.run_worker(self.vagt.guarded(self._read()), group="handover", exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        escalation = await watch_of(self.vagt).opened()
        board = self.engine.board.incidents
        shown = list(board.values())
        self.found = await handover(
            escalation,
            [one for one in shown if one.is_open],
            promises=promised,
            over=[one for one in shown if not one.is_open],
        )
        self._draw()

    @property
    def reader(self) -> Reader:
        return self.query_one("#page", Reader)

    @property
    def moved(self) -> Reader:
        return self.reader

    @property
    def item(self) -> Item | None:
        """The item that is shown."""
        if self.found is None or not 0 <= self.at < len(self.found.items):
            return None
        return self.found.items[self.at]

    def subjects(self) -> tuple[Key, ...]:
        return () if self.item is None else (self.item.incident.key,)

    def actions(self) -> tuple[Action, ...]:
        return tuple(sorted(super().actions(), key=lambda action: action.scope is not Scope.HANDOVER))

    def do_handover_accept(self) -> None:
        """This one is mine to look after from now on; the first page only begins."""
        item = self.item
        if item is not None and item.incident.key not in self.accepted:
            self.accepted.add(item.incident.key)
            self.engine.tell_log("handover", item.incident.ref, "accepted")
        self._next()

    def do_handover_skip(self) -> None:
        """Later."""
        self._next()

    def do_handover_before(self) -> None:
        """The one before."""
        self.at = max(-1, self.at - 1)
        self._draw(fresh=True)

    def do_handover_look(self) -> None:
        """All of it."""
        if self.item is not None:
            self.vagt.open_incident(self.item.incident.key)

    def do_refresh(self) -> None:
        """Gather all anew; what was accepted stays so."""
        self._gather()

    def _next(self) -> None:
        if self.found is None:
            return
        items = self.found.items
        left = [place for place, item in enumerate(items) if item.incident.key not in self.accepted]
        if self._been_through:
            later = [place for place in left if place > self.at]
            # from the last page back to the first that is left; from there on, and to the end again
            self.at = next(iter(left if self.at == len(items) else later), len(items))
        elif self.at < len(items):
            self.at += 1
        if self.at == len(items):
            self._been_through = True
            words = f"{len(left)} of {len(items)} {'is' if len(left) == 1 else 'are'} not accepted yet."
            words = words if left else "All of it is accepted."
            self.vagt.say(words, Tone.GOOD if not left else Tone.WARN)
        self._draw(fresh=True)

    @on(SecondPassed)
    def _second(self) -> None:
        self._draw()

    def _draw(self, *, fresh: bool = False) -> None:
        self.query_one("#title", Static).update(self._title())
        self.reader.set_blocks(self._blocks(), keep_place=not fresh)

    def _title(self) -> str:
        if self.found is None:
            return "Hand-over · gathering …"
        done = f"{len(self.accepted)} of {len(self.found.items)} accepted"
        if self.item is None:
            return f"Hand-over · {done}"
        return f"Hand-over · {self.at + 1} of {len(self.found.items)} · {done}"

    def _blocks(self) -> tuple[Block, ...]:
        if self.found is None:
            return (
                Block("none", lambda _: [(("dim", "gathering what happened, what is promised and what is due …"),)]),
            )
        if self.at < 0:
            return first_page(self.found)
        item = self.item
        if item is None:
            return last_page(self.found, self.accepted)
        shown = self.engine.board.get(item.incident.key)
        return item_page(item, shown or item.incident, self.found, accepted=item.incident.key in self.accepted)
