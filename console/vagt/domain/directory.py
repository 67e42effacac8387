"""Who and what a backend knows: people, teams, services, codes, and who is on call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DirectoryKind(StrEnum):
    """What can be looked up."""

    PERSON = "person"
    TEAM = "team"
    SERVICE = "service"
    CATEGORY = "category"
    RESOLUTION_CODE = "resolution-code"
    HOLD_REASON = "hold-reason"
    PROBLEM = "problem"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """One hit: `id` is what a command carries, `name` what people read."""

    id: str
    name: str
    detail: str = ""
    """E-mail, full name, team: what tells two of the same name apart."""


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who answers for a team, from when until when (UTC; None: not told)."""

    rota: str
    team: str
    who: str
    """Empty: nobody is on call there now, which is shown as a warning."""
    who_name: str = ""
    level: int = 1
    start: datetime | None = None
    until: datetime | None = None
    contact: str = ""
    source: str = ""
    """Where this comes from: a backend's name or a rota of the config."""

    @property
    def shown(self) -> str:
        """Who, for people: the name, and the login where that is one that somebody would type; empty for nobody."""
        if not self.who_name or self.who_name == self.who:
            return self.who
        # an account id, such as 712020:5f1c…, tells nobody anything
        return self.who_name if ":" in self.who else f"{self.who_name} ({self.who})"
