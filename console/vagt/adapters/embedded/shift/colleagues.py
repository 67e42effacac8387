"""Simulated colleagues, callers and monitoring at work: one planned step at a time, never in an operator's way."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta

from vagt.adapters.embedded.desk import Doing, ServiceDesk
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.shift.script import Deed, Step, Trouble, colleague
from vagt.adapters.embedded.shift.world import MONITORING
from vagt.adapters.embedded.verbs import carry_out
from vagt.adapters.protocol import InvalidError, TransitionError
from vagt.domain import commands as c
from vagt.domain.incident import State

_FIRST_WORDS = ("Got it, looking.", "Seen. Reading the logs now.", "On it; the last change there is my first suspect.")
_ANSWERS = (
    "Thanks for telling.",
    "OK. When do you think?",
    "Thank you – we manage for an hour or so.",
    "It comes and goes.",
)
_THANKS = ("Works again, thank you!", "Great, thanks 👍", "Yes, looks good here.")
CLOSES_AFTER = timedelta(hours=2)
"""A colleague's resolved incident closes by itself after that long."""


def detail_of(step: Step) -> str:
    """A step's particulars, as they are stored."""
    return json.dumps([step.who, step.text, step.more])


def read_detail(detail: str) -> tuple[str, str, str]:
    """A stored step's who, text and more."""
    who, text, more = json.loads(detail)
    return str(who), str(text), str(more)


