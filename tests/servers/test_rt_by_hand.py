"""A person can start the tests' Request Tracker, try the console on it, and stop it."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.servers.rt import RtServer

ROOT = Path(__file__).parents[2]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.servers.rt", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=100)


def facts(output: str) -> tuple[str, str]:
    url = next(line.split('"')[1] for line in output.splitlines() if "url =" in line)
    token = next(line.partition("=")[2] for line in output.splitlines() if line.startswith("export VAGT_SECRET_RT="))
    return url, token


def version(url: str, token: str) -> int:
    request = urllib.request.Request(f"{url}/REST/2.0/rt", headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return int(answer.status)


@pytest.mark.usefixtures("rt")
def test_it_starts_prints_what_one_needs_and_stops(rt: RtServer, tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "rt"))
    assert run("env", *state).returncode == 1
    try:
        up = run("up", *state)
        assert up.returncode == 0, up.stderr
        url, token = facts(up.stdout)
        assert version(url, token) == 200
        assert facts(run("env", *state).stdout) == (url, token)
        assert "already running" in run("up", *state).stderr
    finally:
        assert run("down", *state).returncode == 0
    with pytest.raises(OSError, match="refused"):
        version(url, token)
    # What was in it is still there the next time.
    try:
        assert facts(run("up", *state).stdout)[1] == token
    finally:
        run("down", *state)


def test_a_killed_test_run_leaves_no_server_behind(rt: RtServer) -> None:
    program = "from tests.servers.rt import running\nwith running() as s:\n    print(s.url, flush=True)\n    input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stdin=subprocess.PIPE, cwd=ROOT
    ) as run:
        assert run.stdout is not None
        url = run.stdout.readline().decode().strip()
        assert version(url, rt.tokens["anna"]) == 200
        run.kill()
    for _ in range(100):
        try:
            version(url, rt.tokens["anna"])
        except OSError:
            return
        time.sleep(0.1)
    raise AssertionError("the server is still there")
