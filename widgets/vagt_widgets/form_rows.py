"""One field of a form: its label, its control, its help, and what is wrong with it."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from vagt_widgets.form_complete import CompletingInput
from vagt_widgets.form_fields import FieldType, FormField, problem
from vagt_widgets.fuzzy import PickItem
from vagt_widgets.fuzzy_picker import FuzzyPickerScreen
from vagt_widgets.glyphs import Glyphs
from vagt_widgets.safe_text import fit, safe_text


class Edited(Message):
    """A field has another value."""


class Submitted(Message):
    """Enter on a field that has no further use for it."""


class Choose(Static, can_focus=True):
    """One of a few choices on one line: left, right and space change it, a letter goes to the next that begins so."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right,space", "step(1)", show=False),
        Binding("enter", "submit", show=False),
    ]

    DEFAULT_CSS = """
    Choose { width: 1fr; height: auto; }
    Choose:focus { background: $primary-muted; }
    """

    def __init__(self, choices: tuple[PickItem, ...], value: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(markup=False, id=id)
        self.choices = choices
        self.value = value
        self._glyphs = glyphs

    def on_mount(self) -> None:
        self._draw()

    def _draw(self) -> None:
        words = [
            f"[{safe_text(choice.label)}]" if choice.id == self.value else f" {safe_text(choice.label)} "
            for choice in self.choices
        ]
        self.update(Text(" ".join(words)))

    def show(self, value: str) -> None:
        """Another choice, which nobody here has made."""
        self.value = value
        self._draw()

    def _set(self, value: str) -> None:
        if value != self.value:
            self.show(value)
            self.post_message(Edited())

    def action_step(self, by: int) -> None:
        ids = [choice.id for choice in self.choices]
        if ids:
            at = ids.index(self.value) + by if self.value in ids else (0 if by > 0 else -1)
            self._set(ids[at % len(ids)])

    def action_submit(self) -> None:
        self.post_message(Submitted())

    def on_key(self, event: events.Key) -> None:
        if event.character is None or not event.character.isalnum():
            return
        event.stop()
        letter = event.character.casefold()
        ids = [choice.id for choice in self.choices]
        start = ids.index(self.value) + 1 if self.value in ids else 0
        onwards = (*self.choices[start:], *self.choices[:start])
        # where all begin with the same word, another word tells them apart
        found = [choice for choice in onwards if choice.label.casefold().startswith(letter)] or [
            choice for choice in onwards if any(word.startswith(letter) for word in choice.label.casefold().split())
        ]
        if found:
            self._set(found[0].id)


FLAG_CHOICES = (PickItem("", "no"), PickItem("true", "yes"))


class Pick(Static, can_focus=True):
    """A value that is looked up: enter, space or the first letter opens the picker, backspace empties it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open", show=False),
        Binding("backspace,delete", "clear", show=False),
    ]

    DEFAULT_CSS = """
    Pick { width: 1fr; height: 1; background: $panel; }
    Pick:focus { background: $primary-muted; }
    """

    def __init__(self, spec: FormField, item: PickItem | None, glyphs: Glyphs) -> None:
        super().__init__(markup=False)
        self._spec = spec
        self._glyphs = glyphs
        self.item = item
        self._picker: FuzzyPickerScreen | None = None
        """The picker while it is open: letters that were on their way here when it came up belong to it."""

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        text = self.item.label if self.item else "enter picks"
        words = f"{text} {self.item.detail if self.item else ''}".strip()
        # before it is laid out it has no width: cut to nothing, it would flash by
        self.update(Text(fit(words, max(8, self.size.width)) if self.size.width else words))

    @property
    def value(self) -> str:
        return self.item.id if self.item else ""

    def _set(self, item: PickItem | None) -> None:
        self.item = item
        self._draw()
        self.post_message(Edited())

    def _picked(self, picked: tuple[PickItem, ...] | None) -> None:
        self._picker = None
        if picked:
            self._set(picked[0])

    def action_open(self, typed: str = "") -> None:
        if self._picker is not None:
            self._picker.add(typed)
            return
        spec = self._spec
        self._picker = FuzzyPickerScreen(
            spec.choices, title=spec.label, source=spec.lookup, typed=typed, glyphs=self._glyphs
        )
        self.app.push_screen(self._picker, self._picked)

    def on_key(self, event: events.Key) -> None:
        if event.character is not None and event.character.isalnum():
            event.stop()
            self.action_open(event.character)

    def action_clear(self) -> None:
        self._set(None)


class FormRow(Vertical):
    """A field with everything that belongs to it."""

    DEFAULT_CSS = """
    FormRow { height: auto; width: 1fr; margin-bottom: 1; }
    FormRow > Static { width: 1fr; height: auto; }
    FormRow > .form-label { text-style: bold; }
    FormRow > .form-help, FormRow > .form-meaning { color: $text-muted; }
    FormRow > .form-error { color: $text-error; text-style: bold; display: none; }
    FormRow.-wrong > .form-error { display: block; }
    FormRow > Input, FormRow > TextArea {
        background: $panel; padding: 0; border: none; border-left: outer $primary;
    }
    FormRow > Input { height: 1; }
    FormRow > TextArea { height: 5; }
    FormRow > Input:focus, FormRow > TextArea:focus { border: none; border-left: outer $accent; }
    """

    def __init__(self, spec: FormField, value: str, glyphs: Glyphs) -> None:
        super().__init__()
        self.spec = spec
        self._glyphs = glyphs
        self.control = self._make(value)
        self._error = Static("", classes="form-error", markup=False)

    def _make(self, value: str) -> Widget:
        spec = self.spec
        if spec.type is FieldType.LONG_TEXT:
            return TextArea(safe_text(value, multiline=True), tab_behavior="focus", show_line_numbers=False)
        if spec.type is FieldType.FLAG:
            return Choose(FLAG_CHOICES, value, self._glyphs)
        if spec.type is FieldType.CHOICE and len(spec.choices) <= 6:
            return Choose(spec.choices, value, self._glyphs)
        if spec.type in {FieldType.PICKER, FieldType.CHOICE}:
            known = next((choice for choice in spec.choices if choice.id == value), None)
            label = spec.default_label if value == spec.default and spec.default_label else value
            return Pick(spec, known or (PickItem(value, label) if value else None), self._glyphs)
        if spec.complete is not None:
            return CompletingInput(safe_text(value), spec.complete)
        return Input(safe_text(value))

    def compose(self) -> ComposeResult:
        label = safe_text(self.spec.label) + (" (required)" if self.spec.required else "")
        yield Static(Text(label), classes="form-label")
        yield self.control
        if self.spec.help:
            yield Static(Text(safe_text(self.spec.help, multiline=True)), classes="form-help")
        if self.spec.complete is not None:
            yield Static("", classes="form-meaning", markup=False)
        yield self._error

    @property
    def value(self) -> str:
        """The value as it stands."""
        control = self.control
        if isinstance(control, TextArea):
            return control.text
        if isinstance(control, (Input, Choose, Pick)):
            return control.value
        return ""

    @property
    def error(self) -> str:
        return problem(self.spec, self.value)

    def show_error(self, words: str) -> None:
        """Say what is wrong under the field; empty: nothing is."""
        self._error.update(Text(words and f"! {safe_text(words)}"))
        self.set_class(bool(words), "-wrong")

    def on_descendant_blur(self) -> None:
        self.remove_class("-active")

    def on_descendant_focus(self) -> None:
        self.add_class("-active")
        # Label and error belong to what one is filling in.
        self.call_after_refresh(self._into_sight)

    def _into_sight(self) -> None:
        around = self.parent
        too_tall = isinstance(around, Widget) and self.size.height > around.size.height
        self.scroll_visible(animate=False, top=too_tall)

    def on_completing_input_offered(self, event: CompletingInput.Offered) -> None:
        event.stop()
        self.query_one(".form-meaning", Static).update(Text(safe_text(event.words)))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(Edited())

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.post_message(Edited())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(Submitted())
