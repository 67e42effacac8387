"""The form for exactly the fields that the backends want; it waits for them where they are slow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Static, TextArea

from vagt.ui.screens.triage.asking import Asking
from vagt.ui.screens.triage.inputs import form_field, sent
from vagt.ui.screens.triage.merging import Merged, merged
from vagt.ui.screens.triage.question import Question, refusal_lines
from vagt.ui.screens.triage.wanted import Wanted, answered_soon, possible
from vagt.ui.typed import vagt_of
from vagt_widgets.form import Form
from vagt_widgets.glyphs import glyphs_for

Answers = Mapping[str, Mapping[str, str]]
"""Backend → its field → value as it travels."""


async def ask_fields(
    asking: Asking,
    looking: asyncio.Task[Wanted],
    *,
    title: str,
    submit: str,
    part: str = "",
    ask_when: Callable[[Wanted], bool] = lambda wanted: not wanted.nothing,
) -> Answers | None:
    """Ask for what `looking` finds to be wanted; None where the operator left.

    Where `ask_when` says no to what was found, nothing is asked and the answers are empty.
    `part` tells drafts of one action apart.
    """
    known = await answered_soon(looking)
    if known is not None and not ask_when(known):
        return {backend: {} for backend in known.fields}
    return await asking.app.push_screen_wait(
        FieldsQuestion(asking, looking, title=title, submit=submit, part=part, ask_when=ask_when)
    )


class FieldsQuestion(Question[Answers]):
    """Returns the answers by backend."""

    def __init__(
        self,
        asking: Asking,
        looking: asyncio.Task[Wanted],
        *,
        title: str,
        submit: str,
        part: str,
        ask_when: Callable[[Wanted], bool],
    ) -> None:
        super().__init__(title, hint=f"ctrl+s {submit} · tab next · esc back, kept", refusals=asking.refusals)
        self.asking = asking
        self._looking = looking
        self._submit = submit
        self._part = part
        self._ask_when = ask_when
        self._merged = Merged((), ())
        self._early: list[str] = []
        """What was typed before the form was there."""

    def parts(self) -> ComposeResult:
        yield from ()

    async def on_mount(self) -> None:
        if self._looking.done():
            await self._open(self._looking.result())
        else:
            self.run_worker(vagt_of(self).guarded(self._wait()), exit_on_error=False)

    async def _wait(self) -> None:
        found = await self.look_up("Asking which fields are wanted", self._looking)
        if found is not None:
            await self._open(found)

    async def _open(self, wanted: Wanted) -> None:
        if not self._ask_when(wanted):
            self.dismiss({backend: {} for backend in wanted.fields})
            return
        self._merged = merged(wanted.fields)
        owners = {shown: backend for backend, _, shown in reversed(self._merged.origins)}
        fields = [form_field(self.asking.engine, owners[spec.name], spec) for spec in self._merged.specs]
        parts = self.query_one("#parts", VerticalScroll)
        if wanted.impossible:
            out = possible(self.asking, wanted).refusals[len(self.asking.refusals) :]
            await parts.mount(Static(refusal_lines(out), classes="problem"))
        if wanted.problem:
            await parts.mount(Static(wanted.problem, classes="problem", markup=False))
        draft = self.asking.draft(self._part)
        form = Form(fields, values=draft, submit=self._submit, glyphs=glyphs_for())
        await parts.mount(form)
        # the form scrolls to its first field before it knows how high it is
        self.call_after_refresh(parts.scroll_home, animate=False)
        self._give_early()

    def on_key(self, event: events.Key) -> None:
        if self.focused is None and event.character is not None and event.is_printable:
            event.stop()
            self._early.append(event.character)

    def _give_early(self) -> None:
        if self._early and isinstance(self.focused, TextArea):
            self.focused.insert("".join(self._early))
        elif self._early and isinstance(self.focused, Input):
            self.focused.insert_text_at_cursor("".join(self._early))

    @on(Form.Changed)
    def _edited(self, message: Form.Changed) -> None:
        message.stop()
        self.asking.keep_draft(message.values, self._part)

    def answer(self, value: Mapping[str, str]) -> None:
        self.asking.drop_draft(self._part)
        travelling = sent(self._merged.specs, value, self.asking.engine.clock.now())
        self.dismiss(by_backend(self._merged, travelling))


def by_backend(form: Merged, answers: Mapping[str, str]) -> Answers:
    """The form's answers in each backend's own fields."""
    backends: Sequence[str] = tuple(dict.fromkeys(backend for backend, _, _ in form.origins))
    return {backend: form.answers_for(backend, answers) for backend in backends}
