"""The filter language, whatever is written in it."""

from __future__ import annotations

from datetime import UTC, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.bench.data import NOW, key
from tests.property.queries import incidents, naive, nodes
from vagt.domain.incident import Incident, State
from vagt.domain.query import Facts, Query, QueryError, parse, parse_typing
from vagt.domain.query_complete import Vocabulary, complete
from vagt.domain.query_nodes import Node

FACTS = Facts(
    now=NOW,
    me={"itsm": "anna"},
    teams={"itsm": frozenset({"noc", "service desk"})},
    pending={key(number) for number in range(1, 9)},
    snoozed={key(number): NOW + timedelta(minutes=number - 10) for number in range(5, 20)},
    unseen={key(number) for number in range(15, 25)},
    stale={"elsewhere"},
)
NAMES = Vocabulary({"team": ("NOC", "Service Desk"), "assignee": ("anna", "gül"), "service": ('Mail "1"', "VPN, old")})
_PIECES = (
    "is:",
    "p",
    "<=",
    "2",
    " ",
    "(",
    ")",
    '"',
    "-",
    "or",
    "and ",
    "not ",
    ":",
    "=",
    ",",
    "team",
    "sla<",
    "30m",
    "\\",
    "é",
)
scraps = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(_PIECES), max_size=15).map("".join))


@given(scraps)
@example("((((" * 30)
@example("-" * 200 + "x")
@example("created>9999-12-31")
@example("created>0001-01-01")
@example("age>999999d")
def test_any_text_is_a_query_or_a_mistake_told_in_place(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        assert 0 <= error.start <= error.end <= len(text)
        assert str(error)
    else:
        assert parse(str(query)) == query
        assert query.describe()


@given(scraps)
def test_half_written_text_gives_what_is_there_or_says_why_not(text: str) -> None:
    query, error = parse_typing(text)
    assert query is not None or error is not None
    if query is not None and error is not None:
        assert error.incomplete
    if error is None:
        assert query == parse(text)


@given(nodes)
def test_what_is_printed_is_read_as_the_same(node: Node) -> None:
    assert parse(str(node)).node == node


@settings(max_examples=400)
@given(nodes, incidents)
def test_matching_agrees_with_a_plain_reading(node: Node, one: Incident) -> None:
    assert Query(node, UTC).matches(one, FACTS) is naive(node, one, FACTS)


@given(nodes, incidents)
def test_a_query_that_does_not_want_closed_ones_never_fits_one(node: Node, one: Incident) -> None:
    query = Query(node, UTC)
    if not query.wants_closed and one.state in (State.RESOLVED, State.CLOSED):
        assert not query.matches(one, FACTS)


@settings(max_examples=300)
@given(nodes, incidents, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_an_answer_does_not_change_before_it_said_it_might(node: Node, one: Incident, wait: timedelta) -> None:
    query = Query(node, UTC)
    later = Facts(
        now=NOW + wait,
        me=FACTS.me,
        teams=FACTS.teams,
        pending=FACTS.pending,
        snoozed=FACTS.snoozed,
        unseen=FACTS.unseen,
        stale=FACTS.stale,
    )
    flip = query.next_flip(one, FACTS)
    if flip is None or later.now < flip:
        assert query.matches(one, FACTS) is query.matches(one, later)


@given(scraps, st.integers(-2, 50))
def test_completion_offers_what_fits_at_the_cursor(text: str, cursor: int) -> None:
    for offer in complete(text, cursor, NAMES):
        assert 0 <= offer.start <= offer.end <= len(text)
        assert offer.text


@given(st.sampled_from(["team", "assignee", "service"]), st.integers(0, 1))
def test_a_completed_name_is_a_whole_value(field: str, nth: int) -> None:
    name = NAMES.names[field][nth]
    offer = next(o for o in complete(f"{field}:", len(field) + 1, NAMES) if name.split('"')[0].split(",")[0] in o.text)
    written = f"{field}:"[: offer.start] + offer.text
    node = parse(written).node
    assert getattr(node, "values", None) == (name,)
