"""An incident as the database holds it, and what is written beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vagt.domain.incident import LinkKind, State
from vagt.domain.timeline import EntryKind

FIRST_NUMBER = 10_000
"""Numbers begin above this, so that they look like numbers people know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table `incident`; the fields are its columns, in order. Times are UTC."""

    pk: int = 0
    """0: not stored yet."""
    seq: int = 0
    """Place in the order of changes."""
    version: int = 1
    title: str
    description: str = ""
    state: State
    native: str
    impact: int
    urgency: int
    priority: int
    major: bool = False
    team: str | None = None
    assignee: str | None = None
    caller: str | None = None
    service: str | None = None
    category: str | None = None
    source: str = ""
    level: int = 0
    """How far it was escalated within its team: 0 to 3."""
    created_at: datetime
    updated_at: datetime
    updated_by: str
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    waiting_reason: str | None = None
    waiting_until: datetime | None = None
    snoozed_until: datetime | None = None
    resolution: str | None = None
    code: str | None = None
    response_due: datetime
    resolution_due: datetime
    clock_start: datetime
    """When the resolution clock began, moved on by every pause."""
    paused_at: datetime | None = None
    """Since when the resolution clock stands still."""
    duplicate_of: int | None = None
    """The row that it was merged into."""
    operated: bool = False
    """An operator has had a hand in it: simulated colleagues keep off."""
    wake_at: datetime | None = None
    """The next moment at which something happens to it by itself."""

    @property
    def id(self) -> str:
        return f"i{self.pk}"

    @property
    def number(self) -> str:
        return str(FIRST_NUMBER + self.pk)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline; `by` is a login or the name of a machine."""

    at: datetime
    by: str
    kind: EntryKind
    text: str
    public: bool = False
    id: int = 0


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A relation as the incident that carries it sees it: to another incident, or to a problem or change."""

    kind: LinkKind
    incident: int | None
    """The other incident's row; None for a problem or change."""
    record: str | None
    """The number of a problem or change."""
    title: str


@dataclass(frozen=True, slots=True)
class Record:
    """A problem or a change that incidents can be linked to."""

    number: str
    kind: LinkKind
    title: str
    state: str


def pk_of(id: str) -> int | None:
    """The row behind an id (`i42`); None where it is not one."""
    return int(id[1:]) if id[:1] == "i" and id[1:].isascii() and id[1:].isdigit() and len(id) < 18 else None


def pk_of_number(number: str) -> int | None:
    """The row behind what people call it; None where it is not a number."""
    digits = number.strip().removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 18):
        return None
    pk = int(digits) - FIRST_NUMBER
    return pk if pk > 0 else None
