"""What the account holds: people, policies, services, incidents, the log of what happened, and its own clock."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.doubles.pagerduty.quirks import Quirks

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(slots=True)
class User:
    id: str
    name: str
    email: str
    role: str = "user"


@dataclass(slots=True)
class Schedule:
    id: str
    name: str
    users: list[str]
    """Whose turn it is stands first."""
    until: datetime


@dataclass(slots=True)
class Rule:
    """One level of a policy: who is paged, and after how many minutes the next one is."""

    minutes: int
    targets: list[str]
    """Ids of users and schedules."""


@dataclass(slots=True)
class Policy:
    id: str
    name: str
    rules: list[Rule]
    loops: int = 0
    teams: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Service:
    id: str
    name: str
    policy: str
    ack_timeout: int | None = None
    auto_resolve: int | None = None
    teams: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Note:
    id: str
    user: str
    content: str
    at: datetime


@dataclass(slots=True)
class Update:
    """A status update that was sent."""

    id: str
    user: str
    message: str
    subject: str
    html: str
    at: datetime
    to: tuple[str, ...]


@dataclass(slots=True)
class Incident:
    id: str
    number: int
    title: str
    service: str
    policy: str
    urgency: str
    created: datetime
    updated: datetime
    key: str
    details: str = ""
    status: str = "triggered"
    level: int = 1
    via: str = "escalation_policy"
    priority: str | None = None
    type: str = "incident_default"
    assigned: list[tuple[str, datetime]] = field(default_factory=list)
    acked: list[tuple[str, datetime]] = field(default_factory=list)
    changed_by: str | None = None
    changed_at: datetime | None = None
    resolved_at: datetime | None = None
    snoozed_until: datetime | None = None
    ack_ends: datetime | None = None
    escalates: datetime | None = None
    bridge: dict[str, str] | None = None
    merged_into: str | None = None
    mergeable: bool = True
    alerts: int = 1
    hidden: bool = False
    notes: list[Note] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    subscribers: list[tuple[str, str]] = field(default_factory=list)
    responders: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """One line of the log."""

    id: str
    type: str
    at: datetime
    agent: str
    """Id of a user or service."""
    incident: str
    summary: str
    more: dict[str, Any] = field(default_factory=dict)
    held: dict[str, Any] = field(default_factory=dict)
    """The incident as it then was."""


class Store:
    """All of it."""

    def __init__(self, quirks: Quirks, seed: int = 1) -> None:
        self.quirks = quirks
        self._random = random.Random(seed)
        self.skipped = timedelta()
        self.users: dict[str, User] = {}
        self.schedules: dict[str, Schedule] = {}
        self.policies: dict[str, Policy] = {}
        self.services: dict[str, Service] = {}
        self.teams: dict[str, str] = {}
        self.priorities: list[tuple[str, str]] = []
        """Id and name, the most severe first."""
        self.types: list[tuple[str, str]] = []
        self.templates: dict[str, dict[str, Any]] = {}
        self.incidents: dict[str, Incident] = {}
        self.log: list[Entry] = []
        self.number = 100

    def now(self) -> datetime:
        """The account's time, in whole seconds as it is told."""
        return (datetime.now(UTC) + self.skipped).replace(microsecond=0)

    def moment(self) -> datetime:
        return datetime.now(UTC) + self.skipped

    def skip(self, seconds: float) -> None:
        """Time goes by."""
        self.skipped += timedelta(seconds=seconds)

    def id(self, first: str = "P", length: int = 7) -> str:
        return first + "".join(self._random.choices(_LETTERS, k=length - 1))

    def on_call(self, policy: Policy, level: int) -> list[str]:
        """Who is paged at a level now."""
        if not 1 <= level <= len(policy.rules):
            return []
        found = []
        for target in policy.rules[level - 1].targets:
            if target in self.users:
                found.append(target)
            elif self.schedules[target].users:
                found.append(self.schedules[target].users[0])
        return list(dict.fromkeys(found))

    def visible(self) -> Iterator[Incident]:
        return (incident for incident in self.incidents.values() if not incident.hidden)

    def find(self, id: str) -> Incident | None:
        """By id, or by the number that people use."""
        found = self.incidents.get(id)
        if found is None and id.isascii() and id.isdigit():
            found = next((one for one in self.incidents.values() if one.number == int(id)), None)
        return None if found is None or found.hidden else found

    def user_by_email(self, email: str) -> User | None:
        return next((user for user in self.users.values() if user.email.lower() == email.lower()), None)
