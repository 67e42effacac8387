"""Encoded queries: `^ ^OR ^NQ`, operators, orders, and what becomes of a condition that cannot be evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.doubles.servicenow.schema import FLAG, INTEGER, JOURNAL, display_field, target
from tests.doubles.servicenow.state import Row, Store, stamp

_CONDITION = re.compile(
    r"([a-z_][a-z0-9_.]*)"
    r"(NOT IN|NOT LIKE|NOTLIKE|STARTSWITH|ENDSWITH|LIKE|ISNOTEMPTY|ISEMPTY|EMPTYSTRING|ANYTHING|IN|BETWEEN|DYNAMIC"
    r"|!=|>=|<=|=|<|>)"
    r"(.*)",
    re.DOTALL,
)
_ME = frozenset({"90d1921e5f510100a9ad2572f2b477fe", "54635e965f510100a9ad2572f2b4774c"})


class Unsupported(Exception):
    """The double does not know this operator: the test must fail, not go on with a guess."""


class Denied(Exception):
    """403: a field of the query may not be read."""


@dataclass(slots=True)
class Who:
    """Whose query it is."""

    id: str
    zone: str = "UTC"


Test = Callable[[Row], bool]


@dataclass(slots=True)
class Query:
    """A parsed query."""

    sets: list[list[list[Test]]] = field(default_factory=list)
    """Sets joined by or; of ands; of ors."""
    order: list[tuple[str, bool]] = field(default_factory=list)
    """(field, descending)"""
    nothing: bool = False
    """The instance answers an invalid query with no rows."""
    dropped: list[str] = field(default_factory=list)

    def matches(self, row: Row) -> bool:
        return not self.nothing and any(all(any(t(row) for t in ors) for ors in ands) for ands in self.sets)


def parse(store: Store, table: str, text: str, who: Who) -> Query:
    """Raises Denied and Unsupported."""
    query = Query()
    for part in text.split("^NQ"):
        ands: list[list[Test]] = []
        for piece in part.split("^"):
            _take(store, table, piece, who, query, ands)
        query.sets.append(ands)
    return query


def _take(store: Store, table: str, piece: str, who: Who, query: Query, ands: list[list[Test]]) -> None:
    if not piece or piece == "EQ" or piece.startswith("GROUPBY"):
        return
    for word, descending in (("ORDERBYDESC", True), ("ORDERBY", False)):
        if piece.startswith(word):
            name = piece[len(word) :]
            if _allowed(store, table, name, query):
                query.order.append((name, descending))
            return
    alternative = piece.startswith("OR")
    if alternative:
        piece = piece[2:]
    match = _CONDITION.fullmatch(piece)
    if match is None:
        if re.match(r"[a-z_]", piece):
            query.dropped.append(piece)
            return
        raise Unsupported(piece)
    name, operator, value = match.groups()
    if not _allowed(store, table, name, query):
        return
    test = _test(store, table, name, operator, value, who)
    if alternative and ands:
        ands[-1].append(test)
    else:
        ands.append([test])


def _allowed(store: Store, table: str, name: str, query: Query) -> bool:
    """Whether the field counts; the three fates of one that may not be read or does not exist."""
    fate = store.quirks.query_acl.get(name) if table in ("incident", "task") else None
    if fate is None and table == "incident" and name in store.quirks.hidden_fields:
        fate = "403"
    kind = store.kind(table, name)
    if fate is None and (not kind or kind == JOURNAL):
        fate = "empty" if store.quirks.strict_query else store.quirks.unknown_field
    if fate is None:
        return True
    if fate == "403":
        raise Denied(name)
    query.nothing = query.nothing or fate == "empty"
    query.dropped.append(name)
    return False


def _literal(value: str, who: Who) -> str:
    if not value.startswith("javascript:"):
        return value
    script = value[len("javascript:") :].strip().rstrip(";")
    if script == "gs.getUserID()":
        return who.id
    if made := re.fullmatch(r"gs\.dateGenerate\('([\d-]+)','([\d:]+)'\)", script):
        local = datetime.strptime(f"{made[1]} {made[2]}", "%Y-%m-%d %H:%M:%S")
        return stamp(local.replace(tzinfo=ZoneInfo(who.zone or "UTC")).astimezone(UTC))
    raise Unsupported(value)


def _test(store: Store, table: str, name: str, operator: str, value: str, who: Who) -> Test:
    kind = store.kind(table, name)
    there = target(kind)
    if operator == "DYNAMIC":
        if value not in _ME:
            raise Unsupported(f"DYNAMIC {value}")
        operator, value = "=", who.id
    wanted = _literal(value, who)
    low = wanted.lower()
    many = frozenset(part.strip().lower() for part in wanted.split(","))

    def raw(row: Row) -> str:
        return store.value(table, row, name) if "." in name else row.get(name, "")

    def words(row: Row) -> str:
        held = raw(row)
        return (store.shown(there, held) if there else held).lower()

    def compare(row: Row) -> int:
        held = raw(row)
        if kind == INTEGER or (held.isdigit() and wanted.isdigit()):
            return (int(held or 0) > int(wanted or 0)) - (int(held or 0) < int(wanted or 0))
        return (held > wanted) - (held < wanted)

    tests: dict[str, Test] = {
        "=": lambda row: (
            raw(row).lower() == low or (there != "" and "." not in name and words(row) == low and low != "")
        ),
        "!=": lambda row: raw(row).lower() != low,
        "IN": lambda row: raw(row).lower() in many,
        "NOT IN": lambda row: raw(row).lower() not in many,
        "LIKE": lambda row: low in words(row),
        "NOT LIKE": lambda row: low not in words(row),
        "NOTLIKE": lambda row: low not in words(row),
        "STARTSWITH": lambda row: words(row).startswith(low),
        "ENDSWITH": lambda row: words(row).endswith(low),
        "ISEMPTY": lambda row: raw(row) == "",
        "EMPTYSTRING": lambda row: raw(row) == "",
        "ISNOTEMPTY": lambda row: raw(row) != "",
        "ANYTHING": lambda row: True,
        ">": lambda row: raw(row) != "" and compare(row) > 0,
        ">=": lambda row: raw(row) != "" and compare(row) >= 0,
        "<": lambda row: raw(row) != "" and compare(row) < 0,
        "<=": lambda row: raw(row) != "" and compare(row) <= 0,
        "BETWEEN": lambda row: wanted.partition("@")[0] <= raw(row) <= wanted.partition("@")[2],
    }
    if kind == FLAG and operator == "=":
        return lambda row: (raw(row) or "false") == low
    return tests[operator]


def run(store: Store, table: str, text: str, who: Who) -> tuple[list[Row], Query]:
    """The matching rows in order; without an order, in one that changes between calls."""
    query = parse(store, table, text, who)
    rows = [row for row in store.rows(table) if query.matches(row)]
    if not query.order:
        store.random.shuffle(rows)
        return rows, query
    for name, descending in reversed(query.order):
        rows.sort(key=_sort_key(store, table, name), reverse=descending)
    return rows, query


def _sort_key(store: Store, table: str, name: str) -> Callable[[Row], tuple[int, str]]:
    kind = store.kind(table, name)
    there = target(kind)

    def key(row: Row) -> tuple[int, str]:
        held = store.value(table, row, name)
        if kind == INTEGER:
            return (int(held or 0), "")
        return (0, store.shown(there, held) if there and display_field(there) else held)

    return key
