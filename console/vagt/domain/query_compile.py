"""From the tree of a query to functions that are quick to ask, a hundred thousand times in a row."""

from __future__ import annotations

from datetime import datetime, tzinfo

from vagt.domain.incident import Incident
from vagt.domain.query_check import Check, Closed, Flip, Run
from vagt.domain.query_facts import Facts
from vagt.domain.query_nodes import And, Node, Not, Or, Term, Word
from vagt.domain.query_terms import any_of, negated, term_check
from vagt.domain.query_text import fold, haystack


def compiled(node: Node, zone: tzinfo | None) -> Check:
    """The functions of a tree whose values are canonical."""
    match node:
        case Word(text):
            return _words((text,))
        case Term():
            return term_check(node, zone)
        case Not(inner):
            return negated(compiled(inner, zone))
        case And(nodes):
            tests = [compiled(inner, zone) for inner in nodes if not isinstance(inner, Word)]
            if words := tuple(inner.text for inner in nodes if isinstance(inner, Word)):
                tests.append(_words(words))
            return _all(tests)
        case Or(nodes):
            return any_of([compiled(inner, zone) for inner in nodes])


def _words(texts: tuple[str, ...]) -> Check:
    """All of these words at once, so that an incident's text is put together only once."""
    wanted = tuple(dict.fromkeys(fold(text) for text in texts))
    if len(wanted) == 1:
        word = wanted[0]
        return Check(lambda incident, facts: word in haystack(incident), cost=8)

    def every(incident: Incident, facts: Facts) -> bool:
        text = haystack(incident)
        return all(word in text for word in wanted)

    return Check(every, cost=12)


def _all(tests: list[Check]) -> Check:
    tests = sorted(tests, key=lambda test: test.cost)
    closed = Closed(
        can_hold=all(test.closed.can_hold for test in tests), can_fail=any(test.closed.can_fail for test in tests)
    )
    return Check(_chain(tests), _chain_flip(tests), closed, sum(test.cost for test in tests))


def _chain(tests: list[Check]) -> Run:
    runs = [test.run for test in tests]
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


def _chain_flip(tests: list[Check]) -> Flip | None:
    flips = [test.flip for test in tests if test.flip is not None]
    if not flips:
        return None
    steady = _chain([test for test in tests if test.flip is None])

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
