"""Objects as the API shows them: references, or whole where `include[]` asks for that."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.doubles.pagerduty.state import Entry, Incident, Policy, Schedule, Service, Store, User

_ACCOUNT_ZONE = timezone(timedelta(hours=-5))
"""Times of log entries, turns on call and services are told in it, unless `time_zone` asks for another."""
API, WEB = "https://api.pagerduty.com", "https://acme.pagerduty.com"


def utc(when: datetime | None) -> str | None:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


def zoned(when: datetime, zone: str) -> str:
    """In UTC where that was asked for, else in the account's own zone."""
    if zone in ("UTC", "Etc/UTC"):
        return str(utc(when))
    return when.astimezone(_ACCOUNT_ZONE).isoformat(timespec="seconds")


def reference(kind: str, id: str, summary: str, path: str) -> dict[str, Any]:
    return {
        "id": id,
        "type": f"{kind}_reference",
        "summary": summary,
        "self": f"{API}/{path}/{id}",
        "html_url": f"{WEB}/{path}/{id}",
    }


def whole(told: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A reference as the full object."""
    return {**told, "type": str(told["type"]).removesuffix("_reference"), "name": told["summary"], **more}


def user(store: Store, one: User, *, full: bool) -> dict[str, Any]:
    told = reference("user", one.id, one.name, "users")
    return whole(told, email=one.email, time_zone="Europe/Copenhagen", role=one.role) if full else told


def any_user(store: Store, id: str, *, full: bool = False) -> dict[str, Any]:
    if id in store.users:
        return user(store, store.users[id], full=full)
    return reference("user", id, "Deleted User", "users")


def agent(store: Store, id: str) -> dict[str, Any]:
    if id in store.services:
        return service(store, store.services[id], full=False)
    return any_user(store, id)


def team(store: Store, id: str, *, full: bool = False) -> dict[str, Any]:
    told = reference("team", id, store.teams[id], "teams")
    return whole(told, description="") if full else told


def service(store: Store, one: Service, *, full: bool) -> dict[str, Any]:
    told = reference("service", one.id, one.name, "services")
    if not full:
        return told
    return whole(
        told,
        status="active",
        acknowledgement_timeout=one.ack_timeout,
        auto_resolve_timeout=one.auto_resolve,
        escalation_policy=policy(store, store.policies[one.policy], full=False),
        teams=[team(store, id) for id in one.teams],
    )


def policy(store: Store, one: Policy, *, full: bool) -> dict[str, Any]:
    told = reference("escalation_policy", one.id, one.name, "escalation_policies")
    if not full:
        return told
    rules = [
        {
            "id": f"R{one.id}{n}",
            "escalation_delay_in_minutes": rule.minutes,
            "targets": [target(store, id) for id in rule.targets],
        }
        for n, rule in enumerate(one.rules)
    ]
    return whole(
        told,
        description="",
        num_loops=one.loops,
        escalation_rules=rules,
        teams=[team(store, id) for id in one.teams],
        services=[service(store, s, full=False) for s in store.services.values() if s.policy == one.id],
    )


def target(store: Store, id: str) -> dict[str, Any]:
    return schedule(store.schedules[id]) if id in store.schedules else any_user(store, id)


def schedule(one: Schedule) -> dict[str, Any]:
    return reference("schedule", one.id, one.name, "schedules")


def priority(store: Store, id: str, *, full: bool = False) -> dict[str, Any]:
    name = next(name for known, name in store.priorities if known == id)
    told = reference("priority", id, name, "priorities")
    return whole(told, description=f"Severity {name}", color="a8171c") if full else told


def incident_reference(one: Incident) -> dict[str, Any]:
    return reference("incident", one.id, f"[#{one.number}] {one.title}", "incidents")


def render_incident(store: Store, one: Incident, include: Collection[str]) -> dict[str, Any]:
    """An incident; its times are UTC whatever the account's zone is."""
    held = store.services[one.service]
    told = {
        **incident_reference(one),
        "type": "incident",
        "incident_number": one.number,
        "title": one.title,
        "description": one.title,
        "created_at": utc(one.created),
        "updated_at": utc(one.updated),
        "status": one.status,
        "incident_key": one.key,
        "service": service(store, held, full="services" in include),
        "assignments": [
            {"at": utc(at), "assignee": any_user(store, id, full="assignees" in include)} for id, at in one.assigned
        ],
        "assigned_via": one.via,
        "last_status_change_at": utc(one.updated if one.status == "triggered" else one.changed_at),
        "last_status_change_by": agent(store, one.changed_by or one.service),
        "resolved_at": utc(one.resolved_at),
        "first_trigger_log_entry": reference("trigger_log_entry", f"R{one.id}", "Triggered", "log_entries"),
        "alert_counts": {"all": one.alerts, "triggered": one.alerts if one.status != "resolved" else 0, "resolved": 0},
        "is_mergeable": one.mergeable,
        "incident_type": {"name": one.type},
        "escalation_policy": policy(store, store.policies[one.policy], full="escalation_policies" in include),
        "teams": [team(store, id, full="teams" in include) for id in store.policies[one.policy].teams],
        "pending_actions": _pending(store, one),
        "acknowledgements": [
            {"at": utc(at), "acknowledger": any_user(store, id, full="acknowledgers" in include)}
            for id, at in one.acked
        ]
        or None,
        "alert_grouping": None,
        "priority": priority(store, one.priority, full="priorities" in include) if one.priority else None,
        "resolve_reason": None,
        "incidents_responders": list(one.responders),
        "responder_requests": [],
        "urgency": one.urgency,
    }
    if one.merged_into:
        into = store.incidents[one.merged_into]
        told["resolve_reason"] = {"type": "merge_resolve_reason", "incident": incident_reference(into)}
    if "conference_bridge" in include:
        told["conference_bridge"] = one.bridge
    if "first_trigger_log_entries" in include:
        channel = {"type": "api", "summary": one.title, "details": one.details}
        told["first_trigger_log_entry"] |= {
            "type": "trigger_log_entry",
            "created_at": utc(one.created),
            "channel": channel,
        }
    if "body" in include:
        told["body"] = {"type": "incident_body", "details": one.details}
    return told


def _pending(store: Store, one: Incident) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if one.escalates:
        found.append({"type": "escalate", "at": utc(one.escalates)})
    if ends := one.snoozed_until or one.ack_ends:
        found.append({"type": "unacknowledge", "at": utc(ends)})
    seconds = store.services[one.service].auto_resolve
    if seconds and one.status != "resolved":
        found.append({"type": "resolve", "at": utc(one.created + timedelta(seconds=seconds))})
    return found


def entry(store: Store, one: Entry, zone: str, include: Collection[str]) -> dict[str, Any]:
    """A line of the log."""
    incident = store.incidents[one.incident]
    channel: dict[str, Any] = {"type": "api"}
    if "channel" in one.more:
        channel = one.more["channel"]
    shown: dict[str, Any] = incident_reference(incident)
    if "incidents" in include and not store.quirks.slim_log_incidents:
        shown = one.held or render_incident(store, incident, frozenset())
    told = {
        "id": one.id,
        "type": one.type,
        "summary": one.summary,
        "self": f"{API}/log_entries/{one.id}",
        "html_url": None,
        "created_at": zoned(one.at, zone),
        "agent": agent(store, one.agent),
        "channel": channel,
        "service": service(store, store.services[incident.service], full=False),
        "incident": shown,
        "teams": [team(store, id) for id in store.policies[incident.policy].teams],
        "contexts": [],
        "event_details": one.more.get("event_details", {}),
    }
    return {**told, "note": one.more["note"]} if "note" in one.more else told
