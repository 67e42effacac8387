"""What is worth remembering of an incident that was judged: how it was told, and how it was judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vagt.domain.incident import Incident, Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One judged incident, without its long texts. Its fields are those of `Incident` of the same name."""

    backend: str
    id: str
    title: str
    service: str | None = None
    category: str | None = None
    team: str | None = None
    impact: int | None = None
    urgency: int | None = None
    priority: int | None = None
    created_at: datetime | None = None

    @property
    def key(self) -> Key:
        return Key(self.backend, self.id)

    @classmethod
    def of(cls, incident: Incident) -> Past:
        """What is kept of `incident`."""
        return cls(
            backend=incident.backend,
            id=incident.id,
            title=incident.title,
            service=incident.service,
            category=incident.category,
            team=incident.team,
            impact=incident.impact,
            urgency=incident.urgency,
            priority=incident.priority,
            created_at=incident.created_at,
        )
