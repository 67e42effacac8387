"""What the config says, frozen: replaced whole when it changes, never edited."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vagt.domain.priority import PriorityMatrix

if TYPE_CHECKING:
    # a dozen classes that only a config with such tables needs
    from vagt.config.response import (
        AudienceSettings,
        CalendarSettings,
        ChannelSettings,
        CommsSettings,
        EscalationSettings,
        PersonSettings,
        RotaSettings,
        SlaSettings,
    )

OptionValue = str | int | float | bool | list[str] | dict[str, str] | dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    """`[console]`."""

    refresh: float = 15.0
    """Seconds between polls of each backend."""
    language: str = "en"
    theme: str = "vagt-dark"
    read_only: bool = False
    undo: float = 5.0
    """Seconds during which an action can be taken back before it leaves."""
    bell: str = "p<=2 is:unacknowledged"
    """Which arrivals ring, as a query; empty: none."""
    forgotten: str = "4h"
    """How long untouched makes an acknowledged incident "forgotten"."""
    watch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSettings:
    """One `[[backends]]` table."""

    name: str
    adapter: str
    url: str = ""
    auth: str = ""
    """Empty: the first way that the adapter offers."""
    username: str = ""
    query: str = ""
    """The backend's own filter language."""
    ca_bundle: Path | None = None
    timeout: float = 10.0
    """Seconds, per request."""
    refresh: float | None = None
    """Seconds between polls of this backend; None: as `[console]` says."""
    read_only: bool = False
    secret_command: tuple[str, ...] = ()
    options: dict[str, OptionValue] = field(default_factory=dict)


PRACTICE = BackendSettings(name="practice", adapter="embedded", options={"shift": True})
"""The backend of whoever has no config yet: a practice shift is under way on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSettings:
    """One `[[views]]` table: a named query on a digit key."""

    name: str
    query: str
    sort: str = "priority,-age"


DEFAULT_VIEWS: tuple[ViewSettings, ...] = (
    ViewSettings(name="Unacknowledged", query="is:open is:unacknowledged"),
    ViewSettings(name="Mine", query="is:open assignee:me"),
    ViewSettings(name="My team", query="is:open team:mine"),
    ViewSettings(name="Next to breach", query="is:open has:sla", sort="sla"),
    ViewSettings(name="Forgotten", query="is:open is:forgotten", sort="updated"),
    ViewSettings(name="All open", query="is:open"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole config."""

    console: ConsoleSettings = ConsoleSettings()
    backends: tuple[BackendSettings, ...] = ()
    views: tuple[ViewSettings, ...] = DEFAULT_VIEWS
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Actions whose keys the config changes, as (action name, keys)."""
    matrix: PriorityMatrix = field(default_factory=PriorityMatrix)
    """`[priorities] matrix`, for backends that have none of their own."""
    teams: tuple[str, ...] = ()
    """The operator's teams, where the backend cannot tell: `[console] teams`."""
    slas: SlaSettings | None = None
    calendars: tuple[CalendarSettings, ...] = ()
    people: tuple[PersonSettings, ...] = ()
    rotas: tuple[RotaSettings, ...] = ()
    channels: tuple[ChannelSettings, ...] = ()
    escalations: tuple[EscalationSettings, ...] = ()
    audiences: tuple[AudienceSettings, ...] = ()
    comms: CommsSettings | None = None
    path: Path | None = None
    """The file it came from; None: none exists."""
    notices: tuple[str, ...] = ()
    """What a person should know of this config although it is in order: one sentence each."""

    def backend(self, name: str) -> BackendSettings:
        """The backend called `name`. Raises KeyError where there is none."""
        for backend in self.backends:
            if backend.name == name:
                return backend
        raise KeyError(name)
