"""A person can start the tests' Alertmanager, let alerts fire and end, and stop it."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.servers import alertmanager_package as package
from tests.servers.alertmanager import Alertmanager

ROOT = Path(__file__).parents[2]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.servers.alertmanager", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)


def url_in(output: str) -> str:
    return next(line.split('"')[1] for line in output.splitlines() if line.startswith("url ="))


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.usefixtures("alertmanager")
def test_it_starts_fires_resolves_and_stops(tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "am"))
    assert "not running" in run(*state, "fire", "1").stderr
    try:
        up = run(*state, "up")
        assert up.returncode == 0, up.stderr
        url = url_in(up.stdout)
        assert answers(url)
        assert "already running" in run(*state, "up").stderr
        assert run(*state, "fire", "7").stdout == "7 alerts fire\n"
        assert len(run(*state, "list").stdout.splitlines()) == 7
        assert run(*state, "resolve", "HostDown").stdout == "2 alerts are well again\n"
        assert run(*state, "resolve").stdout == "5 alerts are well again\n"
    finally:
        assert run(*state, "down").returncode == 0
    assert not answers(url)


@pytest.mark.usefixtures("alertmanager")
def test_a_killed_test_run_leaves_no_server_behind() -> None:
    program = (
        "from tests.servers.alertmanager import running\n"
        "with running() as s:\n"
        "    print(s.url, flush=True)\n"
        "    input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stdin=subprocess.PIPE, cwd=ROOT
    ) as tests:
        assert tests.stdout is not None
        url = tests.stdout.readline().decode().strip()
        assert answers(url)
        tests.kill()
    for _ in range(100):
        if not answers(url):
            return
        time.sleep(0.1)
    raise AssertionError("the server is still there")


def test_it_forgets_its_alerts_and_keeps_its_silences(alertmanager: Alertmanager) -> None:
    labels = {"alertname": "Restart"}
    alertmanager.fire([{"labels": labels}])
    silence = alertmanager.silence(labels, by="bo", comment="stays")
    alertmanager.stop()
    alertmanager.start()
    assert alertmanager.alerts('alertname="Restart"') == []
    assert silence in {one["id"] for one in alertmanager.silences()}
    alertmanager.expire(silence)


def test_where_it_may_not_be_installed_the_tests_say_what_would_make_them_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(package, "PROGRAM", tmp_path / "not here")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(package.CannotInstall, match="apt-get install prometheus-alertmanager") as why:
        package.install()
    assert why.value.avoidable
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(package.CannotInstall, match="no apt-get") as why:
        package.install()
    assert not why.value.avoidable, "nobody on this machine could"
