"""`$filter` in the narrow grammar that the first version of the interface reads rightly ("by-Filter").

Functions are dropped without a word and the whole set comes back; parentheses count only at the
very beginning; an `and` after an `or` is misread. So a filter is parsed here, put into an order
that is read rightly, and refused where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from vagt.adapters.lenient import moment_of

_TOKENS = re.compile(r"\s*(?:([()])|('(?:[^']|'')*')|([^\s()']+))")
_OPERATORS = frozenset({"eq", "ne", "lt", "le", "gt", "ge"})
NULL = "'$NULL'"
"""How the interface says "no value"; `null` is not sure to be understood."""


class FilterError(ValueError):
    """A filter that Ivanti would refuse or, worse, misread; the text says why."""


@dataclass(frozen=True, slots=True)
class Compare:
    """Field, operator, literal as it is sent."""

    field: str
    operator: str
    literal: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Parts under one word, `and` or `or`; none of them is of the same word."""

    word: str
    parts: tuple[Node, ...]


Node = Compare | Joined


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def moment(value: datetime) -> str:
    """A moment in UTC, bare and without quotes; whole seconds."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def eq(field: str, value: str) -> Compare:
    return Compare(field, "eq", text(value))


def ne(field: str, value: str) -> Compare:
    return Compare(field, "ne", text(value))


def any_of(field: str, values: Iterable[str]) -> Node:
    """The field is one of these (at least one)."""
    return joined("or", [eq(field, value) for value in values])


def joined(word: str, nodes: Iterable[Node]) -> Node:
    """All of them under one word, flattened."""
    parts: list[Node] = []
    for node in nodes:
        parts += node.parts if isinstance(node, Joined) and node.word == word else (node,)
    return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))


def both(*nodes: Node | None) -> Node:
    """All of those that are there (at least one)."""
    return joined("and", [node for node in nodes if node is not None])


def written(node: Node, *, v2: bool = False) -> str:
    """The filter in an order that is read rightly. Raises FilterError where the first version has none."""
    if isinstance(node, Compare):
        return f"{node.field} {node.operator} {node.literal}"
    if v2:
        inner = [f"({written(p, v2=True)})" if isinstance(p, Joined) else written(p) for p in node.parts]
        return f" {node.word} ".join(inner)
    groups = [part for part in node.parts if isinstance(part, Joined)]
    if len(groups) > 1:
        raise FilterError(
            "Ivanti cannot read two groups in one filter: use a saved search, or odata = “v2” where your release has it"
        )
    first = [written(groups[0])] if groups else []
    if groups and node.word == "and":
        first = [f"({first[0]})"]
    return f" {node.word} ".join([*first, *(written(part) for part in node.parts if isinstance(part, Compare))])


def fields_in(node: Node) -> Iterator[str]:
    """The fields that it looks at."""
    if isinstance(node, Compare):
        yield node.field
    else:
        for part in node.parts:
            yield from fields_in(part)


def parse(source: str) -> Node:
    """A filter as a person wrote it, with any parentheses. Raises FilterError."""
    tokens: list[str] = []
    position, source = 0, source.strip()
    while position < len(source):
        match = _TOKENS.match(source, position)
        if match is None:
            raise FilterError(f"it cannot be read from here on: {source[position:][:30]}")
        tokens.append(next(group for group in match.groups() if group))
        position = match.end()
    parser = _Parser(tokens)
    node = parser.either()
    if parser.rest:
        raise FilterError(f"“{parser.rest[0]}” is out of place")
    return node


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens

    def _next(self) -> str:
        if not self.rest:
            raise FilterError("it ends too early")
        return self.rest.pop(0)

    def _word(self, word: str) -> bool:
        if self.rest and self.rest[0].lower() == word:
            self.rest.pop(0)
            return True
        return False

    def either(self) -> Node:
        nodes = [self._both()]
        while self._word("or"):
            nodes.append(self._both())
        return joined("or", nodes)

    def _both(self) -> Node:
        nodes = [self._one()]
        while self._word("and"):
            nodes.append(self._one())
        return joined("and", nodes)

    def _one(self) -> Node:
        word = self._next()
        if word == "(":
            inner = self.either()
            if self._next() != ")":
                raise FilterError("a parenthesis is not closed")
            return inner
        if word.lower() == "not" or (self.rest and self.rest[0] == "("):
            raise FilterError(f"Ivanti knows no “{word}”: it drops the whole filter and shows everything")
        operator = self._next().lower()
        if operator not in _OPERATORS:
            raise FilterError(f"“{operator}” is none of {', '.join(sorted(_OPERATORS))}")
        literal = self._next()
        if literal in "()":
            raise FilterError(f"{word} is compared with nothing")
        if literal.lower() == "null":
            literal = NULL
        if literal.lower() == "datetime":
            raise FilterError("a moment stands bare: 2026-01-31T00:00:00Z")
        return Compare(word, operator, literal)


def fits(node: Node, row: Mapping[str, object]) -> bool | None:
    """Whether the row fits, as far as that can be told here; None where only Ivanti's own comparison could."""
    if isinstance(node, Compare):
        return _compare(node, row)
    told = [fits(part, row) for part in node.parts]
    decisive = node.word == "or"
    if decisive in told:
        return decisive
    return None if None in told else not decisive


def _compare(node: Compare, row: Mapping[str, object]) -> bool | None:
    if node.field not in row:
        return None
    held = row[node.field]
    empty = held is None or held == ""
    if node.literal == NULL:
        return empty if node.operator == "eq" else not empty if node.operator == "ne" else None
    if not node.literal.startswith("'"):
        return _bare(node, held)
    wanted = node.literal[1:-1].replace("''", "'")
    if empty:
        return False if node.operator == "eq" else None
    if node.operator not in ("eq", "ne") or not isinstance(held, str) or not (held + wanted).isascii():
        # order and foreign letters are a matter of the tenant's collation
        return (node.operator == "eq") if held == wanted and node.operator in ("eq", "ne") else None
    same = held.strip().lower() == wanted.strip().lower()
    return same if node.operator == "eq" else not same


def _bare(node: Compare, held: object) -> bool | None:
    literal = node.literal.lower()
    if literal in ("true", "false") and isinstance(held, bool):
        same = held is (literal == "true")
        return same if node.operator == "eq" else not same if node.operator == "ne" else None
    when = moment_of(node.literal) if "-" in node.literal else None
    have = moment_of(held) if isinstance(held, str) and when else None
    if when and have:
        return _ordered(node.operator, have.timestamp(), when.timestamp())
    try:
        return _ordered(node.operator, float(str(held)), float(literal))
    except ValueError:
        return None


def _ordered(operator: str, left: float, right: float) -> bool:
    match operator:
        case "eq":
            return left == right
        case "ne":
            return left != right
        case "lt":
            return left < right
        case "le":
            return left <= right
        case "gt":
            return left > right
        case _:
            return left >= right
