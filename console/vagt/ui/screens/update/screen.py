"""The screen on which a stakeholder update is written, read as it will arrive, and sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, Static, TextArea

from vagt.comms.composer import Composer
from vagt.comms.delivery import Delivery
from vagt.comms.markup import Form as Form_
from vagt.domain import moments
from vagt.engine.errors import EngineError
from vagt.ui.editor import EditorError, edited
from vagt.ui.screens.update import asked, by_hand, forms, keys, preview
from vagt.ui.screens.update.listeners import AudienceLine
from vagt.ui.screens.update.stage import NARROW, StageLine
from vagt.ui.typed import vagt_of
from vagt_widgets.confirm import ConfirmScreen
from vagt_widgets.form import Form
from vagt_widgets.form_rows import Edited, FormRow, Submitted
from vagt_widgets.fuzzy import PickItem
from vagt_widgets.glyphs import glyphs_for
from vagt_widgets.modal import Answered
from vagt_widgets.safe_text import safe_text

if TYPE_CHECKING:
    from vagt.comms.asked import Asked

SETTLE = 0.08
"""Seconds after the last keystroke before the messages are made anew."""
RESUMED = "your draft from before goes on, ctrl+x begins anew"
TICK = 10.0
"""Seconds after which what depends on the time is told anew."""


class UpdateScreen(ModalScreen[tuple[Delivery, ...] | None]):
    """Returns what was handed to the outbox; None where the operator left, and the draft stays."""

    CSS_PATH: ClassVar[Any] = Path(__file__).with_name("update.tcss")
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False),
        # no priority: it must not overtake letters that are still on their way to a field
        Binding("ctrl+s", "send", "Send"),
        Binding("ctrl+n", "no_change", "No change"),
        Binding("ctrl+e", "editor", "Editor", priority=True),
        Binding("ctrl+x", "discard", "Begin anew", priority=True),
        Binding("ctrl+t", "unedit", "Back to the template", priority=True),
        Binding("ctrl+r", "form", "Another form", priority=True),
        Binding("f1,question_mark", "keys", "Keys"),
        Binding("pageup", "read(-1)", show=False, priority=True),
        Binding("pagedown", "read(1)", show=False, priority=True),
    ]

    def __init__(self, composer: Composer) -> None:
        super().__init__()
        self.composer = composer
        self._known: dict[str, str] = {}
        self._shape: tuple[object, ...] = ()
        """What the form asks for: another one makes another form."""
        self._timer: Timer | None = None
        self._sending = False
        self._touched = False
        """Something was typed since the screen opened."""
        self._form = Form_.PLAIN
        """In which the messages are read."""
        self._nudged: frozenset[str] = frozenset()
        """What may have been overlooked, and was said when it was to be sent."""

    def compose(self) -> ComposeResult:
        incident = self.composer.incident
        yield Static(Content(safe_text(f"Stakeholder update · {incident.ref} {incident.title}")), id="title")
        with Horizontal(id="body"):
            with VerticalScroll(id="left", can_focus=False):
                yield Static("Stage", classes="label")
                stages = tuple(PickItem(name, name) for name, _ in self.composer.templates)
                yield StageLine(stages, self.composer.template, glyphs_for(), id="stage")
                yield Static("", id="purpose", markup=False)
                yield Static("To", classes="label")
                for listener in self.composer.listeners:
                    yield AudienceLine(listener)
                yield Vertical(id="fields")
            with VerticalScroll(id="right"):
                yield Static("", id="messages", markup=False)
        yield Static("", id="problems", markup=False)
        yield Static("", id="keys", markup=False)

    async def on_mount(self) -> None:
        await self._build()
        self._focus_on(self._first())
        self.set_interval(TICK, self._tick)
        # what was typed meanwhile belongs where the focus is only then
        self.call_after_refresh(vagt_of(self).release_keys)

    def on_resize(self) -> None:
        self.set_class(self.size.width < NARROW, "narrow")

    async def _build(self) -> None:
        """The form anew, where another stage or other audiences ask for something else; then all that is shown."""
        fields = self.composer.fields
        shape = tuple((one.key, one.spec.required, one.spec.label, one.carried) for one in fields)
        self._known = asked.values(fields)
        if shape != self._shape:
            self._shape = shape
            holder = self.query_one("#fields", Vertical)
            await holder.remove_children()
            form = UpdateForm(asked.form_fields(self.composer), values=self._known, glyphs=glyphs_for())
            await holder.mount(form)
        for line, listener in zip(self.query(AudienceLine), self._ordered(), strict=True):
            line.show(listener)
        self._show()

    def _ordered(self) -> Sequence[Any]:
        """The audiences in the order of their lines: they never jump under the cursor."""
        by_name = {one.audience.name: one for one in self.composer.listeners}
        return [by_name[line.audience] for line in self.query(AudienceLine)]

    def _show(self) -> None:
        self._timer = None
        composer = self.composer
        titles = dict(composer.templates)
        self.query_one("#purpose", Static).update(Content(safe_text(titles.get(composer.template, ""))))
        self.query_one("#messages", Static).update(preview.preview(composer, self._form))
        before = [RESUMED] if composer.resumed and not self._touched else []
        if composer.problems:
            self._tell("; ".join([*before, *composer.problems]), bad=True)
        else:
            self._tell("; ".join([*before, *composer.remarks]))
        words = keys.hint(
            self.size.width - 2,
            approval=composer.needs_approval,
            no_change=self._promised() if composer.last is not None else "",
        )
        self.query_one("#keys", Static).update(Content(safe_text(words)))

    def _first(self) -> str:
        """Where to begin: what may have been overlooked about the time, else what is needed."""
        passing = next((one for one in self.composer.nudges if one.key == "expected"), None)
        return passing.key if passing is not None else asked.first_open(self.composer.fields)

    def _tick(self) -> None:
        """Time has gone by: the times that nobody has typed, and the messages, go with it."""
        self.composer.tick()
        fields = {one.key: one for one in self.composer.fields}
        for row in self.query(FormRow):
            one = fields.get(row.spec.name)
            control = row.control
            if one is None or one.text or not isinstance(control, Input) or control.value != self._known.get(one.key):
                continue
            if control.value != one.shown:
                self._known[one.key] = one.shown
                control.value = one.shown
        self._show()

    def _promised(self) -> str:
        now = self.composer.office.now()
        moment = self.composer.office.cadence.next_update(self.composer.incident, now)
        return "" if moment is None else moments.local(moment, now, self.composer.zone)

    def _tell(self, words: str, *, bad: bool = False) -> None:
        problems = self.query_one("#problems", Static)
        problems.update(Content(safe_text(words)))
        problems.set_class(bad, "bad")

    def _soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(SETTLE, self._show)

    def _focus_on(self, key: str) -> None:
        row = next((row for row in self.query(FormRow) if row.spec.name == key), None)
        if row is None:
            self.query_one("#stage", StageLine).focus()
            return
        row.control.focus(scroll_visible=False)
        if isinstance(row.control, TextArea):
            row.control.move_cursor(row.control.document.end)

    @on(Form.Changed)
    def _typed(self, message: Form.Changed) -> None:
        """On disk before anything else happens."""
        message.stop()
        for key, text in message.values.items():
            if text != self._known.get(key):
                self._known[key] = text
                self._touched = True
                self.composer.set(key, text)
        self._soon()

    @on(Edited)
    async def _chosen(self, message: Edited) -> None:
        message.stop()
        stage = self.query_one("#stage", StageLine).value
        if stage != self.composer.template:
            self.composer.choose(stage)
            await self._build()

    @on(Submitted)
    def _entered(self, message: Submitted) -> None:
        message.stop()
        self.focus_next()

    @on(AudienceLine.Toggled)
    async def _toggled(self, message: AudienceLine.Toggled) -> None:
        message.stop()
        self.composer.toggle(message.audience)
        await self._build()

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        message.stop()
        if message.value is None:
            self.action_leave()
        else:
            self.action_send()

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_read(self, by: int) -> None:
        right = self.query_one("#right", VerticalScroll)
        right.scroll_relative(y=by * max(1, right.size.height - 2), animate=False)

    def action_send(self) -> None:
        """What stands here goes to the outbox; what is wrong with it is said instead."""
        if self._sending:
            return
        self._show()
        if self.composer.problems:
            missing = next((message.missing for message in self.composer.messages if message.missing), "")
            self._focus_on(missing or self._wrong())
            return
        nudge = next((one for one in self.composer.nudges if one.words not in self._nudged), None)
        if nudge is not None:
            self._nudged |= {one.words for one in self.composer.nudges}
            self._focus_on(nudge.key)
            self._tell(f"{nudge.words} · ctrl+s again sends it so", bad=True)
            return
        self._sending = True
        self.run_worker(self._send(), group="send", exit_on_error=False)

    def _wrong(self) -> str:
        fields: Sequence[Asked] = self.composer.fields
        return next((one.key for one in fields if one.problem), asked.first_open(fields))

    async def _send(self) -> None:
        try:
            deliveries = await self.composer.send()
        except (ValueError, EngineError) as error:
            self._tell(str(error), bad=True)
        else:
            self.dismiss(deliveries)
        finally:
            self._sending = False

    def action_no_change(self) -> None:
        """Still working, all as last time, the next word when it is due: sent with this key."""
        if self.composer.last is None:
            self._tell("Nothing was sent yet: there is nothing to be unchanged.", bad=True)
            return
        self.run_worker(self._no_change(), group="send", exit_on_error=False)

    async def _no_change(self) -> None:
        if self._touched or self.composer.resumed:
            question = "Send “no change”? What you have written here is not sent with it."
            if not await self.app.push_screen_wait(
                ConfirmScreen(question, self.composer.incident.ref, title="No change")
            ):
                return
        self.composer.no_change()
        self._choose_shown()
        await self._build()
        self.action_send()

    def _choose_shown(self) -> None:
        self.query_one("#stage", StageLine).show(self.composer.template)
        self._shape = ()

    def action_discard(self) -> None:
        self.run_worker(self._discard(), group="discard", exit_on_error=False)

    async def _discard(self) -> None:
        question = "Throw away what you have written here, and begin anew?"
        if await self.app.push_screen_wait(ConfirmScreen(question, self.composer.incident.ref, title="Begin anew")):
            self.composer.discard()
            self._choose_shown()
            await self._build()
            self._focus_on(asked.first_open(self.composer.fields))

    async def action_editor(self) -> None:
        """The field under the cursor, or from an audience its whole message, in $EDITOR."""
        focused = self.focused
        try:
            if isinstance(focused, TextArea):
                focused.load_text(await edited(self.app, focused.text))
                focused.move_cursor(focused.document.end)
            elif isinstance(focused, AudienceLine):
                if words := await by_hand.write(self.app, self.composer, focused.audience):
                    self._tell(words, bad=True)
                else:
                    self._show()
            else:
                self._tell("ctrl+e opens the editor from a long text, or from an audience for its whole message.")
        except EditorError as error:
            self._tell(str(error), bad=True)
        finally:
            self.refresh(layout=True)

    def action_unedit(self) -> None:
        """What was written over by hand comes from the template again: this audience's message, else all."""
        only = self.focused.audience if isinstance(self.focused, AudienceLine) else ""
        words = by_hand.undo(self.composer, only)
        self._show()
        self._tell(words)

    def action_form(self) -> None:
        """Read the messages in the next form."""
        self._form = forms.next_form(self._form)
        self._show()

    def action_keys(self) -> None:
        self.app.push_screen(keys.KeysScreen())


class UpdateForm(Form):
    """The form without its own footer: the screen has one."""
