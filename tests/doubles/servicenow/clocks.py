"""The SLA engine: clocks attach, pause, go on and end with the incident; their percentages are stale by design."""

from __future__ import annotations

from tests.doubles.servicenow.state import Row, Store, stamp

SECONDS = {"response": (900, 1800, 14400, 28800, 172800), "resolution": (14400, 28800, 172800, 432000, 864000)}


def clocks_follow(store: Store, row: Row) -> None:
    """Attach the clocks to a new incident; else let them follow its state."""
    held = store.by("task_sla", "task", row["sys_id"])
    if not held:
        if row["active"] == "true" and row["state"] != "6":
            _attach(store, row)
        return
    for clock in held:
        _follow(store, row, clock)


def attach_due(store: Store) -> None:
    """Those whose delay is over become visible."""
    now = stamp(store.now())
    for clock in store.tables["task_sla"].values():
        if clock.get("visible_from", "") and clock["visible_from"] <= now:
            clock["visible_from"] = ""


def _attach(store: Store, row: Row) -> None:
    level = int(row["priority"] or "5") - 1
    for target, seconds in SECONDS.items():
        sla = store.find("contract_sla", target=target)
        if sla is None:
            return
        start = row["opened_at"]
        clock = store.insert(
            "task_sla",
            {
                "task": row["sys_id"],
                "sla": sla["sys_id"],
                "stage": "in_progress",
                "active": "true",
                "has_breached": "false",
                "start_time": start,
                "planned_end_time": store.later(start, seconds[level]),
                "percentage": "0",
            },
        )
        if store.quirks.sla_delay:
            clock["visible_from"] = store.later(stamp(store.now()), store.quirks.sla_delay)


def _follow(store: Store, row: Row, clock: Row) -> None:
    sla = store.get("contract_sla", clock["sla"])
    target, now, state = sla["target"] if sla else "", stamp(store.now()), row["state"]
    if clock["stage"] in ("completed", "cancelled") and not (target == "resolution" and state in ("1", "2", "3")):
        return
    if state == "8":
        clock |= {"stage": "cancelled", "active": "false", "end_time": now}
    elif state in ("6", "7") or (target == "response" and state != "1"):
        clock |= {"stage": "completed", "active": "false", "end_time": now}
        clock["has_breached"] = "true" if now > clock["planned_end_time"] else clock["has_breached"]
    elif state == "3" and clock["stage"] != "paused":
        clock |= {"stage": "paused", "pause_time": now}
    elif state != "3" and clock["stage"] == "paused":
        waited = (store.moment(now) - store.moment(clock["pause_time"])).total_seconds()
        later = store.later(clock["planned_end_time"], waited)
        clock |= {"stage": "in_progress", "pause_time": "", "planned_end_time": later}
    elif clock["stage"] != "in_progress":
        clock |= {"stage": "in_progress", "active": "true", "end_time": "", "pause_time": ""}
    store.save("task_sla", clock, "system")
