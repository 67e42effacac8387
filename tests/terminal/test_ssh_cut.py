"""The connection is cut: what ran at the far end is gone within a second, and nothing that was done is lost."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.keyring import CannotInstall
from tests.servers.ssh import SshServer, install
from tests.terminal.test_console import CONFIG, vagt
from tests.terminal.widgets.pty_run import ROOT, PtyRun
from tests.waiting import best_of

pytestmark = pytest.mark.terminal

CLIENT = "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    try:
        install()
    except CannotInstall as why:
        if os.environ.get("CI", "").lower() == "true" and os.geteuid() == 0:
            pytest.fail(f"CI must run the tests on a real SSH daemon: {why}")
        pytest.skip(f"no SSH daemon: {why}")
    home = tmp_path / "ssh"
    home.mkdir(mode=0o700)
    with SshServer(home) as running:
        yield running


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2][:3]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see whether a process lives")
@pytest.mark.parametrize("before", ["", "trap '' HUP; "], ids=["plain", "hang-up-ignored"])
def test_a_cut_connection_ends_it_within_a_second_and_keeps_the_outbox(
    tmp_path: Path, server: SshServer, before: str
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG.replace("undo = 0.5", "undo = 120.0"), encoding="utf-8")
    told = tmp_path / "pid"
    console = shlex.join(
        [sys.executable, "-m", "vagt", "--config", str(tmp_path / "config.toml"), "--data-dir", str(tmp_path / "data")]
    )
    there = f"{before}export PYTHONPATH={ROOT} LC_ALL=C.UTF-8; echo $$ > {told}; exec {console}"
    taken = 0

    def once() -> float:
        nonlocal taken
        with PtyRun("-c", CLIENT, *server.client(f"sh -c {shlex.quote(there)}"), columns=80, rows=24) as run:
            run.wait_for("▶")
            run.type("ja" if taken else "a")
            taken += 1
            run.wait_for(f"outbox: {taken} wait")
            pid = int(told.read_text(encoding="ascii"))
            assert lives(pid)
            os.kill(run.pid, signal.SIGKILL)
            cut = time.monotonic()
            while lives(pid):
                assert time.monotonic() - cut < 20, "it lives on after the connection was cut"
                time.sleep(0.01)
            return time.monotonic() - cut

    assert best_of(once, 1.2) < 1.2
    listed = json.loads(vagt(tmp_path, "outbox", "list", "--json").stdout)
    assert len(listed["actions"]) == taken