class Colleagues:
    """Carries out the script on the desk."""

    def __init__(self, desk: ServiceDesk, operators: frozenset[str], speed: float = 1.0) -> None:
        self._desk = desk
        self._operators = operators
        self._speed = speed

    def arrive(self, trouble: Trouble, steps: list[Step], at: datetime) -> Row:
        """Register it and plan what follows."""
        scene = trouble.scene
        change = c.Create(
            title=trouble.title,
            description=trouble.text,
            impact=scene.impact,
            urgency=scene.urgency,
            service=scene.service,
            team=trouble.team,
            caller=None if scene.is_alert else trouble.caller,
            category=scene.category,
        )
        row = self._desk.create(change, Doing(trouble.caller, at, operated=False), source=scene.source).row
        for step in steps:
            self.plan(row.pk, step, at)
        return row

    def plan(self, pk: int, step: Step, at: datetime) -> None:
        due = at + timedelta(seconds=step.delay / self._speed)
        self._desk.store.plan(due, pk, step.deed.value, detail_of(step))

    def is_operator(self, login: str) -> bool:
        return login in self._operators

    def take_step(self, pk: int, deed: Deed, detail: str, at: datetime) -> None:
        """Do what was planned, if it still makes sense; an operator's incident only gets words."""
        row = self._desk.store.row(pk)
        if row is None:
            return
        who, text, more = read_detail(detail)
        if who in self._operators:
            who = colleague(random.Random(f"{pk}/{deed}"), self._desk.organisation, row.team or "", self._operators)
        doing = Doing(who, at, operated=False)
        if deed is Deed.CLOSE:
            if row.state is State.RESOLVED and not row.operated:
                self._do(row, c.Close(), Doing("", at, operated=False))
            return
        if not row.state.is_open:
            if deed is Deed.PLEA and row.state is State.RESOLVED:
                self._do(row, c.Comment(text), doing)
        elif self.is_operators(row):
            self._beside_operator(row, deed, text, doing)
        else:
            self._alone(row, deed, text, more, doing)

    def is_operators(self, row: Row) -> bool:
        """An operator has it, holds it, or has had a hand in it and not given it to a colleague."""
        if row.assignee is not None and row.state is not State.WAITING:
            return row.assignee in self._operators
        return row.operated

    def after_operator(self, rng: random.Random, row: Row, change: c.Change, at: datetime) -> None:
        """What people do about an operator's deed: take on what they were given, answer, thank."""
        minute = 60.0
        colleague_has_it = row.assignee is not None and row.assignee not in self._operators
        if isinstance(change, c.Assign | c.Escalate) and row.state.is_open and colleague_has_it:
            who = row.assignee or ""
            start = rng.uniform(1, 4) * minute
            self.plan(row.pk, Step(start, Deed.ACKNOWLEDGE, who), at)
            self.plan(row.pk, Step(start + rng.uniform(2, 8) * minute, Deed.NOTE, who, rng.choice(_FIRST_WORDS)), at)
            end = Step(start + rng.uniform(12, 45) * minute, Deed.RESOLVE, who, "Solved and checked.", "fixed")
            self.plan(row.pk, end, at)
        elif isinstance(change, c.Comment) and row.caller and rng.random() < 0.5:
            self.plan(row.pk, Step(rng.uniform(1, 5) * minute, Deed.PLEA, row.caller, rng.choice(_ANSWERS)), at)
        elif isinstance(change, c.Resolve) and row.caller and rng.random() < 0.3:
            self.plan(row.pk, Step(rng.uniform(1, 6) * minute, Deed.PLEA, row.caller, rng.choice(_THANKS)), at)

    def _beside_operator(self, row: Row, deed: Deed, text: str, doing: Doing) -> None:
        """Callers plead and machines report as before; colleagues hold back, decisions are the operator's."""
        if deed is Deed.PLEA:
            self._do(row, c.Comment(text), doing)
        elif deed in (Deed.WORSE, Deed.RECOVER):
            self._do(row, c.Note(text) if doing.by == MONITORING else c.Comment(text), doing)

    def _alone(self, row: Row, deed: Deed, text: str, more: str, doing: Doing) -> None:
        match deed:
            case Deed.ACKNOWLEDGE:
                if row.state is State.NEW:
                    self._do(row, c.Acknowledge(), doing)
            case Deed.NOTE:
                self._do(row, c.Note(text), doing)
            case Deed.COMMENT | Deed.PLEA:
                self._do(row, c.Comment(text), doing)
            case Deed.WORSE:
                row = self._do(row, c.Note(text) if doing.by == MONITORING else c.Comment(text), doing)
                worse = c.SetPriority(impact=max(1, row.impact - 1), urgency=max(1, row.urgency - (row.impact == 1)))
                by = MONITORING if doing.by == MONITORING else row.assignee or "Service desk"
                self._do(row, worse, Doing(by, doing.at, operated=False))
            case Deed.REASSIGN:
                self._do(row, c.Assign(team=more, to=""), doing)
            case Deed.HOLD:
                until = doing.at + timedelta(seconds=float(more) / self._speed)
                self._do(row, c.Hold(text, until), doing)
            case Deed.RESOLVE | Deed.RECOVER:
                if row.assignee is None and deed is Deed.RESOLVE:
                    row = self._do(row, c.Acknowledge(), doing)
                self._do(row, c.Resolve(text, more or "fixed"), doing)
                self.plan(row.pk, Step(CLOSES_AFTER.total_seconds(), Deed.CLOSE), doing.at)
            case _:
                return

    def resolve_now(self, row: Row, at: datetime) -> None:
        """Somebody finishes it: for a shift that ends, or a queue that grows too long."""
        who = row.assignee or colleague(
            random.Random(f"{row.pk}/end"), self._desk.organisation, row.team or "", self._operators
        )
        self._alone(row, Deed.RESOLVE, "Solved and checked with the caller.", "fixed", Doing(who, at, operated=False))

    def close_in_time(self, row: Row, now: datetime) -> None:
        """Close what has been resolved for long enough, or plan it."""
        due = (row.resolved_at or now) + CLOSES_AFTER
        if due <= now:
            self._do(row, c.Close(), Doing("", due, operated=False))
        else:
            self.plan(row.pk, Step((due - now).total_seconds() * self._speed, Deed.CLOSE), now)

    def _do(self, row: Row, change: c.Change, doing: Doing) -> Row:
        try:
            return carry_out(self._desk, row, change, doing).row
        except (InvalidError, TransitionError):
            # An operator came first and the step has no meaning any more.
            return row
