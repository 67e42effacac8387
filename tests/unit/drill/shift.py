"""A drill's records made by hand, for one judgement at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from vagt.adapters.embedded.record import Entry, LinkRow, Row
from vagt.adapters.embedded.rules import DeskRules, Targets, judged, moved, opened
from vagt.adapters.embedded.shift.ledger import Ledger, Told
from vagt.adapters.embedded.shift.truth import CauseNow, Role, Truth
from vagt.domain.incident import LinkKind, State
from vagt.domain.priority import PriorityMatrix
from vagt.domain.timeline import EntryKind

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RULES = DeskRules(PriorityMatrix(), Targets((180, 300, 480, 900, 1800), (900, 1500, 3000, 6000, 9000)))


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


class Shift:
    """Builds a ledger; times are minutes since it began."""

    def __init__(self, *, whole: float = 20, speed: float = 1.0) -> None:
        self._whole = whole
        self._speed = speed
        self._told: dict[int, Told] = {}
        self._causes: dict[str, CauseNow] = {}

    def cause(self, key: str, *, mended: float | None = None, major: bool = False) -> None:
        self._causes[key] = CauseNow(
            key=key,
            team="Network",
            service="Network",
            mends=5,
            alone=False,
            major=major,
            recovers="Well again.",
            code="fixed",
            mended=None if mended is None else after(mended),
        )

    def report(
        self,
        cause: str,
        at: float,
        *,
        said: tuple[int, int] = (2, 2),
        true: tuple[int, int] | None = None,
        role: Role = Role.REPORT,
    ) -> int:
        """A new incident; its row."""
        if cause not in self._causes:
            self.cause(cause)
        pk = len(self._told) + 1
        row = opened(
            RULES, at=after(at), by="Ruth", title=f"No {pk}", impact=said[0], urgency=said[1], caller="Ruth Adeyemi"
        )
        real = true or said
        truth = Truth(
            incident=pk,
            cause=cause,
            role=role,
            impact=real[0],
            urgency=real[1],
            said_impact=said[0],
            said_urgency=said[1],
        )
        self._told[pk] = Told(row=_with(row, pk=pk), truth=truth, entries=(), links=())
        return pk

    def _change(self, pk: int, row: Row, entry: Entry) -> None:
        told = self._told[pk]
        row = _with(row, operated=row.operated or entry.by == "anna")
        self._told[pk] = Told(row=row, truth=told.truth, entries=(*told.entries, entry), links=told.links)

    def acknowledged(self, pk: int, at: float, by: str = "anna") -> None:
        row = _with(moved(self._told[pk].row, State.ACTIVE, after(at)), assignee=by)
        self._change(pk, row, Entry(after(at), by, EntryKind.STATE, "Acknowledged"))

    def judged(self, pk: int, at: float, impact: int, urgency: int) -> None:
        row = judged(RULES, self._told[pk].row, impact, urgency)
        self._change(pk, row, Entry(after(at), "anna", EntryKind.PRIORITY, "Priority"))

    def resolved(self, pk: int, at: float, by: str = "anna") -> None:
        row = moved(self._told[pk].row, State.RESOLVED, after(at))
        self._change(pk, row, Entry(after(at), by, EntryKind.STATE, "Resolved: well", public=True))

    def reopened(self, pk: int, at: float) -> None:
        row = moved(self._told[pk].row, State.ACTIVE, after(at))
        self._change(pk, row, Entry(after(at), "Ruth Adeyemi", EntryKind.STATE, "Reopened: no"))

    def merged(self, pk: int, at: float, into: int) -> None:
        row = _with(moved(self._told[pk].row, State.CLOSED, after(at)), duplicate_of=into)
        self._change(pk, row, Entry(after(at), "anna", EntryKind.STATE, "Closed as a duplicate", public=True))

    def child(self, pk: int, of: int) -> None:
        told = self._told[pk]
        link = LinkRow(LinkKind.PARENT, of, None, "")
        self._told[pk] = Told(row=told.row, truth=told.truth, entries=told.entries, links=(*told.links, link))

    def declared(self, pk: int, at: float) -> None:
        row = _with(self._told[pk].row, major=True)
        self._change(pk, row, Entry(after(at), "anna", EntryKind.ESCALATION, "Declared a major incident"))

    def said(self, pk: int, at: float, text: str, by: str = "anna") -> None:
        self._change(pk, self._told[pk].row, Entry(after(at), by, EntryKind.COMMENT, text, public=True))

    def ledger(self) -> Ledger:
        return Ledger(
            scenario="made",
            begun=NOON,
            ends=after(self._whole),
            speed=self._speed,
            operators=frozenset({"anna"}),
            incidents=tuple(self._told.values()),
            causes=self._causes,
        )


def _with(row: Row, **changes: object) -> Row:
    return replace(row, **changes)  # type: ignore[arg-type]
