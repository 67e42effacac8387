"""A PagerDuty incident as ours: pure functions, lenient about what is missing ("Incident" in the API reference).

There is neither a waiting nor a closed state. A snoozed incident reads as acknowledged with a pending
`unacknowledge`, exactly as one whose acknowledgement will run out; which of the two it is, the
service's `acknowledgement_timeout` tells, and where that is not known it is not hidden. Priorities
are the account's own: their order is their rank. `pending_actions` are no deadlines: the next level
is a clock of its own kind, the others stand among the other facts.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vagt.adapters.lenient import Fields, Row, moment_of, text_of
from vagt.adapters.pagerduty.options import PdOptions
from vagt.adapters.pagerduty.wire import held, id_of, kind_of, name_of, rows, shown_time
from vagt.domain.incident import ClockKind, ClockState, Incident, Link, LinkKind, SlaClock, State

_log = logging.getLogger(__name__)
_STATES = {"triggered": State.NEW, "acknowledged": State.ACTIVE, "resolved": State.RESOLVED}
_URGENCIES = {"high": 1, "low": 3}
_SLACK = timedelta(seconds=90)
"""How far the end of an acknowledgement may be from where the service's timeout puts it."""
_LONG_TITLE = 10_000
_PENDING = {"unacknowledge": "Acknowledgement ends", "resolve": "Resolves by itself"}
_CLIMBS = "escalate"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the account."""

    id: str
    login: str
    """The e-mail address; the id where it is hidden."""
    name: str


@dataclass(frozen=True, slots=True)
class Priority:
    """One of the account's priorities."""

    id: str
    name: str
    rank: int
    """1 to 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What an incident does not tell of itself."""

    backend: str
    options: PdOptions
    people: Mapping[str, Person] = field(default_factory=dict)
    priorities: Mapping[str, Priority] = field(default_factory=dict)
    timeouts: Mapping[str, int | None] = field(default_factory=dict)
    """Service → seconds after which an acknowledgement runs out, None for never; missing where it is not known."""
    snoozes: Mapping[str, datetime] = field(default_factory=dict)
    """Incidents that are known to be snoozed, and until when."""
    bridges: Mapping[str, str] = field(default_factory=dict)
    """The conference of an incident, which is told only where it is asked for."""
    descriptions: Mapping[str, str] = field(default_factory=dict)


def incident_of(row: Row, frame: Frame) -> Incident | None:
    """The object as an incident; None only where it has no id to know it by."""
    id = id_of(row)
    if not id:
        _log.warning("PagerDuty: an incident without an id was left out")
        return None
    read = Fields(row, f"incident {id}")
    status = read.text("status", 100).strip()
    state = _STATES.get(status.lower(), State.ACTIVE)
    assignees = [_person(assigned, "assignee", frame) for assigned in rows(row.get("assignments"))]
    people = [person for person in assignees if person is not None]
    first = people[0] if people else None
    policy, service = held(row, "escalation_policy"), held(row, "service")
    acked = [moment for one in rows(row.get("acknowledgements")) if (moment := moment_of(text_of(one.get("at"))))]
    snoozed = snoozed_until(row, frame) if state is State.ACTIVE else None
    number = read.number("incident_number")
    return Incident(
        backend=frame.backend,
        id=id,
        number=str(number) if number is not None else id,
        title=_title(read),
        state=state,
        native_state=status or "?",
        description=frame.descriptions.get(id, ""),
        priority=priority_of(row, frame),
        urgency=_URGENCIES.get(read.text("urgency", 100).lower()),
        major=text_of(held(row, "incident_type").get("name")).lower() == (frame.options.major_type.lower() or None),
        team=name_of(policy) or None,
        team_id=id_of(policy) or None,
        assignee=first.login if first else None,
        assignee_name=first.name if first else None,
        also_assigned=tuple(person.login for person in people[1:]),
        service=name_of(service) or None,
        created_at=read.time("created_at"),
        updated_at=read.time("updated_at"),
        updated_by=_updated_by(row, read, state),
        acknowledged_at=min(acked) if acked and state.is_open else None,
        resolved_at=None if state.is_open else read.time("resolved_at"),
        snoozed_until=snoozed,
        sla=_climbing(row) if state.is_open else (),
        links=_merged(row, frame.backend),
        url=read.text("html_url", 2000) or None,
        version=version_of(row),
        extra=_extra(row, frame, snoozed),
    )


