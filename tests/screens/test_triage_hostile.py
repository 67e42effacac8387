"""Whatever stands in an incident, and however small the terminal: every form opens, stays in its frame and closes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.embedded import Desk
from tests.screens.triage_stage import Shift, shift
from vagt.domain.commands import Acknowledge, Note
from vagt.domain.incident import Incident
from vagt_widgets.safe_text import cells

TITLE = "[bold red]boo[/] \x1b[31mred\x1b]0;title\x07 \u202eevil 漢字かな e\u0301\u200b 👩‍👩‍👧 " + "x" * 180
KEYS = ("n", "c", "A", "p", "s", "z", "R", "m", "M", "N")


class Hostile:
    mail: Incident

    async def __call__(self, bo: Desk) -> None:
        self.mail = await bo.opened(TITLE, impact=1, urgency=1, caller=TITLE[:100], description=TITLE * 50)
        await bo.opened(TITLE[5:], impact=1, urgency=1)
        await bo.does(Note(TITLE * 20), self.mail.id)


def straight(anna: Shift) -> None:
    """Nothing of it acts on the terminal, and no line is wider than it."""
    width = anna.app.size.width
    for line in anna.lines:
        assert cells(line) <= width
        assert not set(line) & {"\x1b", "\x07", "\u202e", "\u200b", "\u200d"}


@pytest.mark.parametrize("size", [(80, 24), (40, 10), (200, 50)], ids=["80x24", "40x10", "200x50"])
async def test_hostile_words_stay_words_in_every_form(tmp_path: Path, size: tuple[int, int]) -> None:
    board = Hostile()
    async with shift(tmp_path, board, size=size) as anna:
        await anna.point_at(board.mail)
        for key in KEYS:
            await anna.press(key)
            await anna.until(lambda: anna.app.screen is not anna.queue, f"the form of {key}")
            await anna.at_rest()
            straight(anna)
            await anna.press("escape")
            await anna.until(lambda: anna.app.screen is anna.queue, "the queue")
        assert anna.real.intents() == ()


@pytest.mark.parametrize("size", [(80, 24), (40, 10)], ids=["80x24", "40x10"])
async def test_hostile_words_stay_words_in_incident_outbox_and_conflict(tmp_path: Path, size: tuple[int, int]) -> None:
    board = Hostile()
    async with shift(tmp_path, board, size=size) as anna:
        await anna.point_at(board.mail)
        await anna.press("enter")
        await anna.until(lambda: "Timeline ·" in anna.app.screen.pane.text(), "the timeline")  # type: ignore[attr-defined]
        straight(anna)
        await anna.press("G")
        straight(anna)
        await anna.press("escape", "a")
        await anna.until(anna.real.intents, "her acknowledgement")
        await anna.bo.does(Acknowledge(), board.mail.id)
        await anna.sent()
        await anna.until(anna.stuck, "the conflict")
        await anna.press("O")
        straight(anna)
        await anna.press("enter")
        await anna.at_rest()
        straight(anna)
        await anna.press("g")
        await anna.until(lambda: not anna.real.intents(), "an empty outbox")
