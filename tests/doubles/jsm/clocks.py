"""SLA clocks: they attach, run, pause while somebody is waited for, and complete, by the site's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.doubles.jsm import world
from tests.doubles.jsm.state import Issue, Store, User

GOALS = {
    world.FIRST_RESPONSE: (900, 1800, 3600, 14400, 28800),
    world.RESOLUTION: (14400, 28800, 86400, 172800, 432000),
}
"""Seconds by priority, the first of the list first."""


def follow(store: Store, issue: Issue, *, answered: bool = False) -> None:
    """Let the clocks of an incident follow what happened to it; nothing of that moves `updated`."""
    if issue.project not in world.DESKS or issue.type != "10004":
        return
    now = store.now()
    category = world.STATUSES[issue.fields["status"]][1]
    for field in (world.FIRST_RESPONSE, world.RESOLUTION):
        clock = issue.clocks.setdefault(
            field, {"start": issue.created, "stop": None, "paused": None, "waited": 0.0, "from": now}
        )
        if "attached" not in clock:
            clock["attached"] = now + store.quirks.sla_delay
        over = category == "done" or (field == world.FIRST_RESPONSE and (answered or category != "new"))
        if over:
            clock["stop"] = clock["stop"] or now
        elif field == world.RESOLUTION and clock["stop"]:
            clock["waited"] += now - clock["stop"]
            clock["stop"] = None
        pending = issue.fields["status"] == "10010"
        if pending and clock["paused"] is None:
            clock["paused"] = now
        elif not pending and clock["paused"] is not None:
            clock["waited"] += now - clock["paused"]
            clock["paused"] = None


def value(store: Store, issue: Issue, field: str, viewer: User) -> dict[str, Any]:
    """The clock as a field's value and as the service API tells it."""
    told: dict[str, Any] = {
        "id": "1" if field == world.FIRST_RESPONSE else "2",
        "name": world.CUSTOM[field][1 if store.quirks.foreign_words else 0],
        "_links": {},
        "completedCycles": [],
        "slaDisplayFormat": "NEW_SLA_FORMAT",
    }
    clock = issue.clocks.get(field)
    if clock is None or clock["attached"] > store.now():
        return told
    goal = GOALS[field][list(world.PRIORITIES).index(issue.fields["priority"])]
    due = clock["start"] + goal + clock["waited"]
    end = clock["stop"] or clock["paused"] or store.now()
    elapsed = end - clock["start"] - clock["waited"]
    cycle: dict[str, Any] = {
        "startTime": moment(store, clock["start"], viewer),
        "breachTime": moment(store, due, viewer),
        "breached": end > due,
        "goalDuration": _span(goal),
        "elapsedTime": _span(elapsed),
        "remainingTime": _span(goal - elapsed),
    }
    if clock["stop"]:
        told["completedCycles"] = [{**cycle, "stopTime": moment(store, clock["stop"], viewer)}]
        return told
    paused = clock["paused"] is not None
    if paused and not store.quirks.breach_time_while_paused:
        del cycle["breachTime"]
    told["ongoingCycle"] = {**cycle, "paused": paused, "withinCalendarHours": True}
    return told


def moment(store: Store, when: float, viewer: User) -> dict[str, Any]:
    """The four forms of a moment; the friendly one is in the viewer's language."""
    local = datetime.fromtimestamp(when, UTC).astimezone(store.zone(viewer))
    return {
        "iso8601": f"{local:%Y-%m-%dT%H:%M:%S%z}",
        "jira": store.stamp(when, viewer),
        "friendly": f"Heute {local:%H:%M}",
        "epochMillis": round(when * 1000),
    }


def _span(seconds: float) -> dict[str, Any]:
    return {"millis": round(seconds * 1000), "friendly": f"{round(seconds / 3600)}h"}
