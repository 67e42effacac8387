"""`$filter` as the first version of the interface reads it, with its errors, and as the second one does.

Version 1 knows parentheses only at the very beginning and reads everything else from left to
right; a function anywhere makes it drop the whole filter without a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

Row = Mapping[str, Any]
Test = Callable[[Row], bool]

_TOKENS = re.compile(r"\s*(?:(\()|(\))|('(?:[^']|'')*')|([^\s()']+))")
_FUNCTION = re.compile(r"\b(contains|startswith|endswith|tolower|toupper|substringof|year|month|day|length|not)\b\s*\(")
_NOT = re.compile(r"(?:^|[\s(])not\s", re.IGNORECASE)
_OPERATORS = frozenset({"eq", "ne", "lt", "le", "gt", "ge"})
_NEVER = "IsInFinalState"


class BadFilter(Exception):
    """Refused with 400; the text is the message."""


def parse(text: str, fields: Mapping[str, str], *, v2: bool = False) -> Test:
    """A test for rows. Raises BadFilter."""
    bare = re.sub(r"'(?:[^']|'')*'", "''", text)
    if _FUNCTION.search(bare) or _NOT.search(bare):
        return lambda row: True
    if re.search(r"\bdatetime''", bare):
        raise BadFilter("Invalid OData query")
    return _Parser(_tokens(text), fields, v2).whole()


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKENS.match(text, at)
        if match is None:
            raise BadFilter("Invalid OData query")
        tokens.append(next(group for group in match.groups() if group))
        at = match.end()
    if not tokens:
        raise BadFilter("Invalid OData query")
    return tokens


def _leading_groups(tokens: list[str]) -> list[str]:
    """Only parentheses that open at the very beginning count; others vanish with their partners."""
    kept: list[str] = []
    counts: list[bool] = []
    for position, token in enumerate(tokens):
        if token == "(":
            counts.append(all(earlier == "(" for earlier in tokens[:position]))
            if not counts[-1]:
                continue
        elif token == ")" and counts and not counts.pop():
            continue
        kept.append(token)
    return kept


class _Parser:
    def __init__(self, tokens: list[str], fields: Mapping[str, str], v2: bool) -> None:
        self.tokens, self.fields, self.v2 = tokens, fields, v2
        self.at = 0

    def whole(self) -> Test:
        if not self.v2:
            self.tokens = _leading_groups(self.tokens)
        test = self.either() if self.v2 else self.run()
        if self.at < len(self.tokens):
            raise BadFilter("Invalid OData query")
        return test

    def next(self) -> str:
        if self.at >= len(self.tokens):
            raise BadFilter("Invalid OData query")
        self.at += 1
        return self.tokens[self.at - 1]

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def run(self) -> Test:
        """Version 1: from left to right, whatever the operator; a group only where a run begins."""
        if self.peek() == "(":
            self.next()
            left = self.run()
            self.expect(")")
        else:
            left = self.comparison()
        while self.peek().lower() in ("and", "or"):
            word = self.next().lower()
            left = _joined(left, word, self.comparison())
        return left

    def either(self) -> Test:
        left = self.both()
        while self.peek().lower() == "or":
            self.next()
            left = _joined(left, "or", self.both())
        return left

    def both(self) -> Test:
        left = self.one()
        while self.peek().lower() == "and":
            self.next()
            left = _joined(left, "and", self.one())
        return left

    def one(self) -> Test:
        if self.peek() != "(":
            return self.comparison()
        self.next()
        inner = self.either()
        self.expect(")")
        return inner

    def expect(self, token: str) -> None:
        if self.next() != token:
            raise BadFilter("Invalid OData query")

    def comparison(self) -> Test:
        name, operator, value = self.next(), self.next().lower(), self.next()
        if operator not in _OPERATORS:
            raise BadFilter("Invalid OData query")
        kind = self.fields.get(name)
        if kind is None:
            raise BadFilter(f"Could not find a property named '{name}'")
        if name == _NEVER:
            return lambda row: False
        if value == "'$NULL'":
            empty = operator == "eq"
            return lambda row: (row.get(name) in (None, "")) is empty
        wanted = _literal(value, kind)
        return lambda row: _compared(_held(row.get(name), kind), operator, wanted)


def _joined(left: Test, word: str, right: Test) -> Test:
    if word == "and":
        return lambda row: left(row) and right(row)
    return lambda row: left(row) or right(row)


def _literal(text: str, kind: str) -> Any:
    if text.startswith("'"):
        if kind != "text":
            raise BadFilter("Invalid OData query")
        return text[1:-1].replace("''", "'").casefold()
    try:
        match kind:
            case "number":
                return float(text)
            case "flag" if text in ("true", "false"):
                return text == "true"
            case "moment":
                moment = datetime.fromisoformat(text)
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        pass
    raise BadFilter("Invalid OData query")


def _held(value: Any, kind: str) -> Any:
    if value is None:
        return None
    return str(value).casefold() if kind == "text" else value


def _compared(held: Any, operator: str, wanted: Any) -> bool:
    if held is None:
        return False
    return bool(
        {
            "eq": held == wanted,
            "ne": held != wanted,
            "lt": held < wanted,
            "le": held <= wanted,
            "gt": held > wanted,
            "ge": held >= wanted,
        }[operator]
    )
