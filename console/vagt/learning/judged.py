"""Which fields of an incident are judged by people and can be learnt."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from vagt.domain.incident import Incident
from vagt.domain.past import Past


class Judged(StrEnum):
    """What can be suggested; the value is the name of the incident's field."""

    IMPACT = "impact"
    URGENCY = "urgency"
    PRIORITY = "priority"
    TEAM = "team"
    SERVICE = "service"
    CATEGORY = "category"


Told = Incident | Past
"""An incident with the fields that are learnt from."""

LEVELS = frozenset({Judged.IMPACT, Judged.URGENCY})

_VALUE: dict[Judged, Callable[[Told], str | int | None]] = {
    Judged.IMPACT: lambda one: one.impact,
    Judged.URGENCY: lambda one: one.urgency,
    Judged.PRIORITY: lambda one: one.priority,
    Judged.TEAM: lambda one: one.team,
    Judged.SERVICE: lambda one: one.service,
    Judged.CATEGORY: lambda one: one.category,
}


def known(one: Told, field: Judged) -> str | None:
    """What the incident itself says of `field`; levels and priorities as digits; None: nothing."""
    value = _VALUE[field](one)
    return None if value is None or value == "" else str(value)


def is_judged(incident: Incident) -> bool:
    """Whether people have looked at it, so that what it says of itself can be learnt."""
    return not incident.is_open or (incident.is_acknowledged and incident.assignee is not None)
