"""The instance's rows and its clock: what is stored, who stored it, and what of it is visible yet."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tests.doubles.servicenow.quirks import Quirks
from tests.doubles.servicenow.schema import SCHEMA, TASKS, display_field, target

Row = dict[str, str]
_INDEXED = {"task_sla": ("task",), "sys_journal_field": ("element_id",), "sys_choice": ("element",)}
"""Columns that never change and are looked up often."""
FORMAT = "%Y-%m-%d %H:%M:%S"


def stamp(moment: datetime) -> str:
    """As the wire has it: UTC, whole seconds, no zone."""
    return moment.astimezone(UTC).strftime(FORMAT)


class Store:
    """All rows of all tables, raw."""

    def __init__(self, quirks: Quirks, seed: int = 1) -> None:
        self.quirks = quirks
        self.random = random.Random(seed)
        self.tables: dict[str, dict[str, Row]] = {name: {} for name in SCHEMA if name != "task"}
        self._past: dict[tuple[str, str], list[tuple[float, Row]]] = defaultdict(list)
        self._by: dict[tuple[str, str], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        self.shift = 0.0
        """Seconds that this instance's clock is ahead of the machine's."""
        self._number = 10000

    # --- time
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def seconds(self) -> float:
        return time.time() + self.shift

    def advance(self, seconds: float) -> None:
        self.shift += seconds

    def new_id(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def new_number(self, prefix: str = "INC") -> str:
        self._number += 1
        return f"{prefix}{self._number:07d}"

    # --- rows
    def insert(self, table: str, values: Row, *, by: str = "system", at: datetime | None = None) -> Row:
        """Store a row with the platform's own columns; no rules run."""
        when = stamp(at or self.now())
        row = dict.fromkeys(SCHEMA[table], "")
        row |= {
            "sys_id": self.new_id(),
            "sys_created_on": when,
            "sys_created_by": by,
            "sys_updated_on": when,
            "sys_updated_by": by,
            "sys_mod_count": "0",
        }
        row |= values
        self.tables[table][row["sys_id"]] = row
        for name in _INDEXED.get(table, ()):
            self._by[(table, name)][row[name]].append(row)
        self._remember(table, row)
        return row

    def save(self, table: str, row: Row, by: str) -> None:
        """Count a save of a row whose values have changed."""
        row["sys_mod_count"] = str(int(row["sys_mod_count"]) + 1)
        row["sys_updated_on"] = stamp(self.now())
        row["sys_updated_by"] = by
        self._remember(table, row)

    def delete(self, table: str, id: str) -> None:
        self.tables[table].pop(id, None)
        self._past.pop((table, id), None)

    def _remember(self, table: str, row: Row) -> None:
        if self.quirks.late_commit or self.quirks.read_lag:
            past = self._past[(table, row["sys_id"])]
            past.append((self.seconds() + max(self.quirks.late_commit, self.quirks.read_lag), dict(row)))
            del past[:-20]

    def rows(self, table: str) -> Iterable[Row]:
        """What a reader sees now."""
        if table == "task":
            return (row for name in TASKS for row in self.rows(name))
        held = self.tables[table].values()
        if not (self.quirks.late_commit or self.quirks.read_lag) or table != "incident":
            return list(held)
        seen = (self._visible(table, row) for row in held)
        return [row for row in seen if row is not None]

    def _visible(self, table: str, row: Row) -> Row | None:
        past = self._past.get((table, row["sys_id"]))
        if not past:
            return row
        shown = [version for at, version in past if at <= self.seconds()]
        if shown:
            return shown[-1]
        return None if past[0][1]["sys_mod_count"] == "0" else self._before(past[0][1])

    def _before(self, first: Row) -> Row | None:
        return None if not first else {**first, "sys_mod_count": str(max(0, int(first["sys_mod_count"]) - 1))}

    def get(self, table: str, id: str) -> Row | None:
        """The row as it is, visible yet or not."""
        if table == "task":
            return next((row for name in TASKS if (row := self.tables[name].get(id))), None)
        return self.tables.get(table, {}).get(id)

    def seen(self, table: str, id: str) -> Row | None:
        """The row as a reader sees it now."""
        row = self.get(table, id)
        if row is None or table != "incident" or not (self.quirks.late_commit or self.quirks.read_lag):
            return row
        return self._visible(table, row)

    def find(self, table: str, **values: str) -> Row | None:
        """The first row with these values."""
        return next((r for r in self.tables[table].values() if all(r[k] == v for k, v in values.items())), None)

    def all(self, table: str, **values: str) -> list[Row]:
        return [r for r in self.tables[table].values() if all(r[k] == v for k, v in values.items())]

    def by(self, table: str, name: str, value: str) -> list[Row]:
        """Rows by an indexed column, in the order of their making."""
        return self._by[(table, name)].get(value, [])

    # --- looking through references
    def kind(self, table: str, path: str) -> str:
        """The kind of a field, also a dot-walked one; empty where there is no such field."""
        head, _, rest = path.partition(".")
        kind = SCHEMA.get(table, {}).get(head, "")
        if not rest:
            return kind
        there = target(kind)
        return self.kind(there, rest) if there else ""

    def value(self, table: str, row: Row, path: str) -> str:
        """The raw value of a field, through references."""
        head, _, rest = path.partition(".")
        held = row.get(head, "")
        if not rest:
            return held
        there = target(SCHEMA.get(table, {}).get(head, ""))
        other = self.get(there, held) if there and held else None
        return self.value(there, other, rest) if other else ""

    def shown(self, table: str, id: str) -> str:
        """What people see of a referenced row; empty where it vanished."""
        row = self.get(table, id)
        return row.get(display_field(table), "") if row else ""

    def is_member(self, user: str, group: str) -> bool:
        return any(r["user"] == user and r["group"] == group for r in self.tables["sys_user_grmember"].values())

    def moment(self, text: str) -> datetime:
        return datetime.strptime(text, FORMAT).replace(tzinfo=UTC)

    def later(self, text: str, seconds: float) -> str:
        return stamp(self.moment(text) + timedelta(seconds=seconds))
