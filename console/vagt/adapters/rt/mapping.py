"""An RT ticket as an incident: pure functions, lenient about what is missing ("RT REST2", sections 3 and 4)."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vagt.adapters.rt.options import RtOptions, priority_of
from vagt.adapters.rt.wire import (
    NOBODY,
    Row,
    custom_fields,
    dropped,
    number_of,
    person_name,
    reference,
    rows_of,
    text_of,
    ticket_id,
    time_of,
)
from vagt.domain.incident import ClockState, Incident, Link, LinkKind, SlaClock, State

_log = logging.getLogger(__name__)

FIELDS = (
    "Subject,Status,Priority,Queue,Owner,Requestor,Created,Starts,Started,Resolved,"
    "LastUpdated,LastUpdatedBy,Due,SLA,CustomFields,_hyperlinks"
)
SUBFIELDS = (
    ("fields[Queue]", "Name,Lifecycle"),
    ("fields[Owner]", "Name,RealName"),
    ("fields[Requestor]", "Name,RealName,EmailAddress"),
)

_NEW = frozenset({"new", "initial", "untriaged", "submitted", "logged", "reported", "registered", "received"})
_WAITING = frozenset(
    {"stalled", "hold", "on hold", "on-hold", "blocked", "deferred", "suspended", "postponed", "paused"}
)
_WAITING_BEGINNINGS = ("waiting", "pending", "awaiting", "on hold", "on-hold")
_CLOSED = frozenset(
    {
        "closed",
        "rejected",
        "cancelled",
        "canceled",
        "deleted",
        "abandoned",
        "duplicate",
        "invalid",
        "declined",
        "refused",
    }
)
_LINKS = {
    "parent": (LinkKind.PARENT, ""),
    "child": (LinkKind.CHILD, ""),
    "refers-to": (LinkKind.RELATED, ""),
    "referred-to-by": (LinkKind.RELATED, ""),
    "depends-on": (LinkKind.RELATED, "depends on it"),
    "depended-on-by": (LinkKind.RELATED, "waits for this one"),
}
_LONG_TITLE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a ticket does not tell of itself."""

    backend: str
    web: str
    """RT's start page, without a slash at the end."""
    options: RtOptions
    now: datetime
    descriptions: Mapping[str, str]
    """The first message of the tickets whose we know."""
    active: Mapping[tuple[str, str], bool]
    """(lifecycle, status) → whether RT counts it among the active ones."""


def state_of(status: str, active: bool | None, options: RtOptions) -> State:
    """What a status name means.

    As the config says; else by the name, where that fits what RT itself counts as active; else the nearest.
    """
    name = status.strip().lower()
    if name in options.states:
        return options.states[name]
    if name in _NEW:
        guess = State.NEW
    elif name in _WAITING or name.startswith(_WAITING_BEGINNINGS) or (name and name == options.hold_status):
        guess = State.WAITING
    elif name and name == options.close_status:
        guess = State.CLOSED
    elif name == options.resolve_status:
        guess = State.RESOLVED
    elif name in _CLOSED:
        guess = State.CLOSED
    else:
        return State.RESOLVED if active is False else State.ACTIVE
    if active is None or guess.is_open is active:
        return guess
    return State.ACTIVE if active else State.RESOLVED


def status_key(row: Row) -> tuple[str, str]:
    """(lifecycle, status) of a ticket, for looking up whether RT counts it as active."""
    queue = row.get("Queue")
    lifecycle = text_of(queue.get("Lifecycle")).lower() if isinstance(queue, Mapping) else ""
    return lifecycle, text_of(row.get("Status")).strip().lower()


def version_of(row: Row) -> str:
    """Changes whenever the ticket does, and is the same from a list and from the ticket itself.

    RT's ETag is missing in lists; LastUpdated alone is blind within one second, so the fields that
    a decision rests on are mixed in.
    """
    return f"{text_of(row.get('LastUpdated'))}~{fingerprint(row)}"


def fingerprint(row: Row) -> str:
    """A digest of the fields that a decision rests on; the second part of a version."""
    parts = (
        *(text_of(row.get(name)) for name in ("Status", "Priority", "Subject", "Due", "SLA")),
        reference(row.get("Owner")),
        reference(row.get("Queue")),
        repr(custom_fields(row)),
    )
    return f"{zlib.crc32(chr(0).join(parts).encode('utf-8', 'replace')):08x}"


def updated_in(version: str) -> datetime | None:
    """The LastUpdated that is part of a version."""
    return time_of(version.partition("~")[0])


