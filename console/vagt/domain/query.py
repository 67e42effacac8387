"""The filter language: `is:open p<=2 team:noc sla<30m "disk full" -printer`.

`parse` makes a `Query` of text; `query_complete.complete` helps to write it; `ordering` has the
language of sort orders. The fields stand in the table of `query_fields`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property

from vagt.domain.incident import Incident
from vagt.domain.query_check import Check
from vagt.domain.query_compile import compiled, mentions, names_closed
from vagt.domain.query_error import QueryError
from vagt.domain.query_facts import Facts
from vagt.domain.query_nodes import And, Node, both, implies
from vagt.domain.query_parse import parsed, parsed_so_far
from vagt.domain.query_words import in_words

__all__ = ["EVERYTHING", "Facts", "Query", "QueryError", "parse", "parse_typing"]


@dataclass(frozen=True)
class Query:
    """A filter, ready to be asked. Two queries are equal where they ask the same in the same order."""

    node: Node
    zone: tzinfo | None = None
    """Where dates without an offset are meant; None: in the zone of this machine."""

    @cached_property
    def check(self) -> Check:
        """The compiled form; cheap to ask, and it knows when time alone may change its answer."""
        return compiled(self.node, self.zone)

    def matches(self, incident: Incident, facts: Facts) -> bool:
        """Whether the incident fits. Being snoozed does not hide it here; views do that (`wants_snoozed`)."""
        return self.check.run(incident, facts)

    def next_flip(self, incident: Incident, facts: Facts) -> datetime | None:
        """The next moment, `facts.now` included, around which the answer may change by itself; None: never."""
        return self.check.flip(incident, facts) if self.check.flip else None

    @property
    def wants_closed(self) -> bool:
        """Whether it can fit an incident that is resolved or closed."""
        return self.check.closed.can_hold

    @property
    def asks_closed(self) -> bool:
        """Whether it names resolved or closed ones itself (`is:closed`, `state:resolved`, `-is:open`)."""
        return self.wants_closed and names_closed(self.node)

    def with_closed(self) -> Query:
        """The same without what no resolved or closed incident can fit, as `is:open`: where those are asked for."""
        parts = self.node.nodes if isinstance(self.node, And) else (self.node,)
        kept = tuple(part for part in parts if Query(part, self.zone).wants_closed)
        return Query(kept[0] if len(kept) == 1 else And(kept), self.zone)

    @property
    def wants_snoozed(self) -> bool:
        """Whether it asks for `is:snoozed` itself, so that nothing is hidden from it for that."""
        return mentions(self.node, "is", "snoozed")

    @property
    def personal(self) -> bool:
        """Whether the answer depends on who I am and which teams I am in."""
        return any(mentions(self.node, *term) for term in (("assignee", "me"), ("is", "mine"), ("team", "mine")))

    @property
    def wants_stale(self) -> bool:
        """Whether the answer depends on how old a backend's data is."""
        return mentions(self.node, "is", "stale")

    def both(self, other: Query) -> Query:
        """What fits this and the other: a filter within a view."""
        return Query(both(self.node, other.node), self.zone)

    def narrows(self, wider: Query) -> bool:
        """Whether, now and whatever time does, only what fits `wider` can fit this; False where that does not show."""
        return wider.check.flip is None and self.zone == wider.zone and implies(self.node, wider.node)

    def describe(self) -> str:
        """In words, for a status line."""
        return in_words(self.node)

    def __str__(self) -> str:
        """The canonical text; parsing it gives an equal query."""
        return str(self.node)


def parse(text: str, *, zone: tzinfo | None = None) -> Query:
    """The query that `text` means; empty text fits everything. Raises QueryError."""
    return _checked(parsed(text, zone), zone)


def parse_typing(text: str, *, zone: tzinfo | None = None) -> tuple[Query | None, QueryError | None]:
    """What half-written text means so far, and what is still wrong or missing.

    An open quote or parenthesis is taken as closed, and a dangling `team:`, `-` or `or` as not there
    yet: then both a query and an error (its `incomplete` is true) come back. None for the query where the
    text makes no sense: keep showing what was shown.
    """
    try:
        node, missing = parsed_so_far(text, zone)
        return _checked(node, zone), missing
    except QueryError as error:
        return None, error


def _checked(node: Node, zone: tzinfo | None) -> Query:
    query = Query(node, zone)
    _ = query.check  # a chain of thousands of terms is compiled once, here
    return query


EVERYTHING = Query(And(()))
"""The query of an empty text."""
