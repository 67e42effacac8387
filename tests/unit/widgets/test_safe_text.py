"""Any string from outside can be shown, and takes exactly the cells that it is said to take."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from vagt_widgets.safe_text import MAX_MARKS, cells, cut, fit, safe_text, wrap

nasty = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("\x1b[]0;31m\x07\x9b\u202e\u2066\u200b\u200d\ufe0f\u0301\u1100\u1161日👨👩🏽🇩🇰❤\r\n\t\ud800a "),
    ),
    max_size=80,
)


@given(nasty, st.booleans())
@example("e\u200b\u0301", False)
@example("\x1b\x1b[31m[31m", False)
def test_nothing_that_does_something_to_a_terminal_is_left(text: str, multiline: bool) -> None:
    shown = safe_text(text, multiline=multiline)
    allowed = {"\n"} if multiline else set()
    for character in shown:
        assert character in allowed or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    shown.encode("utf-8")


@given(nasty, st.booleans())
def test_making_safe_twice_changes_nothing(text: str, multiline: bool) -> None:
    once = safe_text(text, multiline=multiline)
    assert safe_text(once, multiline=multiline) == once


@given(nasty)
def test_no_character_is_of_a_width_that_depends_on_its_neighbours(text: str) -> None:
    shown = safe_text(text)
    assert cell_len(shown) == sum(get_character_cell_size(character) for character in shown)


@given(nasty, st.integers(0, 60), st.sampled_from(["left", "right", "center"]), st.sampled_from(["…", "", "...", "~"]))
def test_a_column_is_exactly_as_wide_as_asked(text: str, width: int, align: str, ellipsis: str) -> None:
    assert cells(fit(text, width, align, ellipsis)) == width  # type: ignore[arg-type]


@given(nasty, st.integers(0, 40))
def test_a_cut_is_a_beginning_and_never_too_wide(text: str, width: int) -> None:
    clean = safe_text(text)
    head = cut(clean, width)
    assert clean.startswith(head)
    assert cells(head) <= width


@given(nasty, st.integers(2, 40))
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cells(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(safe_text(text, multiline=True).split())


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("plain text", "plain text"),
        ("\x1b[31;1mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;https://evil\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x1bPq\x1b\\x", "x"),
        ("\x1b]0;never closed", "0;never closed"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("one\r\ntwo\nthree\u2028four\tfive", "one two three four five"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("👍🏽", "👍"),
        ("❤\ufe0f", "❤"),
        ("1\ufe0f\u20e3", "1"),
        ("🇩🇰", "DK"),
        ("a\ud800b", "a�b"),
        ("icon \ue0b0", "icon �"),
        ("e\u0301", "é"),
        ("\u0301leading", "leading"),
        ("no\u00a0break", "no break"),
        ("日本語", "日本語"),
        ("हिन्दी", "हिन्दी"),
        ("soft\u00adhyphen", "softhyphen"),
    ],
)
def test_what_becomes_of(given_text: str, shown: str) -> None:
    assert safe_text(given_text) == shown


def test_lines_and_tabs_stay_where_lines_are_wanted() -> None:
    assert safe_text("a\tb\r\nc\x00d", multiline=True) == "a    b\ncd"


def test_towers_of_marks_are_cut_down() -> None:
    shown = safe_text("x" + "\u0310" * 50 + "y")
    assert shown == "x" + "\u0310" * MAX_MARKS + "y"


def test_a_double_width_character_is_never_halved() -> None:
    assert fit("日本語", 4) == "日… "
    assert fit("日本語", 5) == "日本…"
    assert fit("日本語", 3, ellipsis="") == "日 "
    assert fit("日本語", 6) == "日本語"


def test_invisible_beginnings_do_not_hide_what_follows() -> None:
    assert fit("\u200b" * 2_000 + "seen", 6) == "seen  "


@pytest.mark.parametrize("unit", ["x", "日", "\x1b[31m", "e\u0301", "👨\u200d"])
def test_ten_thousand_characters_cost_no_more_than_the_column(unit: str) -> None:
    text = unit * 10_000
    started = time.process_time()
    for number in range(20):
        fit(f"{number}{text}", 40)
    assert (time.process_time() - started) / 20 < 0.02
