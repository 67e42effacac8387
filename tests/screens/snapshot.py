"""Compares the text of a screen with a file kept under `tests/screens/snapshots`.

`UPDATE_SNAPSHOTS=1 pytest tests/screens` writes the files anew; look at what git says has changed.
"""

from __future__ import annotations

import asyncio
import difflib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import App
from textual.geometry import Region

from tests.waiting import DEADLINE

FOLDER = Path(__file__).parent / "snapshots"
AT_REST = 150
"""Looks in a row, some 20 ms apart, that find no change: nothing more is expected of a screen."""


def screen_text(app: App[Any]) -> str:
    """The whole screen as text, one line per row, without trailing spaces."""
    strips = app.screen._compositor.render_strips()
    layers = [strip.text.rstrip() for strip in strips]
    return "\n".join(layers).rstrip() + "\n"


async def assert_snapshot(app: App[Any], name: str) -> None:
    """The screen comes to read as the file `name` says."""
    await _assert_comes_to_read(lambda: screen_text(app), name)


async def assert_part_snapshot(app: App[Any], part: Callable[[], Region], name: str) -> None:
    """A part of the screen comes to read as the file `name` says, whatever stands around it."""

    def shown() -> str:
        region = part()
        strips = app.screen._compositor.render_strips()[region.y : region.bottom]
        lines = [strip.crop(region.x, region.right).text.rstrip() for strip in strips]
        return "\n".join(lines).rstrip() + "\n"

    await _assert_comes_to_read(shown, name)


async def _assert_comes_to_read(shown: Callable[[], str], name: str) -> None:
    """Whatever stands there first; a screen on which nothing changes any more is taken as it is."""
    path = FOLDER / f"{name}.txt"
    kept = path.read_text(encoding="utf-8") if path.exists() and not os.environ.get("UPDATE_SNAPSHOTS") else None
    now, same, start = shown(), 0, time.monotonic()
    while now != kept and same < AT_REST and time.monotonic() - start < DEADLINE:
        await asyncio.sleep(0.02)
        before, now = now, shown()
        same = same + 1 if now == before else 0
    assert_reads(now, name)


def assert_reads(shown: str, name: str) -> None:
    """The text is what the file `name` says."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert path.exists(), f"no snapshot {name}: write it with UPDATE_SNAPSHOTS=1\n{shown}"
    kept = path.read_text(encoding="utf-8")
    assert shown == kept, "\n".join(
        difflib.unified_diff(kept.split("\n"), shown.split("\n"), "kept", "shown", lineterm="")
    )
