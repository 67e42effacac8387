"""What may follow where the cursor stands in a query: fields, their words, and names that occur."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vagt.domain.query_fields import BY_NAME, FIELDS, Kind, QueryField
from vagt.domain.query_nodes import quoted_value
from vagt.domain.query_parse import Token, tokens
from vagt.domain.query_text import fold

MOST = 20
"""Suggestions in one answer."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Replace the characters `start` to `end` by `text`."""

    start: int
    end: int
    text: str
    help: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that occur, by field, the most frequent first."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


NO_NAMES = Vocabulary()


def complete(text: str, cursor: int, vocabulary: Vocabulary = NO_NAMES) -> tuple[Suggestion, ...]:
    """Ways to go on at `cursor`, the likeliest first; () where only free text can follow."""
    cursor = max(0, min(cursor, len(text)))
    token = _under(text, cursor)
    if token is None:
        return _fields("", cursor, cursor)
    if token.kind == "word":
        return _words(token, text[token.start : cursor], vocabulary)
    if token.kind == "field":
        return _values(token, cursor, text, vocabulary)
    return _fields("", cursor, cursor) if token.kind in "(-" else ()


def _under(text: str, cursor: int) -> Token | None:
    """The token that ends at the cursor or goes on beyond it."""
    for token in tokens(text):
        if token.start < cursor <= token.end:
            return token
    return None


def _words(token: Token, typed: str, vocabulary: Vocabulary) -> tuple[Suggestion, ...]:
    return _fields(typed, token.start, token.end) + _whole_terms(token, typed, vocabulary)


def _fields(typed: str, start: int, end: int) -> tuple[Suggestion, ...]:
    low = typed.lower()
    found = []
    for one in FIELDS:
        if low and not any(name.startswith(low) for name in (one.name, *one.aliases)):
            continue
        op = "" if one.kind in (Kind.LEVEL, Kind.SPAN, Kind.MOMENT, Kind.SPAN_OR_MOMENT) else ":"
        found.append(Suggestion(start, end, f"{one.name}{op}", f"{one.help}, as in {one.example}"))
    return tuple(found[:MOST])


def _whole_terms(token: Token, typed: str, vocabulary: Vocabulary) -> tuple[Suggestion, ...]:
    """`mine` typed alone may mean `is:mine`, and `noc` the team of that name."""
    low = fold(typed)
    if len(low) < 2:
        return ()
    found = [
        Suggestion(token.start, token.end, f"{name}:{value.text}", value.help)
        for name in ("is", "has")
        for value in BY_NAME[name].values
        if value.text.startswith(low)
    ]
    for name in ("team", "assignee", "service"):
        names = [value for value in vocabulary.names.get(name, ()) if fold(value).startswith(low)]
        found += [
            Suggestion(token.start, token.end, f"{name}:{quoted_value(value)}", BY_NAME[name].help)
            for value in names[:3]
        ]
    return tuple(found[:MOST])


def _values(token: Token, cursor: int, text: str, vocabulary: Vocabulary) -> tuple[Suggestion, ...]:
    one = BY_NAME.get(token.field.lower())
    if one is None or not token.values:
        return ()
    behind_op = token.values[0][1]
    if cursor < behind_op:
        names = _fields(text[token.start : cursor], token.start, behind_op - len(token.op))
        return tuple(replace(name, text=name.text.rstrip(":")) for name in names)
    _, start, end = next((value for value in token.values if value[1] <= cursor <= value[2]), token.values[-1])
    typed = fold(text[start:cursor].lstrip('"'))
    offers = [(value.text, value.help) for value in one.values]
    offers += [(name, _seen(one)) for name in vocabulary.names.get(one.name, ())]
    if one.kind in (Kind.SPAN, Kind.SPAN_OR_MOMENT):
        offers += [(span, one.help) for span in ("15m", "30m", "1h", "2h", "4h", "8h", "1d")]
    starting = [offer for offer in offers if fold(offer[0]).startswith(typed)]
    inside = [offer for offer in offers if typed and offer not in starting and typed in fold(offer[0])]
    return tuple(
        Suggestion(start, end, quoted_value(value), help) for value, help in dict.fromkeys([*starting, *inside])
    )[:MOST]


def _seen(one: QueryField) -> str:
    return f"{one.help}, in the queue now"
