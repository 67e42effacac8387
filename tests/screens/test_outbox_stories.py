"""Two people on one incident: the later one is told, sees both sides, and decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.embedded import Desk
from tests.screens.triage_stage import SIZES, Shift, shift
from vagt.domain.commands import Acknowledge, Assign, Note, SetMajor, Take
from vagt.domain.incident import Incident, State
from vagt.engine.request import Request
from vagt.ui.screens.outbox.screen import OutboxScreen


class Board:
    """One incident."""

    mail: Incident

    async def __call__(self, bo: Desk) -> None:
        self.mail = await bo.opened("Mail is slow", impact=1, urgency=2, service="E-mail")


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture(params=SIZES, ids=["80x24", "200x50"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    return tuple(request.param)


async def overtaken(anna: Shift, board: Board) -> None:
    """Bo acknowledges it just before anna's own acknowledgement leaves."""
    await anna.point_at(board.mail)
    await anna.press("a")
    await anna.until(anna.real.intents, "her acknowledgement")
    await anna.bo.does(Acknowledge(), board.mail.id)
    await anna.sent()
    await anna.until(anna.stuck, "the conflict")


async def test_the_later_one_is_told_who_was_first_and_shown_both_sides(
    tmp_path: Path, board: Board, size: tuple[int, int]
) -> None:
    async with shift(tmp_path, board, size=size) as anna:
        await overtaken(anna, board)
        assert "Bo Friis acknowledged it" in anna.said
        await anna.press("O")
        assert "Waiting for you" in anna.text
        assert "CONFLICT" in anna.line_with("▶")
        await anna.press("enter")
        assert "Bo Friis acknowledged it" in anna.text
        assert "you saw" in anna.text
        state = anna.line_with("* state")
        assert "New" in state
        assert "In progress" in state
        assert "Bo Friis" in anna.line_with("* assignee")


