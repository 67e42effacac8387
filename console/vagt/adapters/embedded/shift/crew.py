"""The people of a drill: they take and release, mend what is theirs, send back what is not, and answer."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from vagt.adapters.embedded.desk import Doing, ServiceDesk
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.shift.scenario import CALLER, MACHINE, Event, Turn
from vagt.adapters.embedded.shift.script import colleague
from vagt.adapters.embedded.shift.truth import CauseNow, Role, TruthTable, span
from vagt.adapters.embedded.shift.world import MONITORING, OPERATORS_TEAM
from vagt.adapters.embedded.verbs import carry_out
from vagt.adapters.protocol import InvalidError, TransitionError
from vagt.domain import commands as c
from vagt.domain.incident import State

_ANSWERS = (
    "Thanks for telling.",
    "OK, we manage for a while.",
    "Thank you. We tell the others.",
    "Good to know that somebody is on it.",
)


class Move(StrEnum):
    """What is planned for a moment of a drill."""

    REPORT = "report"
    SHAKE = "shake"
    EVENT = "event"
    PICK_UP = "pick up"
    SEND_BACK = "send back"
    MEND = "mend"
    FINISH = "finish"
    STILL_BROKEN = "still broken"
    ANSWER = "answer"
    OVER = "over"


class Crew:
    """Carries out what people do; every method within one `writing`."""

    def __init__(self, desk: ServiceDesk, truth: TruthTable, *, seed: int, speed: float, operators: frozenset[str]):
        self._desk = desk
        self._truth = truth
        self._seed = seed
        self._speed = speed
        self._operators = operators

    def plan(self, at: datetime, minutes: float, pk: int, move: Move, *detail: object) -> None:
        """Let something happen so many minutes of the shift after `at`."""
        self._desk.store.plan(at + span(minutes, self._speed), pk, move.value, json.dumps(detail))

    def rng(self, what: str) -> random.Random:
        return random.Random(f"{self._seed}/{what}")

    def member(self, team: str, what: str) -> str:
        """A colleague of that team, always the same for the same `what`."""
        return colleague(self.rng(f"who/{what}"), self._desk.organisation, team, self._operators)

    def see_own(self, row: Row, cause: str, at: datetime) -> None:
        """A team finds by itself what was reported to it, though not at once."""
        known = self._truth.cause(cause)
        if known is None or row.team is None or row.team == OPERATORS_TEAM:
            return
        minutes = self.rng(f"sees/{row.pk}").uniform(4, 9)
        self.plan(at, minutes, row.pk, Move.PICK_UP if row.team == known.team else Move.SEND_BACK)

    def take_turn(self, pk: int, event: Event, at: datetime) -> None:
        """Somebody does what the scenario says, where it still makes sense."""
        row, truth = self._desk.store.row(pk), self._truth.of(pk)
        if row is None or truth is None:
            return
        cause = self._truth.cause(truth.cause)
        if row.duplicate_of is not None:
            # What is added goes to where it lives on.
            row = self._desk.store.row(row.duplicate_of)
        if row is None or not row.state.is_open or cause is None or cause.mended is not None:
            return
        if event.who == CALLER:
            who = row.caller or MONITORING
        else:
            who = MONITORING if event.who == MACHINE else self.member(event.who, f"{event.who}/{truth.cause}")
        doing = Doing(who, at, operated=False)
        match event.turn:
            case Turn.TAKES:
                if row.assignee is None:
                    self._do(row, c.Acknowledge(), doing)
                    self._do_again(row.pk, c.Note(event.text), doing)
                    self.begin_work(cause, event.who == cause.team, at)
            case Turn.RELEASES:
                if row.assignee == who:
                    self._do(row, c.Note(event.text), doing)
                    self._do_again(row.pk, c.Assign(to=""), doing)
            case Turn.SAYS | Turn.WORSE:
                spoken = event.who == CALLER and who != MONITORING
                self._do(row, c.Comment(event.text) if spoken else c.Note(event.text), doing)
        if event.turn is Turn.WORSE and event.judged is not None:
            impact, urgency = event.judged
            for known in self._truth.of_cause(truth.cause):
                if known.incident in (pk, row.pk):
                    self._truth.put(replace(known, impact=impact, urgency=urgency))

    def begin_work(self, cause: CauseNow, right: bool, at: datetime) -> None:
        """Somebody works on it from now on; who cannot mend it needs twice as long."""
        if cause.mended is not None:
            return
        minutes = cause.mends * (1 if right else 2)
        due = at + span(minutes, self._speed)
        if cause.due is None or due < cause.due:
            self._truth.put_cause(replace(cause, due=due))
            self.plan(at, minutes, 0, Move.MEND, cause.key)

    def mend(self, key: str, at: datetime) -> None:
        """Service is restored, if somebody has stayed on it; its incidents hear of it."""
        cause = self._truth.cause(key)
        if cause is None or cause.mended is not None or cause.due is None or cause.due > at:
            return
        rows = [row for truth in self._truth.of_cause(key) if (row := self._desk.store.row(truth.incident))]
        open_ones = [row for row in rows if row.state.is_open]
        if not cause.alone and not any(row.assignee for row in open_ones):
            self._truth.put_cause(replace(cause, due=None))
            return
        self._truth.put_cause(replace(cause, mended=at))
        who = self.member(cause.team, f"mends/{key}")
        for row in open_ones:
            if row.assignee is not None and row.assignee not in self._operators:
                self.plan(at, self.rng(f"finish/{row.pk}").uniform(0.3, 1.5), row.pk, Move.FINISH)
            elif row.source == MONITORING:
                self._do(row, c.Note(cause.recovers), Doing(MONITORING, at, operated=False))
            else:
                words = f"{cause.recovers} Can be resolved."
                self._do(row, c.Note(words), Doing(who, at, operated=False))

    def finish(self, pk: int, at: datetime) -> None:
        """A colleague resolves what is his and over."""
        row, truth = self._desk.store.row(pk), self._truth.of(pk)
        cause = self._truth.cause(truth.cause) if truth else None
        if row is None or cause is None or not row.state.is_open:
            return
        if row.assignee is None or row.assignee in self._operators:
            return
        self._do(row, c.Resolve(cause.recovers, cause.code), Doing(row.assignee, at, operated=False))

    def pick_up(self, pk: int, at: datetime) -> None:
        """Somebody of the team that it was given to sees to it."""
        row, truth = self._desk.store.row(pk), self._truth.of(pk)
        cause = self._truth.cause(truth.cause) if truth else None
        if row is None or cause is None or not row.state.is_open or row.assignee in self._operators:
            return
        who = row.assignee or self.member(row.team or "", f"picks up/{pk}")
        doing = Doing(who, at, operated=False)
        row = self._do(row, c.Acknowledge(), doing)
        self._do(row, c.Note("Got it, looking."), doing)
        if cause.mended is not None:
            self.plan(at, 1.0, pk, Move.FINISH)
        else:
            self.begin_work(cause, self._is_of(who, cause.team), at)

    def send_back(self, pk: int, at: datetime) -> None:
        """It was given to a team that can do nothing about it."""
        row, truth = self._desk.store.row(pk), self._truth.of(pk)
        cause = self._truth.cause(truth.cause) if truth else None
        if row is None or cause is None or not row.state.is_open or row.team in (cause.team, OPERATORS_TEAM):
            return
        if row.assignee in self._operators:
            return
        who = row.assignee or self.member(row.team or "", f"sends back/{pk}")
        doing = Doing(who, at, operated=False)
        row = self._do(row, c.Note("Nothing wrong on our side. This is not ours."), doing)
        self._do(row, c.Assign(team=OPERATORS_TEAM, to=""), doing)

    def still_broken(self, pk: int, at: datetime) -> None:
        """It was called solved while it was not: whoever reported it says so."""
        row, truth = self._desk.store.row(pk), self._truth.of(pk)
        cause = self._truth.cause(truth.cause) if truth else None
        if row is None or cause is None or row.state is not State.RESOLVED or cause.mended is not None:
            return
        words = "Threshold crossed again." if row.source == MONITORING else "It is not solved, we still have it."
        change = c.Reopen(fields=(("text", words),))
        self._do(row, change, Doing(row.caller or MONITORING, at, operated=False))

    def answer(self, pk: int, text: str, at: datetime) -> None:
        """The caller answers to what was said in public."""
        row = self._desk.store.row(pk)
        if row is not None and row.state.is_open and row.caller:
            self._do(row, c.Comment(text), Doing(row.caller, at, operated=False))

    def after_operator(self, row: Row, change: c.Change, at: datetime) -> None:
        """What people do about an operator's deed."""
        truth = self._truth.of(row.pk)
        cause = self._truth.cause(truth.cause) if truth else None
        if truth is None or cause is None or truth.role is Role.NOTICE:
            return
        rng = self.rng(f"operator/{row.pk}/{change.verb}/{(at - row.created_at).total_seconds():.3f}")
        if row.state is State.RESOLVED and cause.mended is None:
            self.plan(at, rng.uniform(1.5, 3), row.pk, Move.STILL_BROKEN)
        elif not row.state.is_open:
            return
        elif isinstance(change, c.Comment):
            if row.caller and rng.random() < 0.4:
                self.plan(at, rng.uniform(0.5, 3), row.pk, Move.ANSWER, rng.choice(_ANSWERS))
        elif row.assignee in self._operators:
            if isinstance(change, c.Acknowledge | c.Take | c.Assign | c.MoveTo):
                self.begin_work(cause, self._is_of(row.assignee or "", cause.team), at)
        elif isinstance(change, c.Assign | c.Escalate):
            if row.team == cause.team:
                self.plan(at, rng.uniform(0.3, 1.2), row.pk, Move.PICK_UP)
            elif row.team != OPERATORS_TEAM:
                self.plan(at, rng.uniform(2, 4), row.pk, Move.SEND_BACK)

    def _is_of(self, login: str, team: str) -> bool:
        return team in self._desk.organisation.teams_of(login)

    def _do_again(self, pk: int, change: c.Change, doing: Doing) -> None:
        row = self._desk.store.row(pk)
        if row is not None:
            self._do(row, change, doing)

    def _do(self, row: Row, change: c.Change, doing: Doing) -> Row:
        try:
            return carry_out(self._desk, row, change, doing).row
        except (InvalidError, TransitionError):
            # The operator came first and it has no meaning any more.
            return row
