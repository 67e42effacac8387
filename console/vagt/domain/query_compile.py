"""From the tree of a query to functions that are quick to ask, a hundred thousand times in a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from vagt.domain.columns import Columns, as_bytes
from vagt.domain.incident import Incident
from vagt.domain.query_check import Check, Closed, Flip, Run
from vagt.domain.query_facts import Facts
from vagt.domain.query_nodes import And, Node, Not, Op, Or, Term, Word
from vagt.domain.query_picks import texts_with
from vagt.domain.query_terms import any_of, negated, term_check
from vagt.domain.query_text import fold, haystack


def compiled(node: Node, zone: tzinfo | None) -> Check:
    """The functions of a tree whose values are canonical."""
    match node:
        case Word(text):
            return _words([text], [])
        case Term():
            return term_check(node, zone)
        case Not(inner):
            return negated(compiled(inner, zone))
        case And(nodes):
            words = [inner.text for inner in nodes if isinstance(inner, Word)]
            unwanted = [inner.node.text for inner in nodes if isinstance(inner, Not) and isinstance(inner.node, Word)]
            checks = [compiled(inner, zone) for inner in nodes if not _is_word(inner)]
            return _all([*checks, _words(words, unwanted)] if words or unwanted else checks)
        case Or(nodes):
            return any_of([compiled(inner, zone) for inner in nodes])


def _is_word(node: Node) -> bool:
    return isinstance(node, Word) or (isinstance(node, Not) and isinstance(node.node, Word))


def _words(wanted: list[str], unwanted: list[str]) -> Check:
    """All words at once, so that an incident's text is put together only once."""
    there = tuple(dict.fromkeys(fold(text) for text in wanted))
    absent = tuple(dict.fromkeys(fold(text) for text in unwanted))

    def every(incident: Incident, facts: Facts) -> bool:
        text = haystack(incident)
        for word in there:
            if word not in text:
                return False
        for word in absent:  # noqa: SIM110  a loop, for speed
            if word in text:
                return False
        return True

    return Check(
        every, cost=10, pick=texts_with([as_bytes(word) for word in there], [as_bytes(word) for word in absent])
    )


def _all(checks: list[Check]) -> Check:
    checks = sorted(checks, key=lambda check: check.cost)
    closed = Closed(
        can_hold=all(check.closed.can_hold for check in checks), can_fail=any(check.closed.can_fail for check in checks)
    )
    steady = [check for check in checks if check.flip is None]
    timed = [check for check in checks if check.flip is not None]

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        left = places
        for check in checks:
            left = check.sift(columns, left, facts)
        return list(left)

    def coming(columns: Columns, places: Sequence[int], facts: Facts, until: datetime) -> list[tuple[datetime, int]]:
        for check in steady:
            places = check.sift(columns, places, facts)
        return [pair for check in timed for pair in check.flips(columns, places, facts, until)]

    return Check(_chain(checks), _chain_flip(checks), closed, sum(check.cost for check in checks), pick, coming)


def _chain(checks: list[Check]) -> Run:
    runs = [check.run for check in checks]
    match runs:
        case []:
            return lambda incident, facts: True
        case [only]:
            return only
        case [one, two]:
            return lambda incident, facts: one(incident, facts) and two(incident, facts)
        case [one, two, three]:
            return lambda incident, facts: one(incident, facts) and two(incident, facts) and three(incident, facts)

    def every(incident: Incident, facts: Facts) -> bool:
        for run in runs:  # noqa: SIM110  `all` with a generator costs three times as much
            if not run(incident, facts):
                return False
        return True

    return every


def _chain_flip(checks: list[Check]) -> Flip | None:
    flips = [check.flip for check in checks if check.flip is not None]
    if not flips:
        return None
    steady = _chain([check for check in checks if check.flip is None])

    def soonest(incident: Incident, facts: Facts) -> datetime | None:
        # what fails for another reason than time stays out, whatever the time
        if not steady(incident, facts):
            return None
        return min((moment for flip in flips if (moment := flip(incident, facts)) is not None), default=None)

    return soonest


def mentions(node: Node, field: str, value: str) -> bool:
    """Whether `field:value` stands in it anywhere."""
    match node:
        case Term(name, _, values):
            return name == field and value in values
        case Not(inner):
            return mentions(inner, field, value)
        case And(nodes) | Or(nodes):
            return any(mentions(inner, field, value) for inner in nodes)
        case Word():
            return False


_OVER = frozenset({"resolved", "closed"})


def names_closed(node: Node, *, wanted: bool = True) -> bool:
    """Whether it asks by name for what is no longer open; `wanted`: not within an odd number of negations."""
    match node:
        case Term("is" | "state", op, values):
            wanted = wanted is not (op is Op.NOT)
            return bool(_OVER & set(values)) if wanted else "open" in values
        case Not(inner):
            return names_closed(inner, wanted=not wanted)
        case And(nodes) | Or(nodes):
            return any(names_closed(inner, wanted=wanted) for inner in nodes)
        case _:
            return False
