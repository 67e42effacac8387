"""An incident on a path, for tests: made of plain values, with marks as consoles write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vagt.config.response import EscalationSettings, StepSettings
from vagt.domain.incident import Incident, State
from vagt.domain.timeline import EntryKind, TimelineEntry
from vagt.escalation.paths import Path, Paths
from vagt.escalation.record import Mark, MarkKind, line_of

T0 = datetime(2026, 11, 25, 12, tzinfo=UTC)
P1 = EscalationSettings(
    name="p1",
    query="p<=1",
    ack_timeout=1800.0,
    steps=(
        StepSettings(after=0, to="oncall:noc"),
        StepSettings(after=600, to="oncall:db", notify=("noc-chat",)),
        StepSettings(after=1500, to="manager", kind="hierarchical"),
    ),
)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def path(settings: EscalationSettings = P1) -> Path:
    return next(iter(Paths((settings,))))


def incident(
    state: State = State.NEW,
    *,
    acknowledged: float | None = None,
    updated: float | None = None,
    created: float = 0,
    priority: int | None = 1,
) -> Incident:
    return Incident(
        backend="desk",
        id="i1",
        number="1",
        title="Mail is down",
        state=state,
        native_state=state.value,
        priority=priority,
        created_at=at(created),
        updated_at=at(created if updated is None else updated),
        acknowledged_at=None if acknowledged is None else at(acknowledged),
    )


def mark(kind: MarkKind, step: int, minutes: float, **more: object) -> Mark:
    values: dict[str, object] = {"path": "p1", "round": "0", "id": f"c{step}", "by": "anna"} | more
    return Mark(kind=kind, step=step, at=at(minutes), **values)  # type: ignore[arg-type]


def note(written: Mark, words: str = "", by: str = "anna") -> TimelineEntry:
    return TimelineEntry(written.at, by, EntryKind.NOTE, False, f"{words}\n{line_of(written)}".strip())


def entry(minutes: float, kind: EntryKind, by: str = "anna", text: str = "something") -> TimelineEntry:
    return TimelineEntry(at(minutes), by, kind, False, text)
