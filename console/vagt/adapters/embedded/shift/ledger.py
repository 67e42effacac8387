"""A drill's file read from outside, for the score: every incident with its timeline and what is true of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vagt.adapters.embedded.record import Entry, LinkRow, Row
from vagt.adapters.embedded.shift.exercise import BEGUN, ENDS, SCENARIO, SPEED
from vagt.adapters.embedded.shift.truth import CauseNow, Truth, TruthTable
from vagt.adapters.embedded.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One incident of the drill."""

    row: Row
    truth: Truth | None
    """None: the operator registered it."""
    entries: tuple[Entry, ...]
    links: tuple[LinkRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The whole drill as its file holds it. Times are UTC, by the wall clock."""

    scenario: str
    begun: datetime
    ends: datetime
    """When its time is over."""
    speed: float
    operators: frozenset[str]
    incidents: tuple[Told, ...]
    """In the order in which they came."""
    causes: dict[str, CauseNow]


class NoDrill(Exception):
    """The file is not a drill's; the message says why."""


def read_ledger(path: Path) -> Ledger:
    """Read it as it is now; others may have it open. Raises NoDrill."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)) as db:
            store = Store(db)
            with store.reading():
                return _read(store, TruthTable(db))
    except sqlite3.Error as error:
        raise NoDrill(f"{path} cannot be read: {error}") from error


def _read(store: Store, table: TruthTable) -> Ledger:
    begun, ends, scenario = store.meta(BEGUN), store.meta(ENDS), store.meta(SCENARIO)
    if begun is None or ends is None or scenario is None:
        raise NoDrill("no drill has begun in this file")
    truths = {truth.incident: truth for truth in table.all()}
    rows = store.changed_after(-1, -1)
    links = store.links([row.pk for row in rows])
    return Ledger(
        scenario=scenario,
        begun=datetime.fromisoformat(begun),
        ends=datetime.fromisoformat(ends),
        speed=float(store.meta(SPEED) or 1),
        operators=store.operators(),
        incidents=tuple(
            Told(
                row=row,
                truth=truths.get(row.pk),
                entries=tuple(store.entries(row.pk)),
                links=tuple(links.get(row.pk, ())),
            )
            for row in sorted(rows, key=lambda row: row.pk)
        ),
        causes={cause.key: cause for cause in table.causes()},
    )
