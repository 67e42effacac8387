"""The outbox: every action that a backend has not confirmed, with its reason; retried or given up from here."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from vagt.domain.actions import Scope
from vagt.domain.incident import Key
from vagt.engine.errors import EngineError
from vagt.engine.intent import Intent, Stage
from vagt.ui.messages import OutboxChanged, SecondPassed, Tone
from vagt.ui.screens.base import OF_THE_QUEUE
from vagt.ui.screens.keybar import KeyBar
from vagt.ui.screens.line import LineBar
from vagt.ui.screens.moving import Movable, MovingScreen
from vagt.ui.screens.outbox.conflict import Decision, decide
from vagt.ui.screens.outbox.lines import STAGES, subject, what, why
from vagt.ui.screens.outbox.model import OutboxModel
from vagt.ui.screens.status import StatusBar
from vagt_widgets.confirm import ConfirmScreen
from vagt_widgets.glyphs import glyphs_for
from vagt_widgets.safe_text import safe_text
from vagt_widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from vagt.engine.engine import Engine
    from vagt.ui.keymap import Keymap

EMPTY = "Nothing waits: the backends have confirmed all that you did."


class OutboxScreen(MovingScreen):
    """Rows above, all about the one under the cursor below."""

    CSS = """
    OutboxScreen #title { height: 1; padding: 0 1; background: $panel; text-style: bold; }
    OutboxScreen #detail { height: auto; min-height: 4; max-height: 8; padding: 0 1; border-top: solid $panel; }
    """
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.OUTBOX, Scope.QUEUE, Scope.APP)
    WITHOUT: ClassVar[frozenset[str]] = OF_THE_QUEUE | {"outbox", "refresh"}
    HELP_TITLE = "Outbox"

    def __init__(self, engine: Engine, keymap: Keymap) -> None:
        super().__init__(engine, keymap)
        self.model = OutboxModel(engine)

    @property
    def name(self) -> str:
        """By which the console finds it among the open screens."""
        return "outbox"

    def compose(self) -> ComposeResult:
        yield Static("Outbox", id="title", markup=False)
        yield VirtualList[str](self.model, empty=EMPTY, glyphs=glyphs_for(), id="actions")
        yield Static("", id="detail", markup=False)
        yield StatusBar(self.engine)
        yield LineBar()
        yield KeyBar()

    def on_mount(self) -> None:
        self.vagt.listen(self)
        # What went into the outbox between the making of this screen and now was told to nobody here.
        self._changed()
        self.rows.focus()

    @property
    def rows(self) -> VirtualList[str]:
        return self.query_one("#actions", VirtualList)

    def subjects(self) -> tuple[Key, ...]:
        intent = self._current()
        return () if intent is None or intent.command.subject is None else (intent.command.subject,)

    @on(OutboxChanged)
    def _changed(self) -> None:
        self.model.look()
        self.rows.refresh_model()
        self._tell()

    @on(SecondPassed)
    def _second(self) -> None:
        self.rows.refresh_model(self.rows.visible_keys())
        self._tell()

    @on(VirtualList.CursorMoved)
    def _moved(self) -> None:
        self._tell()

    def _current(self) -> Intent | None:
        return None if self.rows.cursor is None else self.model.intent(self.rows.cursor)

    def _tell(self) -> None:
        intent = self._current()
        self.query_one("#detail", Static).update(Content("" if intent is None else detail(intent, self.engine)))

    @property
    def moved(self) -> Movable:
        return self.rows

    def do_open(self) -> None:
        """Decide on a conflict or a refusal; else look at the incident."""
        intent = self._current()
        if intent is None:
            return
        if intent.stage.needs_person:
            self._decide(intent)
        else:
            self._look_at(intent)

    def do_outbox_retry(self) -> None:
        intent = self._current()
        if intent is None:
            return
        if intent.stage is Stage.CONFLICT:
            self._decide(intent)
        elif intent.stage.is_pending or intent.stage.needs_person:
            self._run(self._retry(intent))
        else:
            self.vagt.say(f"There is nothing to try again: it is {STAGES[intent.stage]}.", Tone.WARN)

    def do_outbox_discard(self) -> None:
        intent = self._current()
        if intent is None:
            return
        if intent.stage.is_pending or intent.stage.needs_person:
            self._run(self._discard(intent))
        else:
            self.vagt.say(f"There is nothing to give up: it is {STAGES[intent.stage]}.", Tone.WARN)

    def _run(self, doing: Coroutine[None, None, None]) -> None:
        self.run_worker(self.vagt.guarded(doing), group="outbox", exit_on_error=False)

    def _decide(self, intent: Intent) -> None:
        async def deciding() -> None:
            if await decide(self.vagt, intent) is Decision.OPEN:
                self._look_at(intent)

        self._run(deciding())

    def _look_at(self, intent: Intent) -> None:
        key = intent.command.subject
        if key is None and intent.command.channel:
            self.vagt.say("It is about no single incident.", Tone.WARN)
            return
        if key is None or self.engine.board.get(key) is None:
            self.vagt.say(f"{intent.command.ref} is not shown by its backend now.", Tone.WARN)
            return
        from vagt.ui.screens.catalog import incident  # it imports this screen

        self.app.push_screen(incident(self.engine, self.keymap, key))

    async def _retry(self, intent: Intent) -> None:
        try:
            await self.engine.retry(intent.command.id)
        except EngineError as error:
            self.vagt.say(error.words, Tone.WARN)
            return
        again = "Sending again" if intent.stage is Stage.UNKNOWN else "Trying again"
        self.vagt.say(f"{again}: {subject(intent)}")

    async def _discard(self, intent: Intent) -> None:
        asked = "y" if "y" in self.keymap.keys("outbox_discard") else ""
        question = f"Give up “{what(intent.command.change, self.engine.clock.now())}”? It will not be sent."
        if not await self.app.push_screen_wait(
            ConfirmScreen(question[:200], subject(intent), asked_with=asked, title="Discard")
        ):
            return
        try:
            await self.engine.discard(intent.command.id)
        except KeyError:
            self.vagt.say("It has just been confirmed: too late to give it up.", Tone.WARN)
        except EngineError as error:
            self.vagt.say(error.words, Tone.WARN)
        else:
            self.vagt.say(f"Given up: {subject(intent)}")


def detail(intent: Intent, engine: Engine) -> str:
    """All about one action, in a few lines."""
    now = engine.clock.now()
    lines = [subject(intent), f"You asked: {what(intent.command.change, now)}"]
    if words := why(intent, now):
        lines.append(words)
    return "\n".join(safe_text(line)[:600] for line in lines)
