"""What is true in a drill: kept beside the incidents in tables that no answer of the backend is made of."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_TABLES = (
    "CREATE TABLE IF NOT EXISTS drill_cause (key TEXT PRIMARY KEY, team TEXT NOT NULL, service TEXT NOT NULL,"
    " mends REAL NOT NULL, alone INTEGER NOT NULL, major INTEGER NOT NULL, recovers TEXT NOT NULL, code TEXT NOT NULL,"
    " due TEXT, mended TEXT)",
    "CREATE TABLE IF NOT EXISTS drill_truth (incident INTEGER PRIMARY KEY, cause TEXT NOT NULL, role TEXT NOT NULL,"
    " impact INTEGER NOT NULL, urgency INTEGER NOT NULL, said_impact INTEGER NOT NULL, said_urgency INTEGER NOT NULL,"
    " promised TEXT NOT NULL)",
)


class Role(StrEnum):
    """How an incident relates to its cause."""

    REPORT = "report"
    """It tells of the cause itself; several of one cause are the same."""
    SYMPTOM = "symptom"
    """Of a service that stands on the one in trouble."""
    NOTICE = "notice"
    """From the drill itself: nothing is to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseNow:
    """A cause as it stands. Times are UTC."""

    key: str
    team: str
    service: str
    mends: float
    """Minutes of the shift that it takes whoever can mend it."""
    alone: bool
    major: bool
    recovers: str
    code: str
    due: datetime | None = None
    """When it will be mended if somebody stays on it; None: nobody has begun."""
    mended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of one incident."""

    incident: int
    """Its row."""
    cause: str
    role: Role
    impact: int
    urgency: int
    said_impact: int
    said_urgency: int
    promised: str = ""
    """The public promise with which the shift before handed it over."""


class TruthTable:
    """Reading and writing the truth, within the transaction of whoever asks."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def make(self) -> None:
        """The tables, where they are missing."""
        for statement in _TABLES:
            self._db.execute(statement)

    def put_cause(self, cause: CauseNow) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO drill_cause VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                cause.key,
                cause.team,
                cause.service,
                cause.mends,
                int(cause.alone),
                int(cause.major),
                cause.recovers,
                cause.code,
                cause.due and cause.due.isoformat(),
                cause.mended and cause.mended.isoformat(),
            ),
        )

    def cause(self, key: str) -> CauseNow | None:
        return next(iter(self._causes("WHERE key = ?", (key,))), None)

    def causes(self) -> list[CauseNow]:
        return self._causes("ORDER BY key", ())

    def put(self, truth: Truth) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO drill_truth VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                truth.incident,
                truth.cause,
                truth.role.value,
                truth.impact,
                truth.urgency,
                truth.said_impact,
                truth.said_urgency,
                truth.promised,
            ),
        )

    def of(self, incident: int) -> Truth | None:
        return next(iter(self._truths("WHERE incident = ?", (incident,))), None)

    def of_cause(self, key: str) -> list[Truth]:
        """All that tell of a cause, its symptoms too, the oldest first."""
        return self._truths("WHERE cause = ? AND role != 'notice' ORDER BY incident", (key,))

    def all(self) -> list[Truth]:
        return self._truths("ORDER BY incident", ())

    def _causes(self, where: str, values: Sequence[object]) -> list[CauseNow]:
        found = self._db.execute(
            f"SELECT key, team, service, mends, alone, major, recovers, code, due, mended FROM drill_cause {where}",  # noqa: S608
            values,
        )
        return [
            CauseNow(
                key=key,
                team=team,
                service=service,
                mends=mends,
                alone=bool(alone),
                major=bool(major),
                recovers=recovers,
                code=code,
                due=_moment(due),
                mended=_moment(mended),
            )
            for key, team, service, mends, alone, major, recovers, code, due, mended in found
        ]

    def _truths(self, where: str, values: Sequence[object]) -> list[Truth]:
        found = self._db.execute(
            "SELECT incident, cause, role, impact, urgency, said_impact, said_urgency, promised"  # noqa: S608
            f" FROM drill_truth {where}",
            values,
        )
        return [
            Truth(
                incident=incident,
                cause=cause,
                role=Role(role),
                impact=impact,
                urgency=urgency,
                said_impact=said_impact,
                said_urgency=said_urgency,
                promised=promised,
            )
            for incident, cause, role, impact, urgency, said_impact, said_urgency, promised in found
        ]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def span(minutes: float, speed: float) -> timedelta:
    """Minutes of the shift as time by the wall clock."""
    return timedelta(minutes=minutes / speed)
