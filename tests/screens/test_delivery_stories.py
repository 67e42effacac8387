"""Messages through channels as the operator meets them: on the incident, and in the outbox with keys that decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.embedded import Desk
from tests.screens.triage_stage import SIZES, Shift, shift
from tests.unit.engine.fakes import FakeChannel
from vagt.adapters.protocol import InvalidError, UnavailableError
from vagt.domain.commands import Notify
from vagt.domain.incident import Incident
from vagt.engine.intent import Stage
from vagt.engine.request import Request

GONE = UnavailableError("the connection broke", sent=True)


class Board:
    """One incident."""

    mail: Incident

    async def __call__(self, bo: Desk) -> None:
        self.mail = await bo.opened("Mail is slow", impact=1, urgency=2, service="E-mail")


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def channels() -> dict[str, FakeChannel]:
    return {"chat": FakeChannel(), "mail": FakeChannel()}


async def told(anna: Shift, board: Board, change: Notify) -> None:
    """Somebody on this console tells it, and what becomes of it is known."""
    await anna.point_at(board.mail)
    await anna.real.submit([Request.notify(change, board.mail.key)], undo=False)
    for _ in range(20):
        await anna.pass_time(1)
        if not any(intent.stage.is_pending for intent in anna.real.intents()):
            return
    raise AssertionError("it never came to rest")


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "200x50"])
async def test_an_unknown_delivery_stands_on_the_incident_and_r_sends_it_again(
    tmp_path: Path, board: Board, channels: dict[str, FakeChannel], size: tuple[int, int]
) -> None:
    channels["chat"].after = [GONE]
    async with shift(tmp_path, board, channels=channels, size=size) as anna:
        await told(anna, board, Notify("chat", "Mail is down", "We are on it.", audience="users"))
        (unknown,) = anna.stuck()
        assert unknown.stage is Stage.UNKNOWN
        await anna.press("enter")
        await anna.shows("UNKNOWN")
        assert "update via chat" in anna.words
        assert "cannot say whether it arrived" in anna.words
        await anna.press("escape", "O")
        await anna.shows("Waiting for you")
        assert "UNKNOWN" in anna.line_with("▶")
        assert "update via chat to users: Mail is down" in anna.words
        await anna.press("r")
        await anna.until(lambda: not anna.real.intents(), "an empty outbox")
        assert "Sending again" in anna.said
        assert len(channels["chat"].told) == 2


async def test_an_unknown_delivery_is_let_be_with_d(
    tmp_path: Path, board: Board, channels: dict[str, FakeChannel]
) -> None:
    channels["chat"].after = [GONE]
    async with shift(tmp_path, board, channels=channels) as anna:
        await told(anna, board, Notify("chat", "Mail is down", "We are on it."))
        await anna.press("O", "d", "enter")
        assert len(anna.stuck()) == 1, "a confirmation defaults to no"
        await anna.press("d", "y")
        await anna.until(lambda: not anna.real.intents(), "an empty outbox")
        assert len(channels["chat"].told) == 1
        await anna.shows("it may have happened all the same")


async def test_enter_explains_the_choice(tmp_path: Path, board: Board, channels: dict[str, FakeChannel]) -> None:
    channels["chat"].after = [GONE]
    async with shift(tmp_path, board, channels=channels) as anna:
        await told(anna, board, Notify("chat", "Mail is down", "We are on it."))
        await anna.press("O", "enter")
        await anna.shows("send it again")
        assert "if the first arrived, it is there twice" in anna.words
        assert "you saw" not in anna.words, "nothing of the incident is compared"
        await anna.press("g")
        await anna.until(lambda: not anna.real.intents(), "an empty outbox")


async def test_what_was_passed_on_says_so_and_what_all_refused_needs_a_person(
    tmp_path: Path, board: Board, channels: dict[str, FakeChannel]
) -> None:
    channels["chat"].before = [InvalidError("no such room")]
    channels["mail"].before = [InvalidError("no such mailbox")]
    async with shift(tmp_path, board, channels=channels, size=(200, 50)) as anna:
        await told(anna, board, Notify("chat", "Mail is down", "x", purpose="escalation", to="Bo", then=("mail",)))
        await anna.press("O")
        await anna.shows("passed on to mail: no such room")
        assert "passed on" in anna.line_with("no such room")
        stuck = anna.line_with("▶")
        assert "REFUSED" in stuck and "page via mail" in stuck and "no such mailbox" in stuck


async def test_a_hand_over_is_about_no_single_incident(
    tmp_path: Path, board: Board, channels: dict[str, FakeChannel]
) -> None:
    channels["chat"].before = [InvalidError("no such room")]
    async with shift(tmp_path, board, channels=channels) as anna:
        await anna.real.submit([Request.notify(Notify("chat", "Shift", "x", purpose="handover"))], undo=False)
        await anna.until(anna.stuck, "the refusal")
        await anna.press("O")
        await anna.shows("hand-over via chat")
        await anna.press("enter")
        await anna.shows("try again")
        assert "open it" not in anna.words
        await anna.press("r")
        await anna.until(lambda: not anna.real.intents(), "an empty outbox")