def _updated_by(row: Row, read: Fields, state: State) -> str | None:
    """Who made the last change, where that was one of its status; of any other change PagerDuty names nobody.

    While it is triggered both times are always the same, and tell nothing.
    """
    last, status = read.time("updated_at"), read.time("last_status_change_at")
    if state is State.NEW or last is None or status is None or status < last:
        return None
    return name_of(held(row, "last_status_change_by")) or None


def _title(read: Fields) -> str:
    title = read.text("title", _LONG_TITLE)
    if title:
        return title
    summary = read.text("summary", _LONG_TITLE)
    head, bracket, rest = summary.partition("] ")
    return rest if bracket and head.startswith("[#") else summary


def _person(row: Row, name: str, frame: Frame) -> Person | None:
    who = held(row, name)
    id = id_of(who)
    return frame.people.get(id) or Person(id, text_of(who.get("email")) or id, name_of(who)) if id else None


def priority_of(row: Row, frame: Frame) -> int | None:
    """The rank of its priority; by its urgency where it has none."""
    given = held(row, "priority")
    if id_of(given):
        known = frame.priorities.get(id_of(given))
        return known.rank if known else frame.options.priorities.get(name_of(given).lower())
    return frame.options.urgency_priorities.get(text_of(row.get("urgency")).lower())


def ranked(found: tuple[Row, ...], options: PdOptions) -> dict[str, Priority]:
    """The account's priorities by id: ranked as the config says, else by their order, the most severe first."""
    ranks: dict[str, Priority] = {}
    for position, row in enumerate(found, 1):
        name = name_of(row)
        rank = options.priorities.get(name.lower()) or min(position, 5)
        if id_of(row):
            ranks[id_of(row)] = Priority(id_of(row), name, rank)
    return ranks


def version_of(row: Row) -> str:
    """When it was last updated, and what decisions rest on: its times are whole seconds."""
    parts = [text_of(row.get(name)) for name in ("status", "urgency", "title", "assigned_via")]
    parts += [id_of(held(row, name)) for name in ("priority", "service", "escalation_policy")]
    parts += [text_of(held(row, "incident_type").get("name")), id_of(held(held(row, "resolve_reason"), "incident"))]
    parts += [f"+{id_of(held(one, 'assignee'))}" for one in rows(row.get("assignments"))]
    parts += [f"!{id_of(held(one, 'acknowledger'))}" for one in rows(row.get("acknowledgements"))]
    digest = hashlib.sha256("\x00".join(parts).encode("utf-8", "replace")).hexdigest()[:12]
    return f"{text_of(row.get('updated_at'))}~{digest}"


def unacknowledges_at(row: Row) -> datetime | None:
    """When it goes back to triggered by itself."""
    return next((at for kind, at in _pending(row) if kind == "unacknowledge"), None)


def _pending(row: Row) -> list[tuple[str, datetime]]:
    found = []
    for one in rows(row.get("pending_actions")):
        at = moment_of(text_of(one.get("at")))
        if at is not None:
            found.append((text_of(one.get("type")), at))
    return found


def snoozed_until(row: Row, frame: Frame) -> datetime | None:
    """The end of its snooze; None where its acknowledgement just runs out, or where that cannot be told."""
    ends = unacknowledges_at(row)
    if ends is None:
        return None
    known = frame.snoozes.get(id_of(row))
    if known is not None and abs(known - ends) <= _SLACK:
        return ends
    service = id_of(held(row, "service"))
    if service not in frame.timeouts:
        return None
    timeout = frame.timeouts[service]
    if not timeout:
        return ends
    acked = [at for one in rows(row.get("acknowledgements")) if (at := moment_of(text_of(one.get("at"))))]
    if not acked:
        return None
    return None if any(abs(at + timedelta(seconds=timeout) - ends) <= _SLACK for at in acked) else ends


