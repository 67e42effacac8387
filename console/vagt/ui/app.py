"""The console's app: it runs the engine, tells its screens what changed, and owns nothing else."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, cast
from weakref import WeakSet

from textual import work
from textual.app import App, InvalidThemeError
from textual.binding import Binding
from textual.message_pump import MessagePump

from vagt.config.errors import ConfigError
from vagt.domain.incident import Key
from vagt.engine import events
from vagt.ui import messages
from vagt.ui.acting import Acting
from vagt.ui.deeds import Deeds
from vagt.ui.keymap import Keymap
from vagt.ui.messages import Line, Tone
from vagt.ui.present.words import rang_words
from vagt.ui.screens.base import VagtScreen
from vagt.ui.start import PICTURE
from vagt.ui.sturdy import Sturdy
from vagt.ui.themes import THEMES
from vagt.ui.trouble import write_trouble
from vagt.ui.typeahead import TypeAhead
from vagt_widgets.first_picture import save
from vagt_widgets.output import DiffDisplay

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.driver import Driver
    from textual.screen import Screen

    from vagt.comms.courier import Courier
    from vagt.engine.engine import Engine
    from vagt.ui.screens.queue.screen import QueueScreen
    from vagt.ui.watchkeeping import WatchKeeping

P = ParamSpec("P")
LINE_SECONDS = 6.0
TROUBLES = 20


class VagtApp(Sturdy, TypeAhead, DiffDisplay, App[int], inherit_bindings=False):
    """One console on one engine.

    Screens and widgets reach the engine as `app.engine`, act through `app.acting`, speak to the operator
    through `app.say`, and call `app.listen(self)` on mount to be sent the messages of `vagt.ui.messages`.
    """

    TITLE = "Vagt"
    CSS_PATH: ClassVar[Any] = ["vagt.tcss", "screens/queue/queue.tcss"]
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = "*"
    BINDINGS: ClassVar[Any] = [
        Binding("ctrl+q", "leave", show=False, priority=True),
        Binding("ctrl+c", "leave_hint", show=False),
        Binding("ctrl+z", "suspend_process", show=False),
    ]

    def __init__(
        self,
        engine: Engine,
        *,
        data_dir: Path | None = None,
        driver_class: type[Driver] | None = None,
        live: bool = True,
        ticking: bool = True,
    ) -> None:
        """`live`: start the engine once the first frame stands; `ticking`: look at the clock once a second."""
        super().__init__(driver_class=driver_class)
        self.engine = engine
        self.data_dir = data_dir
        self.keymap = Keymap(engine.settings.keys)
        self.acting = Acting(self)
        self.deeds = Deeds(self)
        self.line: Line | None = None
        self.keeping: WatchKeeping | None = None
        """Escalation, once anything has needed it."""
        self.courier: Courier | None = None
        """Reminds of stakeholder updates, once the config's audiences have been read."""
        self.parting = ""
        """What to say on the terminal once the screen is gone; empty: nothing special."""
        self.troubles: deque[Exception] = deque(maxlen=TROUBLES)
        """What went wrong unforeseen, the last of it, for tests and bug reports."""
        self.animation_level = "none"
        self._notices: tuple[str, ...] = ()
        self._listeners: WeakSet[MessagePump] = WeakSet()
        self._live = live
        self._ticking = ticking
        for theme in THEMES:
            self.register_theme(theme)
        try:
            self.theme = engine.settings.console.theme
        except InvalidThemeError:
            self.theme = THEMES[0].name
            known = ", ".join(theme.name for theme in THEMES)
            self._notices = (f"There is no theme “{engine.settings.console.theme}”; there are {known}.",)

    def get_default_screen(self) -> Screen[Any]:
        from vagt.ui.screens.queue.screen import QueueScreen  # it needs this module's types

        return QueueScreen(self.engine, self.keymap)

    def on_mount(self) -> None:
        if self._ticking:
            self.set_interval(1.0, self._second)
        self._follow()
        self.app_resume_signal.subscribe(self, self._resumed)
        if self._live:
            # what polls imports the HTTP client: only once the first frame stands
            self.call_after_refresh(self._go_live)
            self.call_after_refresh(self._welcome)

    def _welcome(self) -> None:
        """Tell somebody who is new here where they are; once."""
        from vagt.checkup import first_run  # after the first frame, and hardly ever with more to do

        if self.data_dir is not None and first_run.is_first_run(self.engine.settings, self.data_dir):
            from vagt.ui.screens.welcome import WelcomeScreen

            self.push_screen(WelcomeScreen())
            first_run.remember(self.data_dir)

    def _resumed(self, _: object) -> None:
        """Back from the shell, which has written over everything: paint all anew, also what has not changed."""
        self.redraw()
        for widget in self.screen.walk_children():
            widget.refresh()

    @work(exclusive=True, group="live", exit_on_error=False)
    async def _go_live(self) -> None:
        await self.guarded(self._start())

    async def _start(self) -> None:
        from vagt.adapters.checked import checked  # reads entry points; the first frame did not need them

        settings = self.engine.settings
        try:
            await asyncio.to_thread(checked, settings)
        except ConfigError as error:
            self.parting = f"vagt: {error}"
            self.exit(2)
            return
        await self.engine.start()
        await self._watch()
        if settings.audiences:
            # templates take some tenths of a second: not before the first frame, and not when their key is pressed
            await asyncio.to_thread(import_module, "vagt.ui.communicating")
            from vagt.ui.offices import courier_of

            courier_of(self).start()
        notices = (*self._notices, *settings.notices, *self.engine.problems())
        if notices:
            self.say(" · ".join(notices), Tone.WARN, seconds=15)

    async def _watch(self) -> None:
        """Keep an eye on escalation, where the config or an earlier reminder asks for it."""
        settings = self.engine.settings
        kept = self.data_dir is not None and (self.data_dir / "watch.sqlite").exists()
        if settings.escalations or settings.slas is not None or kept:
            from vagt.ui.watchkeeping import watch_of  # where nothing is to be watched, nobody waits for it

            await watch_of(self).start()

    @work(group="events", exit_on_error=False)
    async def _follow(self) -> None:
        async for event in self.engine.events():
            try:
                self._pass_on(event)
            except Exception as error:  # else nothing on the screen would ever change again
                self.trouble(error)

    def _pass_on(self, event: events.Event) -> None:
        match event:
            case events.IncidentsChanged(keys=keys, arrived=arrived):
                self.tell(messages.BoardChanged, keys, arrived)
            case events.HealthChanged(backend=backend):
                self.tell(messages.HealthChanged, backend)
            case events.OutboxChanged(ids=ids):
                self.tell(messages.OutboxChanged, ids)
                self.acting.watching.outbox_changed(ids)
            case events.Rang(keys=keys):
                self.tell(messages.Rang, keys)

    def listen(self, node: MessagePump) -> None:
        """Send `node` every message of `vagt.ui.messages` from now on, for as long as it lives."""
        self._listeners.add(node)

    def tell(self, make: Callable[P, messages.Told], *args: P.args, **kwargs: P.kwargs) -> None:
        """Make a message for each listener and send it."""
        for node in list(self._listeners):
            if node.is_running:
                node.post_message(make(*args, **kwargs))

    def say(
        self, text: str, tone: Tone = Tone.PLAIN, *, seconds: float = LINE_SECONDS, countdown: bool = False
    ) -> None:
        """Show one short line to the operator for `seconds`; the next one takes its place."""
        self.line = Line(text, tone, self.engine.clock.monotonic() + seconds, countdown)
        self.tell(messages.LineChanged, self.line)

    def ring(self, keys: frozenset[Key]) -> None:
        """Something arrived that the config wants to be heard: terminal bell, and a notice where there is one."""
        found = [incident for key in keys if (incident := self.engine.board.get(key)) is not None]
        if not found:
            return
        words = rang_words(found)
        self.write_now(f"\x07\x1b]9;{words}\x1b\\")
        self.say(words, Tone.WARN, seconds=10)

    def watch_theme(self) -> None:
        """Rows keep their colours: have them drawn anew."""
        if self.is_running and self.screen_stack:
            self.queue.retheme()

    def _second(self) -> None:
        if self.line is not None and self.engine.clock.monotonic() >= self.line.until:
            self.line = None
            self.tell(messages.LineChanged, None)
        self.acting.watching.second()
        self.tell(messages.SecondPassed, self.engine.clock.now())

    async def guarded(self, doing: Awaitable[object]) -> None:
        """Wait for `doing`; what it raises unexpectedly is logged and shown, and the console goes on."""
        try:
            await doing
        except Exception as error:  # a key must never bring the console down
            self.trouble(error)

    def trouble(self, error: Exception) -> None:
        """Something went wrong that nobody foresaw: keep the details, tell in one line, go on."""
        self.troubles.append(error)
        where = write_trouble(self.data_dir, error, self.engine.clock.now())
        self.say(f"That failed inside Vagt ({type(error).__name__}: {error}){where}", Tone.BAD, seconds=20)

    def _handle_exception(self, error: Exception) -> None:
        """The toolkit itself gives up: leave with a sentence; its own traceback would print what variables hold."""
        where = write_trouble(self.data_dir, error, self.engine.clock.now())
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self.parting = f"vagt stopped: {type(error).__name__}: {error}{where}. What you did is in the outbox."
        self._close_messages_no_wait()

    def open_screen(self, name: str) -> None:
        """Put the screen called `name` ("outbox", "oncall") on top, once."""
        from vagt.ui.screens.catalog import make  # those screens are not needed for the first frame

        screen = make(name, self.engine, self.keymap)
        if not any(type(below) is type(screen) for below in self.screen_stack):
            self.push_screen(screen)

    def open_incident(self, key: Key) -> None:
        """Put one incident on top, instead of the queue."""
        from vagt.ui.screens.catalog import incident  # not needed for the first frame

        self.push_screen(incident(self.engine, self.keymap, key))

    def open_help(self) -> None:
        """Show the keys of the screen that is on top."""
        from vagt.ui.screens.help import HelpScreen  # not needed for the first frame

        screen = self.screen
        if isinstance(screen, VagtScreen):
            self.push_screen(HelpScreen(screen))

    def open_palette(self) -> None:
        """Find any action by name."""
        from textual.command import CommandPalette  # not needed for the first frame

        from vagt.ui.palette import ActionProvider, MoveProvider

        screen = self.screen
        if isinstance(screen, VagtScreen):
            self.push_screen(CommandPalette(providers=[ActionProvider, MoveProvider], placeholder="Find a command…"))

    def use_theme(self, name: str) -> None:
        """Other colours, for this session."""
        self.theme = name

    def show_view(self, at: int) -> None:
        """Go back to the queue and show one of its views."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.queue.show_view(at)

    @property
    def queue(self) -> QueueScreen:
        """The screen at the bottom of the stack."""
        return cast("QueueScreen", self.screen_stack[0])

    def name_of(self, ref: str) -> str:
        """An incident for a line of words: its backend is told only where there are several."""
        return ref if len(self.engine.settings.backends) > 1 else ref.partition(":")[2] or ref

    def unmark(self, keys: Collection[Key]) -> None:
        """These have been acted on: they are no longer marked in the queue."""
        self.queue.unmark(keys)

    def mark(self, keys: set[Key], *, only_if_untouched: bool = False) -> None:
        """Mark incidents in the queue; `only_if_untouched`: not where the operator has begun to mark others."""
        self.queue.mark(keys, only_if_untouched=only_if_untouched)

    def exit(self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leave; what the terminal shows is kept, to stand there at once next time."""
        if self.data_dir is not None and len(self.screen_stack) == 1 and self.engine.board:
            save(str(self.data_dir / PICTURE), self.picture(), *self.size)
        super().exit(result, return_code, message)

    def action_leave(self) -> None:
        self.exit(0)

    def action_leave_hint(self) -> None:
        self.say(f"{self.keymap.shown('quit')} quits")
