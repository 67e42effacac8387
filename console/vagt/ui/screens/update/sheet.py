"""The sheet of the composer: asked on the left, read on the right as each audience gets it, drawn anew as one types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, Static, TextArea

from vagt.comms import answers as typed
from vagt.comms.composer import Composer
from vagt.comms.delivery import Delivery
from vagt.comms.markup import Form as Form_
from vagt.domain import moments
from vagt.ui.screens.update import asked, keys, preview, versions
from vagt.ui.screens.update.listeners import AudienceLine
from vagt.ui.screens.update.stage import NARROW, StageLine
from vagt.ui.typed import vagt_of
from vagt_widgets.form import Form
from vagt_widgets.form_rows import Edited, FormRow, Submitted
from vagt_widgets.fuzzy import PickItem
from vagt_widgets.glyphs import glyphs_for
from vagt_widgets.safe_text import safe_text

SETTLE = 0.08
"""Seconds after the last keystroke before the messages are made anew."""
RESUMED = "your draft from before goes on, ctrl+x begins anew"
TICK = 10.0
"""Seconds after which what depends on the time is told anew."""


class UpdateSheet(ModalScreen[tuple[Delivery, ...] | None]):
    """All but the keys that do something: those are the screen's."""

    AUTO_FOCUS: ClassVar[str | None] = ""

    def __init__(self, composer: Composer) -> None:
        super().__init__()
        self.composer = composer
        self._known: dict[str, str] = {}
        """What stands in each input."""
        self._shape: tuple[object, ...] = ()
        """What the form asks for: another one makes another form."""
        self._timer: Timer | None = None
        self._said: tuple[str, bool] | None = None
        """What a key has said, and whether that is bad: it stays until something else is written or chosen."""
        self._touched = False
        """Something was typed since the screen opened."""
        self._form = Form_.PLAIN
        """In which the messages are read."""

    def compose(self) -> ComposeResult:
        # before the first picture: the event that tells the size comes after it
        self.set_class(self.app.size.width < NARROW, "narrow")
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
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        composer = self.composer
        titles = dict(composer.templates)
        self.query_one("#purpose", Static).update(Content(safe_text(titles.get(composer.template, ""))))
        self.query_one("#messages", Static).update(preview.preview(composer, self._form))
        before = self._before()
        words, bad = self._said or (
            "; ".join([*before, *(composer.problems or self._remarks())]),
            bool(composer.problems),
        )
        line = self.query_one("#problems", Static)
        line.update(Content(safe_text(words)))
        line.set_class(bad, "bad")
        words = keys.hint(
            self.size.width - 2,
            approval=composer.needs_approval,
            no_change=self._promised() if composer.last is not None else "",
        )
        self.query_one("#keys", Static).update(Content(safe_text(words)))

    def _remarks(self) -> list[str]:
        # where the line begins with whose copy it is, the rest need not say again that it is open there
        told = self.composer.beside if versions.opened_words(self.composer) and not self._touched else ()
        return [words for words in self.composer.remarks if words not in told]

    def _before(self) -> list[str]:
        """What is said until something is typed: whose draft it is that goes on."""
        if self._touched:
            return []
        copied = versions.opened_words(self.composer)
        resumed = RESUMED if self.composer.resumed and not copied else ""
        return [words for words in (copied, resumed, versions.more_words(self.composer)) if words]

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
        for line, listener in zip(self.query(AudienceLine), self._ordered(), strict=True):
            line.show(listener)
        self._show()

    def _promised(self) -> str:
        now = self.composer.office.now()
        moment = self.composer.office.cadence.next_update(self.composer.incident, now)
        return "" if moment is None else moments.local(moment, now, self.composer.zone)

    def _tell(self, words: str, *, bad: bool = False) -> None:
        self._said = (words, bad)
        self._show()

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

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Show the message that is under the cursor: the audience's, or the one that is read in a field's language."""
        row = next((one for one in event.widget.ancestors_with_self if isinstance(one, AudienceLine | FormRow)), None)
        if isinstance(row, AudienceLine):
            self.call_after_refresh(self._read_to, row.audience)
        elif isinstance(row, FormRow) and (language := typed.split(row.spec.name)[1]):
            readers = (one.name for one in self.composer.audiences if one.language == language)
            self.call_after_refresh(self._read_to, next(readers, ""))

    def _read_to(self, audience: str) -> None:
        above = preview.before(self.composer, audience, self._form)
        if above is not None:
            messages = self.query_one("#messages", Static)
            lines = len(above.wrap(messages.size.width)) - 1 if above.plain else 0
            self.query_one("#right", VerticalScroll).scroll_to(y=lines, animate=False)

    @on(Form.Changed)
    def _typed(self, message: Form.Changed) -> None:
        """On disk before anything else happens."""
        message.stop()
        for key, text in message.values.items():
            if text != self._known.get(key):
                self._known[key] = text
                self._touched = True
                self._said = None
                self.composer.set(key, text)
        self._soon()

    @on(Edited)
    async def _chosen(self, message: Edited) -> None:
        message.stop()
        stage = self.query_one("#stage", StageLine).value
        if stage != self.composer.template:
            self.composer.choose(stage)
            self._said = None
            await self._build()

    @on(Submitted)
    def _entered(self, message: Submitted) -> None:
        message.stop()
        self.focus_next()

    @on(AudienceLine.Toggled)
    async def _toggled(self, message: AudienceLine.Toggled) -> None:
        message.stop()
        self.composer.toggle(message.audience)
        self._said = None
        await self._build()
        self.call_after_refresh(self._read_to, message.audience)


class UpdateForm(Form):
    """The form without its own footer, and without a will of its own about the keyboard: the screen has both."""

    def focus(self, scroll_visible: bool = True) -> Self:
        """Stay where the keyboard is: another stage makes another form while the cursor is on the stage."""
        return self
