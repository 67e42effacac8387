"""Filters that Ivanti would misread are put in order or refused; what it reads is what was meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles.ivanti.grammar import parse as as_ivanti_reads
from vagt.adapters.ivanti import filters
from vagt.adapters.ivanti.filters import FilterError, Node, parse, written

FIELDS = {"A": "text", "B": "text", "C": "text", "N": "number", "D": "moment"}


def test_parentheses_stand_at_the_beginning() -> None:
    assert written(parse("C eq 'c' and (A eq 'a' or B eq 'b')")) == "(A eq 'a' or B eq 'b') and C eq 'c'"


def test_an_and_stands_before_an_or() -> None:
    assert written(parse("A eq 'a' or B eq 'b' and C eq 'c'")) == "B eq 'b' and C eq 'c' or A eq 'a'"


@pytest.mark.parametrize(
    "text",
    [
        "contains(A,'x')",
        "A eq 'a' and startswith(B,'b')",
        "not A eq 'a'",
        "(A eq 'a' or B eq 'b') and (A eq 'c' or C eq 'd')",
        "A like 'x'",
        "A eq",
        "(A eq 'a'",
        "A eq 'a' B eq 'b'",
        "D gt datetime'2026-01-01'",
        "A eq 'open",
    ],
)
def test_what_ivanti_would_drop_or_misread_is_refused(text: str) -> None:
    with pytest.raises(FilterError):
        written(parse(text))


def test_the_newer_interface_reads_two_groups() -> None:
    node = parse("(A eq 'a' or B eq 'b') and (A eq 'c' or C eq 'd')")
    assert written(node, v2=True) == "(A eq 'a' or B eq 'b') and (A eq 'c' or C eq 'd')"


def test_quotes_are_doubled() -> None:
    assert written(filters.eq("A", "O'Neil")) == "A eq 'O''Neil'"


_LEAF = st.builds(
    filters.Compare, st.sampled_from("ABC"), st.sampled_from(["eq", "ne"]), st.sampled_from(["'x'", "'y'"])
)
_NODES = st.recursive(
    _LEAF,
    lambda inner: st.builds(
        filters.joined,
        st.sampled_from(["and", "or"]),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=6,
)
_ROWS = st.fixed_dictionaries({name: st.sampled_from(["x", "y", "z"]) for name in "ABC"})


def meant(node: Node, row: dict[str, str]) -> bool:
    if isinstance(node, filters.Compare):
        same = f"'{row[node.field]}'" == node.literal
        return same if node.operator == "eq" else not same
    told = [meant(part, row) for part in node.parts]
    return all(told) if node.word == "and" else any(told)


@given(node=_NODES, row=_ROWS)
def test_what_ivanti_reads_is_what_was_meant(node: Node, row: dict[str, str]) -> None:
    try:
        text = written(node)
    except FilterError:
        text = ""
    if text:
        assert as_ivanti_reads(text, FIELDS)(row) is meant(node, row)
    assert as_ivanti_reads(written(node, v2=True), FIELDS, v2=True)(row) is meant(node, row)
    assert filters.fits(node, row) is meant(node, row)
    assert parse(written(node, v2=True)) == node


def test_what_only_the_tenants_collation_could_tell_is_left_open() -> None:
    assert filters.fits(parse("A eq 'Zurich'"), {"A": "Zürich"}) is None
    assert filters.fits(parse("A gt 'b'"), {"A": "c"}) is None
    assert filters.fits(parse("A eq 'b'"), {}) is None
    assert filters.fits(parse("A eq 'b' and N gt 3"), {"A": "x", "N": 9}) is False
    assert filters.fits(parse("N gt 3"), {"N": "9"}) is True
    assert filters.fits(parse("A eq '$NULL'"), {"A": None}) is True
    assert filters.fits(parse("D gt 2026-01-01T00:00:00Z"), {"D": "2026-01-01T01:00:00-07:00"}) is True
