"""What the account does to incidents: paging by levels, status, assignment, snoozes, merges, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.doubles.pagerduty.state import Entry, Incident, Store


class Refused(Exception):
    """Answered with 4xx, PagerDuty's code and words."""

    def __init__(self, status: int, code: int, words: str, *lines: str) -> None:
        super().__init__(words)
        self.status, self.code, self.words, self.lines = status, code, words, lines or (words,)


def invalid(*lines: str, code: int = 2001) -> Refused:
    return Refused(400, code, "Invalid Input Provided", *lines)


def tell(store: Store, incident: Incident, type_: str, agent: str, summary: str, kind: str = "", **more: Any) -> None:
    """Write a line of the log, unless this kind of change is one that leaves none."""
    from tests.doubles.pagerduty.rendering import render_incident

    touch(store, incident)
    if kind in store.quirks.untold:
        return
    held = render_incident(store, incident, frozenset()) if store.quirks.stale_log_incidents else {}
    store.log.append(
        Entry(store.id("R", 14), f"{type_}_log_entry", store.moment(), agent, incident.id, summary, more, held)
    )


def touch(store: Store, incident: Incident) -> None:
    incident.updated = store.now()


def open_incident(
    store: Store,
    title: str,
    service: str,
    *,
    urgency: str = "high",
    key: str = "",
    ago: timedelta = timedelta(),
    policy: str = "",
    agent: str = "",
    **values: Any,
) -> Incident:
    """A new one, paged along its policy."""
    store.number += 1
    at = store.now() - ago
    incident = Incident(
        store.id("Q", 14),
        store.number,
        title,
        service,
        policy or store.services[service].policy,
        urgency,
        at,
        at,
        key or store.id("", 32).lower(),
        **values,
    )
    incident.changed_at = at
    store.incidents[incident.id] = incident
    page(store, incident, 1, at)
    tell(store, incident, "trigger", agent or service, "Triggered through the API.")
    incident.updated = at
    store.log[-1].at = store.moment() - ago
    return incident


def page(store: Store, incident: Incident, level: int, at: datetime) -> None:
    """Assign it to whoever is on call at a level."""
    policy = store.policies[incident.policy]
    people = store.on_call(policy, level)
    if not people and store.quirks.nobody_refused:
        raise invalid("Escalation policy has nobody on call", code=1015)
    incident.level, incident.via = level, "escalation_policy"
    incident.assigned = [(id, at) for id in people]
    minutes = policy.rules[level - 1].minutes
    incident.escalates = at + timedelta(minutes=minutes) if level < len(policy.rules) else None


def _triggered(store: Store, incident: Incident, agent: str) -> None:
    if incident.status != "triggered":
        incident.changed_at, incident.changed_by = store.now(), agent
    incident.status, incident.acked = "triggered", []
    incident.snoozed_until = incident.ack_ends = incident.resolved_at = None


def acknowledge(store: Store, incident: Incident, user: str) -> None:
    now = store.now()
    incident.acked = [*(one for one in incident.acked if one[0] != user), (user, now)]
    incident.status, incident.resolved_at, incident.escalates = "acknowledged", None, None
    incident.changed_at, incident.changed_by = now, user
    timeout = store.services[incident.service].ack_timeout
    incident.snoozed_until = None
    incident.ack_ends = now + timedelta(seconds=timeout) if timeout else None
    tell(store, incident, "acknowledge", user, f"Acknowledged by {store.users[user].name}.")


def resolve(store: Store, incident: Incident, agent: str, note: str = "") -> None:
    now = store.now()
    incident.status, incident.resolved_at = "resolved", now
    incident.assigned, incident.acked = [], []
    incident.snoozed_until = incident.ack_ends = incident.escalates = None
    incident.changed_at, incident.changed_by = now, agent
    more = {"note": note} if note else {}
    tell(store, incident, "resolve", agent, f"Resolved by {name_of(store, agent)}.", **more)


def name_of(store: Store, id: str) -> str:
    if id in store.users:
        return store.users[id].name
    return store.services[id].name if id in store.services else "PagerDuty"


def pass_time(store: Store) -> None:
    """What has become due: snoozes and acknowledgements that end, levels that are reached."""
    now = store.now()
    for incident in list(store.incidents.values()):
        ends = incident.snoozed_until or incident.ack_ends
        if incident.status == "acknowledged" and ends is not None and ends <= now:
            _triggered(store, incident, incident.service)
            page(store, incident, incident.level, now)
            tell(store, incident, "unacknowledge", incident.service, "Unacknowledged due to timeout.")
        elif incident.status == "triggered" and incident.escalates is not None and incident.escalates <= now:
            if now - incident.escalates < timedelta(days=1):
                page(store, incident, incident.level + 1, now)
                tell(store, incident, "escalate", incident.service, "Escalated due to timeout.")
            else:
                incident.escalates = None


def reference_of(value: object, kind: str) -> str:
    """The id in a reference; empty where it is none."""
    if not isinstance(value, Mapping) or value.get("type") not in (kind, f"{kind}_reference"):
        return ""
    return str(value.get("id") or "")


def update(store: Store, incident: Incident, given: Mapping[str, Any], user: str, *, bulk: bool = False) -> None:
    """`PUT /incidents/{id}`: everything is looked at before anything is changed."""
    plan = check(store, incident, given, user)
    for step in plan:
        step()
    if not bulk and (service := reference_of(given.get("service"), "service")):
        incident.service = service
        tell(store, incident, "field_value_change", user, "Service was changed.", "service")


def check(store: Store, incident: Incident, given: Mapping[str, Any], user: str) -> list[Any]:
    """The steps that an update makes. Raises Refused."""
    from tests.doubles.pagerduty.changing import steps

    if given.get("type") not in ("incident", "incident_reference"):
        raise invalid("Type must be incident_reference or incident.")
    return steps(store, incident, given, user)


triggered = _triggered
