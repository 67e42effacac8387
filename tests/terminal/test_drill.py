"""A drill in a pseudo-terminal: it opens, an acknowledgement counts, and leaving prints a score card to compare."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.terminal.widgets.pty_run import PtyRun

pytestmark = pytest.mark.terminal


class Drill(PtyRun):
    """`vagt drill` on a data folder of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        (folder / "config.toml").write_text("[console]\nundo = 0.5\n", encoding="utf-8")
        super().__init__(
            "-m", "vagt", "drill", *arguments, columns=80, rows=24, VAGT_CONFIG=str(folder / "config.toml"),
            VAGT_DATA_DIR=str(folder / "data"), LC_ALL="C.UTF-8", TZ="UTC",
        )  # fmt: skip

    def printed_after_leaving(self) -> str:
        self.type("q")
        code, _ = self.exit_within(20)
        self.read(0.3)
        assert code == 0
        return self.output.split(b"\x1b[?1049l")[-1].decode()


def test_a_drill_is_played_left_and_compared_with_the_next(tmp_path: Path) -> None:
    with Drill(tmp_path, "--speed", "20", "--seed", "7") as run:
        run.wait_for("Label printer")
        assert "Welcome" not in "\n".join(run.screen.display)
        assert "nothing here is real" in run.output.decode(errors="replace")
        run.type("a")
        run.wait_for("Acknowledged")
        run.read(2.0)
        card = run.printed_after_leaving()
    assert "Drill “first-shift”, seed 7, speed 20" in card
    assert "Marks, of 100" in card and "LAST" not in card
    with Drill(tmp_path, "--speed", "20", "--seed", "7") as run:
        run.wait_for("Read me")
        again = run.printed_after_leaving()
    assert "LAST OF 1" in again and "BEST" in again
    lines = (tmp_path / "data" / "drills" / "scores.jsonl").read_text(encoding="utf-8").splitlines()
    scores = [json.loads(line) for line in lines]
    assert [score["card"]["actions"] for score in scores] == [1, 0]
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["drills"]


def test_the_drill_says_on_screen_when_it_is_over(tmp_path: Path) -> None:
    with Drill(tmp_path, "--speed", "100") as run:
        run.wait_for("The drill is over", 25)
        assert "to its end" in run.printed_after_leaving()
