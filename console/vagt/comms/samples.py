"""Incidents that never were, with something internal in every corner: what templates are tried on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from vagt.comms.contents import Situation
from vagt.comms.record import UpdateRecord
from vagt.domain.fields import FieldKind
from vagt.domain.incident import ClockState, Incident, Link, LinkKind, SlaClock, State
from vagt.domain.timeline import EntryKind, TimelineEntry

NOW = datetime(2026, 11, 25, 13, 7, tzinfo=UTC)
_SOON = NOW + timedelta(minutes=30)

MAIL = Incident(
    backend="desk",
    id="42",
    number="10452",
    title="Mail store on mx-07.int.acme.example is full",
    description="mx-07.int.acme.example: /var is at 100 %, Kirsten Vinter was paged.",
    state=State.ACTIVE,
    native_state="In progress",
    priority=1,
    impact=1,
    urgency=2,
    major=True,
    team="Messaging",
    assignee="kvinter",
    assignee_name="Kirsten Vinter",
    caller="Ole Bruun",
    service="Mail",
    category="Storage",
    created_at=NOW - timedelta(minutes=18),
    updated_at=NOW,
    acknowledged_at=NOW - timedelta(minutes=15),
    sla=(SlaClock("resolution", NOW + timedelta(hours=3), ClockState.RUNNING, NOW),),
    links=(Link(LinkKind.PROBLEM, "PRB12", "Mail store fills up"),),
    url="https://itsm.int.acme.example/10452",
    extra=(("Host", "mx-07"),),
)
SLOW = Incident(
    backend="desk", id="43", number="10453", title="Slow", state=State.NEW, native_state="New", service="Web shop",
    created_at=NOW - timedelta(days=1, hours=3), priority=3,
)  # fmt: skip
OVER = Incident(
    backend="desk", id="44", number="10454", title="VPN drops", state=State.RESOLVED, native_state="Resolved",
    priority=2, impact=2, urgency=2, service="VPN", created_at=NOW - timedelta(hours=4),
    resolved_at=NOW - timedelta(minutes=5), resolution="vpn-gw-02 was restarted", assignee="kvinter",
    assignee_name="Kirsten Vinter",
)  # fmt: skip
INCIDENTS: tuple[Incident, ...] = (MAIL, SLOW, OVER)
TIMELINE: tuple[TimelineEntry, ...] = (
    TimelineEntry(
        NOW, "Kirsten Vinter", EntryKind.NOTE, False, "The quota job on mx-07 has not run since Friday, it seems."
    ),
)
ANSWERS: dict[str, str] = {
    "impact_text": "It cannot be used at all, or only very slowly.",
    "scope": "Everybody in Aarhus",
    "workaround": "Please use the telephone.",
    "expected": (NOW + timedelta(hours=2)).isoformat(),
    "expected_by": "Kirsten Vinter",
    "expected_sure": "likely",
    "next_update": _SOON.isoformat(),
    "cause": "A full disk",
    "actions": "The disk is being enlarged.",
    "people": "Kirsten Vinter leads",
    "needs": "A decision about the old archive",
    "what_was_done": "More room was made.",
    "lessons": "The room that is left is watched from now on.",
    "window_start": (NOW + timedelta(days=1)).isoformat(),
    "window_end": (NOW + timedelta(days=1, hours=2)).isoformat(),
    "business": "Orders by mail wait.",
    "risks": "A restart takes an hour.",
    "service": "Mail",
}


def answer_for(kind: FieldKind) -> str:
    """Something for a field that a template brings along."""
    if kind is FieldKind.TIME:
        return _SOON.isoformat()
    if kind is FieldKind.FLAG:
        return "true"
    return "3" if kind is FieldKind.NUMBER else "Something that somebody typed"


def updates_to(audience: str) -> tuple[UpdateRecord, ...]:
    """What was said before to an audience, more often than it is from now on."""
    at = NOW - timedelta(minutes=12)
    return (
        UpdateRecord(
            id="sample", template="investigating", at=at, by="Kirsten Vinter", audiences=(audience,), every=1200.0
        ),
    )


def situation(incident: Incident, answers: Mapping[str, str], updates: tuple[UpdateRecord, ...]) -> Situation:
    """Somebody writes about it now."""
    return Situation(
        incident=incident, answers=answers, now=NOW, operator="Kirsten Vinter", updates=updates, every=2400.0
    )
