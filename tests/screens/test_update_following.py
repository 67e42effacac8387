"""What the console says of updates afterwards and unasked: how far they went, what is due, what waits for approval."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.screens.test_update_stories import MANAGERS, PRESS, USERS, Board, audiences, compose
from tests.screens.triage_stage import Shift, shift
from tests.unit.engine.fakes import FakeChannel
from vagt.adapters.protocol import InvalidError
from vagt.comms.approval import Standing, asking_note, proposals_in, propose, returning_note
from vagt.domain.commands import Note
from vagt.ui.offices import office_of
from vagt.ui.screens.update.screen import UpdateScreen


@pytest.fixture
def board() -> Board:
    return Board()


async def look_again(anna: Shift) -> None:
    """The incident's page, read anew."""
    await anna.press("r")
    await anna.pass_time(1)


async def test_an_update_that_reached_half_of_them_says_so_until_it_is_done(tmp_path: Path, board: Board) -> None:
    chat = FakeChannel(down=InvalidError("no such room"))
    both = audiences(replace(USERS, language="en"), MANAGERS)
    async with shift(tmp_path, board, size=(200, 50), channels={"chat": chat}, config=both) as anna:
        await anna.point_at(board.mail)
        await compose(anna)
        await anna.write("Mail cannot be sent.")
        await anna.press("ctrl+s")
        await anna.sent()
        await anna.shows("sent to 1 of 2")
        await look_again(anna)
        await anna.until(lambda: "managers by chat: failed: no such room" in anna.words, "the page")
        assert "“investigating” to users, managers" in anna.words
        chat.down = None
        await anna.press("O")
        await anna.press("r")
        await anna.until(lambda: chat.told, "the message")
        await anna.press("escape")
        await look_again(anna)
        await anna.until(lambda: "sent to all 2" in anna.words, "the page")
        assert "no such room" not in anna.words


async def test_what_is_due_is_said_in_one_line_and_a_key_writes_it(tmp_path: Path, board: Board) -> None:
    chat = FakeChannel()
    async with shift(tmp_path, board, size=(200, 50), channels={"chat": chat}, config=audiences(MANAGERS)) as anna:
        await anna.point_at(board.mail)
        await anna.press("D")
        await anna.shows("No update is due.")
        other = await anna.bo.opened("VPN is down", impact=2, urgency=1, service="VPN")
        await anna.press("r")
        await anna.until(lambda: anna.real.board.get(other.key), "the other one")
        await anna.until(lambda: "upd" in anna.text, "the clock of the next word")
        for _ in range(30):
            await anna.pass_time(10)
            if "update due" in anna.words:
                break
        assert "D writes it · and 1 more" in anna.words
        assert "P1 10001 Mail is down: update due in" in anna.words
        await anna.point_at(other)
        await anna.press("D")
        await anna.until(lambda: isinstance(anna.app.screen, UpdateScreen) and anna.app.screen.focused, "the composer")
        assert isinstance(anna.app.screen, UpdateScreen)
        assert anna.app.screen.composer.incident.key == board.mail.key, "the graver one, wherever the cursor is"


async def test_without_audiences_nothing_is_ever_due(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.press("D")
        await anna.shows("The config has no audiences")


async def test_a_text_that_waits_is_told_unasked_and_stands_on_the_incidents_page(tmp_path: Path, board: Board) -> None:
    chat = FakeChannel()
    async with shift(tmp_path, board, size=(200, 50), channels={"chat": chat}, config=audiences(PRESS)) as anna:
        await anna.point_at(board.mail)
        mail = anna.real.board.get(board.mail.key)
        assert mail is not None
        asked = propose(mail, id="a1b2c3d4", audience="press", language="en", subject="Mail", text="Down.", details={})
        await anna.bo.does(Note(asking_note(asked)), board.mail.id)
        await anna.press("r")
        for _ in range(40):
            await anna.pass_time(2)
            if "an update to press waits for approval" in anna.words:
                break
        assert "Mail is down: an update to press waits for approval, by Bo Friis · V" in anna.words
        await anna.until(lambda: "An update to press waits for approval, by Bo Friis" in anna.words, "the page")


async def test_the_author_learns_that_a_text_came_back(tmp_path: Path, board: Board) -> None:
    chat = FakeChannel()

    async with shift(tmp_path, board, size=(200, 50), channels={"chat": chat}, config=audiences(PRESS)) as anna:
        await anna.point_at(board.mail)
        await compose(anna)
        await anna.write("Mail cannot be sent.")
        await anna.press("ctrl+s")
        await anna.sent()
        await anna.press("r")
        office = office_of(anna.app)
        mail = anna.real.board.theirs(board.mail.key)
        assert mail is not None
        seen = await office.look(mail)
        (proposal,) = seen.proposals
        assert proposal.standing is Standing.WAITING
        await anna.bo.does(Note(returning_note(proposal, "Say when the next word comes.")), board.mail.id)
        seen = await office.look(mail)
        assert proposals_in(seen.timeline, mail)[0].standing is Standing.RETURNED
        await anna.shows("Bo Friis sent your update to press back: Say when the next word comes. · c opens it")
        await compose(anna)
        assert "sent back by Bo Friis: Say when the next word comes." in anna.words
