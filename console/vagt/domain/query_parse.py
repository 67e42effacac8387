"""From text to the tree of a query, with each mistake told where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import NoReturn

from vagt.domain.query_error import QueryError, nearest
from vagt.domain.query_fields import BY_NAME, Kind, QueryField
from vagt.domain.query_nodes import And, Node, Not, Op, Or, Term, Word
from vagt.domain.query_values import ValueProblem, canonical

_DEEPEST = 50
"""Parentheses and negations within each other; more is no query of a person."""
_LONGEST = 10_000
"""Characters of a query."""
_NAMED = re.compile(r"([^\W\d][\w-]*)(!=|<=|>=|:|=|<|>)")
_BARE = re.compile(r'[^\s()"]+')
_VALUE = re.compile(r'[^\s()",]+')


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a query: a parenthesis, a minus, a word, or a field with its values."""

    kind: str
    """`(`, `)`, `-`, `word`, `quote`, or `field`."""
    text: str
    start: int
    end: int
    field: str = ""
    op: Op = Op.HAS
    values: tuple[tuple[str, int, int], ...] = ()
    """Each value with its offsets."""
    closed: bool = True
    """False where a quote is still open."""


def tokens(text: str) -> Iterator[Token]:
    """The pieces of `text`. Never raises: what makes no sense is the parser's business."""
    at = 0
    while at < len(text):
        char = text[at]
        if char.isspace():
            at += 1
        elif char in "()":
            yield Token(char, char, at, at + 1)
            at += 1
        elif char == "-" and not text[at + 1 : at + 2].isspace():
            yield Token("-", "-", at, at + 1)
            at += 1
        elif char == '"':
            value, end, closed = _quote(text, at)
            yield Token("quote", value, at, end, closed=closed)
            at = end
        elif (named := _NAMED.match(text, at)) is not None and not text.startswith("//", named.end()):
            token = _field(text, named)
            yield token
            at = token.end
        else:
            word = _BARE.match(text, at)
            assert word is not None
            yield Token("word", word.group(), at, word.end())
            at = word.end()


def _quote(text: str, at: int) -> tuple[str, int, bool]:
    out: list[str] = []
    at += 1
    while at < len(text):
        char = text[at]
        if char == '"':
            return "".join(out), at + 1, True
        if char == "\\" and text[at + 1 : at + 2] in ('"', "\\"):
            at += 1
            char = text[at]
        out.append(char)
        at += 1
    return "".join(out), at, False


def _field(text: str, named: re.Match[str]) -> Token:
    values: list[tuple[str, int, int]] = []
    at, closed = named.end(), True
    while True:
        if text.startswith('"', at):
            value, end, closed = _quote(text, at)
        else:
            bare = _VALUE.match(text, at)
            value, end = (bare.group(), bare.end()) if bare else ("", at)
        values.append((value, at, end))
        at = end
        if not text.startswith(",", at):
            break
        at += 1
    return Token(
        "field",
        text[named.start() : at],
        named.start(),
        at,
        field=named.group(1),
        op=Op(named.group(2)),
        values=tuple(values),
        closed=closed,
    )


def parsed(text: str, zone: tzinfo | None = None) -> Node:
    """The tree of `text`. Raises QueryError."""
    parser = _Parser(text, zone)
    node = parser.whole()
    if parser.missing is not None:
        raise parser.missing
    return node


def parsed_so_far(text: str, zone: tzinfo | None = None) -> tuple[Node, QueryError | None]:
    """The tree of what is there already, and the first thing that is still missing. Raises QueryError."""
    parser = _Parser(text, zone)
    return parser.whole(), parser.missing


