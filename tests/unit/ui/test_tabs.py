"""The line of views fits any terminal; the shown one keeps its name longest."""

from __future__ import annotations

import pytest

from vagt.ui.screens.queue.tabs import Tab, pieces

TABS = (
    Tab("Unacknowledged", "12"),
    Tab("Mine", "3", active=True),
    Tab("My team", "20"),
    Tab("Next to breach", "1204"),
    Tab("Forgotten", "0"),
    Tab("All open", "1300+?"),
)


def test_with_room_every_name_is_whole() -> None:
    assert [piece.name for piece in pieces(TABS, 200)] == [tab.name for tab in TABS]


@pytest.mark.parametrize("room", range(20, 130))
def test_the_line_never_grows_beyond_its_room(room: int) -> None:
    shown = pieces(TABS, room)
    assert sum(piece.width for piece in shown) <= room
    assert any(piece.active and piece.name == "Mine" for piece in shown)


def test_counts_and_digits_stay_longer_than_names() -> None:
    shown = pieces(TABS, 60)
    assert [piece.number for piece in shown] == list("123456")
    assert [piece.count for piece in shown] == [tab.count for tab in TABS]


@pytest.mark.parametrize("active", range(6))
def test_on_80_columns_every_view_can_be_told_by_its_name(active: int) -> None:
    counts = ("28", "4", "37", "61", "5", "162")
    tabs = [Tab(tab.name, count, at == active) for at, (tab, count) in enumerate(zip(TABS, counts, strict=True))]
    names = [piece.name for piece in pieces(tabs, 73)]
    for name, tab in zip(names, tabs, strict=True):
        words = name.removesuffix("…")
        assert tab.name.startswith(words)
        assert len(words) >= 3
        assert not tab.active or len(words) >= 7 or tab.name.startswith(f"{words} ") or words == tab.name
        assert name.endswith("…") or tab.name[len(words) :][:1] in ("", " "), (
            "cut at the end of a word, or said to be cut"
        )
    assert names[2] == "My team"


def test_a_view_without_room_for_its_name_keeps_key_and_count_apart() -> None:
    assert [piece.text for piece in pieces(TABS, 60)][2] == "3:20"


def test_names_from_the_config_are_made_safe() -> None:
    shown = pieces((Tab("a\x1b[31mb\u202e", "1", active=True),), 80)
    assert shown[0].name == "ab"
