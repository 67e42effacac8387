"""What the output layer writes shows the same screen as what Textual writes, in far fewer bytes."""

from __future__ import annotations

import random
from typing import Any

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import CompositorUpdate
from textual.app import App, ComposeResult
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from tests.unit.widgets.numbers import Numbers
from vagt_widgets.cell_diff import encode, find_shift
from vagt_widgets.cell_grid import PLAIN, Cell, Pens, Row, cells_of, put
from vagt_widgets.output import DiffDisplay
from vagt_widgets.virtual_list import VirtualList

WIDTH, HEIGHT = 24, 10
PENS = Pens(ColorSystem.TRUECOLOR)
STYLES = [
    None,
    Style(color="red"),
    Style(bgcolor="blue"),
    Style(color="#102030", bgcolor="#405060", bold=True),
    Style(underline=True),
    Style(reverse=True),
    Style(bold=True, italic=True),
]


def look(screen: pyte.Screen) -> list[list[tuple[Any, ...]]]:
    """Every cell with what can be seen of it; a blank has no foreground."""
    cells = []
    for y in range(screen.lines):
        line = []
        for x in range(screen.columns):
            char = screen.buffer[y][x]
            blank = char.data in {" ", ""} and not (char.underscore or char.reverse or char.strikethrough)
            drawn = (char.bg,) if blank else (char.fg, char.bg, char.bold, char.italics, char.underscore, char.reverse)
            line.append((char.data, *drawn))
        cells.append(line)
    return cells


def feed(screen: pyte.Screen, text: str) -> None:
    pyte.Stream(screen).feed(text)


def blank(width: int = WIDTH, height: int = HEIGHT) -> list[Row]:
    return [[None] * width for _ in range(height)]


def whole(rows: list[Row]) -> dict[int, Row]:
    return dict(enumerate(rows))


words = st.text(alphabet="ab  日本é─", max_size=WIDTH)


@st.composite
def screens(draw: st.DrawFn) -> list[Row]:
    rows = []
    for _ in range(HEIGHT):
        row: Row = [(" ", PLAIN)] * WIDTH
        for _ in range(draw(st.integers(0, 3))):
            cells = cells_of([Segment(draw(words), draw(st.sampled_from(STYLES)))], PENS)
            put(row, draw(st.integers(0, WIDTH - 1)), cells)
        rows.append(row)
    return rows


