"""A backend in memory: incidents, words, versions, and the ways in which it can fail."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from vagt.adapters.conformance import Fault


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    title: str
    changed: int
    """The service's own counter at the row's last change."""
    state: str = "new"
    assignee: str | None = None
    team: str = "first line"
    impact: int = 2
    urgency: int = 2
    priority: int = 3
    major: bool = False
    related: tuple[int, ...] = ()
    words: tuple[tuple[str, bool, str, str], ...] = ()
    """(text, public, by, command id)"""

    @property
    def is_open(self) -> bool:
        return self.state not in ("resolved", "closed")


START = datetime(2026, 11, 24, 8, tzinfo=UTC)


@dataclass
class Service:
    rows: dict[int, Row] = field(default_factory=dict)
    removed: list[tuple[int, int]] = field(default_factory=list)
    """(counter, id)"""
    counter: int = 0
    faults: set[Fault] = field(default_factory=set)
    written: bool = False
    """Since the fault began that is on now."""
    requests: int = 0
    """What our sessions sent so far."""
    receipts: set[str] = field(default_factory=set)
    """The commands that were carried out."""
    files: list[tuple[int, str, bytes]] = field(default_factory=list)
    """(incident, name, content)"""
    people: tuple[str, ...] = ("me", "bo")
    teams: tuple[str, ...] = ("first line", "network")
    reasons: tuple[str, ...] = ("vendor", "caller")
    codes: tuple[str, ...] = ("fixed", "vanished")

    def tick(self) -> int:
        self.counter += 1
        return self.counter

    def add(self, title: str) -> int:
        id = len(self.rows) + len(self.removed) + 1
        self.rows[id] = Row(id, title, self.tick())
        return id

    def update(self, id: int, **values: object) -> Row:
        row = replace(self.rows[id], changed=self.tick(), **values)  # type: ignore[arg-type]
        self.rows[id] = row
        return row

    def remove(self, id: int) -> None:
        del self.rows[id]
        self.removed.append((self.tick(), id))

    def moment(self, counter: int) -> datetime:
        return START + timedelta(seconds=counter)
