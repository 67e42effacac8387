"""From a row of ours to the incident that every part of the program knows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from vagt.adapters.embedded.organisation import Organisation
from vagt.adapters.embedded.record import FIRST_NUMBER, Entry, LinkRow, Row
from vagt.adapters.embedded.rules import clocks
from vagt.domain.incident import Incident, Link, State
from vagt.domain.timeline import EntryKind, TimelineEntry

_GIVEN_BACK = "Assigned to nobody"
_BECAME = (
    ("Registered", State.NEW),
    ("On hold", State.WAITING),
    ("Resolved", State.RESOLVED),
    ("Closed", State.CLOSED),
    ("Cancelled", State.CLOSED),
)
"""How the desk's own words for a change of state begin; all others put it to work."""


def ref(backend: str, link: LinkRow) -> str:
    """What a link leads to, as people and scripts write it."""
    return f"{backend}:{link.record if link.incident is None else FIRST_NUMBER + link.incident}"


def incident_of(
    row: Row, links: Iterable[LinkRow], backend: str, organisation: Organisation, now: datetime
) -> Incident:
    """The incident as it stands at `now`."""
    extra: list[tuple[str, str]] = []
    if row.source:
        extra.append(("Source", row.source))
    if row.level:
        extra.append(("Escalated to level", str(row.level)))
    if row.code:
        extra.append(("Resolution code", dict(organisation.codes).get(row.code, row.code)))
    return Incident(
        backend=backend,
        id=row.id,
        number=row.number,
        title=row.title,
        description=row.description,
        state=row.state,
        native_state=row.native,
        priority=row.priority,
        impact=row.impact,
        urgency=row.urgency,
        major=row.major,
        team=row.team,
        team_id=row.team,
        assignee=row.assignee,
        assignee_name=organisation.name_of(row.assignee),
        caller=row.caller,
        service=row.service,
        category=row.category,
        created_at=row.created_at,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        acknowledged_at=row.acknowledged_at,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
        waiting_reason=row.waiting_reason,
        waiting_until=row.waiting_until,
        snoozed_until=row.snoozed_until,
        resolution=row.resolution,
        sla=clocks(row, now),
        links=tuple(Link(link.kind, ref(backend, link), link.title) for link in links),
        version=str(row.version),
        extra=tuple(extra),
    )


def entry_of(entry: Entry, organisation: Organisation) -> TimelineEntry:
    """A timeline line with the person's name in it."""
    by = organisation.name_of(entry.by) or entry.by
    return TimelineEntry(entry.at, by, entry.kind, entry.public, entry.text, str(entry.id), _became(entry))


def _became(entry: Entry) -> State | None:
    if entry.kind is EntryKind.ASSIGNMENT:
        return State.NEW if entry.text == _GIVEN_BACK else None
    if entry.kind is not EntryKind.STATE:
        return None
    return next((state for words, state in _BECAME if entry.text.startswith(words)), State.ACTIVE)
