"""Two consoles of one user on one data folder: one polls and sends, the other follows and takes over when it dies."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.bench.load import config, fill_backend
from tests.terminal.test_console import Console, number_in, vagt

pytestmark = pytest.mark.terminal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A backend with ten incidents, where nothing happens by itself, polled each second."""
    undoable(tmp_path, 0.3)
    fill_backend(tmp_path / "data", 10)
    return tmp_path


def undoable(folder: Path, seconds: float) -> None:
    """Whoever starts now can take back for so long."""
    told = config(1).replace("[console]", f"[console]\nundo = {seconds}")
    (folder / "config.toml").write_text(told, encoding="utf-8")


def holder(folder: Path, job: str) -> int | None:
    """The process that has the right to do `job` ("poll", "send") for the backend; by /proc/locks."""
    inode = (folder / "data" / f"{job}-desk.lock").stat().st_ino
    for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
        parts = line.split()
        if parts[1] == "FLOCK" and int(parts[5].split(":")[2]) == inode:
            return int(parts[4])
    return None


def wait_until_held(folder: Path, by: Console, seconds: float = 20) -> float:
    """Until `by` has both rights; how long that took."""
    began = time.monotonic()
    while (holder(folder, "poll"), holder(folder, "send")) != (by.pid, by.pid):
        assert time.monotonic() - began < seconds, (holder(folder, "poll"), holder(folder, "send"), by.pid)
        time.sleep(0.02)
    return time.monotonic() - began


def notes(folder: Path, number: str) -> list[str]:
    told = vagt(folder, "show", f"desk:{number}", "--json")
    assert told.returncode == 0, told.stderr
    return [entry["text"] for entry in json.loads(told.stdout)["timeline"] if entry["kind"] == "note"]


def write_note(run: Console, words: str) -> None:
    run.type("n")
    run.wait_for("ote")
    run.type(words)
    run.wait_for(words)
    run.type("\x13")


def wait_sent(run: Console, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while "outbox:" in "\n".join(run.screen.display):
        assert time.monotonic() < until, "\n".join(run.screen.display)
        run.read(0.1)


def noted(folder: Path, number: str, count: int) -> list[str]:
    """The notes that the backend holds, as soon as there are so many, or after half a minute."""
    until = time.monotonic() + 30
    while len(found := notes(folder, number)) < count and time.monotonic() < until:
        time.sleep(0.1)
    return found


def test_the_second_follows_hands_its_actions_over_and_takes_over_from_a_killed_one(folder: Path) -> None:
    undoable(folder, 3)  # time enough to see what waits, and to kill it before that leaves
    with Console(folder, columns=130) as first:
        first.wait_for("desk 0 s")
        wait_until_held(folder, first)
        undoable(folder, 0.3)
        with Console(folder, columns=130) as second:
            second.wait_for("▶")
            second.wait_for("desk 0 s")
            second.type("6")
            first.type("6")
            for run in (first, second):
                run.read(0.5)
                run.wait_for("▶")
            number = number_in(second.cursor_row())
            assert (holder(folder, "poll"), holder(folder, "send")) == (first.pid, first.pid)

            # What the second wants is sent by the first, and both show it.
            write_note(second, "from the second")
            wait_sent(second)
            assert noted(folder, number, 1) == ["from the second"]
            write_note(first, "from the first")
            wait_sent(first)
            assert sorted(noted(folder, number, 2)) == ["from the first", "from the second"]

            # What others change reaches the second although it polls nothing.
            vagt(folder, "create", "--backend", "desk", "--title", "Seen by both", "--impact", "1", "--urgency", "1")
            for run in (first, second):
                run.wait_for("Seen by both")

            # The first is killed with an action that has not left: the second sends it, once, and its own too.
            first.type("n")
            first.wait_for("ote")
            first.type("left behind")
            first.wait_for("left behind")
            first.type("\x13")
            first.wait_for("outbox: 1 waits")
            os.kill(first.pid, signal.SIGKILL)
            took = wait_until_held(folder, second)
            assert took < 6, f"not by a lease that runs out: {took}"
            write_note(second, "after the end of the first")
            second.read(0.5)
            wait_sent(second)
            assert sorted(noted(folder, number, 4)) == [
                "after the end of the first", "from the first", "from the second", "left behind",
            ]  # fmt: skip
            second.wait_for("desk 0 s")
            second.type("q")
            assert second.exit_within(20)[0] == 0


def test_when_the_first_leaves_on_purpose_the_second_goes_on(folder: Path) -> None:
    with Console(folder, columns=130) as first:
        first.wait_for("desk 0 s")
        wait_until_held(folder, first)
        with Console(folder, columns=130) as second:
            second.wait_for("▶")
            first.type("q")
            assert first.exit_within(20)[0] == 0
            wait_until_held(folder, second)
            second.type("a")
            second.wait_for("Acknowledged")
            second.read(0.5)
            wait_sent(second)
            second.type("q")
            assert second.exit_within(20)[0] == 0
    listed = json.loads(vagt(folder, "outbox", "list", "--json").stdout)
    assert listed["actions"] == []
