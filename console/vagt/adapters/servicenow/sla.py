"""SLA clocks of incidents (task_sla): their end times, not their percentages, which are stale by design ("SLA engine").

`planned_end_time` already holds schedule and pauses; while paused it stands still. `stage` keeps
`in_progress` after a breach in today's engine and says `breached` in the old one: both are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vagt.adapters.servicenow.wire import Row, shown, time_of, value
from vagt.domain.incident import ClockState, SlaClock

FIELDS = (
    "task",
    "sla",
    "sla.target",
    "sla.type",
    "stage",
    "active",
    "has_breached",
    "start_time",
    "end_time",
    "planned_end_time",
)


def clock_of(row: Row, now: datetime) -> SlaClock | None:
    """One clock; None where it was cancelled or has no end."""
    stage = value(row, "stage").strip().lower()
    due = time_of(row, "planned_end_time", "an SLA")
    if stage in ("cancelled", "canceled") or due is None:
        return None
    breached = value(row, "has_breached").lower() == "true" or stage == "breached"
    if stage == "paused":
        state = ClockState.PAUSED
    elif stage in ("completed", "achieved") or value(row, "active").lower() == "false":
        ended = time_of(row, "end_time")
        state = ClockState.BREACHED if breached or (ended is not None and ended > due) else ClockState.MET
    else:
        state = ClockState.BREACHED if breached or due < now else ClockState.RUNNING
    return SlaClock(_name(row), due, state, time_of(row, "start_time", "an SLA"))


def _name(row: Row) -> str:
    """ "response" or "resolution" for what was promised to users; other agreements by their own names."""
    target, kind = value(row, "sla.target").strip().lower(), value(row, "sla.type").strip().lower()
    if target in ("response", "resolution") and kind in ("sla", ""):
        return target
    return shown(row, "sla", limit=100).strip() or target or "sla"


def clocks_of(rows: Sequence[Row], now: datetime) -> dict[str, tuple[SlaClock, ...]]:
    """Clocks by the sys_id of their task, those due first in front."""
    found: dict[str, list[SlaClock]] = {}
    for row in rows:
        task, clock = value(row, "task").strip(), clock_of(row, now)
        if task and clock is not None:
            found.setdefault(task, []).append(clock)
    return {task: tuple(sorted(clocks, key=_order)) for task, clocks in found.items()}


def _order(clock: SlaClock) -> tuple[str, str, str]:
    due = clock.due_at.isoformat() if clock.due_at else ""
    started = clock.started_at.isoformat() if clock.started_at else ""
    return due, clock.name, started
