"""The composer and its keys, as they stand in a narrow and in a wide terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.screens.snapshot import assert_snapshot
from tests.screens.test_update_stories import MANAGERS, PRESS, USERS, Board, audiences, compose
from tests.screens.triage_stage import SIZES, shift
from tests.unit.engine.fakes import FakeChannel
from vagt.ui.screens.update.keys import KeysScreen


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times are told on this machine's clocks: let them be the same everywhere."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "200x50"])
async def test_the_composer_as_it_opens_filled_in_and_afterwards(tmp_path: Path, size: tuple[int, int]) -> None:
    board = Board()
    everybody = audiences(USERS, MANAGERS, PRESS)
    name = f"update-{{}}-{size[0]}x{size[1]}"
    async with shift(tmp_path, board, size=size, channels={"chat": FakeChannel()}, config=everybody) as anna:
        await anna.point_at(board.mail)
        await compose(anna)
        await assert_snapshot(anna.app, name.format("opens"))
        await anna.write("Mail cannot be sent.")
        await anna.press("tab")
        await anna.write("Mail kan ikke sendes.")
        await assert_snapshot(anna.app, name.format("written"))
        await anna.press("f1")
        await anna.until(lambda: isinstance(anna.app.screen, KeysScreen), "the keys")
        await assert_snapshot(anna.app, name.format("keys"))