def incident_of(row: Row, frame: Frame) -> Incident | None:
    """The ticket as an incident; None only where it has no number to call it by."""
    id = ticket_id(row)
    if not id:
        dropped("the number", "a ticket")
        return None
    of = f"ticket {id}"
    options = frame.options
    status = text_of(row.get("Status"), "Status", of).strip()
    state = state_of(status, frame.active.get(status_key(row)), options)
    fields = custom_fields(row)
    owner = reference(row.get("Owner"))
    assignee = owner if owner and owner != NOBODY else None
    queue = row.get("Queue")
    queue_id = reference(queue)
    queue_name = text_of(queue.get("Name")) if isinstance(queue, Mapping) else ""
    number = number_of(row.get("Priority"), "Priority", of)
    created = time_of(row.get("Created"), "Created", of)
    resolved = None if state.is_open else time_of(row.get("Resolved"), "Resolved", of)
    used = {name.lower() for name in _special(options)}
    return Incident(
        backend=frame.backend,
        id=id,
        number=id,
        title=text_of(row.get("Subject"), "Subject", of, _LONG_TITLE),
        state=state,
        native_state=status or "?",
        description=frame.descriptions.get(id, ""),
        priority=None if number is None else priority_of(options, number),
        impact=_level(fields, options.impact_field, options.impact_values),
        urgency=_level(fields, options.urgency_field, options.urgency_values),
        major=bool(options.major_field) and options.major_value.lower() in _values(fields, options.major_field),
        team=queue_name or queue_id or None,
        team_id=queue_id or None,
        assignee=assignee,
        assignee_name=(person_name(row.get("Owner")) or assignee) if assignee else None,
        caller=_caller(row),
        service=_first(fields, options.service_field),
        category=_first(fields, options.category_field),
        created_at=created,
        updated_at=time_of(row.get("LastUpdated"), "LastUpdated", of),
        updated_by=reference(row.get("LastUpdatedBy")) or None,
        acknowledged_at=None if state is State.NEW else time_of(row.get("Started"), "Started", of),
        resolved_at=resolved,
        closed_at=resolved if state is State.CLOSED else None,
        sla=_clocks(row, state, created, resolved, frame.now),
        links=links_of(row, frame.backend),
        url=f"{frame.web}/Ticket/Display.html?id={id}",
        version=version_of(row),
        extra=(
            *((("Priority in RT", str(number)),) if number is not None else ()),
            *((name, ", ".join(values)) for name, values in fields.items() if name.lower() not in used),
        ),
    )


def links_of(row: Row, backend: str) -> tuple[Link, ...]:
    """The ticket's links, each once, in a steady order."""
    found: dict[tuple[LinkKind, str], Link] = {}
    for link in rows_of(row.get("_hyperlinks")):
        ref = text_of(link.get("ref"))
        if ref not in _LINKS:
            continue
        kind, title = _LINKS[ref]
        if text_of(link.get("type")) == "external":
            url = text_of(link.get("_url")).strip()
            if url:
                web = url if url.lower().startswith(("http://", "https://")) else None
                found.setdefault((kind, url), Link(kind, url, title, web))
        elif other := ticket_id(link):
            found.setdefault((kind, f"{backend}:{other}"), Link(kind, f"{backend}:{other}", title))
    return tuple(found[key] for key in sorted(found, key=lambda key: (key[0].value, len(key[1]), key[1])))


def _clocks(
    row: Row, state: State, created: datetime | None, resolved: datetime | None, now: datetime
) -> tuple[SlaClock, ...]:
    """RT has one deadline, Due, and no pause; the level's name is SLA where the queue has levels."""
    due = time_of(row.get("Due"), "Due", f"ticket {ticket_id(row)}")
    if due is None:
        return ()
    if state.is_open:
        reached = ClockState.BREACHED if due < now else ClockState.RUNNING
    else:
        reached = ClockState.BREACHED if resolved is not None and resolved > due else ClockState.MET
    begun = time_of(row.get("Starts")) or created
    started = begun if begun is not None and begun < due else created
    return (SlaClock(text_of(row.get("SLA")).strip() or "due", due, reached, started),)


def _caller(row: Row) -> str | None:
    people = row.get("Requestor")
    first = people[0] if isinstance(people, list) and people else people
    return person_name(first) or reference(first) or None


def _special(options: RtOptions) -> tuple[str, ...]:
    return (
        options.impact_field,
        options.urgency_field,
        options.service_field,
        options.category_field,
        options.major_field,
    )


def _values(fields: Mapping[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
    wanted = name.lower()
    return next((tuple(v.lower() for v in values) for key, values in fields.items() if key.lower() == wanted), ())


def _first(fields: Mapping[str, tuple[str, ...]], name: str) -> str | None:
    wanted = name.lower()
    return next((values[0] for key, values in fields.items() if name and key.lower() == wanted), None)


def _level(fields: Mapping[str, tuple[str, ...]], name: str, values: Mapping[int, str]) -> int | None:
    held = _first(fields, name)
    return next((level for level, word in values.items() if held and word.lower() == held.lower()), None)
