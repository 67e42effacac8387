"""What a backend wrote cannot harm a terminal, and columns stay straight."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagt.cli import plain, table

NASTY = st.text(
    st.sampled_from("ab \x1b[]0m;\x07\x9b\x90\\\n\r\t\u202e\u200b\u200d字é\u0301🙂\ud800\U000e0041\x00\x7f"),
    max_size=40,
)
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@given(NASTY)
def test_nothing_harmful_is_left(text: str) -> None:
    assert not HARMFUL.search(plain.block(text))
    assert not HARMFUL.search(plain.line(text))
    assert "\n" not in plain.line(text)


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("two\nlines\tand  blanks", "two lines and blanks"),
        ("[bold]markup[/bold]", "[bold]markup[/bold]"),
        ("zero\u200bwidth", "zerowidth"),
        ("Disk voll: größer", "Disk voll: größer"),
    ],
)
def test_text_for_one_line(dirty: str, clean: str) -> None:
    assert plain.line(dirty) == clean


def test_lines_are_kept_in_a_block() -> None:
    assert plain.block("a\r\nb\rc\n\x1b[2Jd\te") == "a\nb\nc\nd   e"


@given(NASTY, st.integers(1, 30))
def test_text_fits_exactly(text: str, cells: int) -> None:
    clean = plain.line(text)
    assert plain.width(plain.fit(clean, cells)) <= cells
    assert plain.width(plain.pad(clean, cells)) == cells


def test_a_cut_is_shown() -> None:
    assert plain.fit("字字字", 5) == "字字…"
    assert plain.fit("abcdef", 4) == "abc…"
    assert plain.fit("abcd", 4) == "abcd"


COLUMNS = (table.Column("REF"), table.Column("AGE", right=True), table.Column("TITLE", least=10))


def test_columns_stand_under_their_titles() -> None:
    rows = [["a:1", "5m", "disk"], ["bb:22", "10m", "字 mail"]]
    assert table.lines(COLUMNS, rows, 80) == ["REF    AGE  TITLE", "a:1     5m  disk", "bb:22  10m  字 mail"]


@given(
    st.lists(st.tuples(st.text("ab", max_size=8), st.text("12m", max_size=5), NASTY), max_size=5), st.integers(30, 90)
)
def test_no_line_is_wider_than_the_terminal(rows: list[tuple[str, str, str]], room: int) -> None:
    assert all(plain.width(line) <= room for line in table.lines(COLUMNS, rows, room))


def test_what_identifies_is_never_cut() -> None:
    found = table.lines(COLUMNS, [["very-long-backend:1234567", "5m", "a title that is long"]], 20)
    assert "very-long-backend:1234567" in found[1]
