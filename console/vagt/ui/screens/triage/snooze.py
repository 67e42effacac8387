"""Out of sight for a while: one key for the usual spans, or any moment typed."""

from __future__ import annotations

from datetime import datetime, timedelta

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from vagt.domain.commands import Snooze
from vagt.ui.present.times import when
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.options import Option, Options
from vagt.ui.screens.triage.question import Question
from vagt.ui.screens.triage.when import read_moment

SPANS = (
    ("1", "30 minutes", timedelta(minutes=30)),
    ("2", "1 hour", timedelta(hours=1)),
    ("3", "4 hours", timedelta(hours=4)),
)
MORNING = "08:00"


async def ask(asking: Asking) -> Answer:
    """Ask until when."""
    until = await asking.app.push_screen_wait(SnoozeQuestion(asking))
    return None if until is None else asking.same(Snooze(until))


class SnoozeQuestion(Question[datetime]):
    """Returns the moment (UTC)."""

    def __init__(self, asking: Asking) -> None:
        super().__init__(asking.title, hint="a digit picks · esc back", refusals=asking.refusals)
        self.asking = asking

    def parts(self) -> ComposeResult:
        now = self.asking.engine.clock.now()
        morning = read_moment(MORNING, now)
        options = [Option(digit, label, when(now + span, now), now + span) for digit, label, span in SPANS]
        options.append(Option("4", f"until {MORNING}", when(morning, now), morning))
        options.append(Option("5", "until …", "type 45m, 2h30m, 14:15 or a date", "other"))
        if any(self.asking.engine.board.is_snoozed(key) for key in self.asking.keys):
            options.append(Option("0", "wake it now", "", now))
        yield Options(options)
        field = Input(placeholder="45m, 14:15, 2026-12-31T08:00")
        field.display = False
        yield field

    def answer(self, value: object) -> None:
        if isinstance(value, datetime):
            self.dismiss(value)
            return
        self.query_one(Options).display = False
        field = self.query_one(Input)
        field.display = True
        field.focus()
        self.tell("Until when?")

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        now = self.asking.engine.clock.now()
        try:
            self.tell(f"until {when(read_moment(message.value, now), now)}")
        except ValueError:
            self.tell("Until when?")

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        try:
            self.dismiss(read_moment(message.value, self.asking.engine.clock.now()))
        except ValueError as error:
            self.tell(str(error), bad=True)
