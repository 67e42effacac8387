"""Encoded queries ("Encoded query strings"): made from safe parts, put together, and judged again on this side.

An instance drops a condition that it cannot evaluate, and answers the rest of the query with 200;
it knows no brackets and no escape for `^`. So a query of the config is taken apart into its sets,
conditions of ours are added to each of them, and every row that comes back is held against the
query here as well, as far as that is possible.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from vagt.adapters.servicenow.wire import Row, shown, value

_CONDITION = re.compile(
    r"([a-zA-Z_][\w.]*?)"
    r"(NOT IN|NOT LIKE|NOTLIKE|STARTSWITH|ENDSWITH|LIKE|ISNOTEMPTY|ISEMPTY|EMPTYSTRING|IN|!=|>=|<=|=|<|>|[A-Z_]{2,})"
    r"(.*)",
    re.DOTALL,
)
_UNSAFE = re.compile(r"[\^\x00-\x1f]")


def searchable(text: str) -> str:
    """The longest part of `text` that a condition can hold: what is cut off is compared here."""
    return max((part.strip() for part in _UNSAFE.split(text)), key=len, default="")


def is_safe(text: str) -> bool:
    """Whether a value can stand in a condition as it is."""
    return bool(text) and not _UNSAFE.search(text) and not text.lower().startswith("javascript:")


@dataclass(frozen=True, slots=True)
class Condition:
    """One `field operator value`."""

    field: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f"{self.field}{self.operator}{self.value}"

    def holds(self, row: Row) -> bool | None:
        """Whether it is so for a row; None where that cannot be told on this side."""
        if self.field not in row or self.value.lower().startswith("javascript:"):
            return None
        raw, word = value(row, self.field).lower(), shown(row, self.field).lower()
        wanted = self.value.lower()
        match self.operator:
            case "=":
                return wanted in (raw, word)
            case "!=":
                return wanted not in (raw, word)
            case "IN":
                return any(part.strip() in (raw, word) for part in wanted.split(","))
            case "NOT IN":
                return all(part.strip() not in (raw, word) for part in wanted.split(","))
            case "ISEMPTY":
                return not raw
            case "ISNOTEMPTY":
                return bool(raw)
            case "STARTSWITH":
                return raw.startswith(wanted) or word.startswith(wanted)
            case "LIKE":
                return wanted in raw or wanted in word
            case _:
                return None


Ors = tuple[Condition, ...]
Set = tuple[Ors, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What belongs to this backend's queue: sets joined by or, of conditions joined by and, of alternatives."""

    sets: tuple[Set, ...] = ((),)

    @classmethod
    def of(cls, query: str) -> Scope:
        """Take an encoded query apart; orders are left out, as we have our own. Raises ValueError."""
        sets: list[Set] = []
        for part in query.removeprefix("sysparm_query=").split("^NQ"):
            found: list[Ors] = []
            for piece in part.split("^"):
                if not piece.strip() or piece == "EQ" or piece.startswith(("ORDERBY", "GROUPBY")):
                    continue
                joined = piece.startswith("OR") and bool(found)
                match = _CONDITION.fullmatch(piece[2:] if joined else piece)
                if match is None:
                    raise ValueError(piece)
                condition = Condition(*match.groups())
                if joined:
                    found[-1] = (*found[-1], condition)
                else:
                    found.append((condition,))
            sets.append(tuple(found))
        return cls(tuple(sets))

    def and_(self, *conditions: Condition) -> Scope:
        """The same, narrowed in each of its sets."""
        return Scope(tuple((*ands, *((one,) for one in conditions)) for ands in self.sets))

    def text(self, *extra: str, without: Collection[str] = ()) -> str:
        """As an encoded query, `extra` added to each set; conditions on fields in `without` are left out."""
        return "^NQ".join(self._set(ands, extra, without) for ands in self.sets)

    def _set(self, ands: Set, extra: Iterable[str], without: Collection[str]) -> str:
        kept = ("^OR".join(map(str, ors)) for ors in ands if not any(one.field in without for one in ors))
        return "^".join([*kept, *(part for part in extra if part)])

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that it names, each once."""
        return tuple(dict.fromkeys(one.field for ands in self.sets for ors in ands for one in ors))

    def judge(self, row: Row) -> bool | None:
        """Whether a row belongs to it; None where that cannot be told on this side."""
        return _any(_all(_any(one.holds(row) for one in ors) for ors in ands) for ands in self.sets)


def _any(answers: Iterable[bool | None]) -> bool | None:
    told = list(answers)
    return True if True in told else None if None in told else False


def _all(answers: Iterable[bool | None]) -> bool | None:
    told = list(answers)
    return False if False in told else None if None in told else True
