"""Triage mode as it stands in a narrow and in a wide terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.screens.snapshot import assert_snapshot
from tests.screens.triage_past import Past
from tests.screens.triage_stage import SIZES, Shift, shift
from vagt.domain.commands import Acknowledge


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times are told on this machine's clocks: let them be the same everywhere."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


async def picture(anna: Shift, what: str) -> None:
    """The screen, once it is at rest, reads as it was kept."""
    await assert_snapshot(anna.app, f"triage-mode-{what}-{anna.app.size.width}x{anna.app.size.height}")


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "200x50"])
async def test_from_the_first_to_the_last(tmp_path: Path, size: tuple[int, int]) -> None:
    past = Past()
    async with shift(tmp_path, past, size=size) as anna:
        await anna.press("T")
        await anna.shows("went to Network")
        await anna.until(lambda: size[0] < 140 or "Registered" in anna.text, "the timeline beside it")
        await picture(anna, "offer")
        await anna.press("1")
        await anna.shows("a digit picks")
        await picture(anna, "level")
        await anna.press("escape")
        await anna.bo.does(Acknowledge(), past.vpn.id)
        anna.real.refresh()
        await anna.shows("Meanwhile: it was taken by Bo Friis.")
        await picture(anna, "taken")
        await anna.press("enter")
        await anna.shows("desk:10042")
        await anna.press("space")
        await anna.shows("Latin")
        await picture(anna, "silent")
        await anna.press("space")
        await anna.shows("That was all")
        await picture(anna, "end")
