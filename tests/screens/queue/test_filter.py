"""The filter narrows as one types, says in place what is wrong, and goes with escape."""

from __future__ import annotations

from tests.screens.queue.doubles import PuppetEngine, incident
from tests.screens.queue.stage import stage
from vagt.domain.incident import State


def mixed() -> PuppetEngine:
    return PuppetEngine(
        [
            incident(1, "Mail is slow", priority=2),
            incident(2, "Web shop is down", priority=1),
            incident(3, "Mail queue grows", priority=3),
        ]
    )


async def test_the_list_narrows_with_every_letter_and_escape_brings_it_back() -> None:
    async with stage(mixed()) as play:
        await play.press("slash")
        await play.write("mail")
        assert "Web shop" not in play.text
        assert "2 of 3 fit the filter" in play.text
        await play.press("escape")
        assert "Web shop is down" in play.text
        assert "mail" not in play.lines[1]


async def test_enter_keeps_the_filter_and_the_keys_work_on_the_list_again() -> None:
    async with stage(mixed()) as play:
        await play.press("slash")
        await play.write("p<=2")
        await play.press("enter", "j")
        assert "Mail is slow" in play.cursor_line
        assert "p<=2" in play.text
        await play.press("escape")
        assert "Mail queue grows" in play.text


async def test_letters_typed_into_the_filter_are_no_keys() -> None:
    async with stage(mixed()) as play:
        await play.press("slash")
        await play.write("aqt")
        assert play.engine.box == {}
        assert play.app.is_running


async def test_a_mistake_is_told_in_place_and_the_list_stays_as_it_was() -> None:
    async with stage(mixed()) as play:
        await play.press("slash")
        await play.write("p<=2")
        shown = play.lines[4:8]
        await play.write(" teem:noc")
        assert "teem" in play.lines[2]
        assert "team" in play.lines[2]
        assert play.lines[4:8] != shown
        await play.press("escape", "slash")
        await play.write("p<=")
        assert "Mail is slow" in play.text


async def test_the_cursor_stays_on_its_incident_while_one_types() -> None:
    async with stage(mixed()) as play:
        await play.press("G")
        assert "Mail queue grows" in play.cursor_line
        await play.press("slash")
        await play.write("mail")
        assert "Mail queue grows" in play.cursor_line


async def test_each_view_keeps_its_own_filter() -> None:
    async with stage(mixed()) as play:
        await play.press("slash")
        await play.write("shop")
        await play.press("enter", "6")
        assert "Mail is slow" in play.text
        await play.press("1")
        assert "Mail is slow" not in play.text
        assert "shop" in play.lines[1]
        assert "tab:" not in play.text


async def test_a_filter_that_fits_nothing_says_so_and_how_to_go_on() -> None:
    async with stage(mixed()) as play:
        await play.press("slash")
        await play.write("zebra")
        assert "None of the 3 in “Unacknowledged” fits “zebra”." in play.text
        assert "esc clears the filter" in play.text


async def test_tab_completes_with_the_names_that_are_in_the_queue() -> None:
    async with stage(mixed()) as play:
        await play.press("slash")
        await play.write("te")
        await play.press("tab")
        assert play.queue.filter_bar.text == "team:"
        await play.write("noc")
        assert "NOC" in play.lines[2]
        await play.press("tab")
        assert play.queue.filter_bar.text == "team:NOC"
        assert "3 of 3 fit the filter" in play.text


async def test_resolved_ones_that_the_store_keeps_are_shown_where_the_filter_names_them() -> None:
    engine = mixed()
    closed = State.CLOSED
    engine.kept = [
        incident(70, "Mail was slow", state=closed, assignee="anna"),
        incident(71, "Phones were silent", state=closed, assignee="bo"),
    ]
    async with stage(engine) as play:
        assert "Mail was slow" not in play.text
        await play.press("6", "slash")
        await play.write("is:closed")
        assert "Mail was slow" in play.text and "Phones were silent" in play.text
        assert "Web shop is down" not in play.text
        assert "“vagt list --all” asks for all" in play.text
        await play.press("escape", "2", "slash")
        await play.write("is:closed")
        assert "Mail was slow" in play.text and "Phones were silent" not in play.text, "mine only, in the view Mine"
        await play.write(" zzz")
        assert "None that this console has read and kept fits" in play.text
