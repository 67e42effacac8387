"""What waits for approval is listed as it is found, and how many timelines are read stands above it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.adapters.embedded import Desk
from tests.screens.test_update_stories import PRESS, audiences
from tests.screens.triage_stage import shift
from vagt.comms.approval import asking_note, propose
from vagt.domain.commands import Note
from vagt.domain.incident import Incident, Key
from vagt.domain.timeline import TimelineEntry
from vagt.ui.screens.approvals.screen import TITLE


class Board:
    """Four that may need approval, one of which has a text that waits."""

    def __init__(self) -> None:
        self.all: list[Incident] = []

    async def __call__(self, bo: Desk) -> None:
        for number in range(4):
            self.all.append(await bo.opened(f"Mail is down at site {number}", impact=1, urgency=1, service="E-mail"))


async def test_what_is_found_is_listed_before_all_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board()
    async with shift(tmp_path, board, config=audiences(PRESS)) as anna:
        wanted = board.all[2]
        await anna.point_at(wanted)
        shown = anna.real.board.get(wanted.key)
        assert shown is not None
        asked = propose(shown, id="a1b2c3d4", audience="press", language="en", subject="E", text="We look.", details={})
        await anna.bo.does(Note(asking_note(asked)), wanted.id)
        gate, read = asyncio.Event(), anna.real.timeline

        async def slow(key: Key) -> tuple[TimelineEntry, ...]:
            if key != wanted.key:
                await gate.wait()
            return await read(key)

        monkeypatch.setattr(anna.real, "timeline", slow)
        await anna.press("V")
        await anna.shows("We look.")
        assert f"{TITLE} · 1 of 4 read" in anna.words
        gate.set()
        await anna.until(lambda: "of 4 read" not in anna.words, "the end of the reading")
        assert "We look." in anna.words
