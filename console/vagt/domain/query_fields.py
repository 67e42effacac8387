"""The fields of the filter language: parser, completion and documentation all go by this table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vagt.domain.incident import LinkKind, State
from vagt.domain.priority import LEVEL_WORDS, PRIORITY_WORDS
from vagt.domain.query_nodes import Op


class Kind(StrEnum):
    """What a field's values are, and so how they are compared."""

    FLAG = "flag"
    """One of the field's own words."""
    LEVEL = "level"
    """A small number, or the word for it."""
    NAME = "name"
    """A name: `:` finds a part of it, `=` the whole of it."""
    NUMBER = "number"
    """What people call an incident: `:` finds a part, comparisons go by the digits."""
    SPAN = "span"
    """A length of time."""
    MOMENT = "moment"
    """A day or a moment."""
    SPAN_OR_MOMENT = "span or moment"
    """A length of time counts from now back, a date is itself."""


_EQUALS = (Op.HAS, Op.IS, Op.NOT)
_COMPARES = (Op.LESS, Op.AT_MOST, Op.MORE, Op.AT_LEAST)
OPS: dict[Kind, tuple[Op, ...]] = {
    Kind.FLAG: (Op.HAS,),
    Kind.LEVEL: _EQUALS + _COMPARES,
    Kind.NAME: _EQUALS,
    Kind.NUMBER: _EQUALS + _COMPARES,
    Kind.SPAN: _COMPARES,
    Kind.MOMENT: _EQUALS + _COMPARES,
    Kind.SPAN_OR_MOMENT: _EQUALS + _COMPARES,
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value with a meaning of its own."""

    text: str
    help: str


@dataclass(frozen=True, slots=True)
class QueryField:
    """One field."""

    name: str
    kind: Kind
    help: str
    example: str
    aliases: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    """For a flag all there are; for others those with a special meaning."""

    @property
    def ops(self) -> tuple[Op, ...]:
        return OPS[self.kind]


IS_VALUES: tuple[Value, ...] = (
    Value("open", "new, active or waiting"),
    Value("unacknowledged", "open, and nobody has said that they work on it"),
    Value("acknowledged", "somebody works on it, or has"),
    Value("mine", "assigned to me"),
    Value("unassigned", "assigned to nobody"),
    Value("major", "declared a major incident"),
    Value("new", "nobody has begun"),
    Value("active", "worked on"),
    Value("waiting", "on hold"),
    Value("due", "on hold until a moment that has passed"),
    Value("resolved", "resolved, not closed yet"),
    Value("closed", "closed; what is no longer open at all is -is:open"),
    Value("breached", "open, and a deadline has passed"),
    Value("forgotten", "open, acknowledged, and untouched for long ([console] forgotten)"),
    Value("snoozed", "out of sight for a while; only shown where a query asks for it"),
    Value("pending", "with actions of mine that the backend has not confirmed"),
    Value("unseen", "new or changed since I looked"),
    Value("stale", "from a backend whose data is old"),
)

HAS_VALUES: tuple[Value, ...] = (
    Value("sla", "a deadline that counts, or is paused"),
    Value("link", "any link"),
    *(Value(kind.value, f"a link of the kind {kind.value}") for kind in LinkKind),
    Value("team", "assigned to a team"),
    Value("assignee", "assigned to a person"),
    Value("service", "a service"),
    Value("caller", "somebody who reported it"),
    Value("category", "a category"),
    Value("priority", "a priority"),
    Value("description", "more text than the title"),
    Value("until", "a moment until which it waits"),
)

NONE = "none"
"""As a value of a name or level: has none."""
_NONE = Value(NONE, "has none")


def _levels(words: dict[int, str]) -> tuple[Value, ...]:
    return (*(Value(str(level), word) for level, word in words.items()), _NONE)


FIELDS: tuple[QueryField, ...] = (
    QueryField("is", Kind.FLAG, "how it stands", "is:open", values=IS_VALUES),
    QueryField("p", Kind.LEVEL, "priority, 1 (most urgent) to 5", "p<=2", ("priority",), _levels(PRIORITY_WORDS)),
    QueryField("team", Kind.NAME, "team", "team:noc", ("group", "queue"), (Value("mine", "one of my teams"), _NONE)),
    QueryField(
        "assignee",
        Kind.NAME,
        "who has it",
        "assignee:me",
        ("owner", "to"),
        (Value("me", "me"), Value("nobody", "nobody")),
    ),
    QueryField("service", Kind.NAME, "service", "service:mail", ("svc",), (_NONE,)),
    QueryField("sla", Kind.SPAN, "time left to the next deadline; below 0 it has passed", "sla<30m"),
    QueryField("age", Kind.SPAN, "time since it was opened", "age>2h"),
    QueryField("updated", Kind.SPAN_OR_MOMENT, "time since the last change, or the day of it", "updated>4h"),
    QueryField(
        "state",
        Kind.NAME,
        "state, or the backend's own word for it",
        "state:waiting",
        ("status",),
        tuple(Value(state.value, f"the state {state.value}") for state in State),
    ),
    QueryField("impact", Kind.LEVEL, "impact, 1 (high) to 3 (low)", "impact:1", (), _levels(LEVEL_WORDS)),
    QueryField("urgency", Kind.LEVEL, "urgency, 1 (high) to 3 (low)", "urgency<=2", (), _levels(LEVEL_WORDS)),
    QueryField("caller", Kind.NAME, "who reported it", "caller:holm", ("requester",), (_NONE,)),
    QueryField("category", Kind.NAME, "category", "category:network", (), (_NONE,)),
    QueryField("backend", Kind.NAME, "backend of the config", "backend=rt"),
    QueryField("number", Kind.NUMBER, "number", "number:10452", ("id", "ref")),
    QueryField("title", Kind.NAME, "title", 'title:"disk full"'),
    QueryField(
        "text", Kind.NAME, "anywhere in title, number, service, caller, assignee, team, description", "text:printer"
    ),
    QueryField("created", Kind.MOMENT, "day or moment it was opened", "created>=2026-11-01", ("opened",)),
    QueryField("acknowledged", Kind.MOMENT, "day or moment it was acknowledged", "acknowledged:2026-11-24"),
    QueryField("resolved", Kind.MOMENT, "day or moment it was resolved", "resolved>=2026-11-01"),
    QueryField("closed", Kind.MOMENT, "day or moment it was closed", "closed<2026-11-01"),
    QueryField("has", Kind.FLAG, "what it has at all", "has:sla", values=HAS_VALUES),
    QueryField(
        "link",
        Kind.NAME,
        "a linked record: kind, reference or title",
        "link:problem",
        (),
        tuple(Value(kind.value, f"any {kind.value}") for kind in LinkKind),
    ),
)

BY_NAME: dict[str, QueryField] = {name: field for field in FIELDS for name in (field.name, *field.aliases)}

FLAG_ALIASES = {"acked": "acknowledged", "unacked": "unacknowledged", "hold": "waiting", "late": "breached"}
