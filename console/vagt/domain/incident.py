"""The incident as every part of the program knows it, whatever system it lives in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """Where an incident stands; the backend's own word is kept beside it."""

    NEW = "new"
    ACTIVE = "active"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        return self in OPEN_STATES


OPEN_STATES = frozenset({State.NEW, State.ACTIVE, State.WAITING})


class ClockState(StrEnum):
    """What an SLA clock is doing."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"


class ClockKind(StrEnum):
    """What happens when a clock runs out."""

    SLA = "sla"
    """A promise is broken: the backend's own deadlines, and those of `[slas]`."""
    ESCALATION = "escalation"
    """The next step of its path is due."""
    UPDATE = "update"
    """Stakeholders are to hear of it."""
    REMINDER = "reminder"
    """The operator wanted to be reminded."""


class LinkKind(StrEnum):
    """How another record relates to the incident that carries the link."""

    PROBLEM = "problem"
    CHANGE = "change"
    PARENT = "parent"
    CHILD = "child"
    DUPLICATE = "duplicate"
    RELATED = "related"


class Key(NamedTuple):
    """An incident's identity: it never changes, whatever the number on the screen does."""

    backend: str
    id: str


@dataclass(frozen=True, slots=True)
class SlaClock:
    """A deadline with a name: "response", "resolution", or what the backend calls it."""

    name: str
    due_at: datetime | None
    state: ClockState
    started_at: datetime | None = None
    """When it began to run; with `due_at` it tells which part of the time is used up."""
    kind: ClockKind = ClockKind.SLA


@dataclass(frozen=True, slots=True)
class Link:
    """Another record that belongs to this incident."""

    kind: LinkKind
    ref: str
    title: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One interruption of service, as its backend last told it. Times are UTC."""

    backend: str
    id: str
    """The backend's own identifier, which its API wants."""
    number: str
    """What people call it; unique within its backend."""
    title: str
    state: State
    native_state: str
    description: str = ""
    priority: int | None = None
    """1 (most urgent) to 5."""
    impact: int | None = None
    """1 (high) to 3 (low)."""
    urgency: int | None = None
    """1 (high) to 3 (low)."""
    major: bool = False
    team: str | None = None
    """The team's name for people; also what `assign --team` takes."""
    team_id: str | None = None
    assignee: str | None = None
    """The backend's login, e-mail or id: what `assign --to` takes."""
    assignee_name: str | None = None
    also_assigned: tuple[str, ...] = ()
    """Further assignees where the backend knows several."""
    caller: str | None = None
    service: str | None = None
    category: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    updated_by: str | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    waiting_reason: str | None = None
    waiting_until: datetime | None = None
    snoozed_until: datetime | None = None
    """Out of sight until then, where the backend itself knows how to snooze (Capability.SNOOZE)."""
    resolution: str | None = None
    sla: tuple[SlaClock, ...] = ()
    links: tuple[Link, ...] = ()
    url: str | None = None
    version: str | None = None
    """Number, ETag, timestamp or hash; changes whenever the backend's record does. None: the backend has none."""
    extra: tuple[tuple[str, str], ...] = ()
    """What else the backend told, as (label, value), in its own words and order."""

    @property
    def key(self) -> Key:
        return Key(self.backend, self.id)

    @property
    def ref(self) -> str:
        """`backend:number`, what people and scripts use."""
        return f"{self.backend}:{self.number}"

    @property
    def is_open(self) -> bool:
        # not `in OPEN_STATES`: an enum's hash is a Python function, and this is asked for every row
        return self.state is not State.RESOLVED and self.state is not State.CLOSED

    @property
    def is_acknowledged(self) -> bool:
        """Somebody works on it, or has."""
        return self.acknowledged_at is not None or self.state is not State.NEW
