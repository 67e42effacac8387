"""How one piece of trouble goes on: a scene becomes an incident and a list of steps. Pure, from a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from vagt.adapters.embedded.organisation import Organisation
from vagt.adapters.embedded.shift.scenes import ALERTS, CALLS, Scene
from vagt.adapters.embedded.shift.world import CALLERS, DEPENDS, MONITORING, OPERATORS_TEAM, SITES

MINUTE = 60.0


class Deed(StrEnum):
    """What a step does."""

    ACKNOWLEDGE = "acknowledge"
    NOTE = "note"
    COMMENT = "comment"
    PLEA = "plea"
    """The caller adds something."""
    WORSE = "worse"
    REASSIGN = "reassign"
    HOLD = "hold"
    RESOLVE = "resolve"
    RECOVER = "recover"
    """Monitoring finds that it is over."""
    CLOSE = "close"
    KNOCK_ON = "knock-on"
    """What stands on this service suffers: somebody calls about that one, not knowing of this."""
    STORM = "storm"
    """One more alert of a storm; belongs to no incident."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens `delay` seconds after the incident came."""

    delay: float
    deed: Deed
    who: str = ""
    text: str = ""
    more: str = ""
    """What the deed needs besides: a code, a team, seconds to wait."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One incident as it will come, with its texts filled in."""

    scene: Scene
    title: str
    text: str
    caller: str
    team: str
    who: str
    """The colleague who would see to it."""
    values: tuple[tuple[str, str], ...]

    def said(self, text: str) -> str:
        for name, value in self.values:
            text = text.replace(f"{{{name}}}", value)
        return text


_HOSTS = {
    "Databases": ("db-07", "db-11", "pg-erp-2"),
    "Storage": ("san-01", "san-02", "nas-04"),
    "Network": ("core-cph-1", "acc-aar-14", "acc-mmo-3", "rtr-gdn-1"),
    "VPN": ("vpn-gw-1", "vpn-gw-2"),
    "Web shop": ("shop-web-3", "shop-web-5", "shop-api-2"),
    "E-mail": ("mx-2", "mx-3"),
    "Backup": ("erp-app-2", "files-03", "hr-db-1"),
    "ERP": ("erp-app-1", "erp-batch-1"),
    "Intranet": ("intra.nordhavn.example", "wiki.nordhavn.example"),
}


_WORSE = (
    "Two more colleagues here have the same now.",
    "It is getting worse, we can hardly work.",
    "The customer has called for the second time.",
)
"""For trouble without a way of its own to get worse."""


def trouble(
    rng: random.Random, organisation: Organisation, operators: frozenset[str], scene: Scene, *, rack: int = 0
) -> Trouble:
    """Fill in a scene: where, which machine, who calls, whom it concerns."""
    site = rng.choice(SITES)
    values = (
        ("site", site if not rack else "cph"),
        ("rack", f"{rack:02}"),
        ("host", rng.choice(_HOSTS.get(scene.service, ("app-21", "app-34")))),
        ("n", str(rng.randint(2, 9))),
        ("pct", str(rng.randint(81, 97))),
    )
    service = organisation.service(scene.service)
    own = (service.team if service else None) or OPERATORS_TEAM
    # Monitoring speaks to the NOC; people speak to the desk, or are known to be somebody else's already.
    first = OPERATORS_TEAM if scene.is_alert else rng.choice((own, own, "Service Desk", OPERATORS_TEAM))
    made = Trouble(scene, "", "", "", first, colleague(rng, organisation, first, operators), values)
    caller = MONITORING if scene.is_alert else rng.choice(CALLERS)
    return Trouble(scene, made.said(scene.title), made.said(scene.text), caller, first, made.who, values)


def colleague(rng: random.Random, organisation: Organisation, team: str, operators: frozenset[str]) -> str:
    """Somebody simulated of that team; of any team where it has only operators."""
    found = organisation.team(team)
    members = [login for login in (found.members if found else ()) if login not in operators]
    return rng.choice(members or [person.login for person in organisation.people if person.login not in operators])


def any_scene(rng: random.Random) -> Scene:
    """Nearly half of what comes is from machines; urgent things are rarer than they feel."""
    scene = rng.choice(ALERTS) if rng.random() < 0.45 else rng.choice(CALLS)
    if (scene.impact, scene.urgency) in ((1, 1), (1, 2), (2, 1)) and rng.random() < 0.6:
        return any_scene(rng)
    return scene


