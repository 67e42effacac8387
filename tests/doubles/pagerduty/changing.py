"""The fields of an incident that an update may change, each checked before any of them is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.doubles.pagerduty.rules import (
    acknowledge,
    invalid,
    page,
    reference_of,
    resolve,
    tell,
    touch,
    triggered,
)
from tests.doubles.pagerduty.state import Incident, Store

Step = Callable[[], None]
KNOWN = frozenset(
    {
        "id",
        "type",
        "status",
        "resolution",
        "title",
        "urgency",
        "conference_bridge",
        "priority",
        "escalation_level",
        "assignments",
        "escalation_policy",
        "incident_type",
        "service",
    }
)


def steps(store: Store, incident: Incident, given: Mapping[str, Any], user: str) -> list[Step]:
    """What is to be done, in order; what is unknown or read-only is ignored. Raises Refused."""
    if "assignments" in given and "escalation_policy" in given:
        raise invalid("Assignments and escalation policy cannot both be given.")
    found: list[Step] = []
    found += _plain(store, incident, given, user)
    found += _routed(store, incident, given, user)
    found += _status(store, incident, given, user)
    return found


def _plain(store: Store, incident: Incident, given: Mapping[str, Any], user: str) -> list[Step]:
    found: list[Step] = []
    if "title" in given:
        if not isinstance(given["title"], str) or not given["title"].strip():
            raise invalid("Title cannot be empty.")
        found.append(lambda: _set(store, incident, "title", given["title"], user))
    if "urgency" in given:
        if given["urgency"] not in ("high", "low"):
            raise invalid("Urgency must be high or low.")
        found.append(lambda: _set(store, incident, "urgency", given["urgency"], user))
    if "priority" in given:
        id = _priority(store, given["priority"])
        found.append(lambda: _set(store, incident, "priority", id, user))
    if "incident_type" in given:
        name = _type(store, given["incident_type"])
        found.append(lambda: _set(store, incident, "type", name, user))
    if isinstance(given.get("conference_bridge"), Mapping):
        found.append(lambda: _set(store, incident, "bridge", dict(given["conference_bridge"]), user))
    if "service" in given and reference_of(given["service"], "service") not in store.services:
        raise invalid("Service not found.")
    return found


def _set(store: Store, incident: Incident, name: str, value: Any, user: str) -> None:
    setattr(incident, name, value)
    kind = "urgency_change" if name == "urgency" else "field_value_change"
    tell(store, incident, kind, user, f"{name.capitalize()} was changed.", name)


def _priority(store: Store, given: object) -> str | None:
    if given is None:
        return None
    if isinstance(given, str):
        found = next((id for id, name in store.priorities if name == given), "")
    else:
        wanted = reference_of(given, "priority")
        found = next((id for id, _ in store.priorities if id == wanted), "")
    if not found:
        raise invalid("Priority is invalid.", code=1020)
    return found


def _type(store: Store, given: object) -> str:
    if isinstance(given, Mapping):
        for id, name in store.types:
            if given.get("name") == name or given.get("id") == id:
                return name
    raise invalid("Incident type not found.")


def _routed(store: Store, incident: Incident, given: Mapping[str, Any], user: str) -> list[Step]:
    if "escalation_policy" in given:
        policy = reference_of(given["escalation_policy"], "escalation_policy")
        if policy not in store.policies:
            raise invalid("Escalation policy not found.", code=1014)
        if store.quirks.nobody_refused and not store.on_call(store.policies[policy], 1):
            raise invalid("Escalation policy has nobody on call.", code=1015)
        # The policy begins anew at its first level, whatever `escalation_level` says beside it.
        return [lambda: _to_policy(store, incident, policy, user)]
    if "escalation_level" in given:
        level = given["escalation_level"]
        if not isinstance(level, int) or not 1 <= level <= len(store.policies[incident.policy].rules):
            raise invalid("Incident cannot be escalated: there is no such level.", code=1006)
        return [lambda: _to_level(store, incident, level, user)]
    if "assignments" in given:
        people = [reference_of(one.get("assignee"), "user") for one in given["assignments"] or ()]
        if not people or any(id not in store.users for id in people):
            raise invalid("Assignee cannot be found.", code=1007)
        return [lambda: _to_people(store, incident, people, user, given.get("status"))]
    return []


def _to_policy(store: Store, incident: Incident, policy: str, user: str) -> None:
    incident.policy = policy
    triggered(store, incident, user)
    page(store, incident, 1, store.now())
    tell(store, incident, "assign", user, f"Reassigned to {store.policies[policy].name}.")


def _to_level(store: Store, incident: Incident, level: int, user: str) -> None:
    if incident.status == "triggered" or store.quirks.level_alone_unacks:
        triggered(store, incident, user)
    page(store, incident, level, store.now())
    tell(store, incident, "escalate", user, f"Escalated to level {level}.")


def _to_people(store: Store, incident: Incident, people: list[str], user: str, status: object) -> None:
    now = store.now()
    if status is None and incident.status == "acknowledged" and not {who for who, _ in incident.acked} & set(people):
        triggered(store, incident, user)
    incident.assigned = [(id, now) for id in dict.fromkeys(people)]
    incident.via, incident.escalates = "direct_assignment", None
    tell(store, incident, "assign", user, "Reassigned.")


def _status(store: Store, incident: Incident, given: Mapping[str, Any], user: str) -> list[Step]:
    if "status" not in given:
        return []
    wanted = given["status"]
    quirks = store.quirks
    if wanted not in ("triggered", "acknowledged", "resolved"):
        raise invalid("Status must be triggered, acknowledged or resolved.", code=1003)
    if incident.status == "resolved":
        if wanted == "resolved":
            if quirks.repeat_refused:
                raise invalid("Incident Already Resolved", code=1001)
            return []
        if quirks.reopen_refused or incident.merged_into:
            raise invalid("Incident Already Resolved", code=1001)
        return [lambda: _reopen(store, incident, wanted, user)]
    if wanted == "resolved":
        note = given.get("resolution")
        return [lambda: resolve(store, incident, user, str(note) if note else "")]
    if wanted == "acknowledged":
        if user in {who for who, _ in incident.acked} and quirks.repeat_refused:
            raise invalid("Incident Already Acknowledged", code=1002)
        return [lambda: acknowledge(store, incident, user)]
    if incident.status == "acknowledged":
        if quirks.bare_trigger_refused:
            raise invalid("Status cannot be set to triggered.", code=1003)
        return [lambda: _unack(store, incident, user)]
    return []


def _unack(store: Store, incident: Incident, user: str) -> None:
    triggered(store, incident, user)
    tell(store, incident, "unacknowledge", user, "Unacknowledged.")


def _reopen(store: Store, incident: Incident, wanted: str, user: str) -> None:
    now = store.now()
    triggered(store, incident, user)
    touch(store, incident)
    tell(store, incident, "reopen", user, "Reopened.")
    if wanted == "acknowledged":
        incident.assigned, incident.via = [(user, now)], "direct_assignment"
        acknowledge(store, incident, user)
    else:
        page(store, incident, 1, now)