@st.composite
def successors(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    old = draw(screens())
    if draw(st.booleans()):
        return old, draw(screens())
    up = draw(st.integers(-4, 4))
    new = [list(old[(y + up) % HEIGHT]) for y in range(HEIGHT)]
    put(new[draw(st.integers(0, HEIGHT - 1))], 3, cells_of([Segment(draw(words), draw(st.sampled_from(STYLES)))], PENS))
    return old, new


@settings(max_examples=300, deadline=None)
@given(successors(), st.booleans())
def test_the_difference_shows_what_painting_anew_shows(pair: tuple[list[Row], list[Row]], erase: bool) -> None:
    old, new = pair
    diffed, anew = pyte.Screen(WIDTH, HEIGHT), pyte.Screen(WIDTH, HEIGHT)
    for screen in (diffed, anew):
        screen.reset_mode(pyte.modes.DECAWM)
    feed(diffed, encode(blank(), whole(old)))
    feed(diffed, encode(old, whole(new), erase=erase))
    feed(anew, encode(blank(), whole(new), erase=False, scroll=False))
    assert look(diffed) == look(anew)
    assert [line.rstrip() for line in anew.display] == [_text(row).rstrip() for row in new]


def _text(row: Row) -> str:
    return "".join(cell[0] for cell in row if cell is not None)


@given(screens())
def test_a_screen_that_did_not_change_is_no_bytes(rows: list[Row]) -> None:
    assert encode(rows, whole([list(row) for row in rows])) == ""


def test_rows_that_moved_are_moved_by_the_terminal() -> None:
    old = [cells_of([Segment(f"  {number:04} incident".ljust(WIDTH))], PENS) for number in range(HEIGHT)]
    new = [*old[1:], cells_of([Segment("  new incident".ljust(WIDTH))], PENS)]
    assert find_shift(old, whole(new)) == (0, HEIGHT - 1, 1)
    frame = encode(old, whole(new))
    assert "new incident" in frame
    assert "0005" not in frame


def test_half_a_wide_character_never_stays_behind() -> None:
    row: Row = [*cells_of([Segment("日本")], PENS)]
    put(row, 1, cells_of([Segment("x")], PENS))
    assert _text(row) == " x本"
    put(row, 3, cells_of([Segment("y")], PENS))
    assert _text(row) == " x y"


def test_marks_belong_to_the_cell_before_them() -> None:
    cells: list[Cell] = cells_of([Segment("日e\u0301x")], PENS)
    assert [cell[0] for cell in cells if cell] == ["日", "", "e\u0301", "x"]


def test_after_a_character_of_doubtful_width_the_column_is_said_again() -> None:
    old: list[Row] = [[(" ", PLAIN)] * 6]
    new: list[Row] = [[("❤", PLAIN), ("a", PLAIN), *[(" ", PLAIN)] * 4]]
    assert encode(old, whole(new)) == "\x1b[1H❤\x1b[2Ga"


class Shuffle(Widget):
    """Lines that scroll and change at the command of a test."""

    lines: list[str]

    def render_line(self, y: int) -> Strip:
        text = self.lines[y % len(self.lines)]
        style = Style(color="red", bold=True) if y % 3 else Style(bgcolor="blue")
        return Strip([Segment(text, style)]).adjust_cell_length(self.size.width, self.rich_style)


class Watched(DiffDisplay, App[None]):
    """Feeds one emulated terminal with our output and another with Textual's."""

    CSS = "Shuffle { height: 1fr; } Input { dock: bottom; } #over { layer: top; offset: 5 2; width: 12; height: 3; }"
    LAYERS = ("base", "top")

    def __init__(self, widget: Widget, size: Size) -> None:
        super().__init__()
        self.widget = widget
        self.ours = pyte.Screen(size.width, size.height)
        self.stock = pyte.Screen(size.width, size.height)
        for screen in (self.ours, self.stock):
            screen.reset_mode(pyte.modes.DECAWM)
        self.our_bytes = self.stock_bytes = 0

    @property
    def is_headless(self) -> bool:
        return False

    def compose(self) -> ComposeResult:
        yield self.widget
        over = Static("on top 日本", id="over")
        over.display = False
        yield over
        yield Input(compact=True)

    def _display(self, screen: Any, renderable: Any) -> None:
        driver = self._driver
        if driver is not None:
            driver.write = self._wrote  # type: ignore[method-assign]
        if isinstance(renderable, CompositorUpdate) and self._running and not self._batch_count:
            text = renderable.render_segments(self.console)
            self.stock_bytes += len(text.encode())
            feed(self.stock, text)
        super()._display(screen, renderable)

    def _wrote(self, text: str) -> None:
        self.our_bytes += len(text.encode())
        feed(self.ours, text)


async def test_both_ways_of_output_show_the_same_screen_through_random_updates() -> None:
    seed = random.Random(7)
    widget = Shuffle()
    widget.lines = [f"line {number} 日本語 " + "x" * (number % 9) for number in range(40)]
    app = Watched(widget, Size(50, 16))
    async with app.run_test(size=(50, 16)) as pilot:
        for _ in range(120):
            step = seed.randrange(6)
            if step == 0:
                by = seed.randrange(1, 5)
                widget.lines = widget.lines[by:] + widget.lines[:by]
            elif step == 1:
                by = seed.randrange(1, 4)
                widget.lines = widget.lines[-by:] + widget.lines[:-by]
            elif step == 2:
                widget.lines[seed.randrange(16)] = "".join(seed.choices("ab 日é", k=30))
            elif step == 3:
                over = app.query_one("#over")
                over.display = not over.display
            elif step == 4:
                await pilot.press(seed.choice("abc"))
            else:
                await pilot.press("backspace")
            widget.refresh()
            await pilot.pause()
            assert look(app.ours) == look(app.stock)
        assert app.our_bytes < app.stock_bytes / 3


async def test_a_step_in_a_list_costs_a_fraction_of_what_textual_writes() -> None:
    rows: VirtualList[int] = VirtualList(Numbers(1_000))
    app = Watched(rows, Size(200, 50))
    async with app.run_test(size=(200, 50)) as pilot:
        rows.focus()
        await pilot.pause()
        for steps, most, ratio in ((40, 700, 1), (60, 2_500, 4)):
            app.our_bytes = app.stock_bytes = 0
            for _ in range(steps):
                rows.action_down()
                await pilot.pause()
            assert app.our_bytes / steps < most
            assert app.our_bytes * ratio < app.stock_bytes
        assert look(app.ours) == look(app.stock)


async def test_a_frame_without_change_writes_nothing() -> None:
    app = Watched(VirtualList(Numbers(100)), Size(60, 20))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.our_bytes = 0
        app.refresh(layout=True)
        app.widget.refresh()
        await pilot.pause()
        assert app.our_bytes == 0
        app.redraw()
        await pilot.pause()
        assert app.our_bytes > 200


async def test_the_picture_paints_the_screen_on_an_empty_terminal() -> None:
    app = Watched(VirtualList(Numbers(100)), Size(60, 20))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        fresh = pyte.Screen(60, 20)
        feed(fresh, app.picture())
        assert look(fresh) == look(app.ours)
        assert "row 3" in "\n".join(fresh.display)


class SlowWriter:
    """Stands in for the thread that writes to a terminal which takes nothing."""

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        self._queue = self

    def qsize(self) -> int:
        return self.waiting


async def test_a_terminal_that_takes_nothing_gets_the_newest_state_later() -> None:
    rows: VirtualList[int] = VirtualList(Numbers(100))
    app = Watched(rows, Size(60, 20))
    async with app.run_test(size=(60, 20)) as pilot:
        writer = SlowWriter(0)
        app._driver._writer_thread = writer  # type: ignore[union-attr]
        rows.action_down()
        await pilot.pause()
        writer.waiting = 99
        app.our_bytes = 0
        for _ in range(30):
            rows.action_down()
            await pilot.pause()
        assert app.our_bytes == 0
        assert rows.cursor == 31
        writer.waiting = 0
        await pilot.pause(0.2)
        assert app.our_bytes > 0
        assert look(app.ours) == look(app.stock)


async def test_what_is_not_understood_goes_textuals_way_and_the_next_frame_is_whole() -> None:
    app = Watched(VirtualList(Numbers(100)), Size(60, 20))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app._display(app.screen, "anything else")
        app.our_bytes = 0
        app.widget.refresh()
        await pilot.pause()
        assert app.our_bytes > 200


def test_pens_of_links_that_nobody_sees_any_more_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vagt_widgets.cell_grid.KEPT_STYLES", 100)
    pens = Pens(ColorSystem.TRUECOLOR)
    for number in range(1_000):
        pens.of(Style(link=f"https://desk.example/{number}"))
    assert len(pens._by_look) < 200 and len(pens._by_style) < 200
    assert pens.of(Style()) is pens.of(None), "equal looks are one pen, also afterwards"
