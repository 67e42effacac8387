"""A conflict as a table: what you saw, what is there now, what you want; pure, so that it is read without a screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from vagt.domain.incident import Incident
from vagt.domain.overlay import overlaid
from vagt.domain.priority import PriorityMatrix
from vagt.engine.intent import Intent
from vagt.ui.present.times import local

NONE = "–"


@dataclass(frozen=True, slots=True)
class Side:
    """One field as you saw it, as it is now, and as you want it; `want` is empty where you do not touch it."""

    field: str
    saw: str
    now: str
    want: str

    @property
    def changed(self) -> bool:
        """Somebody else changed it."""
        return self.saw != self.now


def _optional(value: object) -> str:
    return NONE if value in (None, "") else str(value)


def _assignee(incident: Incident) -> str:
    return incident.assignee_name or incident.assignee or "nobody"


def _state(incident: Incident) -> str:
    return incident.native_state or incident.state.value


def sides(
    intent: Intent, theirs: Incident | None, me: str, now: datetime, matrix: PriorityMatrix | None = None
) -> tuple[Side, ...]:
    """The fields that differ between the three; those that somebody else changed first."""
    saw = intent.command.base
    there = theirs or saw
    if saw is None or there is None or intent.command.channel:
        return ()
    want = overlaid(there, intent.command, me, matrix)
    fields: tuple[tuple[str, Callable[[Incident], str]], ...] = (
        ("title", lambda i: i.title),
        ("state", _state),
        ("priority", lambda i: _optional(i.priority and f"P{i.priority}")),
        ("impact", lambda i: _optional(i.impact)),
        ("urgency", lambda i: _optional(i.urgency)),
        ("major", lambda i: "yes" if i.major else "no"),
        ("team", lambda i: _optional(i.team)),
        ("assignee", _assignee),
        ("waits for", lambda i: _optional(i.waiting_reason)),
        ("until", lambda i: local(i.waiting_until, now) if i.waiting_until else NONE),
        ("resolution", lambda i: _optional(i.resolution)),
    )
    found = []
    for name, read in fields:
        wanted = read(want)
        # native words come from the backend: an overlaid state still carries the old ones
        if name == "state" and want.state is not there.state and want.native_state == there.native_state:
            wanted = want.state.value
        side = Side(name, read(saw), read(there), wanted if wanted != read(there) else "")
        if side.changed or side.want:
            found.append(side)
    return tuple(sorted(found, key=lambda side: not side.changed))
