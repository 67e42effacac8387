"""What a query needs to know besides the incident: the time, who I am, and what the console keeps."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vagt.domain.incident import Incident, Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The surroundings in which a query is answered. The mappings may be live views of the board's own."""

    now: datetime
    """UTC."""
    me: Mapping[str, str] = field(default_factory=dict)
    """Backend → my login there."""
    teams: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Backend → my teams there, folded with `query_text.fold`."""
    forgotten: float = 4 * 3600
    """Seconds untouched after which an acknowledged incident is forgotten."""
    pending: Collection[Key] = frozenset()
    """Incidents with actions that the backend has not confirmed."""
    snoozed: Mapping[Key, datetime] = field(default_factory=dict)
    """Out of sight until when (UTC)."""
    unseen: Collection[Key] = frozenset()
    """New or changed, and not looked at yet."""
    stale: Collection[str] = frozenset()
    """Backends whose data is old."""

    def snoozed_until(self, incident: Incident) -> datetime | None:
        """Out of sight until when: by the console's own snooze or the backend's, whichever lasts longer."""
        here, there = self.snoozed.get(incident.key), incident.snoozed_until
        return max(here, there) if here and there else here or there
