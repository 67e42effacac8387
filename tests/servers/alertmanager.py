"""A real Prometheus Alertmanager on loopback: installs the distribution's package, starts it in a folder of its own.

By hand: `python -m tests.servers.alertmanager up` (prints address and config), `fire N`, `resolve`, `list`, `down`.
Nothing outside the instance's folder is touched.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.servers.alertmanager_package import PROGRAM, install

USER, PASSWORD = "anna", "p4ss-am-7f3a9"
_HASH = "$2b$04$abcdefghijklmnopqrstuu0sjDV9BPfYNZzB08P1odSFTPFnYW80S"
"""PASSWORD as bcrypt, of the least cost."""
_GROUPING = ["alertname", "cluster", "world", "case"]
_RESOLVE = 3600
"""Seconds after which an alert that nobody sends again ends."""

_CONFIG = """\
global:
  resolve_timeout: {resolve}s
route:
  receiver: lump
  group_wait: 1s
  group_interval: 5s
  repeat_interval: 1h
  routes:
    - matchers: ['alone="yes"']
      receiver: alone
      group_by: ['...']
    - matchers: ['lump!="yes"']
      receiver: pager
      group_by: [{grouping}]
      routes:
        - matchers: ['team="net"']
          receiver: net
          continue: true
        - matchers: ['severity=~".*"']
          receiver: pager
inhibit_rules:
  - source_matchers: ['severity="critical"']
    target_matchers: ['severity="warning"']
    equal: [cluster, world]
