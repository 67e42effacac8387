"""What the config says about deadlines, duty and who is told: SLAs, calendars, people, rotas, channels, escalations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaSettings:
    """`[slas]`: deadlines where the backend has none. Seconds, one entry for each priority 1 to 5."""

    calendar: str = "always"
    response: tuple[float, ...] = ()
    resolution: tuple[float, ...] = ()
    warn: tuple[float, ...] = (0.5, 0.8)
    """Parts of the time after which the clock warns, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSettings:
    """One `[[calendars]]` table: when the clocks of an SLA run."""

    name: str
    timezone: str
    hours: tuple[str, ...]
    holidays: tuple[date | str, ...] = ()
    """Days, or the path or address of an iCalendar file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSettings:
    """One `[[people]]` table."""

    name: str
    full_name: str = ""
    aliases: tuple[str, ...] = ()
    manager: str = ""
    channels: tuple[str, ...] = ()
    """In the order to try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideSettings:
    """One entry of a rota's `overrides`: somebody else has the duty. Local times of the rota."""

    start: datetime
    until: datetime
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaSettings:
    """One `[[rotas]]` table: who is on call for a team, in turn."""

    name: str
    team: str
    timezone: str = "UTC"
    people: tuple[str, ...] = ()
    ical: str = ""
    """Path or address of an iCalendar file, instead of `people`."""
    start: datetime | None = None
    """The first hand-over, local time of `timezone`."""
    every: float | None = None
    """Seconds of one turn."""
    overrides: tuple[OverrideSettings, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """One `[[channels]]` table: a way to reach somebody."""

    name: str
    url: str
    """`{secret}` stands where the secret goes."""
    secret_command: tuple[str, ...] = ()
    timeout: float = 15.0
    """Seconds, for each of connecting, signing in and sending."""
    drops_repeats: bool = False
    """Whoever gets it drops a second message of the same id, so that one cut off on its way can go again."""
    payload: Mapping[str, Any] = field(default_factory=dict)
    """Of a JSON webhook: what is sent instead of title and message; `{title}` and the like stand in its texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSettings:
    """One step of an escalation path."""

    after: float
    """Seconds since it came, without acknowledgement."""
    to: str
    notify: tuple[str, ...] = ()
    kind: str = "functional"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationSettings:
    """One `[[escalations]]` table: the path of the incidents that its query fits."""

    name: str
    query: str
    steps: tuple[StepSettings, ...]
    ack_timeout: float | None = None
    """Seconds that it may stay acknowledged and untouched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceSettings:
    """One `[[audiences]]` table: who hears of which incidents, and how much of them."""

    name: str
    query: str
    public: bool = True
    fields: tuple[str, ...] = ()
    language: str = ""
    """Empty: the console's."""
    timezone: str = ""
    channels: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()
    """`[[channels]]` to try, in order, for a channel of `channels` that fails."""
    approval: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CommsSettings:
    """`[comms]`: how soon and how often stakeholders hear. Seconds."""

    first: float | None = None
    every: tuple[float, ...] = ()
    """By priority from 1; beyond the list, on change only."""
