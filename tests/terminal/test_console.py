"""The whole console in a pseudo-terminal: it opens, an action reaches the backend, and it leaves the terminal whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.terminal.widgets.pty_run import PtyRun
from tests.waiting import best_of

pytestmark = pytest.mark.terminal

CONFIG = """
[console]
undo = 0.5

[[backends]]
name = "desk"
adapter = "embedded"
username = "anna"
options = { shift = true, speed = 0.001, seed = 7 }
"""


class Console(PtyRun):
    """Vagt on a data folder of its own."""

    def __init__(
        self, folder: Path, *, columns: int = 80, rows: int = 24, through: Sequence[str] = (), **environ: str
    ) -> None:
        config = folder / "config.toml"
        if not config.exists():
            config.write_text(CONFIG, encoding="utf-8")
        super().__init__(
            "-m", "vagt", columns=columns, rows=rows, VAGT_CONFIG=str(config), VAGT_DATA_DIR=str(folder / "data"),
            LC_ALL="C.UTF-8", TZ="UTC", through=through, **environ,
        )  # fmt: skip

    def cursor_row(self) -> str:
        return next(line for line in self.screen.display if line.startswith("▶"))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path


def vagt(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command on the same folder."""
    return subprocess.run(
        [sys.executable, "-m", "vagt", "--config", str(folder / "config.toml"), "--data-dir", str(folder / "data"),
         *arguments],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def number_in(row: str) -> str:
    return next(word for word in row.split() if word.isdigit() and len(word) >= 5)


def test_it_opens_shows_incidents_acknowledges_one_and_leaves(folder: Path) -> None:
    # time enough to see on the screen what waits
    (folder / "config.toml").write_text(CONFIG.replace("undo = 0.5", "undo = 2.5"), encoding="utf-8")
    with Console(folder) as run:
        run.wait_for("▶")
        number = number_in(run.cursor_row())
        run.type("a")
        run.wait_for(f"Acknowledged {number}")
        run.wait_for("outbox: 1 waits")
        until = time.monotonic() + 20
        while "outbox:" in "\n".join(run.screen.display) and time.monotonic() < until:
            run.read(0.1)
        run.type("q")
        code, _ = run.exit_within(20)
        assert code == 0
        assert b"\x1b[?1049l" in run.output
    shown = vagt(folder, "show", f"desk:{number}", "--json")
    incident = json.loads(shown.stdout)["incident"]
    assert (incident["state"], incident["pending"]) == ("active", 0)


def test_what_has_not_left_is_said_when_leaving_and_leaves_later(folder: Path) -> None:
    (folder / "config.toml").write_text(CONFIG.replace("undo = 0.5", "undo = 120.0"), encoding="utf-8")
    with Console(folder) as run:
        run.wait_for("▶")
        run.type("a")
        run.wait_for("outbox: 1 waits")
        run.type("q")
        assert run.exit_within(20)[0] == 0
        run.read(0.2)
        assert b"1 action in the outbox, to be sent" in run.output


def test_the_second_start_shows_yesterdays_truth_at_once(folder: Path) -> None:
    with Console(folder) as run:
        run.wait_for("▶")
        run.type("q")
        run.exit_within(20)

    def once() -> float:
        with Console(folder) as run:
            began = time.monotonic()
            run.wait_for_bytes(b"this is how it looked at")
            first = time.monotonic() - began
            assert b"P1" in run.output
            run.wait_for("desk 0 s")
            run.type("q")
            run.exit_within(20)
        return first

    assert best_of(once, 2.0) < 2.0


def test_a_closed_terminal_ends_it_within_a_second_and_keeps_the_outbox(folder: Path) -> None:
    (folder / "config.toml").write_text(CONFIG.replace("undo = 0.5", "undo = 120.0"), encoding="utf-8")
    taken = 0

    def once() -> float:
        nonlocal taken
        with Console(folder) as run:
            run.wait_for("▶")
            run.type("ja" if taken else "a")
            taken += 1
            run.wait_for(f"outbox: {taken} wait")
            run.hang_up()
            return run.exit_within(20)[1]

    assert best_of(once, 1.2) < 1.2
    listed = json.loads(vagt(folder, "outbox", "list", "--json").stdout)
    assert len(listed["actions"]) == taken


def test_a_bad_config_never_touches_the_terminal(folder: Path) -> None:
    (folder / "config.toml").write_text('[console]\ntheem = "x"\n', encoding="utf-8")
    with Console(folder) as run:
        code, _ = run.exit_within(20)
        run.read(0.2)
    assert code == 2
    assert b"theme" in run.output
    assert b"\x1b[?1049h" not in run.output


def test_an_adapter_that_is_not_installed_is_told_after_the_screen_is_gone(folder: Path) -> None:
    (folder / "config.toml").write_text('[[backends]]\nname = "x"\nadapter = "embeded"\n', encoding="utf-8")
    with Console(folder) as run:
        code, _ = run.exit_within(20)
        run.read(0.2)
    assert code == 2
    assert b"embedded" in run.output.split(b"\x1b[?1049l")[-1]


def test_pasted_text_triggers_nothing(folder: Path) -> None:
    with Console(folder) as run:
        run.wait_for("▶")
        run.type("\x1b[200~aatRq\n\x1b[201~")
        run.wait_for("Pasted text is not taken as keys.")
        assert "outbox:" not in "\n".join(run.screen.display)


def test_what_rings_is_heard_and_told_to_the_terminal(folder: Path) -> None:
    busy = CONFIG.replace("undo = 0.5", 'bell = "is:open"').replace("speed = 0.001", "speed = 60")
    (folder / "config.toml").write_text(busy, encoding="utf-8")
    with Console(folder) as run:
        run.wait_for("▶")
        run.wait_for_bytes(b"\x1b]9;P")
        before = run.output.partition(b"\x1b]9;")[0]
        assert b"\x07" in before[-200:], "the terminal's own bell"
        run.wait_for_bytes(b"\x1b\\")
        words = run.output[len(before) + 4 :].split(b"\x1b\\", 1)[0].decode()
        assert words.isprintable()
        assert " desk:" in words


@pytest.mark.parametrize("term", ["xterm", "linux", "vt100", "screen-256color"])
def test_it_works_on_terminals_with_few_colours(folder: Path, term: str) -> None:
    with Console(folder, TERM=term, COLORTERM="") as run:
        run.wait_for("P1")
        run.type("jjq")
        assert run.exit_within(20)[0] == 0
        assert b"38;2;" not in run.output


def test_the_first_frame_needs_none_of_the_slow_modules(folder: Path) -> None:
    folder.joinpath("config.toml").write_text(CONFIG, encoding="utf-8")
    script = folder / "first_paint.py"
    script.write_text(
        "import sys\n"
        "from pathlib import Path\n"
        "from vagt.ui.app import VagtApp\n"
        "def live(self):\n"
        "    slow = ['httpx', 'keyring', 'importlib.metadata', 'jinja2', 'apprise']\n"
        "    Path(sys.argv[1]).write_text(' '.join(name for name in slow if name in sys.modules) + '.')\n"
        "    self.exit(0)\n"
        "VagtApp._go_live = live\n"
        "from vagt.ui.start import run\n"
        "sys.exit(run(None, None))\n",
        encoding="utf-8",
    )
    told = folder / "told"
    run = PtyRun(
        str(script), str(told), columns=80, rows=24,
        VAGT_CONFIG=str(folder / "config.toml"), VAGT_DATA_DIR=str(folder / "data"),
    )  # fmt: skip
    with run:
        assert run.exit_within(20)[0] == 0
    assert told.read_text(encoding="utf-8") == "."


def test_where_the_toolkit_itself_gives_up_a_sentence_is_left_and_no_values_of_variables(folder: Path) -> None:
    folder.joinpath("config.toml").write_text(CONFIG, encoding="utf-8")
    script = folder / "broken.py"
    script.write_text(
        "import sys\n"
        "from vagt.ui.app import VagtApp\n"
        "def live(self):\n"
        "    secret = 'hunter' + '2'\n"
        "    self._handle_exception(ValueError('no such colour'))\n"
        "VagtApp._go_live = live\n"
        "from vagt.ui.start import run\n"
        "sys.exit(run(None, None))\n",
        encoding="utf-8",
    )
    run = PtyRun(
        str(script), columns=80, rows=24,
        VAGT_CONFIG=str(folder / "config.toml"), VAGT_DATA_DIR=str(folder / "data"),
    )  # fmt: skip
    with run:
        assert run.exit_within(20)[0] == 1
        run.read(0.2)
    left = run.output.split(b"\x1b[?1049l")[-1]
    assert b"vagt stopped: ValueError: no such colour" in left
    assert b"Traceback" not in run.output
    kept = (folder / "data" / "vagt-trouble.jsonl").read_text(encoding="utf-8")
    assert "no such colour" in kept
    assert "hunter2" not in kept


def test_coming_back_from_the_shell_paints_everything_anew(folder: Path) -> None:
    with Console(folder) as run:
        run.wait_for("▶")
        run.type("\x1a")
        _, status = os.waitpid(run.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        run.read(0.2)
        run.screen.reset()
        os.kill(run.pid, signal.SIGCONT)
        run.wait_for("▶")
        run.wait_for("number")
        run.wait_for("? Help")
        run.wait_for("1 Un")
        run.type("q")
        assert run.exit_within(20)[0] == 0
