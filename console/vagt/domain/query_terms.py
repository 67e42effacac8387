"""What each field of a query tests on an incident, and when time alone changes the answer."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from vagt.domain.columns import Columns, Reader, as_bytes, once, reading
from vagt.domain.incident import ClockState, Incident, LinkKind, State
from vagt.domain.query_check import EITHER, NEVER, Check, Closed, Run, flip_at
from vagt.domain.query_facts import Facts
from vagt.domain.query_fields import NONE
from vagt.domain.query_flags import STATE, breaks, flag_check, mine_check, touched
from vagt.domain.query_nodes import Op, Term
from vagt.domain.query_picks import (
    after,
    among,
    before,
    fitting,
    fitting_now,
    moments,
    outside,
    same,
    texts_with,
)
from vagt.domain.query_text import fold, haystack, natural
from vagt.domain.query_values import interval, is_moment, level, span
from vagt.domain.sla import next_clock

_COMPARE: dict[Op, Callable[[Any, Any], bool]] = {
    Op.LESS: operator.lt,
    Op.AT_MOST: operator.le,
    Op.MORE: operator.gt,
    Op.AT_LEAST: operator.ge,
}

_NAMES: dict[str, Reader] = {
    name: reading(field)
    for name, field in (
        ("team", "team"),
        ("service", "service"),
        ("caller", "caller"),
        ("category", "category"),
        ("backend", "backend"),
        ("title", "title"),
        ("state", "native_state"),
    )
}

_SEVERAL: dict[str, Callable[[Incident], tuple[str | None, ...]]] = {
    "assignee": lambda incident: once(incident.assignee, incident.assignee_name, *incident.also_assigned),
    "number": lambda incident: (incident.number, incident.ref),
}
"""What one of several texts may fit."""

_RARE = frozenset({"title", "number"})
"""Hardly ever the same twice, so that an answer is not worth remembering."""

_LEVELS: dict[str, Reader] = {
    "p": reading("priority"),
    "impact": reading("impact"),
    "urgency": reading("urgency"),
}

_MOMENTS: dict[str, Callable[[Incident], datetime | None]] = {
    "created": reading("created_at"),
    "updated": touched,
    "acknowledged": reading("acknowledged_at"),
    "resolved": reading("resolved_at"),
    "closed": reading("closed_at"),
}


def term_check(term: Term, zone: tzinfo | None) -> Check:
    """The test of one field; its values are canonical."""
    field, op, values = term.field, term.op, term.values
    if field in ("is", "has"):
        return any_of([flag_check(field, value) for value in values])
    if field in _LEVELS:
        return _level_check(_LEVELS[field], op, values)
    if field == "sla":
        return _sla_check(op, span(values[0]))
    if field == "age" or (field == "updated" and not is_moment(values[0]) and values[0] != NONE):
        return _since_check(touched if field == "updated" else _MOMENTS["created"], op, span(values[0]))
    if field in _MOMENTS:
        return _moment_check(_MOMENTS[field], op, values, zone)
    if field == "number" and op in _COMPARE:
        return _number_check(op, values[0])
    tests = any_of([_name_check(field, op, value) for value in values])
    return negated(tests) if op is Op.NOT else tests


def negated(test: Check) -> Check:
    """Everything but that."""
    run = test.run
    closed = Closed(can_hold=test.closed.can_fail, can_fail=test.closed.can_hold)

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        fitting = set(test.sift(columns, places, facts))
        return [at for at in places if at not in fitting]

    return Check(lambda incident, facts: not run(incident, facts), test.flip, closed, test.cost, pick, test.moments)


def any_of(tests: list[Check]) -> Check:
    """At least one of them."""
    if len(tests) == 1:
        return tests[0]
    tests = sorted(tests, key=lambda test: test.cost)
    runs = tuple(test.run for test in tests)
    flips = [test.flip for test in tests if test.flip is not None]
    closed = Closed(
        can_hold=any(test.closed.can_hold for test in tests), can_fail=all(test.closed.can_fail for test in tests)
    )

    def some(incident: Incident, facts: Facts) -> bool:
        for run in runs:  # noqa: SIM110  `any` with a generator costs three times as much
            if run(incident, facts):
                return True
        return False

    def soonest(incident: Incident, facts: Facts) -> datetime | None:
        return min((moment for flip in flips if (moment := flip(incident, facts)) is not None), default=None)

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        found: set[int] = set()
        left = places
        for test in tests:
            found.update(test.sift(columns, left, facts))
            left = [at for at in left if at not in found]
        return [at for at in places if at in found]

    def coming(columns: Columns, places: Sequence[int], facts: Facts, until: datetime) -> list[tuple[datetime, int]]:
        return [pair for test in tests for pair in test.flips(columns, places, facts, until)]

    return Check(some, soonest if flips else None, closed, sum(test.cost for test in tests), pick, coming)


def _level_check(read: Reader, op: Op, values: tuple[str, ...]) -> Check:
    if op in _COMPARE:
        limit = int(values[0])
        accepted = frozenset(number for number in range(10) if _COMPARE[op](number, limit))
    else:
        accepted = frozenset(number for value in values if (number := level(value)) is not None)
    wanted: frozenset[int | None] = accepted if NONE not in values else accepted | {None}
    if op is Op.NOT:
        return Check(lambda incident, facts: read(incident) not in wanted, cost=2, pick=outside(read, wanted))
    return Check(lambda incident, facts: read(incident) in wanted, cost=2, pick=among(read, wanted))


def _sla_check(op: Op, limit: timedelta) -> Check:
    compare = _COMPARE[op]

    def left(incident: Incident, facts: Facts) -> bool:
        at = counting_due(incident)
        return at is not None and compare(at - facts.now, limit)

    def flip(incident: Incident, facts: Facts) -> datetime | None:
        at = counting_due(incident)
        return None if at is None else flip_at(at, -limit, facts)

    def pick(columns: Columns, places: Sequence[int], facts: Facts) -> list[int]:
        dues, edge = columns.of(counting_due), facts.now + limit
        return [at for at in places if (due := dues[at]) is not None and compare(due, edge)]

    return Check(left, flip, NEVER, 7, pick, moments(counting_due, -limit))


def counting_due(incident: Incident) -> datetime | None:
    """When its next clock runs out, where time counts at all."""
    clock = next_clock(incident) if incident.sla else None
    return None if clock is None or clock.state is ClockState.PAUSED else clock.due_at


DEAR = (counting_due, breaks)
"""What costs so much to work out of an incident that it is worth having beforehand where there are very many."""


def _since_check(read: Callable[[Incident], datetime | None], op: Op, limit: timedelta) -> Check:
    compare = _COMPARE[op]

    def since(incident: Incident, facts: Facts) -> bool:
        at = read(incident)
        return at is not None and compare(facts.now - at, limit)

    def flip(incident: Incident, facts: Facts) -> datetime | None:
        at = read(incident)
        return None if at is None else flip_at(at, limit, facts)

    # less time since than `limit` is a moment after that long ago
    where = after if op in (Op.LESS, Op.AT_MOST) else before
    pick = where(read, lambda facts: facts.now - limit, included=op in (Op.AT_MOST, Op.AT_LEAST))
    return Check(since, flip, cost=3, pick=pick, moments=moments(read, limit))


def _moment_check(
    read: Callable[[Incident], datetime | None], op: Op, values: tuple[str, ...], zone: tzinfo | None
) -> Check:
    spans = [interval(value, zone) for value in values if value != NONE]
    if op in _COMPARE:
        start, end = spans[0]
        compare = {Op.LESS: operator.lt, Op.AT_MOST: operator.lt, Op.MORE: operator.ge, Op.AT_LEAST: operator.ge}[op]
        limit = end if op in (Op.AT_MOST, Op.MORE) else start

        def compared(incident: Incident, facts: Facts) -> bool:
            at = read(incident)
            return at is not None and compare(at, limit)

        where = before if op in (Op.LESS, Op.AT_MOST) else after
        included = op in (Op.MORE, Op.AT_LEAST)
        return Check(compared, cost=2, pick=where(read, lambda facts: limit, included=included))
    none = NONE in values

    def within(incident: Incident, facts: Facts) -> bool:
        at = read(incident)
        return none if at is None else any(start <= at < end for start, end in spans)

    test = Check(within, cost=4)
    return negated(test) if op is Op.NOT else test


def _number_check(op: Op, value: str) -> Check:
    compare, limit = _COMPARE[op], natural(value)
    return Check(lambda incident, facts: compare(natural(incident.number), limit), cost=15)


def _name_check(field: str, op: Op, value: str) -> Check:
    special = _special(field, value)
    if special is not None:
        return special
    wanted = fold(value)
    if field == "text":
        return _text_check(op, wanted)
    if field == "link":
        return Check(_link_run(op, wanted), cost=5)
    return _several_check(field, op, wanted) if field in _SEVERAL else _one_check(field, op, wanted)


def _one_check(field: str, op: Op, wanted: str) -> Check:
    read = _NAMES[field]

    def fits(name: str | None) -> bool:
        if op is Op.HAS:
            return name is not None and wanted in fold(name)
        return bool(name) and wanted == fold(name or "")

    pick = None if field in _RARE else fitting(read, fits)
    return Check(lambda incident, facts: fits(read(incident)), cost=4, pick=pick)


def _several_check(field: str, op: Op, wanted: str) -> Check:
    read = _SEVERAL[field]

    def fits(names: tuple[str | None, ...]) -> bool:
        if op is Op.HAS:
            return any(name is not None and wanted in fold(name) for name in names)
        return wanted in [fold(name) for name in names if name]

    pick = None if field in _RARE else fitting(read, fits)
    return Check(lambda incident, facts: fits(read(incident)), cost=4, pick=pick)


def _text_check(op: Op, wanted: str) -> Check:
    if op is Op.HAS:
        return Check(lambda incident, facts: wanted in haystack(incident), cost=8, pick=texts_with([as_bytes(wanted)]))
    return Check(lambda incident, facts: wanted in haystack(incident).split("\n"), cost=9)


def _link_run(op: Op, wanted: str) -> Run:
    if op is Op.HAS:
        return lambda incident, facts: any(
            wanted in fold(link.ref) or wanted in fold(link.title) for link in incident.links
        )
    return lambda incident, facts: any(wanted in (fold(link.ref), fold(link.title)) for link in incident.links)


def _team(incident: Incident) -> tuple[str, str | None]:
    team: tuple[str, str | None] = once(incident.backend, incident.team)
    return team


def _is_my_team(of: tuple[str, str | None], facts: Facts) -> bool:
    backend, team = of
    return team is not None and fold(team) in facts.teams.get(backend, ())


def _special(field: str, value: str) -> Check | None:
    """The test of a value that has a meaning of its own, or None."""
    match field, value:
        case "team", "mine":
            return Check(
                lambda incident, facts: _is_my_team(_team(incident), facts),
                cost=3,
                pick=fitting_now(_team, _is_my_team),
            )
        case "assignee", "me":
            return mine_check()
        case "assignee", "nobody":
            return flag_check("is", "unassigned")
        case (("team" | "service" | "caller" | "category"), "none"):
            return negated(flag_check("has", field))
        case "state", ("new" | "active" | "waiting" | "resolved" | "closed"):
            state = State(value)
            return Check(
                lambda incident, facts: incident.state is state,
                closed=NEVER if state.is_open else EITHER,
                pick=same(STATE, state),
            )
        case "link", _ if value in list(LinkKind):
            return flag_check("has", value)
    return None
