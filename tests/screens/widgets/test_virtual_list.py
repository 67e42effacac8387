"""The list as one sees it."""

from __future__ import annotations

import time

import pytest

from tests.screens.snapshot import assert_snapshot, screen_text
from tests.screens.widgets.host import Host
from tests.unit.widgets.numbers import Numbers
from vagt_widgets.glyphs import ASCII
from vagt_widgets.list_layout import Group
from vagt_widgets.virtual_list import VirtualList

SIZE = (40, 10)


def line_with(app: Host, text: str) -> int:
    return next((y for y, line in enumerate(screen_text(app).split("\n")) if text in line), -1)


async def test_groups_cursor_and_marks_can_be_read_without_colour() -> None:
    rows = VirtualList(Numbers(30, (Group("Mail", 0, 3), Group("Payments", 3, 27))))
    app = Host(rows)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "space", "j")
        await assert_snapshot(app, "widgets/list_grouped")
        assert rows.marks == (1,)
        assert rows.selection == (1,)
        assert rows.cursor == 3


async def test_an_arrival_does_not_move_what_one_looks_at() -> None:
    model = Numbers(range(10, 60))
    rows = VirtualList(model)
    app = Host(rows)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "j", "j")
        before = screen_text(app)
        model.change(range(60))
        rows.refresh_model(set(range(10)))
        await pilot.pause()
        after = screen_text(app)
        assert [line[:30] for line in after.split("\n")] == [line[:30] for line in before.split("\n")]
        assert after.startswith("  row 10")
        assert "↑" in after.split("\n")[0], "there is more above"
        assert ("above", 10) in app.heard


async def test_arrivals_above_a_short_list_stand_in_its_empty_lines() -> None:
    model = Numbers(range(10, 13))
    rows = VirtualList(model)
    app = Host(rows)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j")
        model.change([1, 2, 10, 11, 12])
        rows.refresh_model({1, 2})
        await pilot.pause()
        lines = [line.rstrip() for line in screen_text(app).split("\n")]
        assert lines[:4] == ["  row 10", "▶ row 11", "  row 12", "↑ 2 above since the cursor last moved"]
        assert lines[4:6] == ["  row 1", "  row 2"]
        await pilot.click(rows, offset=(5, 5))
        assert rows.cursor == 2
        lines = [line.rstrip() for line in screen_text(app).split("\n")]
        assert lines[:5] == ["  row 1", "▶ row 2", "  row 10", "  row 11", "  row 12"]


async def test_a_row_that_leaves_stays_grey_until_one_moves_on() -> None:
    model = Numbers(range(20))
    rows = VirtualList(model)
    app = Host(rows)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "j", "j")
        model.change([number for number in range(20) if number != 3])
        rows.refresh_model({3})
        await pilot.pause()
        await assert_snapshot(app, "widgets/list_ghost")
        assert rows.cursor_is_ghost
        assert rows.selection == (3,)
        await pilot.press("j")
        assert line_with(app, "row 3") == -1
        assert rows.cursor == 4


async def test_an_unchanged_row_is_drawn_once() -> None:
    model = Numbers(1_000)
    rows = VirtualList(model)
    app = Host(rows)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "j")
        model.rendered.clear()
        await pilot.press("k", "j", "k")
        assert model.rendered == []
        rows.refresh_model({5})
        await pilot.pause()
        assert model.rendered == [5]
        rows.refresh_model()
        await pilot.pause()
        assert set(model.rendered) == set(range(10))


async def test_all_keys_of_movement() -> None:
    rows = VirtualList(Numbers(100))
    app = Host(rows)
    async with app.run_test(size=SIZE) as pilot:
        for key, cursor in (("G", 99), ("k", 98), ("ctrl+u", 93), ("g", 0), ("ctrl+d", 5), ("up", 4), ("down", 5)):
            await pilot.press(key)
            assert rows.cursor == cursor, key
        await pilot.press("enter")
        assert app.heard[-1] == ("opened", 5)


async def test_mark_all_and_none() -> None:
    rows = VirtualList(Numbers(200))
    app = Host(rows)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("asterisk")
        assert len(rows.marks) == 200
        assert screen_text(app).count("●") == 10
        await pilot.press("asterisk")
        assert rows.marks == ()


async def test_marks_of_rows_that_are_away_sleep() -> None:
    model = Numbers(20)
    rows = VirtualList(model)
    app = Host(rows)
    async with app.run_test(size=SIZE) as pilot:
        rows.set_marks([3, 15])
        model.change(range(10))
        rows.refresh_model()
        await pilot.pause()
        assert rows.marks == (3,)
        model.change(range(20))
        rows.refresh_model()
        assert rows.marks == (3, 15)


async def test_an_empty_list_says_why_and_takes_keys() -> None:
    rows = VirtualList(Numbers(0), empty="Nothing waits for you.\nesc clears the filter.")
    app = Host(rows)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "k", "G", "space", "asterisk", "enter", "ctrl+d")
        await assert_snapshot(app, "widgets/list_empty")
        assert rows.cursor is None
        assert rows.selection == ()


async def test_ascii_terminals_get_ascii_signs() -> None:
    rows = VirtualList(Numbers(30), glyphs=ASCII)
    app = Host(rows)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space", "j")
        assert screen_text(app).isascii()


async def test_a_smaller_screen_keeps_the_cursor_in_sight() -> None:
    rows = VirtualList(Numbers(100))
    app = Host(rows)
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.press("ctrl+d", "ctrl+d", "k")
        assert line_with(app, "▶ row 19") == 18
        await pilot.resize_terminal(40, 6)
        await pilot.pause()
        assert line_with(app, "▶ row 19") == 5


async def test_clicks_and_the_wheel_work_but_are_not_needed() -> None:
    rows = VirtualList(Numbers(100))
    app = Host(rows)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.click(rows, offset=(5, 4))
        assert rows.cursor == 4
        await pilot.click(rows, offset=(5, 4), times=2)
        assert app.heard[-1] == ("opened", 4)


@pytest.mark.parametrize("grouped", [False, True])
async def test_a_key_costs_the_same_on_a_hundred_thousand_rows(grouped: bool) -> None:
    asked, took = [], []
    for count in (100, 100_000):
        groups = (Group("a", 0, 50), Group("b", 50, count - 50)) if grouped else ()
        model = Numbers(count, groups)
        rows = VirtualList(model)
        app = Host(rows)
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("j")
            model.asked = 0
            started = time.process_time()
            for _ in range(40):
                rows.action_down()
                await pilot.pause()
            took.append(time.process_time() - started)
            asked.append(model.asked)
    assert asked[1] <= asked[0] * 1.1
    assert took[1] < took[0] * 3


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_a_ghost_is_grey_on_its_background_in_any_theme(theme: str) -> None:
    model = Numbers(5)
    rows = VirtualList(model)
    app = Host(rows)
    async with app.run_test(size=SIZE) as pilot:
        app.theme = theme
        model.change([1, 2, 3, 4])
        rows.refresh_model()
        await pilot.pause()
        ghost, row = (next(iter(rows.render_line(y))).style for y in (0, 2))
        assert ghost is not None
        assert row is not None
        assert ghost.bgcolor == row.bgcolor
        assert ghost.color is not None
        assert row.color is not None
        shade = [sum(color.get_truecolor()) for color in (ghost.color, row.color, row.bgcolor)]  # type: ignore[union-attr]
        assert min(shade[1], shade[2]) < shade[0] < max(shade[1], shade[2])
