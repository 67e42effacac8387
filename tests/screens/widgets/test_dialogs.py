"""Confirmation, matrix and picker, worked by their keys at every size."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.screens.snapshot import assert_snapshot, screen_text
from tests.screens.widgets.host import Host
from tests.waiting import until
from vagt_widgets import fuzzy_picker
from vagt_widgets.confirm import ConfirmScreen
from vagt_widgets.fuzzy import PickItem
from vagt_widgets.fuzzy_picker import FuzzyPickerScreen
from vagt_widgets.matrix_picker import MatrixPickerScreen

MATRIX = [["P1", "P2", "P3"], ["P2", "P3", "P4"], ["P3", "P4", "P5"]]
PEOPLE = [
    PickItem("a", "Anna Holm", "NOC", 1),
    PickItem("b", "Bo Berg", "DB"),
    PickItem("c", "Carl [bold]Dahl[/]", "\x1b[31mred", 7),
]


def confirm(asked_with: str = "C") -> ConfirmScreen:
    return ConfirmScreen("Close 3 incidents?", "They [b]cannot[/b] be reopened.", asked_with=asked_with)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [("y", True), ("n", False), ("enter", False), ("escape", False), ("q", False)],
)
async def test_only_y_confirms(keys: str, answer: bool) -> None:
    app = Host(dialog=confirm())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(keys)
        assert app.answers == [answer]


@pytest.mark.parametrize("key", ["C", "Y", "space", "a", "down", "tab"])
async def test_other_keys_neither_confirm_nor_close(key: str) -> None:
    app = Host(dialog=confirm())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        assert app.answers == []


async def test_the_key_that_asked_is_never_the_one_that_confirms() -> None:
    app = Host(dialog=confirm(asked_with="y"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("y")
        assert app.answers == []
        assert "Y  yes" in screen_text(app)
        await pilot.press("Y")
        assert app.answers == [True]


@pytest.mark.parametrize("size", [(20, 6), (40, 10), (80, 24), (200, 50)])
async def test_the_question_stands_in_the_middle_and_whole(size: tuple[int, int]) -> None:
    app = Host(dialog=confirm())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        box = app.screen.query_one("#dialog-box").region
        assert abs(box.x - (size[0] - box.right)) <= 1
        assert abs(box.y - (size[1] - box.bottom)) <= 1
        text = screen_text(app)
        assert "Close 3" in text
        if size[0] >= 40:
            assert "They [b]cannot[/b] be reopened." in text
            assert "(default)" in text


async def test_the_matrix_is_shown_as_the_matrix_it_is() -> None:
    app = Host(dialog=MatrixPickerScreen(MATRIX, current=(0, 1)))
    async with app.run_test(size=(60, 14)) as pilot:
        await pilot.pause()
        await assert_snapshot(app, "widgets/matrix")


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (("enter",), (1, 1)),
        (("j", "l", "enter"), (2, 2)),
        (("k", "k", "k", "h", "h", "enter"), (0, 0)),
        (("down", "left", "enter"), (2, 0)),
        (("1", "3", "enter"), (0, 2)),
        (("3", "9", "1", "enter"), (2, 0)),
        (("escape",), None),
    ],
)
async def test_moving_in_the_matrix(keys: tuple[str, ...], answer: tuple[int, int] | None) -> None:
    app = Host(dialog=MatrixPickerScreen(MATRIX, current=(1, 1)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
        assert app.answers == [answer]


async def test_the_picker_shows_the_most_used_first_and_narrows() -> None:
    app = Host(dialog=FuzzyPickerScreen(PEOPLE, title="Assign to"))
    async with app.run_test(size=(60, 18)) as pilot:
        await pilot.pause()
        await assert_snapshot(app, "widgets/picker")
        await pilot.press("b", "e")
        assert "Anna" not in screen_text(app)
        await pilot.press("enter")
        assert app.answers == [(PEOPLE[1],)]


async def test_arrows_move_and_tab_marks_several() -> None:
    app = Host(dialog=FuzzyPickerScreen(PEOPLE, multiple=True))
    async with app.run_test(size=(60, 18)) as pilot:
        await pilot.press("tab", "down", "tab")
        assert "2 marked" in screen_text(app)
        await pilot.press("enter")
        assert [item.id for item in app.answers[0]] == ["c", "b"]


async def test_what_was_typed_can_be_taken_where_anything_goes() -> None:
    app = Host(dialog=FuzzyPickerScreen(PEOPLE, free=True))
    async with app.run_test(size=(60, 18)) as pilot:
        await pilot.press(*"zed", "enter")
        assert app.answers == [(PickItem("zed", "zed", "as typed"),)]


async def test_nothing_fits_is_said_and_enter_does_nothing() -> None:
    app = Host(dialog=FuzzyPickerScreen(PEOPLE))
    async with app.run_test(size=(60, 18)) as pilot:
        await pilot.press(*"zz", "enter")
        assert "nothing fits" in screen_text(app)
        assert app.answers == []
        await pilot.press("escape")
        assert app.answers == [None]


class Directory:
    """A source that answers when it is let go."""

    def __init__(self, fails: bool = False) -> None:
        self.asked: list[str] = []
        self.go = asyncio.Event()
        self.fails = fails

    async def __call__(self, text: str) -> Sequence[PickItem]:
        self.asked.append(text)
        await self.go.wait()
        if self.fails:
            raise RuntimeError("the directory did not answer in 10 s")
        return [PickItem("d", "Dora", f"found for {text!r}")]


async def shows(app: Host, text: str) -> None:
    await until(lambda: text in screen_text(app), f"“{text}”", lambda: screen_text(app))


async def test_a_slow_source_shows_that_it_is_asked_and_keys_go_on() -> None:
    source = Directory()
    app = Host(dialog=FuzzyPickerScreen(PEOPLE, source=source))
    async with app.run_test(size=(60, 18)) as pilot:
        await shows(app, "asking")
        await pilot.press("down")
        assert "▶ Anna" in screen_text(app)
        source.go.set()
        await shows(app, "Dora")
        assert "▶ Anna" in screen_text(app), "the answer does not move what is under the cursor"
        assert "asking" not in screen_text(app)


async def test_typing_fast_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzy_picker, "DEBOUNCE", 1.5)  # a busy machine's keys are "fast" too
    source = Directory()
    app = Host(dialog=FuzzyPickerScreen(source=source))
    async with app.run_test(size=(60, 18)) as pilot:
        source.go.set()
        await pilot.press(*"dora")
        await shows(app, "found for 'dora'")
        assert source.asked in (["", "dora"], ["dora"])


async def test_a_source_that_fails_leaves_what_is_known() -> None:
    source = Directory(fails=True)
    app = Host(dialog=FuzzyPickerScreen(PEOPLE, source=source))
    async with app.run_test(size=(80, 18)) as pilot:
        source.go.set()
        await shows(app, "could not ask: the directory did not answer")
        await pilot.press("enter")
        assert app.answers == [(PEOPLE[2],)]
