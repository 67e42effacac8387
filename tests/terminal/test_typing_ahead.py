"""Words typed right after the key that opens their form stand there as they were typed, however the moments fall."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.bench.load import config, fill_backend
from tests.terminal.test_console import Console
from tests.waiting import DEADLINE

pytestmark = pytest.mark.terminal


def wait_gone(run: Console, words: str) -> None:
    end = time.monotonic() + DEADLINE
    while words in "\n".join(run.screen.display):
        assert time.monotonic() < end, "\n".join(run.screen.display)
        run.read(0.05)


def test_no_letter_overtakes_another_while_a_form_opens(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(config(), encoding="utf-8")
    fill_backend(tmp_path / "data", 10)
    with Console(tmp_path) as run:
        run.wait_for("desk 0 s")
        for pause in (0.0, 0.002, 0.005, 0.01, 0.02) * 2:
            run.type("n")
            time.sleep(pause)
            run.type("ajRstring")  # its first letters are keys of the screen below
            run.wait_for("│ ajRstring ")
            run.type("\x7f" * 9)
            wait_gone(run, "ajR")
            run.type("\x1b")
            wait_gone(run, "╭")  # or it and the next key would be one: alt+n
        assert "outbox" not in "\n".join(run.screen.display)
