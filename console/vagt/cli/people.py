"""Incidents and times in the words that people read on a terminal."""

from __future__ import annotations

from datetime import datetime

from vagt.cli import plain
from vagt.cli.table import Column
from vagt.domain import durations, marker, moments, sla
from vagt.domain.incident import ClockKind, Incident, SlaClock
from vagt.domain.marked import kind_of
from vagt.domain.naming import for_people
from vagt.domain.priority import LEVEL_WORDS, PRIORITY_WORDS
from vagt.domain.timeline import TimelineEntry

_CLOCKS = {
    ClockKind.SLA: "SLA",
    ClockKind.ESCALATION: "Escalation",
    ClockKind.UPDATE: "Update",
    ClockKind.REMINDER: "Reminder",
}
COLUMNS = (
    Column("P"),
    Column("AGE", right=True),
    Column("SLA", right=True),
    Column("REF"),
    Column("STATE"),
    Column("WHO", least=6),
    Column("TEAM", least=6),
    Column("TITLE", least=20),
)


def row(incident: Incident, pending: int, now: datetime) -> list[str]:
    """One line of `vagt list`."""
    clock = sla.next_clock(incident)
    left = sla.seconds_left(clock, now) if clock else None
    age = durations.short((now - incident.created_at).total_seconds()) if incident.created_at else ""
    return [
        (str(incident.priority) if incident.priority else "-") + ("M" if incident.major else ""),
        age,
        durations.short(left) if left is not None else "",
        incident.ref,
        incident.state.value + (f" +{pending}" if pending else ""),
        for_people(incident.assignee, incident.assignee_name),
        incident.team or "",
        incident.title,
    ]


def described(incident: Incident, pending: int, now: datetime) -> list[str]:
    """Everything known about an incident, a fact a line."""
    level = LEVEL_WORDS
    judged = [
        f"priority {incident.priority} ({PRIORITY_WORDS.get(incident.priority, '')})" if incident.priority else "",
        f"impact {level[incident.impact]}" if incident.impact in level else "",
        f"urgency {level[incident.urgency]}" if incident.urgency in level else "",
        "major incident" if incident.major else "",
    ]
    waiting = [incident.waiting_reason or "", f"until {when(incident.waiting_until, now)}"]
    facts = [
        ("State", f"{incident.state.value} ({incident.native_state})"),
        ("Waits for", ", ".join(filter(None, waiting)) if incident.waiting_until else incident.waiting_reason),
        ("Judged", ", ".join(filter(None, judged))),
        ("Assigned", " / ".join(filter(None, [incident.team, _person(incident.assignee, incident.assignee_name)]))),
        ("Also", ", ".join(incident.also_assigned)),
        ("Caller", incident.caller),
        ("Service", incident.service),
        ("Category", incident.category),
        ("Opened", when(incident.created_at, now)),
        ("Acknowledged", when(incident.acknowledged_at, now)),
        ("Changed", " by ".join(filter(None, [when(incident.updated_at, now), incident.updated_by]))),
        ("Resolved", when(incident.resolved_at, now)),
        ("Closed", when(incident.closed_at, now)),
        ("Resolution", incident.resolution),
        *((f"{_CLOCKS[clock.kind]} {clock.name}", _clock(clock, now)) for clock in incident.sla),
        *((link.kind.value.capitalize(), f"{link.ref} {link.title}") for link in incident.links),
        *incident.extra,
        ("Address", incident.url),
        ("Pending", f"{pending} of your actions, see “vagt outbox list”" if pending else ""),
    ]
    shown = [(plain.line(label), plain.line(value)) for label, value in facts if value]
    wide = max(plain.width(label) for label, _ in shown)
    lines = [plain.line(f"{incident.ref}  {incident.title}"), ""]
    lines += [f"{plain.pad(label, wide)}  {value}" for label, value in shown]
    if incident.description.strip():
        lines += ["", *indented(incident.description)]
    return lines


def told(entry: TimelineEntry, now: datetime) -> list[str]:
    """One entry of a timeline: a heading and its words."""
    seen = "PUBLIC" if entry.public else "internal"
    heading = plain.line(f"{when(entry.at, now)}  {entry.by}  {kind_of(entry).value}, {seen}")
    return [heading, *indented(marker.without(entry.text))]


def indented(text: str) -> list[str]:
    """The lines of a text, set in a little."""
    return [f"  {line}".rstrip() for line in plain.block(text).strip("\n").split("\n")]


def when(moment: datetime | None, now: datetime) -> str:
    """A moment on the local clock, and how long ago that is; empty for None."""
    if moment is None:
        return ""
    seconds = (now - moment).total_seconds()
    distance = f"{durations.spoken(seconds)} ago" if seconds >= 0 else f"in {durations.spoken(-seconds)}"
    return f"{moments.local(moment, now)} ({distance})"


def _person(login: str | None, name: str | None) -> str:
    if not login or not name or name == login:
        return name or login or ""
    return f"{name} ({login})"


def _clock(clock: SlaClock, now: datetime) -> str:
    left = sla.seconds_left(clock, now)
    if left is None:
        return clock.state.value
    over = f"over by {durations.spoken(-left)}" if left < 0 else f"{durations.spoken(left)} left"
    return f"{clock.state.value}, {over}, due {when(clock.due_at, now)}"
