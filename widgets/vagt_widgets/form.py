"""A form made from a table of fields, with errors in place and nothing that needs a mouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Self

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from vagt_widgets.form_fields import Check, FieldType, FormField, problem
from vagt_widgets.form_rows import Edited, FormRow, Submitted
from vagt_widgets.glyphs import UNICODE, Glyphs
from vagt_widgets.modal import Answered, Dialog
from vagt_widgets.safe_text import safe_text

__all__ = ["Check", "FieldType", "Form", "FormField", "FormScreen", "problem"]

Values = Mapping[str, str]
OnDraft = Callable[[Values], None]


class Form(Vertical):
    """Asks for `fields`; `Answered` carries a dict of values by name, or None where it was cancelled.

    tab and shift+tab move, ctrl+s sends from anywhere, enter sends from the last field and goes on from the
    others (in a long text it is a new line), esc cancels. Every edit posts `Changed`, so that the caller can keep
    a draft and hand it back as `values`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # no priority: it must not overtake letters that are still on their way to a field
        Binding("ctrl+s", "submit", "Send"),
        Binding("escape", "cancel", "Cancel"),
    ]

    DEFAULT_CSS = """
    Form { width: 1fr; height: auto; max-height: 100%; }
    Form > VerticalScroll { height: auto; max-height: 1fr; width: 1fr; scrollbar-size-vertical: 1; }
    Form > Static { width: 1fr; height: auto; }
    Form > .form-intro { margin-bottom: 1; }
    Form > .form-keys { color: $text-muted; height: 1; dock: bottom; }
    """

    class Changed(Message):
        """Something was edited; `values` is the draft."""

        def __init__(self, values: dict[str, str]) -> None:
            super().__init__()
            self.values = values

    def __init__(
        self,
        fields: Sequence[FormField],
        *,
        values: Values | None = None,
        errors: Values | None = None,
        intro: str = "",
        submit: str = "send",
        glyphs: Glyphs = UNICODE,
        id: str | None = None,
    ) -> None:
        """`values`: a draft that goes before the defaults. `errors`: what a backend said about fields by name."""
        super().__init__(id=id)
        self._fields = tuple(fields)
        self._given = dict(values or {})
        self._glyphs = glyphs
        self._rows: list[FormRow] = []
        self._given_errors = dict(errors or {})
        self._intro = intro
        self._submit_word = submit
        self._tried = False

    def compose(self) -> ComposeResult:
        # Textual's Input with a value can only be made inside a running app, forms can be made anywhere.
        self._rows = [FormRow(spec, self._given.get(spec.name, spec.default), self._glyphs) for spec in self._fields]
        if self._intro:
            yield Static(Text(safe_text(self._intro, multiline=True)), classes="form-intro")
        with VerticalScroll(can_focus=False):
            yield from self._rows
        yield Static(Text(f"ctrl+s {self._submit_word} · tab next · esc cancel"), classes="form-keys")

    def on_mount(self) -> None:
        self.focus()
        for row in self._rows:
            row.show_error(self._given_errors.get(row.spec.name, ""))

    def focus(self, scroll_visible: bool = True) -> Self:
        if self._rows:
            # Textual would centre the control before it is laid out, and hide its label; the row scrolls itself.
            self._rows[0].control.focus(scroll_visible=False)
        return self

    @property
    def values(self) -> dict[str, str]:
        """The values as they stand, by field name; text is stripped at its ends."""
        if not self._rows:
            return {spec.name: self._given.get(spec.name, spec.default).strip() for spec in self._fields}
        return {row.spec.name: row.value.strip() for row in self._rows}

    def on_edited(self, event: Edited) -> None:
        event.stop()
        if self._tried:
            self._check()
        self.post_message(self.Changed(self.values))

    def on_submitted(self, event: Submitted) -> None:
        event.stop()
        focused = self.screen.focused
        at = next((number for number, row in enumerate(self._rows) if row.control is focused), len(self._rows) - 1)
        if at == len(self._rows) - 1:
            self.action_submit()
        else:
            self._rows[at + 1].control.focus()

    def _check(self) -> list[FormRow]:
        wrong: list[FormRow] = []
        for row in self._rows:
            words = row.error
            row.show_error(words)
            if words:
                wrong.append(row)
        return wrong

    def action_submit(self) -> None:
        """Send it, or go to the first field that is wrong."""
        self._tried = True
        wrong = self._check()
        if wrong:
            wrong[0].control.focus()
            self.call_after_refresh(wrong[0].scroll_visible, animate=False, top=True)
            return
        self.post_message(Answered(self.values))

    def action_cancel(self) -> None:
        self.post_message(Answered(None))


class FormScreen(Dialog[dict[str, str]]):
    """The form in the middle of the screen; returns its values, or None. `on_draft` gets every edit."""

    def __init__(
        self,
        fields: Sequence[FormField],
        *,
        title: str = "",
        values: Values | None = None,
        errors: Values | None = None,
        intro: str = "",
        submit: str = "send",
        on_draft: OnDraft | None = None,
        glyphs: Glyphs = UNICODE,
    ) -> None:
        form = Form(fields, values=values, errors=errors, intro=intro, submit=submit, glyphs=glyphs)
        super().__init__(form, title=title, wide=True)
        self._on_draft = on_draft

    def on_form_changed(self, event: Form.Changed) -> None:
        event.stop()
        if self._on_draft is not None:
            self._on_draft(event.values)
