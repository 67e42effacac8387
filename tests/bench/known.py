"""Past incidents whose right answers are known: the practice shift's troubles, each as it came and as it ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

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
