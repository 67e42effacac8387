"""Everything known of one incident, as a pane that stands beside the queue or fills a screen.

How it is used: `IncidentPane(engine)` is composed anywhere in the console; `show(key)` gives it an incident
(None: an invitation to choose one). It is told by the app what changed, asks for the timeline in the
background, keeps what it last knew when that fails, and keeps its place when it is updated. It binds no keys:
its `action_down`, `action_up`, `action_half_down`, `action_half_up`, `action_top`, `action_bottom` scroll.
`subjects()` is what the triage keys act on while it has the focus.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on

from vagt.adapters.protocol import AdapterError
from vagt.domain.incident import Incident, Key
from vagt.ui.messages import BoardChanged, OutboxChanged, SecondPassed
from vagt.ui.screens.incident.page import Telling, page
from vagt.ui.screens.incident.reader import Block, Reader
from vagt.ui.typed import vagt_of
from vagt_widgets.glyphs import glyphs_for

if TYPE_CHECKING:
    from vagt.engine.engine import Engine
    from vagt.engine.intent import Intent

PAUSE = 0.15
"""Seconds that the cursor must rest on an incident before its timeline is asked for."""
PATIENCE = 0.5
"""Seconds that the timeline may take before the pane says that it waits."""
REMEMBERED = 50
"""Timelines kept, so that going back shows one at once."""


class IncidentPane(Reader):
    """One incident with its clocks, links, pending actions and timeline."""

    def __init__(self, engine: Engine, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(glyphs=glyphs_for(), id=id, classes=classes)
        self.engine = engine
        self.key: Key | None = None
        self._last: Incident | None = None
        self._pending: tuple[Intent, ...] = ()
        """What of ours was under way on it when the outbox was last heard of."""
        self._tellings: OrderedDict[Key, Telling] = OrderedDict()

    def on_mount(self) -> None:
        vagt_of(self).listen(self)
        self._draw(keep_place=False)
        self._ask()

    def show(self, key: Key | None) -> None:
        """Show another incident, or none."""
        if key == self.key:
            return
        self.key = key
        self._last = None
        if self.is_mounted:
            self._draw(keep_place=False)
            self._ask()

    def subjects(self) -> tuple[Key, ...]:
        """What the triage keys act on here."""
        return () if self.key is None else (self.key,)

    def reload(self) -> None:
        """Ask for the timeline again."""
        self._ask()

    @on(BoardChanged)
    def _board_changed(self, message: BoardChanged) -> None:
        if self.key in message.keys:
            before = self._last
            self._draw()
            theirs = self._last
            if before is None or theirs is None or before.version != theirs.version:
                self._ask()

    @on(OutboxChanged)
    def _outbox_changed(self) -> None:
        if self.key is None:
            return
        self._draw()
        pending = self.engine.pending(self.key)
        if pending != self._pending:
            self._pending = pending
            following = vagt_of(self).guarded(self._follow(self.key))
            self.run_worker(following, exclusive=True, group="told", exit_on_error=False)

    @on(SecondPassed)
    def _second(self) -> None:
        if self.key is not None and self.display:
            self._draw()

    def _draw(self, *, keep_place: bool = True) -> None:
        if self.key is None:
            self.set_blocks((Block("none", lambda _: [(("dim", "No incident is selected."),)]),), keep_place=False)
            return
        incident = self.engine.board.get(self.key)
        now = self.engine.clock.now()
        telling = self._tellings.get(self.key, Telling())
        if incident is None and self._last is not None:
            incident = self._last
            telling = replace(
                telling, problem="The backend no longer shows this incident; this is what was last known."
            )
        if incident is None:
            words = f"{self.key.backend} no longer shows this incident."
            self.set_blocks((Block("gone", lambda _: [(("warn", words),)]),), keep_place=False)
            return
        self._last = incident
        blocks = page(incident, self.engine.pending(self.key), telling, now, glyphs=self._glyphs)
        self.set_blocks(blocks, keep_place=keep_place)

    def _ask(self) -> None:
        if self.key is not None:
            reading = vagt_of(self).guarded(self._read(self.key))
            self.run_worker(reading, exclusive=True, group="timeline", exit_on_error=False)

    async def _read(self, key: Key) -> None:
        await asyncio.sleep(PAUSE)
        patience = self.set_timer(PATIENCE, lambda: self._tell(key, waiting=True))
        try:
            entries = await self.engine.timeline(key)
        except AdapterError as error:
            words = error.words or "the backend does not answer"
            known = self._tellings.get(key, Telling()).entries is not None
            rest = " What was last known is shown." if known else ""
            self._tell(key, waiting=False, problem=f"The timeline cannot be read now: {words}. r asks again.{rest}")
        else:
            self._tellings[key] = Telling(entries, told=self._tellings.get(key, Telling()).told)
            self._tellings.move_to_end(key)
            while len(self._tellings) > REMEMBERED:
                self._tellings.popitem(last=False)
            self._tell(key)
            await self._follow(key)
        finally:
            patience.stop()

    async def _follow(self, key: Key) -> None:
        """How the words to those affected stand, from the timeline that is known and the outbox."""
        telling, incident = self._tellings.get(key), self.engine.board.theirs(key)
        if telling is None or telling.entries is None or incident is None or not self.engine.settings.audiences:
            return
        from vagt.comms.progress import progress  # the first frame tells nobody anything
        from vagt.ui.offices import office_of

        office = office_of(vagt_of(self))
        told = await progress(office, office.learn(incident, telling.entries))
        self._tellings[key] = replace(self._tellings.get(key, telling), told=told)
        if key == self.key:
            self._draw()

    def _tell(self, key: Key, *, waiting: bool = False, problem: str = "") -> None:
        self._tellings[key] = replace(self._tellings.get(key, Telling()), waiting=waiting, problem=problem)
        if key == self.key:
            self._draw()
