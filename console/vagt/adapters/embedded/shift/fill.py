"""The first picture of a shift: what lies in the queue when somebody comes on duty, and two weeks of history."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import datetime, timedelta

from vagt.adapters.embedded.desk import Deed as Doing
from vagt.adapters.embedded.desk import ServiceDesk
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.rules import next_wake
from vagt.adapters.embedded.shift.colleagues import Colleagues
from vagt.adapters.embedded.shift.scenes import ALERTS, CALLS, MAJOR, Scene
from vagt.adapters.embedded.shift.script import (
    MINUTE,
    Deed,
    Step,
    Trouble,
    any_scene,
    major_steps,
    steps_for,
    stretched,
    trouble,
)
from vagt.adapters.embedded.shift.world import CALLERS, OPERATORS_TEAM, RECORDS
from vagt.adapters.embedded.store import Store
from vagt.domain import commands as c
from vagt.domain.incident import LinkKind

OPEN = 60
"""Open incidents when a shift begins."""
HISTORY = 200
_DAYS = 14


def read_detail(detail: str) -> tuple[str, str, str]:
    """A planned step's who, text and more."""
    who, text, more = json.loads(detail)
    return str(who), str(text), str(more)


def records(store: Store) -> None:
    """The problems and changes that there are to link to."""
    for record in RECORDS:
        store.add_record(record)


def history(
    rng: random.Random, desk: ServiceDesk, colleagues: Colleagues, operators: frozenset[str], now: datetime
) -> None:
    """Incidents of the last two weeks, resolved by colleagues and closed."""
    ages = sorted((rng.uniform(0.2, _DAYS) * 86400 for _ in range(HISTORY)), reverse=True)
    for age in ages:
        came = now - timedelta(seconds=age)
        made = trouble(rng, desk.organisation, operators, any_scene(rng))
        row = colleagues.arrive(made, [], came)
        took = rng.uniform(4, 60) * MINUTE
        lasted = min(took + rng.uniform(5, 400) * MINUTE, age - 2 * MINUTE)
        _then(desk, row, c.Acknowledge(), made.who, came + timedelta(seconds=min(took, lasted / 2)))
        for finding in made.scene.findings[:1]:
            _then(desk, row, c.Note(made.said(finding)), made.who, came + timedelta(seconds=lasted * 0.7))
        resolution = c.Resolve(made.said(made.scene.resolution), made.scene.code)
        _then(desk, row, resolution, made.who, came + timedelta(seconds=lasted))
        _then(desk, row, c.Close(), "", min(now, came + timedelta(seconds=lasted + 7200)))


