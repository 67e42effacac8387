"""Compares the text of a screen with a file kept under `tests/screens/snapshots`.

`UPDATE_SNAPSHOTS=1 pytest tests/screens` writes the files anew; look at what git says has changed.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any

from textual.app import App

FOLDER = Path(__file__).parent / "snapshots"


def screen_text(app: App[Any]) -> str:
    """The whole screen as text, one line per row, without trailing spaces."""
    strips = app.screen._compositor.render_strips()
    layers = [strip.text.rstrip() for strip in strips]
    return "\n".join(layers).rstrip() + "\n"


def assert_snapshot(app: App[Any], name: str) -> None:
    """The screen reads as the file `name` says."""
    path = FOLDER / f"{name}.txt"
    shown = screen_text(app)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert path.exists(), f"no snapshot {name}: write it with UPDATE_SNAPSHOTS=1\n{shown}"
    kept = path.read_text(encoding="utf-8")
    assert shown == kept, "\n".join(
        difflib.unified_diff(kept.split("\n"), shown.split("\n"), "kept", "shown", lineterm="")
    )
