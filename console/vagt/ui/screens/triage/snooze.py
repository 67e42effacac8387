"""Out of sight for a while: one key for the usual spans, or any moment typed; and why, where the backend asks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from vagt.domain.capability import Capability
from vagt.domain.commands import Change, Snooze, Verb
from vagt.ui.present.times import local, when
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.fields_form import ask_fields
from vagt.ui.screens.triage.options import Option, Options
from vagt.ui.screens.triage.question import Question
from vagt.ui.screens.triage.wanted import Wanted, wanted
from vagt.ui.screens.triage.when import read_moment
from vagt.ui.watchkeeping import watch_of

if TYPE_CHECKING:
    from vagt.ui.app import VagtApp

SPANS = (
    ("1", "30 minutes", timedelta(minutes=30)),
    ("2", "1 hour", timedelta(hours=1)),
    ("3", "4 hours", timedelta(hours=4)),
)
MORNING = "08:00"
ASKED = "Until when? After a space, what to remind you of."


async def ask(asking: Asking) -> Answer:
    """Ask until when, and what those backends want to know that keep snoozes themselves."""
    told = await asking.app.push_screen_wait(SnoozeQuestion(asking))
    if told is None:
        return None
    until, note = told
    keepers = tuple(one for one in asking.subjects if asking.engine.knows(one.backend, Capability.SNOOZE))
    now = asking.engine.clock.now()
    if not keepers or until <= now:
        await _remind(asking, until, note)
        return asking.same(Snooze(until))
    kept = replace(asking, subjects=keepers)
    looking = asyncio.create_task(_besides(kept))
    answers = await ask_fields(
        kept, looking, title=f"Snooze until {local(until, now)} · {asking.what}", submit="snoozes"
    )
    if answers is None:
        return None
    await _remind(asking, until, note)
    return asking.each(lambda incident: snoozed(until, answers.get(incident.backend, {})))


async def _remind(asking: Asking, until: datetime, note: str) -> None:
    """Where there is a note: when it comes back it rings, and says why it was put away."""
    if not note:
        return
    keeping = watch_of(cast("VagtApp", asking.app))
    await keeping.start()
    for incident in asking.subjects:
        await keeping.escalation.reminding.set(incident, until, note)


def until_and_note(text: str, now: datetime) -> tuple[datetime, str]:
    """`45m call the vendor`: until when, and what to be reminded of. Raises ValueError."""
    whole = text.strip()
    try:
        return read_moment(whole, now), ""
    except ValueError as error:
        first, _, rest = whole.partition(" ")
        if not rest.strip():
            raise
        try:
            return read_moment(first, now), rest.strip()
        except ValueError:
            raise error from None


async def _besides(asking: Asking) -> Wanted:
    """What is asked for besides the moment."""
    found = await wanted(asking, Verb.SNOOZE)
    fields = {name: tuple(spec for spec in specs if spec.name != "until") for name, specs in found.fields.items()}
    return replace(found, fields=fields)


def snoozed(until: datetime, answers: Mapping[str, str]) -> Change:
    """The change, with the reason where one was asked for."""
    return Snooze(until, answers.get("reason", ""))


class SnoozeQuestion(Question[tuple[datetime, str]]):
    """Returns the moment (UTC), and the note of a reminder, empty for none."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "send", show=False)]

    def __init__(self, asking: Asking) -> None:
        super().__init__(asking.title, hint="a digit picks · esc back", refusals=asking.refusals)
        self.asking = asking

    def parts(self) -> ComposeResult:
        now = self.asking.engine.clock.now()
        morning = read_moment(MORNING, now)
        options = [Option(digit, label, when(now + span, now), now + span) for digit, label, span in SPANS]
        options.append(Option("4", f"until {MORNING}", when(morning, now), morning))
        options.append(Option("5", "until … with a note", "45m or 14:15, then what to remind you of", "other"))
        if any(self.asking.engine.board.is_snoozed(key) for key in self.asking.keys):
            options.append(Option("0", "wake it now", "", now))
        yield Options(options)
        field = Input(placeholder="45m call the vendor · 14:15 · 2026-12-31T08:00")
        field.display = False
        yield field

    def answer(self, value: object) -> None:
        if isinstance(value, datetime):
            self.dismiss((value, ""))
            return
        self.query_one(Options).display = False
        field = self.query_one(Input)
        field.display = True
        field.focus()
        self.keys_are("enter snoozes · esc back")
        self.tell(ASKED)

    async def action_send(self) -> None:
        """As enter, where something is typed."""
        field = self.query_one(Input)
        if field.display:
            await field.action_submit()

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        now = self.asking.engine.clock.now()
        try:
            until, note = until_and_note(message.value, now)
            self.tell(f"until {when(until, now)}{f', then a reminder: {note}' if note else ''}")
        except ValueError:
            self.tell(ASKED)

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        try:
            self.dismiss(until_and_note(message.value, self.asking.engine.clock.now()))
        except ValueError as error:
            self.tell(str(error), bad=True)
