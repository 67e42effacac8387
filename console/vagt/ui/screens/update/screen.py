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

from vagt.comms import delivery
from vagt.comms.composer import Composer
from vagt.comms.delivery import Delivery, Status
from vagt.domain import moments
from vagt.engine.errors import EngineError
from vagt.ui.editor import EditorError, edited
from vagt.ui.screens.update import asked, preview
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
SUBJECT = "Subject: "
RESUMED = "your draft from before goes on, ctrl+x begins anew"


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
        Binding("ctrl+z", "unedit", "Back to the template", priority=True),
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
        self._focus_on(asked.first_open(self.composer.fields))
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
        self.query_one("#messages", Static).update(preview.preview(composer))
        before = [RESUMED] if composer.resumed and not self._touched else []
        if composer.problems:
            self._tell("; ".join([*before, *composer.problems]), bad=True)
        else:
            self._tell("; ".join([*before, *composer.remarks]))
        verb = "send to your colleague and the rest" if composer.needs_approval else "send"
        keys = [f"ctrl+s {verb}", "tab next", "ctrl+e editor", "esc back, kept"]
        if composer.last is not None and (promised := self._promised()):
            keys.insert(1, f"ctrl+n no change, next {promised}")
        self.query_one("#keys", Static).update(Content(safe_text(" · ".join(keys))))

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
                await self._edit_message(focused.audience)
            else:
                self._tell("ctrl+e opens the editor from a long text, or from an audience for its whole message.")
        except EditorError as error:
            self._tell(str(error), bad=True)
        finally:
            self.refresh(layout=True)

    async def _edit_message(self, audience: str) -> None:
        message = next((one for one in self.composer.messages if one.audience.name == audience), None)
        if message is None or not message.text:
            self._tell(f"There is no message to {audience} yet.", bad=True)
            return
        before = f"{SUBJECT}{message.subject}\n\n{message.text}"
        after = await edited(self.app, before)
        if after.strip() != before.strip():
            subject, _, text = after.partition("\n")
            self.composer.edit(audience, subject.removeprefix(SUBJECT).strip(), text.strip())
        self._show()

    async def action_unedit(self) -> None:
        """Messages that were written over by hand come from the template again; in a text, undo."""
        if isinstance(self.focused, TextArea):
            self.focused.undo()
            return
        if isinstance(self.focused, Input):
            return
        for message in self.composer.messages:
            if message.edited:
                self.composer.unedit(message.audience.name)
        self._show()


class UpdateForm(Form):
    """The form without its own footer: the screen has one."""


def sent_words(deliveries: tuple[Delivery, ...], template: str) -> str:
    """What became of it, for the line: to whom, and what waits or cannot go."""
    audiences = dict.fromkeys(one.audience for one in deliveries if one.status is not Status.AWAITING)
    words = f"Update “{template}” to {', '.join(audiences)}" if audiences else f"Update “{template}”"
    waiting = dict.fromkeys(one.audience for one in deliveries if one.status is Status.AWAITING)
    if waiting:
        words += f" · {', '.join(waiting)}: waits for a colleague's approval"
    failed = [one for one in deliveries if one.status is Status.FAILED]
    if failed:
        words += f" · not all: {delivery.summary(failed)}"
    return words