def _climbing(row: Row) -> tuple[SlaClock, ...]:
    """When its policy pages the next level."""
    since = [at for one in rows(row.get("assignments")) if (at := moment_of(text_of(one.get("at"))))]
    begun = max(since, default=None)
    return tuple(
        SlaClock("next level", at, ClockState.RUNNING, begun, ClockKind.ESCALATION)
        for kind, at in _pending(row)
        if kind == _CLIMBS
    )


def _merged(row: Row, backend: str) -> tuple[Link, ...]:
    into = held(held(row, "resolve_reason"), "incident")
    if not id_of(into):
        return ()
    summary = text_of(into.get("summary"))
    head, bracket, title = summary.partition("] ")
    number = head.removeprefix("[#") if bracket and head.startswith("[#") else id_of(into)
    return (Link(LinkKind.DUPLICATE, f"{backend}:{number}", title or summary, text_of(into.get("html_url")) or None),)


def _extra(row: Row, frame: Frame, snoozed: datetime | None) -> tuple[tuple[str, str], ...]:
    told = [
        ("Priority", name_of(held(row, "priority"))),
        ("Teams", ", ".join(name_of(team) for team in rows(row.get("teams")))),
        ("Acknowledged by", ", ".join(_acknowledgers(row, frame))),
    ]
    for kind, at in _pending(row):
        if kind == _CLIMBS:
            continue
        label = "Snoozed until" if kind == "unacknowledge" and snoozed else _PENDING.get(kind, kind)
        told.append((label, shown_time(at)))
    status = text_of(row.get("status"))
    if text_of(row.get("assigned_via")) == "direct_assignment" and status != "resolved":
        told.append(("Escalation", "given to a person directly: its policy climbs no further"))
    kind = text_of(held(row, "incident_type").get("name"))
    told.append(("Type", "" if kind == frame.options.normal_type else kind))
    told.append(("Conference", frame.bridges.get(id_of(row), "")))
    counts = Fields(held(row, "alert_counts"), "alert counts")
    if total := counts.number("all"):
        told.append(("Alerts", f"{total}, {counts.number('triggered') or 0} of them open"))
    told.append(("Responders", ", ".join(_responders(row))))
    return tuple((label, text[:500]) for label, text in told if text.strip())


def _acknowledgers(row: Row, frame: Frame) -> list[str]:
    found = (_person(one, "acknowledger", frame) for one in rows(row.get("acknowledgements")))
    return list(dict.fromkeys(person.name for person in found if person is not None))


def _responders(row: Row) -> list[str]:
    found = [(name_of(held(one, "user")), text_of(one.get("state"))) for one in rows(row.get("incidents_responders"))]
    return [f"{name} ({state})" if state else name for name, state in found if name]


def bridge_of(row: Row) -> str | None:
    """Its conference in words; None where the answer does not tell of one at all."""
    if "conference_bridge" not in row:
        return None
    bridge = held(row, "conference_bridge")
    return " ".join(filter(None, (text_of(bridge.get("conference_url")), text_of(bridge.get("conference_number")))))


def description_of(row: Row) -> str:
    """What was said when it was triggered, from its body or its first log entry; empty where that is not told."""
    entry = held(row, "first_trigger_log_entry")
    channel = held(entry, "channel")
    for found in (
        held(row, "body").get("details"),
        channel.get("details"),
        channel.get("description"),
        held(entry, "event_details").get("description"),
    ):
        text = _told(found)
        if text:
            return text
    return ""


def _told(found: object) -> str:
    """Details are a text, or an object whose parts are named."""
    if isinstance(found, Mapping):
        return "\n".join(f"{name}: {text_of(value) or value}" for name, value in found.items() if value is not None)
    return found if isinstance(found, str) else ""


def is_whole(row: Row) -> bool:
    """Whether an incident that hangs on something else tells all that a listing does."""
    needed = ("incident_number", "status", "updated_at", "assignments", "service", "escalation_policy", "urgency")
    return kind_of(row) == "incident" and all(name in row for name in needed) and "priority" in row
