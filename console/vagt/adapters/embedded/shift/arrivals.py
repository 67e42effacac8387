"""How a drill's incidents come in, each with what is true of it written down where the operator cannot see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from vagt.adapters.embedded.desk import Doing, ServiceDesk
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.shift.crew import Crew, Move
from vagt.adapters.embedded.shift.scenario import Cause, Report, Scenario
from vagt.adapters.embedded.shift.scenes import ALERTS, CALLS, Scene
from vagt.adapters.embedded.shift.script import knock_on, trouble
from vagt.adapters.embedded.shift.truth import CauseNow, Role, Truth, TruthTable, span
from vagt.adapters.embedded.shift.world import CALLERS, DEPENDS, MONITORING, OPERATORS_TEAM, SITES
from vagt.adapters.embedded.verbs import carry_out
from vagt.domain import commands as c
from vagt.domain.commands import Change

NO_CAUSE = "-"
_CODE = "fixed"
_EARLIER = "bo"
"""Who had the shift before."""


class Arrivals:
    """Registers what comes in; every method within one `writing`."""

    def __init__(
        self,
        desk: ServiceDesk,
        truth: TruthTable,
        crew: Crew,
        scenario: Scenario,
        *,
        seed: int,
        speed: float,
        operators: frozenset[str],
    ) -> None:
        self._desk = desk
        self._store = desk.store
        self._truth = truth
        self._crew = crew
        self._scenario = scenario
        self._seed = seed
        self._speed = speed
        self._operators = operators

    def know(self, cause: Cause) -> None:
        """Write a cause down."""
        self._truth.put_cause(
            CauseNow(
                key=cause.key,
                team=cause.team,
                service=cause.service,
                mends=cause.mends,
                alone=cause.alone,
                major=cause.major,
                recovers=cause.recovers,
                code=_CODE,
            )
        )

    def report(self, index: int, number: int, at: datetime) -> None:
        """One of the scenario's reports comes; of several devices, the one with that number."""
        report = self._scenario.reports[index]
        if report.symptom and self.known(report.cause).mended is not None:
            return
        rng = self._crew.rng(f"report/{index}/{number}")
        row = self._registered(report, index, number, at)
        if number == 0:
            for nth, event in enumerate(report.events):
                self._crew.plan(at, event.after + rng.uniform(0, 0.4), row.pk, Move.EVENT, index, nth)

    def _registered(self, report: Report, index: int, number: int, at: datetime) -> Row:
        rng = self._crew.rng(f"register/{index}")
        racks = rng.sample(range(10, 90), 60)
        values = {"rack": str(racks[number % len(racks)]), "site": SITES[number % len(SITES)]}
        caller = None if report.source == MONITORING else CALLERS[(index * 7 + number + self._seed) % len(CALLERS)]
        made = c.Create(
            title=report.title.format_map(values),
            description=report.text,
            impact=report.said[0],
            urgency=report.said[1],
            service=report.service,
            team=report.team,
            caller=caller,
            category=report.category,
        )
        row = self._created(made, report.source, at)
        impact, urgency = report.true or report.said
        self._truth.put(
            Truth(
                incident=row.pk,
                cause=report.cause,
                role=Role.SYMPTOM if report.symptom else Role.REPORT,
                impact=impact,
                urgency=urgency,
                said_impact=report.said[0],
                said_urgency=report.said[1],
                promised=report.promised,
            )
        )
        if not report.promised:
            self._crew.see_own(row, report.cause, at)
        return row

    def hand_over(self, index: int, report: Report, now: datetime) -> None:
        """It lies there in the operator's name, with what the shift before has said."""
        came = now + span(report.at, self._speed)
        row = self._registered(report, index, 0, came)

        def then(change: Change, minutes: float) -> None:
            fresh = self._store.row(row.pk)
            assert fresh is not None
            at = came + span(minutes, self._speed)
            carry_out(self._desk, fresh, change, Doing(_EARLIER, at, operated=False))

        then(c.Acknowledge(), min(2.0, -report.at / 4))
        if report.promised:
            then(c.Comment(report.promised), -report.at - 0.2)
        then(c.Assign(team=OPERATORS_TEAM, to=min(self._operators)), -report.at - 0.1)
        fresh = self._store.row(row.pk)
        assert fresh is not None
        self._store.save(replace(fresh, operated=True), silently=True)
        self._crew.begin_work(self.known(report.cause), right=False, at=now)
        for nth, event in enumerate(report.events):
            if event.after + report.at >= 0:
                self._crew.plan(now, event.after + report.at, row.pk, Move.EVENT, index, nth)

    def call(self, title: str, number: int, at: datetime) -> None:
        """An everyday incident; now and then its caller sees it smaller or bigger than it is."""
        scene = next(scene for scene in (*CALLS, *ALERTS) if scene.title == title)
        rng = self._crew.rng(f"call/{number}")
        said = (scene.impact, scene.urgency)
        if not scene.is_alert and rng.random() < self._scenario.misjudged:
            said = (1, 1) if said == (3, 3) else (3, 3)
        cause = self._everyday_cause(scene, f"call-{number}", rng.uniform(2, 5))
        self._from_scene(scene, f"call/{number}", said, role=Role.REPORT, cause=cause.key, at=at)

    def _everyday_cause(self, scene: Scene, key: str, mends: float) -> Cause:
        service = self._desk.organisation.service(scene.service)
        team = (service.team if service else None) or OPERATORS_TEAM
        cause = Cause(key=key, team=team, mends=mends, recovers=scene.resolution, service=scene.service)
        self.know(cause)
        return cause

    def shake(self, key: str, number: int, at: datetime) -> None:
        """Somebody reports a service that stands on the one in trouble, while that lasts."""
        cause = self.known(key)
        above = sorted(name for name, below in DEPENDS.items() if cause.service in below)
        if cause.mended is not None or not above:
            return
        order = self._crew.rng(f"shake/{key}").sample(above, len(above))
        scene = replace(knock_on(cause.service, order[number % len(order)]), findings=())
        self._from_scene(scene, f"shake/{key}/{number}", (2, 2), role=Role.SYMPTOM, cause=key, at=at)

    def _from_scene(
        self, scene: Scene, what: str, said: tuple[int, int], *, role: Role, cause: str, at: datetime
    ) -> None:
        made = trouble(self._crew.rng(what), self._desk.organisation, self._operators, scene)
        change = c.Create(
            title=made.title,
            description=made.text,
            impact=said[0],
            urgency=said[1],
            service=scene.service,
            team=made.team,
            caller=None if scene.is_alert else made.caller,
            category=scene.category,
        )
        row = self._created(change, scene.source, at)
        self._truth.put(
            Truth(
                incident=row.pk,
                cause=cause,
                role=role,
                impact=scene.impact,
                urgency=scene.urgency,
                said_impact=said[0],
                said_urgency=said[1],
            )
        )
        self._crew.see_own(row, cause, at)

    def notice(self, title: str, text: str, said: tuple[int, int], at: datetime) -> None:
        """The drill itself says something, as an incident that does not count."""
        change = c.Create(title=title, description=text, impact=said[0], urgency=said[1], team=OPERATORS_TEAM)
        row = self._created(change, "Drill", at)
        told = Truth(
            incident=row.pk,
            cause=NO_CAUSE,
            role=Role.NOTICE,
            impact=said[0],
            urgency=said[1],
            said_impact=said[0],
            said_urgency=said[1],
        )
        self._truth.put(told)

    def _created(self, change: c.Create, source: str, at: datetime) -> Row:
        by = MONITORING if source == MONITORING else change.caller or "Drill"
        return self._desk.create(change, Doing(by, at, operated=False), source=source).row

    def known(self, key: str) -> CauseNow:
        """The cause with that key, which is there."""
        cause = self._truth.cause(key)
        assert cause is not None
        return cause
