"""Compares the text of a screen with a file kept under `tests/screens/snapshots`.

`UPDATE_SNAPSHOTS=1 pytest tests/screens` writes the files anew; look at what git says has changed.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any

from textual.app import App
from textual.geometry import Region

FOLDER = Path(__file__).parent / "snapshots"


def screen_text(app: App[Any]) -> str:
    """The whole screen as text, one line per row, without trailing spaces."""
    strips = app.screen._compositor.render_strips()
    layers = [strip.text.rstrip() for strip in strips]
    return "\n".join(layers).rstrip() + "\n"


def assert_snapshot(app: App[Any], name: str) -> None:
    """The screen reads as the file `name` says."""
    assert_reads(screen_text(app), name)


def assert_part_snapshot(app: App[Any], part: Region, name: str) -> None:
    """A part of the screen reads as the file `name` says, whatever stands around it."""
    strips = app.screen._compositor.render_strips()[part.y : part.bottom]
    lines = [strip.crop(part.x, part.right).text.rstrip() for strip in strips]
    assert_reads("\n".join(lines).rstrip() + "\n", name)


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