receivers: [{{name: pager}}, {{name: net}}, {{name: lump}}, {{name: alone}}]
"""

Labels = Mapping[str, str]


class Broken(Exception):
    """Alertmanager is installed but does not start; the message says what it said."""


class Alertmanager:
    """A running instance."""

    def __init__(
        self, state: Path, *, resolve: float = _RESOLVE, prefix: str = "", peer: Alertmanager | None = None
    ) -> None:
        """`peer`: another one, with which it is a cluster; that one must have `cluster_port`."""
        self.state = state
        self._peer = peer
        self.cluster_port = 0
        """Where peers find it; 0: it is alone."""
        self._resolve = resolve
        self._prefix = prefix
        self._process: subprocess.Popen[bytes] | None = None
        self._signed = False
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self._prefix}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, *, port: int = 0, keep: bool = False) -> None:
        """Start, on the same port as before where there was one. `keep`: it outlives us. Raises Broken."""
        self.port = port or self.port or _free_port()
        config = _CONFIG.format(resolve=f"{self._resolve:g}", grouping=", ".join(_GROUPING))
        (self.state / "alertmanager.yml").write_text(config)
        self.sign_in(self._signed)
        log = (self.state / "alertmanager.log").open("ab")
        command = [
            str(PROGRAM),
            f"--config.file={self.state / 'alertmanager.yml'}",
            f"--web.config.file={self.state / 'web.yml'}",
            f"--storage.path={self.state / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            *self._cluster(),
            "--log.level=warn",
            *([f"--web.route-prefix={self._prefix}"] if self._prefix else []),
        ]
        self._process = subprocess.Popen(
            command if keep else [sys.executable, "-c", _GUARD, str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.state,
            start_new_session=True,
        )
        log.close()
        self._wait()

    def _cluster(self) -> list[str]:
        if not self.cluster_port and self._peer is None:
            return ["--cluster.listen-address="]
        self.cluster_port = self.cluster_port or _free_port()
        here = f"127.0.0.1:{self.cluster_port}"
        words = [
            f"--cluster.listen-address={here}",
            f"--cluster.advertise-address={here}",
            "--cluster.settle-timeout=1s",
        ]
        return words + ([f"--cluster.peer=127.0.0.1:{self._peer.cluster_port}"] if self._peer is not None else [])

    def _wait(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            try:
                with self._open("GET", "/-/ready"):
                    return
            except OSError:
                time.sleep(0.03)
        said = (self.state / "alertmanager.log").read_text(errors="replace")[-800:]
        self.stop()
        raise Broken(f"Alertmanager does not answer: {said}")

    def stop(self) -> None:
        """Stop the process that this object started."""
        if self._process is not None:
            end(self._process.pid)
            self._process.wait(10)
            self._process = None

    def sign_in(self, needed: bool) -> None:
        """Whether a user and a password are wanted from now on; each request reads this anew."""
        self._signed = needed
        self._write({"basic_auth_users": {USER: _HASH}} if needed else {})

    def change_password(self) -> None:
        """Nobody's password is right any more, ours neither, until `sign_in`."""
        self._write({"basic_auth_users": {USER: _HASH[:-6] + "AAAAAA"}})

    def _write(self, written: Mapping[str, object]) -> None:
        making = self.state / "web.new"
        making.write_text(json.dumps(written))
        making.replace(self.state / "web.yml")

    def fire(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        """Alerts as Prometheus sends them: `labels`, `annotations` …; waits until the last of them is in its group.

        Alertmanager answers before it has sorted them into groups.
        """
        self.post("/alerts", list(alerts))
        *_, last = alerts
        held = {name: value for name, value in last["labels"].items() if value}
        query = "&".join(
            f"filter={urllib.parse.quote(f'{name}={json.dumps(value, ensure_ascii=False)}')}"
            for name, value in held.items()
        )
        end = time.monotonic() + 5
        while time.monotonic() < end:
            groups = self.get(f"/alerts/groups?{query}")
            if any(alert["labels"] == held for group in groups for alert in group["alerts"]):
                return
            time.sleep(0.005)
        raise Broken(f"an alert is in no group: {held}")

    def resolve(self, labels: Sequence[Labels]) -> None:
        """These are well again."""
        past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        self.post("/alerts", [{"labels": dict(one), "endsAt": past} for one in labels])

    def alerts(self, *filters: str) -> list[dict[str, Any]]:
        """What fires, silenced or not."""
        query = "&".join(f"filter={urllib.parse.quote(one)}" for one in filters)
        return list(self.get(f"/alerts?{query}"))

    def silences(self) -> list[dict[str, Any]]:
        """All silences."""
        return list(self.get("/silences"))

    def silence(self, matchers: Labels, *, by: str, comment: str, seconds: float = 3600) -> str:
        """Somebody silences what has exactly these labels; the silence's id."""
        now = datetime.now(UTC)
        body = {
            "matchers": [{"name": n, "value": v, "isRegex": False, "isEqual": True} for n, v in matchers.items()],
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(seconds=seconds)).isoformat(),
            "createdBy": by,
            "comment": comment,
        }
        return str(self.post("/silences", body)["silenceID"])

    def expire(self, id: str) -> None:
        """Somebody ends a silence."""
        with self._open("DELETE", f"/api/v2/silence/{id}"):
            return

    def get(self, path: str) -> Any:
        with self._open("GET", f"/api/v2{path}") as answer:
            return json.loads(answer.read())

    def post(self, path: str, body: object) -> Any:
        with self._open("POST", f"/api/v2{path}", json.dumps(body).encode()) as answer:
            return json.loads(answer.read() or b"null")

    def _open(self, method: str, path: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(f"{self.url}{path}", data=body, method=method)
        request.add_header("Content-Type", "application/json")
        if self._signed:
            request.add_header("Authorization", f"Basic {_pair()}")
        return _opener.open(request, timeout=10)


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Not through the environment's proxy: it is on this machine."""
_GUARD = """\
import os, signal, subprocess, sys, time
parent = int(sys.argv[1])
child = subprocess.Popen(sys.argv[2:])
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
while child.poll() is None and os.getppid() == parent:
    time.sleep(0.1)
child.terminate()
child.wait()
"""
"""Runs the server for as long as the tests live, however they end."""


def _pair() -> str:
    return base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def end(pid: int) -> None:
    """Stop a server, or the guard that then stops its server; it has put its silences away when this returns."""
    for stop in (os.kill, os.killpg):
        with contextlib.suppress(ProcessLookupError):
            stop(pid, signal.SIGTERM if stop is os.kill else signal.SIGKILL)
        for _ in range(100):
            if not alive(pid):
                return
            time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether that process is still a server that we started, and not a stranger with its number."""
    try:
        return b"prometheus-alertmanager" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def cluster() -> Iterator[tuple[Alertmanager, Alertmanager]]:
    """Two peers: each silence is on both, each alert only where it was sent. Raises CannotInstall or Broken."""
    install()
    with tempfile.TemporaryDirectory(prefix="vagt-am-", ignore_cleanup_errors=True) as folder:
        for name in "ab":
            (Path(folder) / name).mkdir()
        first = Alertmanager(Path(folder) / "a")
        first.cluster_port = _free_port()
        second = Alertmanager(Path(folder) / "b", peer=first)
        try:
            first.start()
            second.start()
            yield first, second
        finally:
            second.stop()
            first.stop()


@contextlib.contextmanager
def running(*, resolve: float = _RESOLVE, prefix: str = "") -> Iterator[Alertmanager]:
    """A fresh instance for the time of the context. Raises CannotInstall or Broken."""
    install()
    with tempfile.TemporaryDirectory(prefix="vagt-am-", ignore_cleanup_errors=True) as folder:
        server = Alertmanager(Path(folder), resolve=resolve, prefix=prefix)
        server.start()
        try:
            yield server
        finally:
            server.stop()


if __name__ == "__main__":
    from tests.servers.alertmanager_by_hand import main

    main()
