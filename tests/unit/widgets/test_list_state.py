"""The row under the cursor does not move on the screen, whatever happens to the list."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.widgets.numbers import Numbers
from vagt_widgets.list_layout import Group, LineKind, ListLayout
from vagt_widgets.list_state import ListState

HEIGHT = 8


def grouped(keys: list[int], size: int) -> tuple[Group, ...]:
    starts = range(0, len(keys), size) if size else ()
    return tuple(Group(f"group {start}", start, min(size, len(keys) - start)) for start in starts)


@given(st.integers(0, 30), st.integers(0, 7), st.one_of(st.none(), st.integers(0, 35)))
def test_every_line_holds_one_thing_and_every_row_has_its_line(rows: int, size: int, ghost: int | None) -> None:
    layout = ListLayout(rows, grouped(list(range(rows)), size) if size else (), ghost)
    held = [layout.at(line) for line in range(layout.lines)]
    assert [line.index for line in held if line.kind is LineKind.ROW] == list(range(rows))
    assert [line.index for line in held if line.kind is LineKind.HEADER] == list(range(len(layout.groups)))
    assert sum(line.kind is LineKind.GHOST for line in held) == (ghost is not None)
    for row in range(rows):
        assert layout.at(layout.line_of(row)).index == row
        assert layout.row_near(layout.line_of(row)) == row
    assert layout.at(-1).kind is layout.at(layout.lines).kind is LineKind.BLANK


@given(st.integers(1, 30), st.integers(0, 7), st.integers(0, 35), st.integers(0, 29))
def test_a_row_that_is_held_elsewhere_stands_once(rows: int, size: int, before: int, held: int) -> None:
    held %= rows
    layout = ListLayout(rows, grouped(list(range(rows)), size) if size else (), before, held)
    lines = [layout.at(line) for line in range(layout.lines)]
    assert len(lines) == rows + len(layout.groups)
    assert sorted(line.index for line in lines if line.kind is LineKind.ROW) == list(range(rows))
    assert [line.index for line in lines if line.kind is LineKind.HEADER] == list(range(len(layout.groups)))
    for row in range(rows):
        assert layout.at(layout.line_of(row)).index == row
        assert layout.row_near(layout.line_of(row)) == row


moves = st.lists(st.integers(-12, 12), max_size=6)
lists = st.lists(st.integers(0, 60), max_size=40, unique=True)


@settings(max_examples=300)
@given(lists, lists, moves, st.integers(0, 6), st.integers(0, 6))
def test_a_change_leaves_the_cursors_row_on_its_line(
    before: list[int], after: list[int], steps: list[int], size: int, other: int
) -> None:
    model = Numbers(before, grouped(before, size))
    state = ListState(model, HEIGHT)
    for step in steps:
        state.move_by(step)
    cursor, screen_line = state.cursor, state.cursor_line - state.top
    model.change(after, grouped(after, other))
    state.refresh()
    if before:
        assert state.cursor == cursor
        assert state.cursor_line - state.top == screen_line
        assert state.is_ghost == (cursor not in after)
    else:
        assert state.cursor == (after[0] if after else None)
    for step in steps or [1]:
        state.move_by(step)
        assert not state.is_ghost
        assert state.cursor in after if after else state.cursor is None
        assert 0 <= state.top <= max(0, state.layout.lines - HEIGHT)
        assert state.top <= state.cursor_line < state.top + HEIGHT


@given(lists, moves, st.lists(st.integers(0, 60), max_size=5))
def test_marks_stay_on_their_rows(keys: list[int], steps: list[int], marked: list[int]) -> None:
    model = Numbers(keys)
    state = ListState(model, HEIGHT)
    state.set_marks(marked)
    model.change(sorted(keys, reverse=True))
    state.refresh()
    for step in steps:
        state.move_by(step)
    assert set(state.marks) == set(marked) & set(keys)


def test_what_is_unmarked_while_it_is_out_of_the_list_comes_back_unmarked() -> None:
    model = Numbers([1, 2, 3])
    state = ListState(model, HEIGHT)
    state.set_marks([1, 2])
    model.change([3])
    state.refresh()
    state.move_by(0)
    assert state.unmark([1]) and not state.unmark([1])
    model.change([1, 2, 3])
    state.refresh()
    assert state.marks == (2,)


def test_a_ghost_stands_where_its_row_was_among_those_that_are_left() -> None:
    model = Numbers(range(10))
    state = ListState(model, HEIGHT)
    state.move_by(4)
    model.change([0, 1, 2, 3, 5, 6, 7, 8, 9])
    state.refresh()
    assert [state.layout.at(line).kind for line in (3, 4, 5)] == [LineKind.ROW, LineKind.GHOST, LineKind.ROW]
    state.move_by(1)
    assert state.cursor == 5


def screen(state: ListState[int]) -> list[int]:
    return state.visible()


def test_a_row_that_the_order_puts_elsewhere_is_held_until_one_moves() -> None:
    model = Numbers(range(30))
    state = ListState(model, HEIGHT)
    state.move_by(2)
    model.change([0, 1, *range(3, 30), 2])
    state.refresh({2})
    assert screen(state) == list(range(8)), "nothing moved"
    assert (state.cursor, state.is_ghost) == (2, False)
    state.refresh(set())
    model.change([40, 0, 1, *range(3, 30), 2])
    state.refresh({40})
    assert screen(state) == list(range(8)), "still held, whatever else comes"
    state.move_by(1)
    assert (state.cursor, screen(state)) == (3, [0, 1, 3, 4, 5, 6, 7, 8])


def test_a_row_raised_to_the_top_is_held_where_the_eye_is() -> None:
    model = Numbers(range(30))
    state = ListState(model, HEIGHT)
    state.move_by(20)
    seen = screen(state)
    model.change([20, *range(20), *range(21, 30)])
    state.refresh({20})
    assert screen(state) == seen
    state.move_by(-1)
    assert state.cursor == 19


def test_others_that_go_elsewhere_together_do_not_take_the_cursor_along() -> None:
    model = Numbers(range(30))
    state = ListState(model, HEIGHT)
    state.move_by(5)
    model.change([0, *range(5, 30), 1, 2, 3, 4])
    state.refresh({1, 2, 3, 4})
    assert screen(state)[-3:] == [5, 6, 7], "the row is on its line, among those that stayed"
    assert state.cursor_line - state.top == 5


def test_marked_rows_that_go_elsewhere_with_the_cursors_leave_it_in_sight_of_the_others() -> None:
    model = Numbers(range(30))
    state = ListState(model, HEIGHT)
    state.move_by(4)
    model.change([0, 1, *range(5, 30), 2, 3, 4])
    state.refresh({2, 3, 4})
    assert state.cursor == 4
    assert {0, 1, 4, 5, 6, 7} <= set(screen(state))


def test_up_from_a_ghost_is_the_row_above_it() -> None:
    model = Numbers(range(10))
    state = ListState(model, HEIGHT)
    state.move_by(4)
    model.change([0, 1, 2, 3, 5])
    state.refresh()
    state.move_by(-1)
    assert state.cursor == 3


def test_a_row_that_comes_back_is_no_ghost_any_more() -> None:
    model = Numbers(range(10))
    state = ListState(model, HEIGHT)
    state.move_by(4)
    model.change([0, 1])
    state.refresh()
    assert state.is_ghost
    model.change(range(10))
    state.refresh()
    assert (state.is_ghost, state.cursor) == (False, 4)


def test_the_last_ghost_goes_when_one_moves() -> None:
    model = Numbers([1])
    state = ListState(model, HEIGHT)
    model.change([])
    state.refresh()
    assert (state.cursor, state.is_ghost) == (1, True)
    assert state.move_by(1)
    assert (state.cursor, state.is_ghost, state.layout.lines) == (None, False, 0)


def test_arrivals_above_are_counted_not_shown() -> None:
    model = Numbers(range(10, 40))
    state = ListState(model, HEIGHT)
    model.change(range(7, 40))
    state.refresh()
    assert (state.cursor, state.top, state.hidden_above) == (10, 3, 3)


@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 6), st.integers(0, 3))
def test_a_short_list_hides_nothing_and_moves_nothing(rows: int, arrivals: int, steps: int, size: int) -> None:
    model = Numbers(range(100, 100 + rows))
    state = ListState(model, HEIGHT)
    state.move_by(steps)
    line = state.cursor_line
    everything = [*range(arrivals), *range(100, 100 + rows)]
    model.change(everything, grouped(everything, size))
    state.refresh(set(range(arrivals)))
    assert state.cursor_line - state.top == line
    if state.layout.lines <= HEIGHT:
        assert sorted(state.visible()) == everything
        assert (state.hidden_above, state.hidden_below) == (0, 0)
    state.move_by(1)
    state.move_by(-1)
    if state.layout.lines <= HEIGHT:
        assert state.visible() == everything, "in order once the cursor moves"


@given(st.integers(1, 7), st.integers(0, 60), st.integers(0, 6), st.integers(0, 3))
def test_what_pushes_a_list_off_the_screen_fills_the_lines_that_are_left(
    rows: int, arrivals: int, steps: int, size: int
) -> None:
    model = Numbers(range(100, 100 + rows))
    state = ListState(model, HEIGHT)
    state.move_by(steps)
    line = state.cursor_line
    everything = [*range(arrivals), *range(100, 100 + rows)]
    model.change(everything, grouped(everything, size) if size else ())
    state.refresh(set(range(arrivals)))
    assert state.cursor_line - state.top == line, "the cursor's row stays on its line"
    shown = [state.on_line(y) for y in range(HEIGHT)]
    empty = sum(what.kind is LineKind.BLANK for what in shown)
    assert empty <= max(1, HEIGHT - state.layout.lines), "but for one that is too few to say what stands there"
    seen = [what for what in shown if what.kind is LineKind.ROW]
    assert len({what.index for what in seen}) == len(seen), "none stands there twice"
    if LineKind.ABOVE in {what.kind for what in shown}:
        below = shown[[what.kind for what in shown].index(LineKind.ABOVE) + 1 :]
        assert below[: state.shown_below] == [state.layout.at(at) for at in range(state.shown_below)]
        assert state.hidden_above == state.top - state.shown_below


def test_coming_back_to_a_list_finds_the_row_where_it_was() -> None:
    first, second = Numbers(range(100)), Numbers(range(5))
    state = ListState(first, HEIGHT)
    for _ in range(30):
        state.move_by(1)
    state.move_by(-3)
    seen = state.viewpoint
    state.replace(second)
    assert state.cursor == 0
    first.change(range(-5, 100))
    state.replace(first, seen)
    assert state.viewpoint == seen


@given(st.integers(10, 100), st.lists(st.integers(-9, 9), max_size=20))
def test_scrolling_keeps_the_cursor_on_the_screen(rows: int, steps: list[int]) -> None:
    state = ListState(Numbers(rows, grouped(list(range(rows)), 5)), HEIGHT)
    for step in steps:
        state.scroll_by(step)
        assert state.top <= state.cursor_line < state.top + HEIGHT


def test_a_step_asks_as_little_of_a_long_list_as_of_a_short_one() -> None:
    asked = []
    for rows in (100, 100_000):
        model = Numbers(rows)
        state = ListState(model, HEIGHT)
        state.move_by(1)
        model.asked = 0
        for _ in range(50):
            state.move_by(1)
        state.move_to_row(rows - 1)
        asked.append(model.asked)
    assert asked[0] == asked[1]
