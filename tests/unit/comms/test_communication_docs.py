"""The page on communication tells every field and every template that there is."""

from __future__ import annotations

from pathlib import Path

from vagt.comms.catalogue import CATALOGUE, OUTSIDE_DEFAULT
from vagt.comms.library import ORDER, load

PAGE = (Path(__file__).parents[3] / "docs" / "communication.md").read_text(encoding="utf-8")


def test_every_field_stands_in_the_table_with_who_may_see_it() -> None:
    for name in CATALOGUE:
        who = "everybody" if name.public else "inside"
        assert f"| `{name.name}` | {who} | " in PAGE, name.name
    rows = [
        line
        for line in PAGE.splitlines()
        if line.startswith("| `") and ("| everybody |" in line or "| inside |" in line)
    ]
    assert len(rows) == len(CATALOGUE)


def test_every_template_stands_there() -> None:
    assert set(load(None).names()) == set(ORDER)
    assert not [name for name in ORDER if f"| `{name}` |" not in PAGE]


def test_what_an_outside_audience_gets_by_default_is_told() -> None:
    usual = PAGE.split("Without it, an outside audience gets")[1].split("and an inside one")[0]
    named = {name for name in OUTSIDE_DEFAULT if f"`{name}`" in usual}
    assert set(OUTSIDE_DEFAULT) - named == {"started", "resolved", "window_start", "window_end"}, "the times"
