"""Glyphs, fuzzy scores, field checks and the paste guard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagt_widgets.form_fields import FieldType, FormField, problem
from vagt_widgets.fuzzy import PickItem, rank, score
from vagt_widgets.glyphs import ASCII, UNICODE, glyphs_for, names
from vagt_widgets.paste_guard import PASTE_END, PASTE_START, PasteGuard, marks_pastes
from vagt_widgets.safe_text import cells, safe_text


@pytest.mark.parametrize("name", names())
def test_each_glyph_is_one_unambiguous_cell_and_has_an_ascii_twin(name: str) -> None:
    glyph, twin = getattr(UNICODE, name), getattr(ASCII, name)
    assert cells(glyph) == 1
    assert safe_text(glyph) == glyph
    assert twin.isascii()
    assert len(twin) == 1


@pytest.mark.parametrize(
    ("environ", "table"),
    [
        ({"LANG": "en_DK.UTF-8", "TERM": "xterm"}, UNICODE),
        ({"LANG": "C", "TERM": "xterm"}, ASCII),
        ({"LC_ALL": "POSIX", "LANG": "en_US.utf8", "TERM": "xterm"}, ASCII),
        ({"LANG": "en_US.utf8", "TERM": "linux"}, ASCII),
        ({}, UNICODE),
    ],
)
def test_the_table_follows_the_terminal(environ: dict[str, str], table: object) -> None:
    assert glyphs_for(environ) is table


PEOPLE = [
    PickItem("1", "Anna Holm", "anna@acme.example", uses=1),
    PickItem("2", "Hanna Ann", "NOC", uses=9),
    PickItem("3", "Bo Annell", "DB"),
    PickItem("4", "Carl", "annex"),
]


def found(needle: str) -> list[str]:
    return [item.id for item in rank(needle, PEOPLE)]


def test_with_nothing_typed_the_most_used_come_first() -> None:
    assert found("") == ["2", "1", "3", "4"]


def test_the_best_fit_comes_first_and_use_decides_between_equals() -> None:
    assert found("anna")[0] == "1"
    assert found("ann")[-1] == "4"
    assert found("holm an") == ["1"]
    assert found("bnl") == ["3"]
    assert found("zzz") == []


def test_a_number_is_that_number_and_never_one_like_it() -> None:
    items = [PickItem("1", "10247 Disk full on host-00236"), PickItem("2", "10236 Login slow"), PickItem("3", "Anna")]
    assert [item.id for item in rank("10237", items)] == []
    assert [item.id for item in rank("10236", items)] == ["2"]
    assert [item.id for item in rank("236", items)] == ["1", "2"]
    assert [item.id for item in rank("dsk10247", items)] == []
    assert [item.id for item in rank("dsk 10247", items)] == ["1"]


@given(st.text(max_size=6), st.text(max_size=30))
def test_a_text_always_fits_itself_and_a_stranger_never(needle: str, text: str) -> None:
    if needle.split():
        assert score(needle, f"{text} {needle}") is not None
        assert score(needle + "\x00", text.replace("\x00", "")) is None


@pytest.mark.parametrize(
    ("spec", "value", "said"),
    [
        (FormField("a", "Cause", required=True), "  ", "Cause is required"),
        (FormField("a", "Cause"), "", ""),
        (FormField("a", "Cause", max_length=3), "four", "Shorten it by 1"),
        (FormField("a", "N", FieldType.NUMBER), "many", "not a number"),
        (FormField("a", "N", FieldType.NUMBER), "-3.5", ""),
        (FormField("a", "D", FieldType.DURATION), "90", "90s, 15m, 4h or 2d"),
        (FormField("a", "D", FieldType.DURATION), "1h 30m", ""),
        (FormField("a", "T", FieldType.TIME), "soon", "+30m, 14:15"),
        (FormField("a", "T", FieldType.TIME), "2026-11-24T14:15:00+01:00", ""),
        (FormField("a", "T", FieldType.TIME, check=lambda value: "" if value == "noon" else "no"), "noon", ""),
        (FormField("a", "C", FieldType.CHOICE, choices=(PickItem("x", "Ex"),)), "y", "not one of the choices: Ex"),
        (FormField("a", "C", check=lambda value: "Say it in Danish."), "hello", "Say it in Danish."),
    ],
)
def test_a_wrong_value_is_told_with_its_remedy(spec: FormField, value: str, said: str) -> None:
    words = problem(spec, value)
    assert said in words
    assert bool(words) == bool(said)


PASTED = "ssh web1\nrm -rf q\nA"


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize(
    ("chunk", "pasted"),
    [
        ("a", False),
        ("jjjjjjjjjjjjjjjjjjjjj", False),
        ("\x1b[B" * 20, False),
        ("*a", False),
        ("/team:noc\r", False),
        (PASTED, True),
        (PASTED.replace("\n", "\r"), True),
        ("/is:open team:noc assignee:me\r", None),
        ("the quick brown fox", None),
    ],
)
def test_what_is_a_paste(marked: bool, chunk: str, pasted: bool | None) -> None:
    expected = not marked if pasted is None else pasted
    assert PasteGuard(marked).is_paste(chunk, 0.0) == expected


def test_what_follows_a_paste_at_once_belongs_to_it() -> None:
    guard = PasteGuard(marked=True)
    assert guard.is_paste(PASTED, 1.0)
    assert guard.is_paste("aR", 1.01)
    assert not guard.is_paste("aR", 2.0)


def test_a_marked_paste_is_left_to_the_parser_and_shows_that_pastes_are_marked() -> None:
    guard = PasteGuard(marked=False)
    assert not guard.is_paste(PASTE_START + PASTED, 0.0)
    assert not guard.is_paste(PASTED, 0.001), "the middle of a long marked paste"
    assert not guard.is_paste(PASTED + PASTE_END, 0.002)
    assert not guard.is_paste("the quick brown fox", 1.0)
    assert guard.is_paste(PASTED, 2.0)


@pytest.mark.parametrize(
    ("environ", "marks"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "linux"}, False),
        ({"TERM": "screen"}, False),
        ({"TERM": "screen", "TMUX": "/run/tmux,1,0"}, True),
        ({}, False),
    ],
)
def test_which_terminals_mark_pastes(environ: dict[str, str], marks: bool) -> None:
    assert marks_pastes(environ) is marks
