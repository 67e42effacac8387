"""Past incidents whose right answers are known: the practice shift's troubles, each as it came and as it ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from vagt.adapters.embedded.shift.scenes import CALLS, SAME_VPN_TROUBLE, STORMS
from vagt.adapters.embedded.shift.script import Deed, Trouble, any_scene, steps_for, trouble
from vagt.adapters.embedded.shift.world import practice_organisation
from vagt.domain.incident import Incident, State
from vagt.domain.priority import PriorityMatrix

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_EVERY = timedelta(minutes=9)
_OPERATORS = frozenset({"anna"})
_MATRIX = PriorityMatrix()


@dataclass(frozen=True, slots=True)
class Case:
    """One incident as it came, and as it stood when it was closed."""

    told: Incident
    ended: Incident


def cases(count: int, seed: int = 11, *, misjudged: float = 0.08, now: datetime = NOW) -> Iterator[Case]:
    """So many, oldest first, numbered from 1.

    Impact, urgency and category are what the scene says, but in a part of them whoever judged erred by one
    or chose at random. Calls come to any of three teams at first; who ends up with them follows the script.
    """
    random = Random(seed)
    organisation = practice_organisation(_OPERATORS, now)
    for number in range(1, count + 1):
        made = trouble(random, organisation, _OPERATORS, any_scene(random))
        came = now - _EVERY * (count + 1 - number)
        ended = _ended(random, made, number, came, misjudged)
        team, impact, urgency = made.team, ended.impact or 3, ended.urgency or 3
        for step in steps_for(random, made, organisation, _OPERATORS):
            if step.deed is Deed.REASSIGN:
                team = step.more
            elif step.deed is Deed.WORSE:
                impact, urgency = max(1, impact - 1), max(1, urgency - (impact == 1))
        ended = replace(ended, team=team, impact=impact, urgency=urgency, priority=_MATRIX.priority(impact, urgency))
        yield Case(_told(ended), ended)


def _ended(random: Random, made: Trouble, number: int, came: datetime, misjudged: float) -> Incident:
    scene = made.scene
    impact, urgency, category = scene.impact, scene.urgency, scene.category
    if random.random() < misjudged:
        impact = min(3, max(1, impact + random.choice((-1, 1))))
    if random.random() < misjudged:
        urgency = min(3, max(1, urgency + random.choice((-1, 1))))
    if random.random() < misjudged:
        category = "Other"
    return Incident(
        backend="desk",
        id=f"{number:x}",
        number=str(10_000 + number),
        title=made.title,
        description=made.text,
        state=State.CLOSED,
        native_state="Closed",
        impact=impact,
        urgency=urgency,
        service=scene.service,
        category=category,
        caller=made.caller,
        assignee=made.who,
        created_at=came,
        updated_at=came + timedelta(hours=3),
        acknowledged_at=came + timedelta(minutes=9),
    )


def _told(ended: Incident) -> Incident:
    """What is known when it comes: its words, and who calls."""
    return replace(
        ended,
        state=State.NEW,
        native_state="New",
        priority=None,
        impact=None,
        urgency=None,
        team=None,
        service=None,
        category=None,
        assignee=None,
        acknowledged_at=None,
    )


@dataclass(frozen=True, slots=True)
class Report:
    """One open incident, and which trouble it tells of: those of one cause are the same."""

    incident: Incident
    cause: int


def reports(causes: int, seed: int = 5, *, hours: float = 8.0, now: datetime = NOW) -> list[Report]:
    """What lies open after a shift with so many causes, oldest first.

    Of ten causes seven are told once, two by several callers in their own order of words, and one is
    an alert storm. The same kind of trouble comes more than once without being the same.
    """
    random = Random(seed)
    organisation = practice_organisation(_OPERATORS, now)
    told: list[tuple[datetime, Trouble, int]] = []
    for cause in range(causes):
        began = now - timedelta(hours=random.uniform(0, hours))
        dice = random.random()
        if dice < 0.1:
            scene = random.choice(STORMS)
            for rack in random.sample(range(10, 60), random.randint(4, 9)):
                began += timedelta(seconds=random.uniform(1, 40))
                told.append((began, trouble(random, organisation, _OPERATORS, scene, rack=rack), cause))
            continue
        scene = random.choice(CALLS) if dice < 0.3 else any_scene(random)
        first = trouble(random, organisation, _OPERATORS, scene)
        told.append((began, first, cause))
        for number in range(random.randint(1, 2) if dice < 0.3 else 0):
            title = SAME_VPN_TROUBLE[number] if scene is CALLS[0] else _again(random, first.title)
            later = began + timedelta(minutes=random.uniform(1, 40))
            told.append((later, replace(first, title=title), cause))
    told.sort(key=lambda one: one[0])
    return [Report(_open(made, number, came), cause) for number, (came, made, cause) in enumerate(told, 1)]


def _again(random: Random, title: str) -> str:
    """Another caller's words: some are missing, some are new."""
    kept = [word for word in title.split() if random.random() < 0.7] or title.split()
    return " ".join((*kept, random.choice(("(me too)", "as well", "– urgent!", "since this morning"))))


def _open(made: Trouble, number: int, came: datetime) -> Incident:
    return Incident(
        backend="desk",
        id=f"{number:x}",
        number=str(20_000 + number),
        title=made.title,
        description=made.text,
        state=State.NEW,
        native_state="New",
        impact=made.scene.impact,
        urgency=made.scene.urgency,
        service=made.scene.service,
        category=made.scene.category,
        team=made.team,
        caller=made.caller,
        created_at=came,
        updated_at=came,
    )
