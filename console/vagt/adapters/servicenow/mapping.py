"""A ServiceNow incident as ours: pure functions, lenient about what is missing ("Incident" in the facts of the API).

`closed_at` is no proof of being closed: rows exist that are active and carry one, so only the state
and `active` decide. Resolved (6) is still active. `priority` is what the instance says, whatever the
matrix. `escalation`, `made_sla` and `sla_due` belong to an engine that nobody runs any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from vagt.adapters.servicenow.options import SnowOptions
from vagt.adapters.servicenow.wire import Row, dropped, id_of, number, shown, time_of, value
from vagt.domain.incident import Incident, Link, LinkKind, SlaClock, State

FIELDS = (
    "sys_id",
    "number",
    "short_description",
    "description",
    "state",
    "active",
    "hold_reason",
    "impact",
    "urgency",
    "priority",
    "assignment_group",
    "assigned_to",
    "assigned_to.user_name",
    "caller_id",
    "business_service",
    "cmdb_ci",
    "category",
    "opened_at",
    "sys_created_on",
    "sys_updated_on",
    "sys_updated_by",
    "sys_mod_count",
    "resolved_at",
    "closed_at",
    "close_code",
    "close_notes",
    "follow_up",
    "major_incident_state",
    "parent_incident",
    "parent",
    "child_incidents",
    "problem_id",
    "rfc",
    "caused_by",
    "contact_type",
    "reopen_count",
)
_STOCK = {
    "1": State.NEW,
    "2": State.ACTIVE,
    "3": State.WAITING,
    "4": State.WAITING,
    "5": State.WAITING,
    "6": State.RESOLVED,
    "7": State.CLOSED,
    "8": State.CLOSED,
}
_BEGINNINGS = (
    ("new", State.NEW),
    ("await", State.WAITING),
    ("on hold", State.WAITING),
    ("pending", State.WAITING),
    ("waiting", State.WAITING),
    ("resolved", State.RESOLVED),
    ("solved", State.RESOLVED),
    ("closed", State.CLOSED),
    ("cancel", State.CLOSED),
)
_EXTRA = (
    ("close_code", "Resolution code"),
    ("contact_type", "Channel"),
    ("reopen_count", "Reopened"),
    ("cmdb_ci", "Configuration item"),
)
_LONG_TITLE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a row does not tell of itself."""

    backend: str
    web: str
    """The instance's address, without a slash at the end."""
    options: SnowOptions
    clocks: Mapping[str, tuple[SlaClock, ...]] = field(default_factory=dict)
    """SLA clocks by sys_id, as far as they are known."""
    children: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)


def state_of(raw: str, label: str, active: bool | None, options: SnowOptions) -> State:
    """What a state means: as the config says, else by its number, else by its label; never open where not active."""
    found = options.states.get(raw.lower()) or options.states.get(label.lower())
    if found is not None:
        return found
    own = {
        options.active_state: State.ACTIVE,
        options.hold_state: State.WAITING,
        options.resolve_state: State.RESOLVED,
        options.close_state: State.CLOSED,
    }
    guess = own.get(raw) or _STOCK.get(raw)
    if guess is None:
        low = label.strip().lower()
        guess = next((state for word, state in _BEGINNINGS if low.startswith(word)), State.ACTIVE)
    return State.CLOSED if guess.is_open and active is False else guess


def version_of(row: Row) -> str | None:
    """Grows with every save; its stamp where the count is hidden."""
    return value(row, "sys_mod_count") or value(row, "sys_updated_on") or None


