"""What of an update stands on the screen: the message under the cursor, and that somebody else writes one as well."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.containers import VerticalScroll
from textual.widgets import Static

from tests.screens.test_update_stories import MANAGERS, PRESS, USERS, Board, audiences, compose
from tests.screens.triage_stage import SIZES, Shift, shift
from tests.unit.engine.fakes import FakeChannel
from vagt.comms.composer import Composer
from vagt.ui.screens.update.listeners import AudienceLine

MANY = (USERS, MANAGERS, *(replace(MANAGERS, name=f"site-{number}", channels=("chat",)) for number in range(6)), PRESS)


@pytest.fixture
def board() -> Board:
    return Board()


def visible(anna: Shift) -> str:
    """The lines of the messages that are on the screen."""
    screen = anna.app.screen
    right, messages = screen.query_one("#right", VerticalScroll), screen.query_one("#messages", Static)
    top = round(right.scroll_y)
    lines = [messages.render_line(y).text for y in range(top, min(messages.size.height, top + right.size.height))]
    return "\n".join(lines)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "200x50"])
async def test_the_message_to_the_audience_under_the_cursor_is_shown(
    tmp_path: Path, board: Board, size: tuple[int, int]
) -> None:
    chat = FakeChannel()
    async with shift(tmp_path, board, size=size, channels={"chat": chat}, config=audiences(*MANY)) as anna:
        await anna.point_at(board.mail)
        screen = await compose(anna)
        await anna.write("Mail cannot be sent.")
        await anna.until(lambda: "To press" not in visible(anna), "a press far below")
        for name in ("press", "site-3", "users"):
            line = next(one for one in screen.query(AudienceLine) if one.audience == name)
            line.focus()
            await anna.until(lambda name=name: f"To {name} (" in visible(anna), f"the message to {name}")


async def test_typing_in_a_language_shows_who_reads_it(tmp_path: Path, board: Board) -> None:
    chat = FakeChannel()
    config = audiences(MANAGERS, replace(MANAGERS, name="board"), USERS)
    async with shift(tmp_path, board, size=(80, 24), channels={"chat": chat}, config=config) as anna:
        await anna.point_at(board.mail)
        await compose(anna)
        await anna.write("Mail cannot be sent.")
        await anna.until(lambda: "To users (da)" not in visible(anna), "the Danish message below")
        await anna.press("tab")
        await anna.until(lambda: "To users (da)" in visible(anna), "the Danish message")


async def test_a_draft_that_is_open_elsewhere_is_told_and_its_words_are_a_key_away(
    tmp_path: Path, board: Board
) -> None:
    chat = FakeChannel()
    async with shift(tmp_path, board, size=(200, 50), channels={"chat": chat}, config=audiences(MANAGERS)) as anna:
        await anna.point_at(board.mail)
        other = await Composer.open(anna.real, board.mail.key)
        other.set("impact_text", "Mail is slow everywhere.")
        await compose(anna)
        assert "a copy of the draft that is open on " in anna.words
        assert "yours is kept beside it, ctrl+o shows both" in anna.words
        await anna.write("Use the telephone.")
        await anna.shows("Workaround: Use the telephone.")
        await anna.shows("also open on ")
        await anna.press("ctrl+o")
        await anna.shows("Other drafts")
        await anna.shows("investigating · ")
        await anna.press("enter")
        await anna.until(lambda: "Use the telephone." not in anna.words, "the other draft")
        assert "Mail is slow everywhere." in anna.words
        assert not {one.key: one.shown for one in other.fields}["workaround"]
        await anna.press("ctrl+o")
        await anna.shows("investigating · ")
        await anna.press("escape")
        await anna.press("escape")
        other.tick()
        assert other.elsewhere == (), "whoever leaves the composer lets go of it"


async def test_without_another_draft_the_key_says_so(tmp_path: Path, board: Board) -> None:
    chat = FakeChannel()
    async with shift(tmp_path, board, channels={"chat": chat}, config=audiences(MANAGERS)) as anna:
        await anna.point_at(board.mail)
        await compose(anna)
        await anna.press("ctrl+o")
        await anna.shows("There is no other draft on this incident.")
