"""The screen of triage mode: one incident that nobody has, what those like it suggest, and the keys that settle it."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from vagt.domain.actions import BY_NAME, Action, Scope
from vagt.domain.incident import Key
from vagt.domain.ordering import DEFAULT_SORT
from vagt.engine.intent import Intent, Stage
from vagt.engine.request import Request
from vagt.learning.duplicates import Likely
from vagt.learning.judged import Judged
from vagt.ui.messages import BoardChanged, HealthChanged, OutboxChanged, SecondPassed, Tone
from vagt.ui.screens.base import OF_THE_QUEUE
from vagt.ui.screens.incident.pane import IncidentPane
from vagt.ui.screens.incident.reader import Reader
from vagt.ui.screens.keybar import KeyBar
from vagt.ui.screens.line import LineBar
from vagt.ui.screens.moving import MovingScreen
from vagt.ui.screens.status import StatusBar
from vagt.ui.screens.triagemode import telling
from vagt.ui.screens.triagemode.asking import ask_field, ask_same
from vagt.ui.screens.triagemode.learned import learner_of
from vagt.ui.screens.triagemode.mind import Mind
from vagt.ui.screens.triagemode.offer import Chosen
from vagt.ui.screens.triagemode.page import Scene, last_page, page
from vagt.ui.screens.triagemode.standing import Standing
from vagt.ui.screens.triagemode.walk import QUERY, Fate, Walk, settles
from vagt_widgets.glyphs import glyphs_for
from vagt_widgets.safe_text import cells, safe_text

if TYPE_CHECKING:
    from vagt.engine.engine import Engine
    from vagt.ui.keymap import Keymap

WIDE = 140
"""Cells from which the incident with its timeline stands beside the page."""


class TriageScreen(MovingScreen):
    """The incident never changes by itself: the operator's deed or enter and space lead to the next."""

    CSS = """
    TriageScreen #title { height: 1; padding: 0 1; background: $panel; text-style: bold; }
    TriageScreen #body { height: 1fr; width: 1fr; }
    TriageScreen Reader { padding: 0 1; }
    TriageScreen #beside { display: none; width: 44%; border-left: solid $primary; }
    TriageScreen.-wide #beside { display: block; }
    TriageScreen #deed { height: auto; max-height: 2; padding: 0 1; background: $panel; }
    """
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.INCIDENT, Scope.TRIAGE, Scope.QUEUE, Scope.APP)
    WITHOUT: ClassVar[frozenset[str]] = OF_THE_QUEUE | {"open", "triage_mode"}
    HELP_TITLE = "Triage mode"

    def __init__(self, engine: Engine, keymap: Keymap) -> None:
        super().__init__(engine, keymap)
        self.walk: Walk | None = None
        self.learner = learner_of(engine)
        self.mind = Mind()
        self._incident = Standing()
        self._deed = Standing()
        self._pressed = 0.0
        self._busy = False
        self._before: frozenset[str] = frozenset()
        """My actions on the incident from before it came on the screen."""

    @property
    def name(self) -> str:
        """By which the console finds it among the open screens."""
        return "triage"

    def compose(self) -> ComposeResult:
        yield Static("Triage", id="title", markup=False)
        with Horizontal(id="body"):
            yield Reader(glyphs=glyphs_for(), id="page")
            yield IncidentPane(self.engine, id="beside")
        yield Static("", id="deed", markup=False)
        yield StatusBar(self.engine)
        yield LineBar()
        yield KeyBar()

    def on_mount(self) -> None:
        self.vagt.listen(self)
        self.reader.focus()
        # what is being learnt outlives this screen
        self.app.run_worker(self.vagt.guarded(self.learner.learn()), group="learning", exit_on_error=False)
        self._work(self._open())

    def on_unmount(self) -> None:
        if self.walk is not None:
            self.walk.close()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= WIDE, "-wide")

    @property
    def reader(self) -> Reader:
        return self.query_one("#page", Reader)

    @property
    def pane(self) -> IncidentPane:
        return self.query_one("#beside", IncidentPane)

    @property
    def current(self) -> Key | None:
        """The incident on the screen."""
        return None if self.walk is None else self.walk.current

    def actions(self) -> tuple[Action, ...]:
        """The keys of this screen first."""
        return tuple(sorted(super().actions(), key=lambda action: action.scope is not Scope.TRIAGE))

    def subjects(self) -> tuple[Key, ...]:
        return () if self.current is None else (self.current,)

    async def _open(self) -> None:
        board = self.engine.board
        view = await board.open_view_slowly(QUERY, DEFAULT_SORT)
        if not self.is_attached:
            view.close()
            return
        self.walk = Walk(board, view)
        self.walk.go_on()
        self._come()

    # What stands on the screen

    def _come(self) -> None:
        """Another incident, or the end, is to be shown."""
        key = self.current
        self.mind = Mind()
        self._before = frozenset() if key is None else frozenset(one.command.id for one in self._deeds(key))
        self.workers.cancel_group(self, "thinking")
        self.pane.show(key)
        self._draw(keep_place=False)
        self.query_one(KeyBar).refresh()
        if key is not None:
            self.run_worker(self.vagt.guarded(self._think(key)), group="thinking", exit_on_error=False)

    async def _think(self, key: Key) -> None:
        """Find what is like it; what was found does not change while it is on the screen."""
        incident = self.engine.board.get(key)
        mind = self.mind
        if incident is None:
            return
        await mind.look_for_duplicates(self.engine, incident)
        self._draw()
        await mind.learn(self.learner, incident)
        self._draw()

    def _draw(self, *, keep_place: bool = True) -> None:
        walk = self.walk
        if walk is None or not self.is_mounted:
            return
        key, keys = walk.current, telling.key_words(self.keymap)
        incident = self.mind.incident(self.engine.board, key) if key is not None else None
        self.query_one("#title", Static).update(Content(safe_text(telling.progress(walk))))
        if key is None or incident is None:
            stuck = sum(intent.stage.needs_person for intent in self.engine.intents())
            self.reader.set_blocks(last_page(walk, stuck=stuck, keys=keys), keep_place=keep_place)
            self._say_deed(telling.end_deed(walk, keys), "end", walk.left)
            return
        offer = self.mind.offer(self.engine, incident)
        settled = self._settled(walk, key)
        scene = Scene(
            incident=incident,
            now=self.engine.clock.now(),
            offer=offer,
            keys=keys,
            learning=self.mind.why_silent(self.learner),
            duplicates=self.mind.duplicates(self.engine.board),
            settled=settled,
            pending=telling.pending_words(self.engine, key, keys),
        )
        self.reader.set_blocks(page(scene), keep_place=keep_place)
        self._say_deed(telling.deed(offer, incident, settled, keys), (key, settled), offer.changes())

    def _say_deed(self, parts: Sequence[str], incident: object, deed: object) -> None:
        """What enter does, always in sight; a key counts for what stood there when it went down."""
        words = safe_text(" · ".join(parts))
        if cells(words) > self.size.width - 2:
            words = "\n".join(safe_text(part) for part in parts)
        self.query_one("#deed", Static).update(Content(words))
        self._incident.show(incident, self.call_after_refresh)
        self._deed.show((incident, deed), self.call_after_refresh)

    def _settled(self, walk: Walk, key: Key) -> str:
        """Why somebody else's deed, not mine, has settled it; empty where it still waits."""
        if not walk.is_settled() or self._mine(key):
            return ""
        return f"Meanwhile: it {telling.meanwhile(self.engine, key)}."

    # What the engine tells

    @on(BoardChanged)
    def _board_changed(self, message: BoardChanged) -> None:
        walk, board = self.walk, self.engine.board
        self.learner.see([one for key in message.keys if (one := board.theirs(key)) is not None])
        if walk is None:
            return
        passed = walk.changed(message.keys)
        walk.released(message.keys)
        if passed:
            self.vagt.say(telling.passed_words(self.engine, passed))
        self._follow_deed()
        self._draw()

    @on(OutboxChanged)
    def _outbox_changed(self) -> None:
        self._follow_deed()
        self._draw()

    @on(HealthChanged)
    @on(SecondPassed)
    def _redraw(self) -> None:
        self._draw()

    def _deeds(self, key: Key) -> list[Intent]:
        """My actions on it that are under way or done."""
        known = [*self.engine.pending(key), *(one for one in self.engine.recent() if one.command.subject == key)]
        return [intent for intent in known if intent.stage.is_pending or intent.stage is Stage.DONE]

    def _mine(self, key: Key) -> bool:
        """Whether an action of mine since it came on the screen settles it."""
        return any(
            settles(intent.command.change) and intent.command.id not in self._before for intent in self._deeds(key)
        )

    def _follow_deed(self) -> None:
        """Go on where the operator has just settled it with one of the usual keys."""
        walk = self.walk
        if walk is not None and walk.current is not None and not self._busy and self._mine(walk.current):
            walk.go_on(Fate.DECIDED)
            self._come()

    # What its keys do

    def on_key(self, event: events.Key) -> None:
        self._pressed = event.time

    def action_act(self, name: str) -> None:
        """A key of the table; one that was pressed before this incident stood here was meant for another."""
        standing = self._deed if name == "triage_accept" else self._incident
        if BY_NAME[name].scope in (Scope.INCIDENT, Scope.TRIAGE) and not standing.was_seen(self._pressed):
            self.vagt.say("Pressed before this stood on the screen: nothing was done.", Tone.WARN)
            return
        super().action_act(name)

    def do_triage_accept(self) -> None:
        """Send all that is suggested or corrected, as one action; at the end, begin again with the skipped ones."""
        walk, key = self.walk, self.current
        if walk is None:
            return
        incident = None if key is None else self.mind.incident(self.engine.board, key)
        if key is None or incident is None:
            if not walk.left and not walk.meet_again():
                self.vagt.say(f"Nothing waits; {self.keymap.shown('back')} goes back.")
                return
            walk.go_on()
            self._come()
            return
        if self._settled(walk, key):
            walk.go_on(Fate.PASSED)
            self._come()
            return
        changes = self.mind.offer(self.engine, incident).changes()
        if not changes:
            self.vagt.say(f"Nothing is suggested here to accept; {self.keymap.shown('triage_skip')} skips.", Tone.WARN)
            return
        self._busy = True
        self.vagt.hold_keys()
        self._work(self._accept(walk, [Request(key.backend, key, change) for change in changes]))

    async def _accept(self, walk: Walk, requests: Sequence[Request]) -> None:
        try:
            await self.vagt.acting.submit(BY_NAME["triage_accept"], requests)
            walk.go_on(Fate.ACCEPTED)
            self._come()
        finally:
            self._busy = False
            self.vagt.release_keys()

    def do_triage_skip(self) -> None:
        walk = self.walk
        if walk is None or walk.current is None:
            return
        walk.go_on(Fate.PASSED if self._settled(walk, walk.current) else Fate.SKIPPED)
        self._come()

    def do_triage_before(self) -> None:
        if self.walk is not None and self.walk.go_back():
            self._come()
        else:
            self.vagt.say("This is the first.")

    def do_triage_same(self) -> None:
        """Link it to one of those that are perhaps the same, or merge it."""
        found: Sequence[Likely] = self.mind.duplicates(self.engine.board)
        key = self.current
        if key is None or not found:
            self.vagt.say(f"Nothing like it is open; {self.keymap.shown('link')} looks for any other.", Tone.WARN)
            return
        self.vagt.hold_keys()
        self._work(self._form(self._same(key, found)))

    async def _same(self, key: Key, found: Sequence[Likely]) -> None:
        requests = await ask_same(self.vagt, self.engine, key, found)
        if requests:
            await self.vagt.acting.submit(BY_NAME["link"], requests)

    def do_triage_impact(self) -> None:
        self._correct(Judged.IMPACT, Judged.PRIORITY)

    def do_triage_urgency(self) -> None:
        self._correct(Judged.URGENCY)

    def do_triage_team(self) -> None:
        self._correct(Judged.TEAM)

    def _correct(self, *fields: Judged) -> None:
        """Ask for another value of the first of `fields` that the account can set."""
        key = self.current
        incident = None if key is None else self.mind.incident(self.engine.board, key)
        if incident is None:
            return
        offer = self.mind.offer(self.engine, incident)
        row = next((row for field in fields if (row := offer.row(field)) is not None and row.settable), None)
        if row is None:
            self.vagt.say(f"The {fields[0].value} cannot be set on {incident.backend} by itself.", Tone.WARN)
            return
        self.vagt.hold_keys()
        mind = self.mind

        async def asking() -> None:
            chosen: Chosen | None = await ask_field(self.vagt, self.engine, incident, row)
            if chosen is not None:
                mind.correct(row.field, chosen)
                self._draw()

        self._work(self._form(asking()))

    async def _form(self, asking: Coroutine[Any, Any, None]) -> None:
        try:
            await asking
        finally:
            self.vagt.release_keys()

    def _work(self, doing: Coroutine[Any, Any, None]) -> None:
        self.run_worker(self.vagt.guarded(doing), group="triage", exit_on_error=False)

    def do_undo(self) -> None:
        """Take back the last action, and return to its incident."""
        self._work(self._undo())

    async def _undo(self) -> None:
        undone = await self.vagt.acting.undo()
        walk = self.walk
        met = [i.command.subject for i in undone if walk is not None and i.command.subject in walk.fates]
        if walk is not None and met and met[0] is not None:
            walk.return_to(met[0])
            self._come()

    def do_triage_look(self) -> None:
        if self.current is not None:
            self.vagt.open_incident(self.current)

    def do_refresh(self) -> None:
        """Ask the backends, and for the timeline too."""
        self.vagt.deeds.do_refresh()
        self.pane.reload()

    @property
    def moved(self) -> Reader:
        return self.reader