class _Parser:
    """Recursive descent; a node of None stands for a piece that is not there yet."""

    def __init__(self, text: str, zone: tzinfo | None) -> None:
        if len(text) > _LONGEST:
            raise QueryError(f"a query has at most {_LONGEST:,} characters", _LONGEST, len(text))
        self.text = text
        self.zone = zone
        self.tokens = list(tokens(text))
        self.at = 0
        self.missing: QueryError | None = None

    def whole(self) -> Node:
        node = self._or(0)
        token = self._peek()
        if token is not None:
            raise QueryError("this parenthesis closes nothing", token.start, token.end)
        return node or And(())

    def _peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _keyword(self) -> str:
        token = self._peek()
        return token.text.lower() if token is not None and token.kind == "word" else ""

    def _miss(self, message: str, start: int, end: int) -> None:
        if self.missing is None:
            self.missing = QueryError(message, start, end, incomplete=True)

    def _or(self, depth: int) -> Node | None:
        nodes: list[Node] = []
        while True:
            node = self._and(depth)
            if node is not None:
                nodes += node.nodes if isinstance(node, Or) else (node,)
            if self._keyword() != "or":
                break
            token = self.tokens[self.at]
            if node is None and token is not self.tokens[-1]:
                raise QueryError("“or” stands between two things; in quotes it is a word", token.start, token.end)
            self.at += 1
            following = self._peek()
            if following is None or following.kind == ")":
                self._miss("what else may it be? “or” stands between two things", token.start, token.end)
                break
        return None if not nodes else nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    def _and(self, depth: int) -> Node | None:
        nodes: list[Node] = []
        last_and: Token | None = None
        while (token := self._peek()) is not None and token.kind != ")":
            keyword = self._keyword()
            if keyword == "or":
                break
            if keyword == "and":
                if (not nodes or last_and is not None) and token is not self.tokens[-1]:
                    raise QueryError("“and” stands between two things; in quotes it is a word", token.start, token.end)
                last_and = token
                self.at += 1
                continue
            last_and = None
            node = self._not(depth)
            if node is not None:
                nodes += node.nodes if isinstance(node, And) else (node,)
        if last_and is not None:
            if self._keyword() == "or":
                raise QueryError(
                    "“and” stands between two things; in quotes it is a word", last_and.start, last_and.end
                )
            self._miss("and what? “and” stands between two things", last_and.start, last_and.end)
        return None if not nodes else nodes[0] if len(nodes) == 1 else And(tuple(nodes))

    def _not(self, depth: int) -> Node | None:
        token = self.tokens[self.at]
        if token.kind != "-" and self._keyword() != "not":
            return self._atom(depth)
        self._check_depth(depth, token)
        self.at += 1
        following = self._peek()
        if following is None or following.kind == ")" or self._keyword() in ("and", "or"):
            self._miss(f"what shall be left out? “{token.text}” stands before it", token.start, token.end)
            return None
        node = self._not(depth + 1)
        return None if node is None else Not(node)

    def _atom(self, depth: int) -> Node | None:
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "(":
            self._check_depth(depth, token)
            node = self._or(depth + 1)
            closing = self._peek()
            if closing is None:
                self._miss("a closing parenthesis is missing", token.start, token.end)
            else:
                if node is None and self.missing is None:
                    self._miss("nothing stands in these parentheses", token.start, closing.end)
                self.at += 1
            return node
        if not token.closed:
            self._miss("a closing quote is missing", token.start, token.end)
        if token.kind == "field":
            return self._term(token)
        if not token.text.strip():
            if token.closed:
                raise QueryError("nothing stands in these quotes", token.start, token.end)
            return None
        return Word(token.text)

    def _check_depth(self, depth: int, token: Token) -> None:
        if depth >= _DEEPEST:
            raise QueryError("too many parentheses within each other", token.start, token.end)

    def _term(self, token: Token) -> Node | None:
        name = token.field.lower()
        field = BY_NAME.get(name)
        if field is None:
            self._unknown(token, name)
        if token.op not in field.ops:
            ops = " ".join(f"{field.name}{op}" for op in field.ops)
            end = token.start + len(token.field) + len(token.op)
            raise QueryError(f"“{field.name}” is {_asked(field)}: write {ops}", token.start, end)
        if len(token.values) > 1 and token.op not in (Op.HAS, Op.IS, Op.NOT):
            raise QueryError("only one value can be compared so", token.values[0][1], token.end)
        values: list[str] = []
        for value, start, end in token.values:
            if not value.strip():
                self._miss(_wanted(field), start if end > start else token.start, max(end, start))
                continue
            try:
                found = canonical(field, token.op, value, self.zone)
            except ValueProblem as problem:
                # an unfinished value is no reason to shout: "sla<3" becomes "sla<30m"
                if problem.unfinished and end == len(self.text):
                    self._miss(str(problem), start, end)
                    continue
                raise QueryError(str(problem), start, end) from None
            if found not in values:
                values.append(found)
        return Term(field.name, token.op, tuple(values)) if values else None

    def _unknown(self, token: Token, name: str) -> NoReturn:
        near = nearest(name, BY_NAME)
        hint = f"did you mean “{near}”? As mere text" if near else "as mere text"
        message = f"there is no field “{token.field}”; {hint} it stands in quotes"
        raise QueryError(message, token.start, token.start + len(token.field))


def _asked(field: QueryField) -> str:
    if field.kind is Kind.SPAN:
        return "a length of time"
    return "a choice" if field.kind is Kind.FLAG else "a name"


def _wanted(field: QueryField) -> str:
    if field.values:
        shown = ", ".join(value.text for value in field.values[:6]) + (" …" if len(field.values) > 6 else "")
        return f"{field.name} may be {'a part of the name, or ' if field.kind is Kind.NAME else ''}{shown}"
    return f"a value is missing; for example {field.example}"
