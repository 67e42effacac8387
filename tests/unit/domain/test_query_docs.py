"""The page on queries says what the language does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vagt.domain.ordering import parse_sort
from vagt.domain.query import parse
from vagt.domain.query_docs import page
from vagt.domain.query_fields import FIELDS

PAGE = Path(__file__).parents[3] / "docs" / "queries.md"


def test_the_page_is_written_from_the_tables_as_they_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "write it anew: python -m vagt.domain.query_docs > docs/queries.md"
    )


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_each_field_understands_its_own_example_and_every_value_it_offers(field) -> None:  # type: ignore[no-untyped-def]
    parse(field.example)
    for name in (field.name, *field.aliases):
        for value in field.values:
            assert parse(f"{name}:{value.text}") == parse(f"{field.name}:{value.text}")


def test_the_first_example_is_a_query() -> None:
    example = re.search(r"```\n(.+)\n```", page())
    assert example is not None
    assert parse(example[1]).describe().startswith("open, priority at most 2")


def test_every_order_in_the_page_can_be_sorted_by() -> None:
    names = re.findall(r"^\| `([a-z]+)` \| ", page().partition("## Order")[2], re.MULTILINE)
    assert len(names) > 10
    assert str(parse_sort(",".join(names))) == ",".join(names)
