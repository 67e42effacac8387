"""Whatever stands in a config, it loads or is refused with a ConfigError that names the file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from vagt.config import schema
from vagt.config.build import settings_of
from vagt.config.document import Document
from vagt.config.errors import ConfigError
from vagt.config.settings import Settings
from vagt.config.source import Path as Place
from vagt.config.source import key_lines

EXAMPLE = (Path(__file__).parents[2] / "config.example.toml").read_text(encoding="utf-8")
PLACE = Path("/etc/vagt.toml")

scalars = st.one_of(
    st.text(max_size=20),
    st.integers(-(2**40), 2**40),
    st.booleans(),
    st.floats(allow_nan=False),
    st.datetimes(),
    st.dates(),
    st.sampled_from(["", "1h", "always", "https://a:b@c", "Europe/Copenhagen", "p<=1", "name", "-", "x" * 300]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from([key.name for table in schema.TABLES for key in table.keys]) | st.text(max_size=8)
tables = st.dictionaries(names, values, max_size=5)
documents = st.dictionaries(
    st.sampled_from([table.name for table in schema.TABLES] + ["keys", "relay"]) | st.text(max_size=8),
    tables | st.lists(tables, max_size=3) | values,
    max_size=5,
)


def loads_or_is_refused(text: str) -> None:
    try:
        found = settings_of(Document.parse(text, PLACE))
    except ConfigError as error:
        assert str(error).startswith("/etc/vagt.toml:")
    else:
        assert isinstance(found, Settings)


@given(documents)
@settings(max_examples=300, deadline=None)
def test_any_document(data: dict[str, Any]) -> None:
    loads_or_is_refused(tomli_w.dumps(data))


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_the_example_with_a_value_changed(data: st.DataObject) -> None:
    document = tomllib.loads(EXAMPLE)
    table: Any = document[data.draw(st.sampled_from(sorted(document)))]
    if isinstance(table, list):
        table = data.draw(st.sampled_from(table))
    table[data.draw(st.sampled_from(sorted(table)) | names)] = data.draw(values)
    loads_or_is_refused(tomli_w.dumps(document))


@given(st.integers(0, len(EXAMPLE)), st.integers(0, 40), st.text(max_size=10))
@settings(max_examples=300, deadline=None)
def test_the_example_with_a_piece_torn_out(start: int, length: int, put: str) -> None:
    loads_or_is_refused(EXAMPLE[:start] + put + EXAMPLE[start + length :])


def places(data: object, place: Place = ()) -> list[Place]:
    found: list[Place] = []
    if isinstance(data, dict):
        for key, value in data.items():
            found += [(*place, key), *places(value, (*place, key))]
    elif isinstance(data, list):
        for position, value in enumerate(data):
            found += [(*place, position), *places(value, (*place, position))]
    return found


@given(documents)
@settings(max_examples=300, deadline=None)
def test_every_key_has_a_line_and_stands_on_it(data: dict[str, Any]) -> None:
    text = tomli_w.dumps(data)
    lines = key_lines(text)
    rows = text.split("\n")
    parsed = tomllib.loads(text)
    for place in places(parsed):
        assert place in lines
        if isinstance(place[-1], str) and place[-1].isascii() and place[-1].isalnum():
            assert place[-1] in rows[lines[place] - 1]
