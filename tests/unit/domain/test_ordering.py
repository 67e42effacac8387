"""Sort orders and groups."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.data import NOW
from vagt.domain.incident import ClockState, Incident, SlaClock, State
from vagt.domain.ordering import DEFAULT_SORT, Grouping, Sort, SortField, group_of, parse_sort
from vagt.domain.query import QueryError
from vagt.domain.query_text import fold, natural

BASE = Incident(backend="b", id="0", number="0", title="", state=State.NEW, native_state="New")


def ids(sort: str, *incidents: Incident) -> str:
    key = parse_sort(sort).key()
    found = {"".join(one.id for one in sorted(order, key=key)) for order in permutations(incidents)}
    assert len(found) == 1, "the order depends on where they came from"
    return found.pop()


def test_the_most_urgent_come_first_and_of_those_the_major_and_then_the_oldest() -> None:
    old, young = NOW - timedelta(days=2), NOW - timedelta(hours=1)
    assert (
        ids(
            "",
            replace(BASE, id="a", priority=1, created_at=young),
            replace(BASE, id="b", priority=1, created_at=old),
            replace(BASE, id="c", priority=1, created_at=young, major=True),
            replace(BASE, id="d", priority=2, created_at=old),
            replace(BASE, id="e", priority=None, created_at=old),
        )
        == "cbade"
    )


@pytest.mark.parametrize("sort", list(SortField))
def test_what_is_missing_comes_last_in_either_direction(sort: SortField) -> None:
    there = replace(
        BASE,
        id="x",
        number="7",
        title="t",
        service="s",
        team="t",
        assignee="a",
        priority=1,
        impact=1,
        urgency=1,
        created_at=NOW,
        updated_at=NOW,
        sla=(SlaClock("r", NOW, ClockState.RUNNING),),
    )
    lacking = replace(BASE, id="y", number="", title="", created_at=None, state=State.CLOSED)
    assert ids(str(sort), lacking, there) == "xy"
    if sort not in (SortField.STATE, SortField.BACKEND):
        assert ids(f"-{sort}", lacking, there) == "xy"


def test_numbers_go_by_value_and_names_by_the_alphabet_both_ways() -> None:
    numbers = [replace(BASE, id=i, number=n) for i, n in zip("abc", ("INC10", "inc9", "INC100"), strict=True)]
    assert ids("number", *numbers) == "bac"
    assert ids("-number", *numbers) == "cab"
    titles = [replace(BASE, id=i, title=t) for i, t in zip("abc", ("Über", "disk", "Disk full"), strict=True)]
    assert ids("title", *titles) == "bca"
    assert ids("-title", *titles) == "acb"


@pytest.mark.parametrize("sort", ["", "priority,-age", "sla", "-updated", "priority,team,service"])
def test_what_is_equal_otherwise_goes_by_the_number_as_a_number(sort: str) -> None:
    made = [replace(BASE, id=i, number=n) for i, n in zip("abcd", ("10", "11", "2", "101"), strict=True)]
    assert ids(sort, *made) == "cabd"


def test_next_to_breach_is_first_due_first() -> None:
    clocks = {"a": 30, "b": -5, "c": 600}
    made = [
        replace(BASE, id=i, sla=(SlaClock("r", NOW + timedelta(minutes=m), ClockState.RUNNING),))
        for i, m in clocks.items()
    ]
    assert ids("sla", *made, replace(BASE, id="d")) == "bacd"


def test_longest_untouched_comes_first_by_updated() -> None:
    a, b = replace(BASE, id="a", updated_at=NOW), replace(BASE, id="b", updated_at=NOW - timedelta(days=1))
    assert ids("updated", a, b) == "ba"
    assert ids("-updated", a, b) == "ab"


def test_a_sort_is_read_and_written() -> None:
    assert parse_sort(" Priority , -AGE ") == DEFAULT_SORT == parse_sort("")
    assert str(parse_sort("p,-due,number")) == "priority,-sla,number"
    assert parse_sort("age,-age") == Sort(((SortField.AGE, False),))


@pytest.mark.parametrize(
    ("text", "at", "words"), [("priority,-agee", "-agee", "“age”"), ("x", "x", "priority"), ("age,", "", "missing")]
)
def test_an_unknown_order_is_refused_where_it_stands(text: str, at: str, words: str) -> None:
    with pytest.raises(QueryError, match=words) as caught:
        parse_sort(text)
    assert text[caught.value.start : caught.value.end] == at


@given(st.lists(st.text(st.characters(categories=["L", "Nd", "P"]), max_size=8), min_size=2, max_size=6))
def test_descending_is_ascending_turned_round(titles: list[str]) -> None:
    made = [replace(BASE, id=str(n), title=title) for n, title in enumerate(titles) if title]
    up, down = (sorted(made, key=parse_sort(sort).key()) for sort in ("title", "-title"))
    folded = [fold(one.title) for one in up]
    assert sorted(folded, reverse=True) == [fold(one.title) for one in down]


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_digits_compare_by_value(left: int, right: int) -> None:
    assert (natural(f"INC{left}") < natural(f"inc{right}")) is (left < right)


def test_groups_have_a_place_and_a_title() -> None:
    found = sorted(group_of(Grouping.TEAM)(replace(BASE, team=team)) for team in ("web", None, "NOC"))
    assert [title for _, title in found] == ["NOC", "web", ""]
    found = sorted(group_of(Grouping.PRIORITY)(replace(BASE, priority=priority)) for priority in (None, 2, 1))
    assert [title for _, title in found] == ["P1", "P2", ""]