async def test_enter_twice_decides_nothing(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await overtaken(anna, board)
        await anna.press("O", "enter", "enter")
        await anna.shows("Timeline")
        assert len(anna.stuck()) == 1


async def test_giving_mine_up_leaves_it_with_the_other(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await overtaken(anna, board)
        await anna.press("O", "enter", "g")
        await anna.until(lambda: not anna.real.intents(), "an empty outbox")
        assert (await anna.bo.now(board.mail.id)).assignee == "bo"
        await anna.shows("given up")


async def test_doing_mine_anyway_goes_on_top(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.mail)
        await anna.press("t")
        await anna.until(anna.real.intents, "her take")
        await anna.bo.does(Take(), board.mail.id)
        await anna.sent()
        await anna.until(anna.stuck, "the conflict")
        await anna.press("O", "enter", "d")
        await anna.until(lambda: not anna.real.intents(), "an empty outbox")
        assert (await anna.bo.now(board.mail.id)).assignee == "anna"


async def test_a_conflict_is_left_for_later_with_esc(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await overtaken(anna, board)
        await anna.press("O", "enter", "escape")
        assert len(anna.stuck()) == 1
        await anna.press("escape")
        assert anna.app.screen is anna.queue


async def test_words_of_a_refused_action_come_back_as_a_draft(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.mail)
        await anna.press("R")
        await anna.shows("What restored")
        await anna.write("restarted the queue")
        # from now on the backend requires a code, which the form could not know
        await anna.bo.does(SetMajor(True), board.mail.id)
        await anna.press("ctrl+s")
        await anna.sent()
        await anna.until(anna.stuck, "the backend's no")
        await anna.press("O", "enter", "g")
        await anna.until(lambda: not anna.real.intents(), "an empty outbox")
        assert "kept as a draft" in anna.said
        await anna.press("escape", "R")
        await anna.shows("restarted the queue")


async def test_what_goes_into_the_outbox_while_its_screen_opens_stands_there(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        opening = OutboxScreen(anna.real, anna.app.keymap)
        await anna.real.submit([Request("desk", board.mail.key, Note("just now"))])
        await anna.settle()
        anna.app.push_screen(opening)
        await anna.shows("Under way  1")
        assert "just now" in anna.text


async def test_discarding_is_asked_and_the_asking_key_does_not_answer(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.mail)
        await anna.press("n")
        await anna.write("oops")
        await anna.press("ctrl+s", "O")
        await anna.shows("Under way")  # on disk, which may take longer than the next key
        await anna.press("d")
        await anna.shows("Give up “internal note: oops”?")
        await anna.press("d", "enter")
        assert len(anna.real.intents()) == 1
        await anna.press("d", "y")
        await anna.until(lambda: not anna.real.intents(), "an empty outbox")
        await anna.pass_time(10)
        assert "oops" not in await anna.bo.told(board.mail.id)


async def test_an_empty_outbox_says_so_in_words(tmp_path: Path, board: Board, size: tuple[int, int]) -> None:
    async with shift(tmp_path, board, size=size) as anna:
        await anna.press("O")
        assert "Nothing waits" in anna.text


async def test_what_ended_is_listed_below(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.mail)
        await anna.press("a")
        await anna.sent()
        await anna.press("O")
        assert "Ended lately" in anna.text
        assert "done" in anna.line_with("▶")


async def test_the_incident_shows_what_of_mine_is_pending_and_what_a_colleague_writes(
    tmp_path: Path, board: Board, size: tuple[int, int]
) -> None:
    async with shift(tmp_path, board, size=size) as anna:
        await anna.point_at(board.mail)
        await anna.press("enter")
        await anna.shows("Timeline · 1")
        await anna.press("a")
        await anna.shows("Yours, not confirmed yet")
        assert "u takes it back" in anna.text
        await anna.sent()
        await anna.until(lambda: "not confirmed" not in anna.text, "the confirmation")
        await anna.bo.does(Note("Checking the disks"), board.mail.id)
        await anna.pass_time(20)
        await anna.shows("Checking the disks")
        assert "internal" in anna.text


async def test_the_incident_keeps_its_place_while_it_changes(tmp_path: Path, board: Board) -> None:
    async def long(bo: Desk) -> None:
        await board(bo)
        for number in range(30):
            await bo.does(Note(f"Entry {number}"), board.mail.id)

    async with shift(tmp_path, long) as anna:
        await anna.point_at(board.mail)
        await anna.press("enter")
        await anna.shows("Timeline · 31")
        await anna.press("ctrl+d", "ctrl+d", "ctrl+d")
        first = anna.lines[0]
        await anna.bo.does(Assign(to="bo"), board.mail.id)
        await anna.bo.does(Note("One more"), board.mail.id)
        await anna.pass_time(20)
        await anna.until(lambda: "One more" in anna.app.screen.pane.text(), "the new entry")  # type: ignore[attr-defined]
        assert anna.lines[0].split("  ")[:3] == first.split("  ")[:3]


async def test_triage_keys_work_on_the_open_incident(tmp_path: Path, board: Board) -> None:
    async with shift(tmp_path, board) as anna:
        await anna.point_at(board.mail)
        await anna.press("enter", "n")
        await anna.write("from here")
        await anna.press("ctrl+s")
        await anna.sent()
        assert (await anna.bo.told(board.mail.id))[-1] == "from here"
        await anna.press("R")
        await anna.shows("What restored")
        await anna.write("x")
        await anna.press("ctrl+s")
        await anna.sent()
        assert (await anna.bo.now(board.mail.id)).state is State.RESOLVED
        await anna.press("escape")
        assert anna.app.screen is anna.queue


async def test_who_is_on_call_stands_by_team(tmp_path: Path, board: Board, size: tuple[int, int]) -> None:
    async with shift(tmp_path, board, size=size) as anna:
        await anna.press("w")
        await anna.shows("Anna Holm (anna)")
        assert "Network" in anna.text
        assert "until 30 Nov" in anna.text
