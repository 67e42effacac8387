"""Strategies for queries and incidents, and a slow, plain reading of the filter language to compare with."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import strategies as st

from tests.bench.data import NOW, PEOPLE, SERVICES, TEAMS, WORDS, incident
from vagt.domain.incident import ClockState, Incident, SlaClock, State
from vagt.domain.query import Facts
from vagt.domain.query_fields import BY_NAME, HAS_VALUES, IS_VALUES
from vagt.domain.query_nodes import And, Node, Not, Op, Or, Term, Word

EQUALS = (Op.HAS, Op.IS, Op.NOT)
COMPARES = (Op.LESS, Op.AT_MOST, Op.MORE, Op.AT_LEAST)
SPANS = ("0s", "1m", "30m", "1h", "2h", "4h", "1d", "1d2h", "10d")


def _term(field: str, ops: tuple[Op, ...], values: tuple[str, ...], most: int = 3) -> st.SearchStrategy[Term]:
    def build(op: Op, chosen: list[str]) -> Term:
        return Term(field, op, tuple(chosen[:1] if op in COMPARES else chosen))

    return st.builds(
        build, st.sampled_from(ops), st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)
    )


terms: st.SearchStrategy[Node] = st.one_of(
    _term("is", (Op.HAS,), tuple(value.text for value in IS_VALUES)),
    _term("has", (Op.HAS,), tuple(value.text for value in HAS_VALUES)),
    _term("p", EQUALS, ("1", "2", "3", "4", "5", "none")),
    _term("p", COMPARES, ("1", "2", "3", "4", "5")),
    _term("impact", COMPARES, ("1", "2", "3")),
    _term("urgency", EQUALS, ("1", "none")),
    _term("team", EQUALS, (*TEAMS, "net", "SERVICE desk", "mine", "none")),
    _term("assignee", EQUALS, (*PEOPLE, "GÜL", "holm", "me", "nobody")),
    _term("service", EQUALS, (*SERVICES[:5], "mail", "none")),
    _term("caller", EQUALS, ("Åse", "kim", "none", "monitoring")),
    _term("state", EQUALS, (*(state.value for state in State), "pending", "Logged")),
    _term("title", EQUALS, ("disk", "ÜBER", "sørver nede")),
    _term("link", EQUALS, ("problem", "parent", "PRB", "known error")),
    _term("number", EQUALS, ("INC1", "2", "itsm:INC3")),
    _term("age", COMPARES, SPANS),
    _term("updated", COMPARES, SPANS),
    _term("sla", COMPARES, (*SPANS, "-1h", "-2h")),
    _term("created", (*EQUALS, *COMPARES), ("2026-11-20", "2026-11-10T12:30"), most=2),
    _term("resolved", EQUALS, ("2026-11-20", "none"), most=2),
    _term("updated", COMPARES, ("2026-11-20", "2026-11-22")),
)
words: st.SearchStrategy[Node] = st.builds(
    Word, st.sampled_from([*WORDS, "and", "OR", "disk full", "-x", 'a"b', "c\\", "PRINTER"])
)


def _flat(kind: type[And] | type[Or]):  # type: ignore[no-untyped-def]
    def build(nodes: list[Node]) -> Node:
        inner = tuple(part for node in nodes for part in (node.nodes if isinstance(node, kind) else (node,)))
        return inner[0] if len(inner) == 1 else kind(inner)

    return build


nodes: st.SearchStrategy[Node] = st.recursive(
    terms | words,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=4).map(_flat(And)),
        st.lists(inner, min_size=2, max_size=3).map(_flat(Or)),
    ),
    max_leaves=8,
)

incidents: st.SearchStrategy[Incident] = st.builds(
    lambda seed, number: incident(Random(seed), number), st.integers(0, 2**32), st.integers(1, 40)
)


def naive(node: Node, one: Incident, facts: Facts) -> bool:
    """Whether `one` fits, worked out without any of the product's query code but its tree."""
    match node:
        case Word(text):
            return same(text) in same("\n".join(_all_text(one)))
        case Not(inner):
            return not naive(inner, one, facts)
        case And(inner_nodes):
            return all(naive(inner, one, facts) for inner in inner_nodes)
        case Or(inner_nodes):
            return any(naive(inner, one, facts) for inner in inner_nodes)
        case Term(field, op, values):
            if op is Op.NOT:
                return not any(_holds(field, Op.IS, value, one, facts) for value in values)
            return any(_holds(field, op, value, one, facts) for value in values)


