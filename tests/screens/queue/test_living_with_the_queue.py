"""What happens to a queue while somebody works in it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.screens.queue.doubles import START, PuppetEngine, incident
from tests.screens.queue.stage import stage
from vagt.domain.incident import Key, State


def shift(count: int = 40) -> PuppetEngine:
    return PuppetEngine([incident(number) for number in range(1, count + 1)])


async def test_arrivals_do_not_move_the_row_under_the_cursor() -> None:
    async with stage(shift()) as play:
        await play.press("j", "j", "j")
        held, row = play.cursor_line, play.row_of("▶")
        play.engine.arrive(*(incident(900 + n, priority=1, created_at=START - timedelta(days=9)) for n in range(5)))
        await play.settle()
        assert play.row_of("▶") == row
        assert play.cursor_line == held


async def test_what_is_new_above_the_screen_is_told_with_its_worst_priority() -> None:
    async with stage(shift()) as play:
        play.engine.arrive(*(incident(900 + n, priority=1, created_at=START - timedelta(days=9)) for n in range(2)))
        await play.settle()
        assert "2 new (P1) above" in play.text
        await play.press("g")
        assert "new (P1)" not in play.text


async def test_an_arrival_above_a_short_list_is_seen_and_moves_nothing() -> None:
    async with stage(shift(3)) as play:
        held, row = play.cursor_line, play.row_of("▶")
        play.engine.arrive(incident(900, "The core router is down", priority=1))
        await play.settle()
        assert (play.cursor_line, play.row_of("▶")) == (held, row)
        assert play.row_of("The core router is down") > row
        await play.press("k")
        assert "The core router is down" in play.cursor_line


async def test_a_row_that_gets_another_priority_stays_where_the_eye_is() -> None:
    async with stage(shift()) as play:
        await play.press("j", "j", "j")
        before = [line.split()[-1] for line in play.lines[2:10]]
        key = play.queue.rows.cursor
        assert key is not None
        play.engine.arrive(incident(int(key.id), priority=5))
        await play.settle()
        assert "P5" in play.cursor_line
        assert [line.split()[-1] for line in play.lines[2:10]] == before
        await play.press("j")
        assert "P5" not in play.text


async def test_an_arrival_is_marked_new_until_the_cursor_has_rested_on_it() -> None:
    async with stage(shift(3)) as play:
        play.engine.arrive(incident(7, "Mail is down", priority=5))
        await play.settle()
        assert "●" in play.line_with("Mail is down")
        await play.press("G")
        assert "Mail is down" in play.cursor_line
        assert "●" in play.cursor_line
        await play.second(2)
        assert "●" not in play.line_with("Mail is down")


async def test_a_change_by_somebody_else_is_marked_until_seen() -> None:
    async with stage(shift(3)) as play:
        play.engine.arrive(incident(2, "Now it is worse"))
        await play.settle()
        assert "○" in play.line_with("Now it is worse")


async def test_a_row_that_leaves_under_the_cursor_stays_until_the_cursor_moves() -> None:
    async with stage(shift(5)) as play:
        await play.press("j")
        number = play.cursor_line.split()[4]
        row = play.row_of("▶")
        key = play.queue.rows.cursor
        assert key is not None
        play.engine.leave(key)
        await play.settle()
        assert play.row_of("▶") == row
        assert number in play.cursor_line
        await play.press("j")
        assert number not in play.text


async def test_a_row_that_left_the_view_tells_what_became_of_it() -> None:
    async with stage(shift(5), size=(120, 24)) as play:
        key = play.queue.rows.cursor
        assert key is not None
        play.engine.arrive(incident(int(key.id), state=State.ACTIVE, assignee="bo", assignee_name="Bo Friis"))
        await play.settle()
        assert play.queue.rows.cursor_is_ghost
        assert "Bo Friis" in play.cursor_line


async def test_ages_and_deadlines_go_on_by_themselves() -> None:
    async with stage(shift(1)) as play:
        assert " 1m " in play.line_with("Incident number 1")
        assert " 59m " in play.line_with("Incident number 1")
        await play.second(61)
        assert " 2m " in play.line_with("Incident number 1")
        assert " 57m " in play.line_with("Incident number 1")


async def test_each_view_counts_live_and_digits_switch() -> None:
    async with stage(shift(6), size=(120, 24)) as play:
        assert "1 Unacknowledged 6" in play.lines[0]
        assert "2 Mine 0" in play.lines[0]
        play.engine.arrive(incident(70, assignee="anna", state=State.ACTIVE))
        await play.settle()
        assert "2 Mine 1" in play.lines[0]
        await play.press("2")
        assert "Incident number 70" in play.cursor_line
        await play.press("9")
        assert "no view 9" in play.said


async def test_coming_back_to_a_view_finds_the_cursor_where_it_was() -> None:
    async with stage(shift()) as play:
        await play.press("j", "j", "j", "j")
        held, row = play.cursor_line, play.row_of("▶")
        await play.press("6", "G", "1")
        assert (play.cursor_line, play.row_of("▶")) == (held, row)


async def test_sorting_and_grouping_keep_the_cursor_on_its_incident() -> None:
    async with stage(shift()) as play:
        await play.press("j", "j")
        number = play.cursor_line.split()[4]
        await play.press("S")
        assert number in play.cursor_line
        assert "Order: next to breach" in play.said
        await play.press("B")
        assert number in play.cursor_line
        assert "Grouped by service" in play.said
        await play.press("g")
        assert "── mail" in play.text


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 50), (20, 5), (10, 3)])
async def test_no_size_breaks_the_screen(size: tuple[int, int]) -> None:
    async with stage(shift(), size=size) as play:
        await play.press("j", "space", "question_mark", "escape", "slash", "p", "escape", "tab", "G", "enter", "escape")
        await play.pilot.resize_terminal(81, 24)
        await play.settle()
        assert "Incident number" in play.text


async def test_a_long_queue_opens_and_jumps_to_its_end_at_once() -> None:
    async with stage(shift(400)) as play:
        await play.press("G")
        assert play.queue.rows.hidden_below == 0
        await play.press("ctrl+u", "k", "g")
        assert play.queue.rows.hidden_above == 0


async def test_a_large_board_opens_without_keeping_the_keys_waiting() -> None:
    engine = PuppetEngine([incident(number) for number in range(1, 6_001)])
    async with stage(engine, size=(120, 24)) as play:
        for _ in range(200):
            if not play.queue.views.unfinished:
                break
            await play.settle()
        assert "1 Unacknowledged 6000" in play.lines[0]
        await play.press("6", "G")
        await play.settle()
        assert play.queue.rows.hidden_below == 0
        await play.press("slash")
        await play.write("4711")
        for _ in range(200):
            if len(play.queue.views.list) == 1:
                break
            await play.settle()
        assert "Incident number 4711" in play.cursor_line
        await play.press("enter", "a")
        assert [intent.command.subject for intent in play.engine.intents()] == [Key("desk", "4711")]


async def test_a_picture_drawn_before_the_news_arrives_is_short_of_rows_and_nothing_worse() -> None:
    async with stage(shift(12)) as play:
        await play.press("6", "G")
        gone = list(play.engine.board.incidents)[3:]
        play.engine.board.apply((), gone=gone)
        assert play.text.count("Incident number") <= 12
        await play.second(2)
        play.engine.leave(*gone)
        await play.settle()
        assert "6 All open 3" in play.lines[0]