def steps_for(
    rng: random.Random, trouble: Trouble, organisation: Organisation, operators: frozenset[str]
) -> list[Step]:
    """What will happen to it by itself, at a human pace, unless an operator takes it in hand."""
    scene = trouble.scene
    service = organisation.service(scene.service)
    steps: list[Step] = []
    at = rng.uniform(2, 7) * MINUTE if scene.urgency == 1 else rng.uniform(3, 25) * MINUTE
    if scene.is_alert and scene.recovers and rng.random() < 0.4:
        steps.append(
            Step(rng.uniform(2, 14) * MINUTE, Deed.RECOVER, MONITORING, trouble.said(scene.recovers), scene.code)
        )
        if rng.random() < 0.5:
            return steps
    worse = scene.worse if rng.random() < 0.75 else ""
    if not scene.is_alert and not worse and rng.random() < 0.25:
        worse = rng.choice(_WORSE)
    if worse:
        by = MONITORING if scene.is_alert else trouble.caller
        steps.append(Step(rng.uniform(3, 15) * MINUTE, Deed.WORSE, by, trouble.said(worse)))
    suffering = [name for name, below in DEPENDS.items() if scene.service in below]
    if scene.impact < 3 and suffering and rng.random() < 0.3:
        caller = rng.choice(CALLERS)
        steps.append(Step(rng.uniform(2, 8) * MINUTE, Deed.KNOCK_ON, caller, scene.service, rng.choice(suffering)))
    for number, plea in enumerate(scene.pleas):
        if rng.random() < 0.7:
            steps.append(
                Step(
                    (5 + 12 * number) * MINUTE + rng.uniform(0, 10) * MINUTE,
                    Deed.PLEA,
                    trouble.caller,
                    trouble.said(plea),
                )
            )
    who = trouble.who
    if service and service.team and service.team != trouble.team and rng.random() < 0.55:
        who = colleague(rng, organisation, service.team, operators)
        steps.append(Step(at, Deed.REASSIGN, trouble.who, "Belongs to them.", service.team))
        at += rng.uniform(1, 6) * MINUTE
    steps.append(Step(at, Deed.ACKNOWLEDGE, who))
    for number, finding in enumerate(scene.findings):
        at += rng.uniform(2, 9) * MINUTE
        steps.append(Step(at, Deed.NOTE, who, trouble.said(finding)))
        if number < len(scene.answers):
            at += rng.uniform(0.5, 2) * MINUTE
            steps.append(Step(at, Deed.COMMENT, who, trouble.said(scene.answers[number])))
    if rng.random() < 0.12:
        at += rng.uniform(1, 4) * MINUTE
        wait = rng.choice((10, 20, 30, 45)) * MINUTE
        steps.append(Step(at, Deed.HOLD, who, rng.choice(("caller", "vendor", "change", "parts")), str(wait)))
        at += wait
    at += rng.uniform(4, 30) * MINUTE
    steps.append(Step(at, Deed.RESOLVE, who, trouble.said(scene.resolution), scene.code))
    return sorted(steps, key=lambda step: step.delay)


def knock_on(below: str, above: str) -> Scene:
    """The call about a service that stands on one in trouble."""
    return Scene(
        above,
        f"{above}: slow, or not there at all, for several people",
        "It began some minutes ago. Some get error pages, others wait and wait.",
        2,
        2,
        "Software",
        "Phone",
        (f"{above} stands on {below}, and there is trouble there: probably the same cause.",),
        ("We know of trouble that may be the cause and are working on it.",),
        ("Still so. Is it known?",),
        f"Well again since {below} is.",
        "recovered",
    )


def major_steps(rng: random.Random, trouble: Trouble) -> list[Step]:
    """The course of a major incident: found, said, tried, taken back, over."""
    scene, at = trouble.scene, 1.0 * MINUTE
    steps = [Step(at, Deed.ACKNOWLEDGE, trouble.who)]
    for number, finding in enumerate(scene.findings):
        at += rng.uniform(3, 6) * MINUTE
        steps.append(Step(at, Deed.NOTE, trouble.who, trouble.said(finding)))
        if number % 2 == 0 and number // 2 < len(scene.answers):
            at += rng.uniform(0.5, 1.5) * MINUTE
            steps.append(Step(at, Deed.COMMENT, trouble.who, trouble.said(scene.answers[number // 2])))
        if number == 2:
            steps.append(Step(at + MINUTE, Deed.PLEA, "Ruth Adeyemi", trouble.said(scene.pleas[0])))
    at += rng.uniform(20, 30) * MINUTE
    steps.append(Step(at, Deed.RESOLVE, trouble.who, scene.resolution, scene.code))
    return sorted(steps, key=lambda step: step.delay)


def stretched(steps: Sequence[Step], factor: float) -> list[Step]:
    """The same course, slower (above 1) or faster."""
    return [Step(step.delay * factor, step.deed, step.who, step.text, step.more) for step in steps]