def same(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


def _all_text(one: Incident) -> list[str]:
    texts = (one.title, one.number, one.service, one.caller, one.assignee, one.assignee_name, one.team, one.description)
    return [text or "" for text in texts]


def _seconds(text: str) -> float:
    size = {"d": 86400, "h": 3600, "m": 60, "s": 1}
    total = sum(int(count) * size[unit] for count, unit in re.findall(r"(\d+)([dhms])", text))
    return -total if text.startswith("-") else total


def _compared(op: Op, left: float, right: float) -> bool:
    return {
        Op.LESS: left < right,
        Op.AT_MOST: left <= right,
        Op.MORE: left > right,
        Op.AT_LEAST: left >= right,
    }[op]


def _shown_clock(one: Incident) -> SlaClock | None:
    if one.state in (State.RESOLVED, State.CLOSED):
        return None
    worked_on = one.acknowledged_at is not None or one.state is not State.NEW
    left = [clock for clock in one.sla if clock.due_at is not None and not (clock.name == "response" and worked_on)]
    counting = [clock for clock in left if clock.state in (ClockState.RUNNING, ClockState.BREACHED)]
    paused = [clock for clock in left if clock.state is ClockState.PAUSED]
    return min(counting or paused, key=lambda clock: clock.due_at or NOW, default=None)


def _holds(field: str, op: Op, value: str, one: Incident, facts: Facts) -> bool:
    now = facts.now
    if field == "is":
        return _is(value, one, facts)
    if field == "has":
        return _has(value, one)
    if field in ("p", "impact", "urgency"):
        level = {"p": one.priority, "impact": one.impact, "urgency": one.urgency}[field]
        if op in COMPARES:
            return level is not None and _compared(op, level, int(value))
        return level == (None if value == "none" else int(value))
    if field == "age":
        return one.created_at is not None and _compared(op, (now - one.created_at).total_seconds(), _seconds(value))
    if field == "sla":
        clock = _shown_clock(one)
        if clock is None or clock.state is ClockState.PAUSED or clock.due_at is None:
            return False
        return _compared(op, (clock.due_at - now).total_seconds(), _seconds(value))
    if field == "updated" and "-" not in value:
        moment = one.updated_at or one.created_at
        return moment is not None and _compared(op, (now - moment).total_seconds(), _seconds(value))
    if field in ("created", "updated", "resolved"):
        return _on(
            op, value, {"created": one.created_at, "updated": one.updated_at, "resolved": one.resolved_at}[field]
        )
    return _named(field, op, value, one, facts)


def _on(op: Op, value: str, moment: datetime | None) -> bool:
    if value == "none":
        return moment is None
    if moment is None:
        return False
    start = datetime.fromisoformat(value).replace(tzinfo=UTC)
    end = start + (timedelta(minutes=1) if "T" in value else timedelta(days=1))
    return {
        Op.LESS: moment < start,
        Op.AT_MOST: moment < end,
        Op.MORE: moment >= end,
        Op.AT_LEAST: moment >= start,
    }.get(op, start <= moment < end)


def _named(field: str, op: Op, value: str, one: Incident, facts: Facts) -> bool:
    special = {item.text for item in BY_NAME[field].values}
    if value in special:
        if field == "state":
            return one.state.value == value
        if field == "link":
            return any(link.kind.value == value for link in one.links)
        if value in ("none", "nobody"):
            return not {"team": one.team, "assignee": one.assignee, "service": one.service, "caller": one.caller}[field]
        if value == "me":
            return _is("mine", one, facts)
        return one.team is not None and same(one.team) in facts.teams[one.backend]
    names = {
        "team": [one.team],
        "assignee": [one.assignee, one.assignee_name, *one.also_assigned],
        "service": [one.service],
        "caller": [one.caller],
        "state": [one.native_state],
        "title": [one.title],
        "number": [one.number, f"{one.backend}:{one.number}"],
        "link": [name for link in one.links for name in (link.ref, link.title)],
    }[field]
    folded = [same(name) for name in names if name is not None]
    return same(value) in folded if op is Op.IS else any(same(value) in name for name in folded)


def _is(value: str, one: Incident, facts: Facts) -> bool:
    now = facts.now
    is_open = one.state in (State.NEW, State.ACTIVE, State.WAITING)
    taken = one.acknowledged_at is not None or one.state is not State.NEW
    touched = one.updated_at or one.created_at
    held = one.state is State.WAITING and one.waiting_until is not None
    me = facts.me[one.backend]
    late = [clock for clock in one.sla if clock.due_at is not None and clock.due_at < now]
    return {
        "open": is_open,
        "closed": one.state is State.CLOSED,
        "resolved": one.state is State.RESOLVED,
        "new": one.state is State.NEW,
        "active": one.state is State.ACTIVE,
        "waiting": one.state is State.WAITING,
        "due": held and one.waiting_until is not None and one.waiting_until <= now,
        "acknowledged": taken,
        "unacknowledged": not taken,
        "mine": me == one.assignee or me in one.also_assigned,
        "unassigned": one.assignee is None,
        "major": one.major,
        "breached": is_open
        and (
            any(clock.state is ClockState.BREACHED for clock in one.sla)
            or any(clock.state is ClockState.RUNNING for clock in late)
        ),
        "forgotten": is_open
        and taken
        and touched is not None
        and (now - touched).total_seconds() >= facts.forgotten
        and not (held and one.waiting_until is not None and one.waiting_until > now),
        "snoozed": one.key in facts.snoozed and facts.snoozed[one.key] > now,
        "pending": one.key in facts.pending,
        "unseen": one.key in facts.unseen,
        "stale": one.backend in facts.stale,
    }[value]


def _has(value: str, one: Incident) -> bool:
    kinds = {link.kind.value for link in one.links}
    return {
        "sla": _shown_clock(one) is not None,
        "link": bool(one.links),
        "team": bool(one.team),
        "assignee": bool(one.assignee),
        "service": bool(one.service),
        "caller": bool(one.caller),
        "category": bool(one.category),
        "priority": one.priority is not None,
        "description": bool(one.description.strip()),
        "until": one.waiting_until is not None,
    }.get(value, value in kinds)
