"""SLA clocks from rows of `Frs_data_escalation_watchs`, one row a clock; targets are never computed here.

Only the ClockState `Run` is known for sure. For other words what the row tells besides decides:
a response or a final clock is met, a breach passed is breached, and what is left is shown with its
deadline, so that nothing is hidden. Which unit durations have is not documented: they are not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vagt.adapters.lenient import Fields, Row, text_of
from vagt.domain.incident import ClockState, SlaClock, State

WATCHES = "frs_data_escalation_watchs"
WATCH_FIELDS = (
    "RecId ParentLink_RecID ParentLink_Category ClockState BreachDateTime BreachPassed ResponseDateTime".split()
)
_LINKS = (
    ("response", "ResponseEscLink_RecID"),
    ("resolution", "ResolutionEscLink_RecID"),
    ("waiting", "WaitingEscLink_RecID"),
    ("closing", "ClosingEscLink_RecID"),
)
_FROM_THE_START = frozenset({"response", "resolution"})
_PAUSED = ("pause", "wait", "hold", "suspend")
_OVER = ("stop", "complete", "met", "end", "done", "finish", "cancel")


def clocks_of(row: Row, watches: Sequence[Row], state: State, created: datetime | None) -> tuple[SlaClock, ...]:
    """The incident's clocks in the order response, resolution, waiting, closing."""
    by_id = {text_of(watch.get("RecId")).upper(): watch for watch in watches}
    found = []
    for name, link in _LINKS:
        watch = by_id.get(text_of(row.get(link)).upper())
        if watch is None:
            continue
        of = Fields(watch, f"Ivanti: the {name} clock of {text_of(row.get('IncidentNumber'))}"[:80])
        due = of.time("BreachDateTime")
        reached = _reached(of, state)
        if due is None and reached is ClockState.RUNNING:
            continue
        found.append(SlaClock(name, due, reached, created if name in _FROM_THE_START else None))
    return tuple(found)


def _reached(of: Fields, state: State) -> ClockState:
    word = of.text("ClockState").strip().lower()
    breached = of.flag("BreachPassed")
    if word.startswith("run"):
        return ClockState.BREACHED if breached else ClockState.RUNNING
    over = word.startswith(_OVER) or of.text("ResponseDateTime").strip()[:4] not in ("", "0001")
    if breached:
        return ClockState.BREACHED
    if over:
        return ClockState.MET
    if word.startswith(_PAUSED):
        return ClockState.PAUSED
    return ClockState.RUNNING if state.is_open else ClockState.MET
