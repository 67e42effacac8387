"""A drill's clock: a scenario's reports come, its people act, and after its time it is over; all from one seed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

from vagt.adapters.embedded.desk import ServiceDesk
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.rules import DeskRules, Targets
from vagt.adapters.embedded.shift.arrivals import Arrivals
from vagt.adapters.embedded.shift.crew import Crew, Move
from vagt.adapters.embedded.shift.scenario import Report, Scenario
from vagt.adapters.embedded.shift.scenes import ALERTS, CALLS
from vagt.adapters.embedded.shift.truth import TruthTable, span
from vagt.adapters.embedded.shift.world import RECORDS
from vagt.domain.commands import Change

BEGUN, ENDS, SPEED, SCENARIO = "drill-begun", "drill-ends", "drill-speed", "drill-scenario"
"""What the file's facts call them."""


class Exercise:
    """Runs one scenario on a desk. Every method is to be called within one `writing`, `is_due` aside."""

    def __init__(
        self,
        desk: ServiceDesk,
        scenario: Scenario,
        *,
        seed: int,
        speed: float,
        rate: float,
        operators: frozenset[str],
    ) -> None:
        self.seed = seed
        self.scenario = scenario
        self._speed = speed
        self._rate = rate
        self._truth = TruthTable(desk.store.db)
        self._desk = ServiceDesk(desk.store, desk.organisation, DeskRules(desk.rules.matrix, _targets(scenario, speed)))
        self._store = desk.store
        self._crew = Crew(self._desk, self._truth, seed=seed, speed=speed, operators=operators)
        self._arrivals = Arrivals(
            self._desk, self._truth, self._crew, scenario, seed=seed, speed=speed, operators=operators
        )

    @property
    def desk(self) -> ServiceDesk:
        """The desk with the scenario's own deadlines."""
        return self._desk

    def begin(self, now: datetime) -> None:
        """Lay everything out, where that has not been done yet."""
        if self._store.meta(BEGUN) is not None:
            return
        self._truth.make()
        self._store.set_meta(BEGUN, now.isoformat())
        self._store.set_meta(ENDS, (now + span(self.scenario.minutes, self._speed)).isoformat())
        self._store.set_meta(SPEED, str(self._speed))
        self._store.set_meta(SCENARIO, self.scenario.name)
        for record in RECORDS:
            self._store.add_record(record)
        for cause in self.scenario.causes:
            self._arrivals.know(cause)
        self._arrivals.notice(
            f"Read me: {self.scenario.title[:1].lower()}{self.scenario.title[1:]}", self._briefing(), (3, 2), now
        )
        reports = sorted(enumerate(self.scenario.reports), key=lambda pair: pair[1].at)
        for index, report in reports:
            if report.at < 0:
                self._arrivals.hand_over(index, report, now)
            else:
                self._announce(index, report, now)
        self._everyday(now)
        self._crew.plan(now, self.scenario.minutes, 0, Move.OVER)

    def closed(self, now: datetime) -> str:
        """Why nothing can be done any more, in words; empty while it goes on."""
        if now < datetime.fromisoformat(self._store.meta(ENDS) or now.isoformat()):
            return ""
        return "The drill is over: leave with q and read your score card."

    def is_due(self, now: datetime) -> bool:
        step = self._store.next_step()
        return step is not None and step[1] <= now

    def advance(self, now: datetime) -> None:
        """Carry out what is due up to `now`, in order."""
        while (step := self._store.next_step()) is not None and step[1] <= now:
            id, due, pk, move, detail = step
            self._store.drop_step(id)
            self._desk.wake(due)
            self._take(Move(move), pk, json.loads(detail), due)

    def after_operator(self, row: Row, change: Change, now: datetime) -> None:
        """Let people answer to what an operator did."""
        self._crew.after_operator(row, change, now)

    def _take(self, move: Move, pk: int, detail: list[object], at: datetime) -> None:
        crew = self._crew
        match move, detail:
            case Move.REPORT, [int(index), int(number)]:
                self._arrivals.report(index, number, at)
            case Move.REPORT, [str(key), int(number)]:
                self._arrivals.call(key, number, at)
            case Move.SHAKE, [str(key), int(number)]:
                self._arrivals.shake(key, number, at)
            case Move.EVENT, [int(index), int(number)]:
                crew.take_turn(pk, self.scenario.reports[index].events[number], at)
            case Move.PICK_UP, _:
                crew.pick_up(pk, at)
            case Move.SEND_BACK, _:
                crew.send_back(pk, at)
            case Move.MEND, [str(key)]:
                crew.mend(key, at)
            case Move.FINISH, _:
                crew.finish(pk, at)
            case Move.STILL_BROKEN, _:
                crew.still_broken(pk, at)
            case Move.ANSWER, [str(text)]:
                crew.answer(pk, text, at)
            case _:
                self._over(at)

    def _announce(self, index: int, report: Report, now: datetime) -> None:
        """Plan when it comes: once, or as a storm."""
        rng = self._crew.rng(f"report/{index}")
        first = report.at + rng.uniform(0, 0.5)
        self._crew.plan(now, first, 0, Move.REPORT, index, 0)
        times = max(2, round(report.times * self._rate)) if report.times > 1 else 1
        for number in range(1, times):
            self._crew.plan(now, first + rng.uniform(0.05, report.over), 0, Move.REPORT, index, number)
        cause = next(cause for cause in self.scenario.causes if cause.key == report.cause)
        told_first = min((other for other in self.scenario.reports if other.cause == cause.key), key=lambda r: r.at)
        if report is told_first:
            for number, after in enumerate(cause.shakes):
                self._crew.plan(now, first + after + rng.uniform(0, 0.5), 0, Move.SHAKE, cause.key, number)
            if cause.alone:
                due = now + span(first + cause.mends, self._speed)
                self._truth.put_cause(replace(self._arrivals.known(cause.key), due=due))
                self._crew.plan(now, first + cause.mends, 0, Move.MEND, cause.key)

    def _everyday(self, now: datetime) -> None:
        """What comes in on any day besides, none of it twice."""
        rng = self._crew.rng(f"everyday/{self.scenario.name}")
        busy = {report.service for report in self.scenario.reports}
        scenes = [scene for scene in (*CALLS, *ALERTS) if scene.service not in busy and scene.impact > 1]
        rng.shuffle(scenes)
        at = 0.0
        for number, scene in enumerate(scenes):
            at += rng.expovariate(self.scenario.calls * self._rate / 60)
            if at > self.scenario.minutes - 2:
                return
            self._crew.plan(now, at, 0, Move.REPORT, scene.title, number)

    def _briefing(self) -> str:
        minutes = f"{self.scenario.minutes / self._speed:g}"
        told = (
            f"{self.scenario.briefing}\n\nThe drill takes {minutes} minutes and says so when it is over. Nothing in it"
            " is real. Leave with q, whenever you like, and you get your score card. This incident does not count."
        )
        if self._speed != 1:
            told += (
                f"\n\nIt runs {self._speed:g} times as fast: “in 20 minutes” in a public comment means"
                f" {20 / self._speed:g} minutes by your watch."
            )
        return told

    def _over(self, at: datetime) -> None:
        self._store.drop_steps()
        self._arrivals.notice(
            "The drill is over: leave with q and read your score card", "Nothing can be changed any more.", (1, 1), at
        )


def _targets(scenario: Scenario, speed: float) -> Targets:
    """The scenario's deadlines by the wall clock, in seconds."""

    def seconds(minutes: tuple[float, float, float, float, float]) -> tuple[float, float, float, float, float]:
        first, second, third, fourth, fifth = (timedelta(minutes=m / speed).total_seconds() for m in minutes)
        return first, second, third, fourth, fifth

    return Targets(response=seconds(scenario.response), resolution=seconds(scenario.resolution))
