"""SLA clocks from the fields that hold them ("SLA", Service Management REST API): by `breachTime`, which is wall time.

`friendly` is translated and not read. `breachTime` may be missing while a clock is paused; then its
end is not known. Nothing of this moves `updated`.
"""

from __future__ import annotations

from datetime import datetime

from vagt.adapters.jsm.wire import Row, dropped, from_millis, moment, part, parts, text
from vagt.domain.incident import ClockState, SlaClock

_STOCK = {"time to first response": "response", "time to resolution": "resolution"}


def clock_of(value: object, of: str) -> SlaClock | None:
    """The clock of one SLA field: the cycle that runs, else the last one; None where there is none."""
    if not isinstance(value, dict):
        if value is not None:
            dropped("a clock", of)
        return None
    name = text(value, "name", 100)
    name = _STOCK.get(name.lower(), name) or "sla"
    running = part(value, "ongoingCycle")
    if running:
        if running.get("breached") is True:
            state = ClockState.BREACHED
        else:
            state = ClockState.PAUSED if running.get("paused") is True else ClockState.RUNNING
        return SlaClock(name, _when(running, "breachTime"), state, _when(running, "startTime"))
    done = parts(value, "completedCycles")
    if not done:
        return None
    last = done[-1]
    state = ClockState.BREACHED if last.get("breached") is True else ClockState.MET
    return SlaClock(name, _when(last, "breachTime"), state, _when(last, "startTime"))


def _when(cycle: Row, name: str) -> datetime | None:
    told = part(cycle, name)
    return from_millis(told.get("epochMillis")) or moment(told, "jira") or moment(told, "iso8601")
