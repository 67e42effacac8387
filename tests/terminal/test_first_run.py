"""The first time without a config: a welcome that any key closes, and that is never seen again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.widgets.pty_run import PtyRun
from vagt.checkup import first_run
from vagt.config.settings import Settings

pytestmark = pytest.mark.terminal


def console(folder: Path) -> PtyRun:
    return PtyRun(
        "-m", "vagt", columns=80, rows=24, VAGT_CONFIG="", VAGT_DATA_DIR=str(folder / "data"),
        XDG_CONFIG_HOME=str(folder / "config"), LC_ALL="C.UTF-8",
    )  # fmt: skip


def shown(run: PtyRun) -> str:
    return "\n".join(run.screen.display)


def test_it_is_shown_once_and_any_key_closes_it(tmp_path: Path) -> None:
    with console(tmp_path) as run:
        whole = run.wait_for(first_run.TITLE, 30)
        assert "`vagt init`" in whole
        assert first_run.CLOSING in whole
        # the whole of it fits, and a key that would act does nothing but close it
        run.type("N")
        run.wait_for("Unacknowl")
        run.read(1)
        assert first_run.TITLE not in shown(run)
        assert "Title" not in shown(run)
        run.type("q")
        assert run.exit_within(20)[0] == 0
    with console(tmp_path) as run:
        run.wait_for(" practice", 30)
        run.read(2)
        assert first_run.TITLE not in shown(run)
        run.type("q")
        run.exit_within(20)


def test_whoever_has_a_config_never_sees_it(tmp_path: Path) -> None:
    assert first_run.is_first_run(Settings(), tmp_path)
    assert not first_run.is_first_run(Settings(path=tmp_path / "config.toml"), tmp_path)
    first_run.remember(tmp_path)
    assert not first_run.is_first_run(Settings(), tmp_path)


def test_a_folder_that_cannot_remember_is_no_obstacle() -> None:
    first_run.remember(Path("/proc/nowhere"))
    assert first_run.is_first_run(Settings(), Path("/proc/nowhere"))
