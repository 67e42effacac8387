"""Escalation paths of the config: which one is an incident's, and who each step goes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vagt.config.response import EscalationSettings
from vagt.domain import durations
from vagt.domain.incident import Incident
from vagt.domain.query import Facts, Query, parse


class TargetKind(StrEnum):
    """What a step's `to` names."""

    ONCALL = "oncall"
    USER = "user"
    TEAM = "team"
    CHANNEL = "channel"
    MANAGER = "manager"
    BACKEND = "backend"


class TargetError(ValueError):
    """The text names no target; the message says how one is written."""


@dataclass(frozen=True, slots=True)
class Target:
    """Who is brought in. `name` is empty for the manager and the backend's own next level."""

    kind: TargetKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.name}" if self.name else self.kind.value

    @property
    def words(self) -> str:
        """For people, before anybody knows who it is."""
        match self.kind:
            case TargetKind.ONCALL:
                return f"the on-call of {self.name}"
            case TargetKind.TEAM:
                return f"the team {self.name}"
            case TargetKind.CHANNEL:
                return f"the channel {self.name}"
            case TargetKind.MANAGER:
                return "the manager"
            case TargetKind.BACKEND:
                return "the backend's own next level"
            case TargetKind.USER:
                return self.name


def target(text: str) -> Target:
    """The target of `oncall:ROTA`, `user:NAME`, `team:NAME`, `channel:NAME`, `manager` or `backend`.

    Raises TargetError.
    """
    kind, colon, name = text.strip().partition(":")
    if colon and name and kind in (TargetKind.ONCALL, TargetKind.USER, TargetKind.TEAM, TargetKind.CHANNEL):
        return Target(TargetKind(kind), name)
    if not colon and kind in (TargetKind.MANAGER, TargetKind.BACKEND):
        return Target(TargetKind(kind))
    raise TargetError(
        f"“{text}” is no target; write oncall:ROTA, user:NAME, team:NAME, channel:NAME, manager or backend"
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path."""

    number: int
    """From 1."""
    after: float
    """Seconds since it came, without acknowledgement."""
    to: Target
    notify: tuple[str, ...] = ()
    """Channels that are told as well."""
    hierarchical: bool = False
    """Up the management line: whoever works on it goes on doing so."""

    @property
    def words(self) -> str:
        """`2 after 10m: the on-call of db`."""
        return f"{self.number} after {durations.written(self.after)}: {self.to.words}"


@dataclass(frozen=True, slots=True)
class Path:
    """The steps that an incident climbs while nobody takes it."""

    name: str
    query: Query
    steps: tuple[Step, ...]
    ack_timeout: float | None = None
    """Seconds that it may stay acknowledged and untouched."""

    def step(self, number: int) -> Step | None:
        """The step of that number; None where there is none."""
        return self.steps[number - 1] if 1 <= number <= len(self.steps) else None


class Paths:
    """All paths, in the config's order."""

    def __init__(self, settings: Iterable[EscalationSettings]) -> None:
        self._paths = tuple(_path(each) for each in settings)

    def __bool__(self) -> bool:
        return bool(self._paths)

    def __iter__(self) -> Iterator[Path]:
        return iter(self._paths)

    def of(self, incident: Incident, facts: Facts) -> Path | None:
        """The first path whose query fits; None: it climbs none."""
        return next((path for path in self._paths if path.query.matches(incident, facts)), None)

    def next_flip(self, incident: Incident, facts: Facts) -> datetime | None:
        """The next moment around which time alone may put it on another path; None: never."""
        flips = (path.query.next_flip(incident, facts) for path in self._paths if path.query.check.flip)
        return min((flip for flip in flips if flip is not None), default=None)


def _path(settings: EscalationSettings) -> Path:
    return Path(
        settings.name,
        parse(settings.query),
        tuple(
            Step(number, each.after, target(each.to), each.notify, each.kind == "hierarchical")
            for number, each in enumerate(settings.steps, 1)
        ),
        settings.ack_timeout,
    )
