"""What a drill's scenario is made of: causes, the reports that they bring, and what people add. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CALLER, MACHINE = "caller", "monitoring"
"""Who says something, besides the teams: whoever reported it, and the monitoring."""


class Turn(StrEnum):
    """What somebody does to an incident in the course of a scenario."""

    SAYS = "says"
    """A note of a colleague or of monitoring; a public comment of the caller."""
    WORSE = "worse"
    """Says it, and from now on the truth is worse; the incident's own judgement stays as it is."""
    TAKES = "takes"
    """A colleague takes it, where nobody has it."""
    RELEASES = "releases"
    """The colleague who took it gives it back to nobody."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody does, `after` so many minutes since the incident came."""

    after: float
    who: str
    """CALLER, MACHINE, or a team: one of its members."""
    turn: Turn
    text: str = ""
    judged: tuple[int, int] | None = None
    """For WORSE: true impact and urgency from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What is really wrong. The operator sees only reports of it."""

    key: str
    team: str
    """Who can mend it."""
    mends: float
    """Minutes from the moment when somebody who can mend it begins; twice as many where others try."""
    recovers: str
    """What is said in its incidents once service is restored."""
    service: str = ""
    alone: bool = False
    """It ends by itself, `mends` minutes after it began."""
    major: bool = False
    shakes: tuple[float, ...] = ()
    """While it lasts, somebody reports a service that stands on this one, so many minutes after it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One incident as it comes in, or `times` of them: `{rack}` and `{site}` differ each time."""

    at: float
    """Minutes after the shift began; below zero: it is handed over from the shift before."""
    cause: str
    title: str
    text: str
    service: str
    said: tuple[int, int]
    """Impact and urgency as they stand in the report."""
    true: tuple[int, int] | None = None
    """As they really are; None: as said."""
    team: str = "NOC"
    source: str = "Phone"
    category: str = "Software"
    times: int = 1
    over: float = 0.0
    """Minutes over which the further ones are spread."""
    symptom: bool = False
    """Of a service that only stands on the one in trouble: a child of its cause, not the same."""
    promised: str = ""
    """What the shift before has promised in public, just before it handed this over."""
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One practice shift with a beginning and an end. Durations are minutes at speed 1."""

    name: str
    title: str
    briefing: str
    """What the shift before says; stands in the first incident."""
    minutes: float
    calls: float
    """Everyday incidents an hour besides, at rate 1."""
    misjudged: float
    """The part of those whose caller says something else than what it is, 0 to 1."""
    response: tuple[float, float, float, float, float]
    """Minutes to acknowledge, for the priorities 1 to 5."""
    resolution: tuple[float, float, float, float, float]
    causes: tuple[Cause, ...]
    reports: tuple[Report, ...]