def shift_under_way(
    rng: random.Random,
    desk: ServiceDesk,
    colleagues: Colleagues,
    operators: frozenset[str],
    now: datetime,
    count: int,
) -> None:
    """About `count` open incidents of every kind that a shift knows, the oldest first."""
    plans: list[tuple[float, Trouble, str]] = []

    def add(age: float, scene: Scene, kind: str) -> None:
        plans.append((age, trouble(rng, desk.organisation, operators, scene), kind))

    if not any(row.major for row in desk.store.open_after(0, 1000)):
        add(21 * MINUTE, MAJOR, "major")
    storm = rng.choice([scene for scene in ALERTS if scene.service in ("Network", "Storage")])
    for _ in range(min(11, count // 5)):
        add(rng.uniform(6, 10) * MINUTE, storm, "storm")
    vpn = CALLS[0]
    for number in range(3):
        add((26 - 7 * number) * MINUTE, vpn if number == 0 else replace(vpn, title=_TOO[number - 1]), "duplicate")
    for number in range(6):
        add(rng.uniform(2, 30) * 3600, rng.choice(CALLS), f"waiting {(4, 25, 90, 240, 1440, 2880)[number]}")
    for number in range(4):
        add(rng.uniform(7, 20) * 3600, rng.choice([s for s in CALLS if s.urgency > 1]), f"forgotten {number}")
    for number in range(3):
        add(rng.uniform(20, 200) * MINUTE, rng.choice(CALLS), "mine" if operators else f"forgotten {number}")
    for minutes in (26.5, 28):
        add(minutes * MINUTE, _PRESSING, "untouched")
    add(13 * MINUTE, replace(_PRESSING, impact=1, urgency=1, title=_FIRST_P1), "untouched")
    add(7.9 * 3600, rng.choice([s for s in CALLS if (s.impact, s.urgency) == (2, 1)]), "late")
    while len(plans) < count:
        scene = any_scene(rng)
        add(rng.uniform(0.5, 40) * MINUTE if scene.is_alert else rng.uniform(1, 150) * MINUTE, scene, "usual")
    for age, made, kind in sorted(plans[: max(count, 12)], key=lambda plan: -plan[0]):
        _lay(rng, desk, colleagues, operators, now, age, made, kind)


_TOO = ("VPN connection unstable in the home office", "Cut off from VPN all the time – Ærø office")
_FIRST_P1 = "Nobody at the warehouse can sign in"
_PRESSING = Scene(
    "Identity", "Sign-in takes minutes for the whole customer centre", "About 60 people wait at “Welcome” for five minutes."
    " Hotline answers late.", 2, 1, "Access", "Phone", ("Domain controller 3 does not answer LDAP.",),
    ("We are looking into the sign-in.",), ("It is getting worse.",), "Domain controller restarted.", "restarted",
    worse="Now the second floor as well.",
)  # fmt: skip


def _lay(
    rng: random.Random,
    desk: ServiceDesk,
    colleagues: Colleagues,
    operators: frozenset[str],
    now: datetime,
    age: float,
    made: Trouble,
    kind: str,
) -> None:
    """Register one as it came, let its past happen, and plan its future."""
    came = now - timedelta(seconds=age)
    what, _, detail = kind.partition(" ")
    if what == "major":
        major(desk, colleagues, made, major_steps(rng, made), came)
        return
    if what in ("untouched", "mine"):
        made = replace(made, team=OPERATORS_TEAM)
    row = colleagues.arrive(made, [], came)
    course = steps_for(rng, made, desk.organisation, operators)
    match what:
        case "waiting":
            _then(desk, row, c.Acknowledge(), made.who, came + timedelta(minutes=9))
            for finding in made.scene.findings[:1]:
                _then(desk, row, c.Note(made.said(finding)), made.who, came + timedelta(minutes=14))
            until = now + timedelta(minutes=float(detail))
            reason = rng.choice(("caller", "vendor", "change", "parts"))
            _then(desk, row, c.Hold(reason, until), made.who, came + timedelta(seconds=age * 0.6))
            colleagues.plan(
                row.pk, Step(float(detail) * MINUTE + 1500, Deed.RESOLVE, made.who, "Solved.", "fixed"), now
            )
        case "forgotten":
            _then(desk, row, c.Acknowledge(), made.who, came + timedelta(minutes=11))
            if detail == "0" and operators:
                _mine(desk, row, operators, came + timedelta(minutes=13))
        case "mine":
            _then(desk, row, c.Acknowledge(), sorted(operators)[0], came + timedelta(seconds=age * 0.4))
            _quietly_theirs(desk, row.pk)
            for step in course:
                if step.deed is Deed.PLEA:
                    colleagues.plan(row.pk, step, now)
        case "late":
            _then(desk, row, c.Acknowledge(), made.who, came + timedelta(minutes=6))
            colleagues.plan(
                row.pk, Step(35 * MINUTE, Deed.RESOLVE, made.who, made.scene.resolution, made.scene.code), now
            )
        case "untouched":
            for step in course:
                if step.delay > 240:
                    colleagues.plan(row.pk, step, now)
        case "storm":
            if rng.random() < 0.6:
                end = Step(
                    rng.uniform(3, 20) * MINUTE, Deed.RECOVER, "Monitoring", made.said(made.scene.recovers), "recovered"
                )
                colleagues.plan(row.pk, end, now)
            else:
                for step in stretched(course, 2):
                    colleagues.plan(row.pk, step, now)
        case _:
            _live_through(rng, colleagues, row, course, age, came, now)


def _live_through(
    rng: random.Random, colleagues: Colleagues, row: Row, course: list[Step], age: float, came: datetime, now: datetime
) -> None:
    """Slow the course down so that its end lies ahead; what lies behind has happened."""
    slowed = stretched(course, max(1.0, age / max(1.0, course[-1].delay) * rng.uniform(1.05, 2.0)))
    for step in slowed:
        if step.delay < age:
            detail = json.dumps([step.who, step.text, step.more])
            at = came + timedelta(seconds=step.delay)
            colleagues.take_step(row.pk, step.deed, detail, at)
        else:
            colleagues.plan(row.pk, replace(step, delay=step.delay - age), now)


def _mine(desk: ServiceDesk, row: Row, operators: frozenset[str], at: datetime) -> None:
    operator = sorted(operators)[0]
    fresh = desk.store.row(row.pk)
    assert fresh is not None
    team = desk.organisation.teams_of(operator)
    if team:
        desk.carry_out(fresh, c.Assign(team=team[0], to=operator), Doing(fresh.assignee or "", at, operated=False))


def _quietly_theirs(desk: ServiceDesk, pk: int) -> None:
    """What lies with the operator from the beginning counts as touched: colleagues keep off."""
    row = desk.store.row(pk)
    assert row is not None
    desk.store.save(replace(row, operated=True), silently=True)


def major(desk: ServiceDesk, colleagues: Colleagues, made: Trouble, course: list[Step], came: datetime) -> None:
    """A major incident with its links, unfolding from `came` on."""
    made = replace(made, team="Web")
    row = colleagues.arrive(made, course, came)
    who = next((step.who for step in course if step.deed is Deed.ACKNOWLEDGE), "")
    _then(desk, row, c.SetMajor(True), who, came + timedelta(seconds=40))
    for number, kind in (("PRB2014", LinkKind.PROBLEM), ("CHG5102", LinkKind.CHANGE)):
        _then(desk, row, c.LinkTo(number, number, kind), who, came + timedelta(seconds=50))
    below = replace(
        MAJOR, service="Web shop", title="Web shop: checkout ends with “payment not possible”", impact=2, urgency=1,
        source="Phone", text="Customer service: dozens of calls within minutes.",
    )  # fmt: skip
    child = replace(made, scene=below, title=below.title, text=below.text, caller=CALLERS[16])
    child_row = colleagues.arrive(child, [], came + timedelta(seconds=55))
    link = c.LinkTo(row.id, row.number, LinkKind.PARENT)
    _then(desk, child_row, link, who, came + timedelta(seconds=58))
    end = course[-1].delay + 4 * MINUTE
    colleagues.plan(child_row.pk, Step(end, Deed.RESOLVE, who, "Payments go through again.", "fixed"), came)


def _then(desk: ServiceDesk, row: Row, change: c.Change, who: str, at: datetime) -> None:
    fresh = desk.store.row(row.pk)
    assert fresh is not None
    desk.carry_out(fresh, change, Doing(who, at, operated=False))


__all__ = ["HISTORY", "OPEN", "history", "major", "next_wake", "read_detail", "records", "shift_under_way"]