def incident_of(row: Row, frame: Frame) -> Incident | None:
    """The row as an incident; None only where it has no sys_id to know it by."""
    id = id_of(row)
    if not id:
        dropped("sys_id", "an incident")
        return None
    of = f"incident {id}"
    options = frame.options
    raw, label = value(row, "state", of).strip(), shown(row, "state", of, 100).strip()
    told_active = value(row, "active").strip().lower()
    state = state_of(raw, label, {"true": True, "false": False}.get(told_active), options)
    assignee_id = value(row, "assigned_to", of).strip()
    name = shown(row, "assigned_to", of, 200).strip()
    assignee = (value(row, "assigned_to.user_name").strip() or assignee_id) if assignee_id else None
    group_id = value(row, "assignment_group", of).strip()
    group = shown(row, "assignment_group", of, 200).strip()
    waiting = state is State.WAITING
    return Incident(
        backend=frame.backend,
        id=id,
        number=value(row, "number", of, 100).strip() or id,
        title=value(row, "short_description", of, _LONG_TITLE),
        state=state,
        native_state=label or raw or "?",
        description=value(row, "description", of),
        priority=_within(row, "priority", of, 5),
        impact=_within(row, "impact", of, 3),
        urgency=_within(row, "urgency", of, 3),
        major=value(row, "major_incident_state").strip().lower() == "accepted",
        team=group or group_id or None,
        team_id=group_id or None,
        assignee=assignee or None,
        assignee_name=(name or assignee) if assignee else None,
        caller=shown(row, "caller_id", of, 200) or None,
        service=shown(row, "business_service", of, 200) or shown(row, "cmdb_ci", of, 200) or None,
        category=shown(row, "category", of, 200) or None,
        created_at=time_of(row, "opened_at", of) or time_of(row, "sys_created_on", of),
        updated_at=time_of(row, "sys_updated_on", of),
        updated_by=value(row, "sys_updated_by", of, 200) or None,
        resolved_at=None if state.is_open else time_of(row, "resolved_at", of),
        closed_at=time_of(row, "closed_at", of) if state is State.CLOSED else None,
        waiting_reason=(shown(row, "hold_reason", of, 200) or None) if waiting else None,
        waiting_until=time_of(row, "follow_up", of) if waiting else None,
        resolution=None if state.is_open else value(row, "close_notes", of) or None,
        sla=frame.clocks.get(id, ()),
        links=(*links_of(row, frame.backend), *frame.children.get(id, ())),
        url=f"{frame.web}/nav_to.do?uri={quote(f'incident.do?sys_id={id}', safe='')}",
        version=version_of(row),
        extra=_extra(row, options),
    )


def links_of(row: Row, backend: str) -> tuple[Link, ...]:
    """The records that the row itself points to."""
    found: list[Link] = []
    duplicate = "duplicate" in value(row, "close_code").lower()
    for name, kind, title in (
        ("parent_incident", LinkKind.DUPLICATE if duplicate else LinkKind.PARENT, ""),
        ("parent", LinkKind.RELATED, ""),
        ("problem_id", LinkKind.PROBLEM, ""),
        ("rfc", LinkKind.CHANGE, "will mend it"),
        ("caused_by", LinkKind.CHANGE, "caused it"),
    ):
        id = value(row, name).strip()
        if not id:
            continue
        ref = shown(row, name, limit=200).strip() or id
        found.append(Link(kind, f"{backend}:{ref}", title))
    return tuple(found)


def children_of(rows: Sequence[Row], backend: str) -> dict[str, tuple[Link, ...]]:
    """Links to children by their parent's sys_id, from rows of children."""
    found: dict[str, tuple[Link, ...]] = {}
    for row in rows:
        parent, ref = value(row, "parent_incident"), value(row, "number")
        if parent and ref:
            link = Link(LinkKind.CHILD, f"{backend}:{ref}", value(row, "short_description", limit=200))
            found[parent] = (*found.get(parent, ()), link)
    return found


def _within(row: Row, name: str, of: str, most: int) -> int | None:
    """A level of ours; what a site has beyond them is shown in its own words."""
    found = number(row, name, of)
    return found if found is not None and 1 <= found <= most else None


def _extra(row: Row, options: SnowOptions) -> tuple[tuple[str, str], ...]:
    told = [(label, shown(row, name, limit=500)) for name, label in _EXTRA]
    told += [
        (name.capitalize(), shown(row, name, limit=100))
        for name, most in (("priority", 5), ("impact", 3), ("urgency", 3))
        if value(row, name) and _within(row, name, "", most) is None
    ]
    major = shown(row, "major_incident_state", limit=100)
    told += [("Major incident", major), *((name, shown(row, name, limit=500)) for name in options.extra_fields)]
    return tuple((label, text) for label, text in told if text.strip() and text.strip() != "0")
