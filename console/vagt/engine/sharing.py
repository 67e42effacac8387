"""Equal names kept once: of 100,000 incidents with a team each, there are hardly more than a hundred teams."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from vagt.domain.incident import Incident

_NAMES = (
    "backend",
    "native_state",
    "team",
    "team_id",
    "assignee",
    "assignee_name",
    "caller",
    "service",
    "category",
    "updated_by",
    "waiting_reason",
)
_read = attrgetter(*_NAMES)
_MOST = 50_000
"""Names that are remembered; names of callers come without end."""


class Sharing:
    """Gives incidents that come from a backend or a file, each with texts of its own, the texts of earlier ones."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def shared(self, incident: Incident) -> Incident:
        """The same incident; what it holds is equal to what it held."""
        known = self._known
        if len(known) > _MOST:
            known.clear()
        for name, value in zip(_NAMES, _read(incident), strict=True):
            if value is not None and (kept := known.setdefault(value, value)) is not value:
                # An equal text in the place of a text: to everybody who reads it, the value is unchanged.
                object.__setattr__(incident, name, kept)
        created = incident.created_at
        for name in ("updated_at", "acknowledged_at"):
            if getattr(incident, name) == created:
                object.__setattr__(incident, name, created)
        for clock in incident.sla:
            object.__setattr__(clock, "name", known.setdefault(clock.name, clock.name))
            if clock.started_at == created:
                object.__setattr__(clock, "started_at", created)
        return incident
