"""The first picture of a shift: what lies in the queue when somebody comes on duty, and two weeks of history."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vagt.adapters.embedded.desk import Doing, ServiceDesk
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.shift import major
from vagt.adapters.embedded.shift.colleagues import Colleagues, detail_of
from vagt.adapters.embedded.shift.scenes import (
    CALLS,
    MAJOR,
    NOBODY_SIGNS_IN,
    PRESSING,
    SAME_VPN_TROUBLE,
    STORMS,
    Scene,
)
from vagt.adapters.embedded.shift.script import (
    MINUTE,
    Deed,
    Step,
    Trouble,
    any_scene,
    steps_for,
    stretched,
    trouble,
)
from vagt.adapters.embedded.shift.world import MONITORING, OPERATORS_TEAM
from vagt.adapters.embedded.verbs import carry_out
from vagt.domain import commands as c

OPEN = 60
"""Open incidents when a shift begins."""
HISTORY = 200
_DAYS = 14
_HOUR = 60 * MINUTE
_WAITING = (4, 25, 90, 240, 1440, 2880)
"""Minutes until those on hold wake up."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """One incident to lay into the queue; `age` in seconds."""

    age: float
    made: Trouble
    kind: str
    detail: float = 0


class Fill:
    """Lays incidents with a past into an empty or emptied queue."""

    def __init__(
        self, rng: random.Random, desk: ServiceDesk, colleagues: Colleagues, operators: frozenset[str], now: datetime
    ) -> None:
        self._rng = rng
        self._desk = desk
        self._colleagues = colleagues
        self._operators = operators
        self._now = now

    def history(self) -> None:
        """Incidents of the last two weeks, resolved by colleagues and closed."""
        rng = self._rng
        ages = sorted((rng.uniform(0.2, _DAYS) * 24 * _HOUR for _ in range(HISTORY)), reverse=True)
        for age in ages:
            came = self._now - timedelta(seconds=age)
            made = self._trouble(any_scene(rng))
            row = self._colleagues.arrive(made, [], came)
            took = rng.uniform(4, 60) * MINUTE
            lasted = min(took + rng.uniform(5, 400) * MINUTE, age - 2 * MINUTE)
            self._then(row, c.Acknowledge(), made.who, came + timedelta(seconds=min(took, lasted / 2)))
            for finding in made.scene.findings[:1]:
                self._then(row, c.Note(made.said(finding)), made.who, came + timedelta(seconds=lasted * 0.7))
            resolution = c.Resolve(made.said(made.scene.resolution), made.scene.code)
            self._then(row, resolution, made.who, came + timedelta(seconds=lasted))
            self._then(row, c.Close(), "", min(self._now, came + timedelta(seconds=lasted + 2 * _HOUR)))

    def shift_under_way(self, count: int) -> None:
        """About `count` open incidents of every kind that a shift knows, the oldest first."""
        plans = self._plans(count)
        for plan in sorted(plans, key=lambda plan: -plan.age):
            self._lay(plan)

    def _plans(self, count: int) -> list[_Plan]:
        rng = self._rng
        plans: list[_Plan] = []

        def add(age: float, scene: Scene, kind: str, detail: float = 0, rack: int = 0) -> None:
            plans.append(_Plan(age, self._trouble(scene, rack=rack), kind, detail))

        if not any(row.major for row in self._desk.store.open_after(0, 1000)):
            add(21 * MINUTE, MAJOR, "major")
        for minutes in (26.5, 28):
            add(minutes * MINUTE, PRESSING if minutes < 27 else _urgent(rng), "untouched")
        add(13 * MINUTE, NOBODY_SIGNS_IN, "untouched")
        add(7.9 * _HOUR, rng.choice([scene for scene in CALLS if (scene.impact, scene.urgency) == (2, 1)]), "late")
        for number in range(3):
            scene = CALLS[0] if number == 0 else replace(CALLS[0], title=SAME_VPN_TROUBLE[number - 1])
            add((26 - 7 * number) * MINUTE, scene, "untouched", 600)
        storm = rng.choice(STORMS)
        racks = rng.sample(range(10, 60), min(12, count // 5))
        for rack in racks:
            add(rng.uniform(6, 10) * MINUTE, storm, "storm", rack=rack)
        for minutes in _WAITING:
            add(rng.uniform(2, 30) * _HOUR, rng.choice(CALLS), "waiting", minutes)
        for number in range(4):
            calm = rng.choice([scene for scene in CALLS if scene.urgency > 1])
            add(rng.uniform(7, 20) * _HOUR, calm, "mine-forgotten" if number == 0 else "forgotten")
        add(rng.uniform(20, 90) * MINUTE, rng.choice([scene for scene in CALLS if scene.impact == 2]), "mine")
        for _ in range(2):
            add(rng.uniform(20, 200) * MINUTE, rng.choice(CALLS), "mine")
        known = {plan.made.scene.title for plan in plans}
        while len(plans) < count:
            # The same trouble twice in a queue happens, but not as often as dice would have it.
            scene = next(
                (found for found in (any_scene(rng) for _ in range(3)) if found.title not in known), any_scene(rng)
            )
            known.add(scene.title)
            add(rng.uniform(0.5, 40 if scene.is_alert else 150) * MINUTE, scene, "usual")
        return plans[: max(count, 12)]

    def _lay(self, plan: _Plan) -> None:
        """Register one as it came, let its past happen, and plan its future."""
        made, kind = plan.made, plan.kind
        came = self._now - timedelta(seconds=plan.age)
        if kind == "major":
            major.unfold(self._rng, self._desk, self._colleagues, made, came)
            return
        if kind in ("untouched", "mine", "mine-forgotten"):
            made = replace(made, team=OPERATORS_TEAM)
        row = self._colleagues.arrive(made, [], came)
        course = steps_for(self._rng, made, self._desk.organisation, self._operators)
        match kind:
            case "waiting":
                self._waiting(row, made, came, plan)
            case "forgotten":
                self._then(row, c.Acknowledge(), made.who, came + timedelta(minutes=11))
            case "mine" | "mine-forgotten":
                self._mine(row, came, plan, course)
            case "late":
                self._then(row, c.Acknowledge(), made.who, came + timedelta(minutes=6))
                self._later(row, Step(35 * MINUTE, Deed.RESOLVE, made.who, made.scene.resolution, made.scene.code))
            case "untouched":
                for step in course:
                    if step.delay > 240:
                        self._later(row, replace(step, delay=step.delay + plan.detail))
            case "storm":
                if self._rng.random() < 0.6:
                    delay = self._rng.uniform(3, 20) * MINUTE
                    self._later(row, Step(delay, Deed.RECOVER, MONITORING, made.said(made.scene.recovers), "recovered"))
                else:
                    for step in stretched(course, 2):
                        self._later(row, step)
            case _:
                self._live_through(row, course, plan.age, came)

    def _waiting(self, row: Row, made: Trouble, came: datetime, plan: _Plan) -> None:
        self._then(row, c.Acknowledge(), made.who, came + timedelta(minutes=9))
        for finding in made.scene.findings[:1]:
            self._then(row, c.Note(made.said(finding)), made.who, came + timedelta(minutes=14))
        reason = self._rng.choice(("caller", "vendor", "change", "parts"))
        held = c.Hold(reason, self._now + timedelta(minutes=plan.detail))
        self._then(row, held, made.who, came + timedelta(seconds=plan.age * 0.6))
        end = plan.detail * MINUTE + 25 * MINUTE
        self._later(row, Step(end, Deed.RESOLVE, made.who, made.said(made.scene.resolution), made.scene.code))

    def _mine(self, row: Row, came: datetime, plan: _Plan, course: list[Step]) -> None:
        """It lies with the operator from the beginning, so colleagues keep off."""
        operator = min(self._operators)
        self._then(row, c.Acknowledge(), operator, came + timedelta(seconds=min(plan.age * 0.4, 15 * MINUTE)))
        fresh = self._desk.store.row(row.pk)
        assert fresh is not None
        self._desk.store.save(replace(fresh, operated=True), silently=True)
        for step in course:
            if step.deed is Deed.PLEA and plan.kind == "mine":
                self._later(row, step)

    def _live_through(self, row: Row, course: list[Step], age: float, came: datetime) -> None:
        """Slow the course down so that its end lies ahead; what lies behind has happened."""
        needed = age / max(1.0, course[-1].delay) * self._rng.uniform(1.05, 2.0)
        for step in stretched(course, max(1.0, needed)):
            if step.delay < age and step.deed is Deed.KNOCK_ON:
                # The queue that one finds has its own mixture.
                continue
            if step.delay < age:
                at = came + timedelta(seconds=step.delay)
                self._colleagues.take_step(row.pk, step.deed, detail_of(step), at)
            else:
                self._later(row, replace(step, delay=step.delay - age))

    def _later(self, row: Row, step: Step) -> None:
        self._colleagues.plan(row.pk, step, self._now)

    def _trouble(self, scene: Scene, *, rack: int = 0) -> Trouble:
        return trouble(self._rng, self._desk.organisation, self._operators, scene, rack=rack)

    def _then(self, row: Row, change: c.Change, who: str, at: datetime) -> None:
        fresh = self._desk.store.row(row.pk)
        assert fresh is not None
        carry_out(self._desk, fresh, change, Doing(who, at, operated=False))


def _urgent(rng: random.Random) -> Scene:
    return rng.choice([scene for scene in CALLS if (scene.impact, scene.urgency) == (2, 1)])
