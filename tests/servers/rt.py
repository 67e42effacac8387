"""A real Request Tracker 5 on loopback: installs the distribution's packages, seeds a private instance, starts it.

By hand: `python -m tests.servers.rt up` (prints address, users and a config), `env`, `down`.
Nothing outside the instance's folder and the cache of the seeded database is touched.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from tests.servers.rt_config import template, write_config

LIB = Path("/usr/share/request-tracker5/lib")
SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
SETUP = Path("/usr/sbin/rt-setup-database-5")
HELPER = Path(__file__).with_name("rt_helper.pl")
PACKAGES = ("request-tracker5", "rt5-db-sqlite", "rt5-standalone")
PASSWORD = "password"
ZONE = "America/New_York"
_DEBCONF = """\
request-tracker5 request-tracker5/dbconfig-install boolean false
request-tracker5 request-tracker5/install-cronjobs boolean false
request-tracker5 request-tracker5/handle-siteconfig-permissions boolean false
request-tracker5 request-tracker5/rtname string rt.test
request-tracker5 request-tracker5/organization string rt.test
request-tracker5 request-tracker5/correspondaddress string rt@rt.test
request-tracker5 request-tracker5/commentaddress string rt-comment@rt.test
"""


class CannotInstall(Exception):
    """This machine cannot have Request Tracker; the message says why."""

    def __init__(self, why: str, *, avoidable: bool = False) -> None:
        super().__init__(why)
        self.avoidable = avoidable
        """Somebody with more rights on this machine could."""


class Broken(Exception):
    """Request Tracker is installed but does not start; the message says what it said."""


def is_installed() -> bool:
    return LIB.is_dir() and SERVER.is_file() and SETUP.is_file() and _perl_has("DBD::SQLite", "Starlet", "JSON")


def install() -> None:
    """Install the packages where they are missing. Raises CannotInstall."""
    if is_installed():
        return
    if shutil.which("apt-get") is None:
        raise CannotInstall("there is no apt-get on this machine, and Request Tracker 5 is not installed")
    if os.geteuid() != 0:
        why = f"not root: `apt-get install {' '.join(PACKAGES)}` would make these tests run"
        raise CannotInstall(why, avoidable=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["debconf-set-selections"], input=_DEBCONF, text=True, check=False, env=environment)
    mailer = () if Path("/usr/sbin/sendmail").exists() else ("msmtp-mta",)
    command = ["apt-get", "install", "-y", "--no-install-recommends", *mailer, *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        subprocess.run(["apt-get", "update"], capture_output=True, check=False, env=environment)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0 or not is_installed():
        raise CannotInstall("apt-get could not install it: " + (done.stderr.strip().splitlines() or ["?"])[-1])


def _perl_has(*modules: str) -> bool:
    try:
        return (
            subprocess.run(["perl", *(f"-M{m}" for m in modules), "-e1"], capture_output=True, check=False).returncode
            == 0
        )
    except OSError:
        return False


def _environment(config: Path) -> dict[str, str]:
    return {**os.environ, "RT_SITE_CONFIG": str(config), "RT_SITE_CONFIG_DIR": str(config.parent / "none")}


def _cache() -> Path:
    base = os.environ.get("VAGT_TEST_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return Path(base) / "vagt-tests" if base else Path.home() / ".cache" / "vagt-tests"


def seeded() -> Path:
    """A folder with a seeded database and its tokens, made once for this version of RT, configuration and seed."""
    stamp = SETUP.stat().st_mtime_ns
    digest = hashlib.sha256(f"{template()}{ZONE}{HELPER.read_text()}{stamp}".encode()).hexdigest()[:16]
    folder = _cache() / f"rt-{digest}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "rt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "seed.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix="making-", dir=folder.parent) as making:
                _make(Path(making))
                folder.mkdir(mode=0o700)
                shutil.copy(Path(making) / "rt.sqlite", folder)
                shutil.copy(Path(making) / "seed.json", folder)
    return folder


def _make(state: Path) -> None:
    config = write_config(state, 1, ZONE)
    (state / "password").write_text(PASSWORD + "\n")
    _run(
        [str(SETUP), "--action", "init", "--skip-create", "--root-password-file", str(state / "password")],
        config,
    )
    # Write-ahead logging: RT has several processes, and readers must not wait for the writer.
    with contextlib.closing(sqlite3.connect(state / "rt.sqlite")) as database:
        database.execute("PRAGMA journal_mode=WAL")
    told = _run(["perl", f"-I{LIB}", str(HELPER), "seed"], config)
    (state / "seed.json").write_text(told.strip().splitlines()[-1])
    with contextlib.closing(sqlite3.connect(state / "rt.sqlite")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _run(command: list[str], config: Path) -> str:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=_environment(config),
        cwd=config.parent,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise Broken(f"{Path(command[0]).name} failed: {(done.stdout + done.stderr)[-800:]}")
    return done.stdout


class Helper:
    """A Perl process with RT loaded, for what no REST call can do."""

    def __init__(self, config: Path, log: IO[bytes], guarded: int = 0) -> None:
        """`guarded`: a process group that must not outlive us, however we end; 0: none."""
        environment = _environment(config)
        if guarded:
            environment["RT_TEST_GUARDED"] = str(guarded)
        self._process = subprocess.Popen(
            ["perl", f"-I{LIB}", str(HELPER), "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
            cwd=config.parent,
        )
        self._lock = threading.Lock()
        self._ready = False

    def ask(self, do: str, **facts: object) -> dict[str, Any]:
        """One request and its answer. Raises Broken with RT's words."""
        with self._lock:
            if not self._ready:
                self._line()
                self._ready = True
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps({"do": do, **facts}) + "\n")
            self._process.stdin.flush()
            answer = self._line()
        if "error" in answer:
            raise Broken(f"{do}: {answer['error']}")
        return answer

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return dict(json.loads(line))
        raise Broken("RT's helper process died; see server.log in its folder")

    def stop(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.terminate()
        self._process.wait(10)


_LAID_OUT = ("rt.sqlite", "seed.json")


class RtServer:
    """A running instance."""

    def __init__(self, state: Path, *, workers: int = 3) -> None:
        self.state = state
        self._workers = workers
        self._process: subprocess.Popen[bytes] | None = None
        self._helper: Helper | None = None
        self.port = 0
        self.tokens: dict[str, str] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_laid_out(self) -> bool:
        """Whether the folder holds a whole instance: one that was broken off, or laid out otherwise, is begun anew."""
        return all((self.state / name).exists() for name in _LAID_OUT)

    def start(self, *, port: int = 0, keep: bool = False) -> None:
        """Lay out the folder and start. `keep` leaves an earlier database in it, and outlives us. Raises Broken."""
        self.port = port or _free_port()
        config = write_config(self.state, self.port, ZONE)
        if not (keep and self.is_laid_out):
            seed = seeded()
            for name in _LAID_OUT:
                shutil.copy(seed / name, self.state / name)
        self.tokens = json.loads((self.state / "seed.json").read_text())["tokens"]
        log = (self.state / "server.log").open("ab")
        command = ["perl", str(SERVER), "--server", "Starlet", "--host", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*command, "--max-workers", str(self._workers)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(config),
            cwd=self.state,
            start_new_session=True,
        )
        self._helper = Helper(config, log, guarded=0 if keep else self._process.pid)
        log.close()
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"{self.url}/REST/2.0/rt", timeout=5)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code == 401:
                        return
            except OSError:
                pass
            time.sleep(0.05)
        said = (self.state / "server.log").read_text(errors="replace")[-800:]
        self.stop()
        raise Broken(f"Request Tracker does not answer: {said}")

    def ask(self, do: str, **facts: object) -> dict[str, Any]:
        """Something that only RT's own Perl can do; see rt_helper.pl."""
        assert self._helper is not None
        return self._helper.ask(do, **facts)

    def queue(self, *, lifecycle: str = "incident", visible: bool = True, sla: bool = False, name: str = "") -> str:
        """A new queue, empty and with the usual rights: each test has its own. Its name."""
        name = name or f"q-{secrets.token_hex(4)}"
        self.ask("queue", name=name, lifecycle=lifecycle, visible=visible, sla=sla)
        return name

    def tickets(self, queue: str, subjects: Sequence[str]) -> tuple[str, ...]:
        """New tickets without mail or history, some hundred a second; their numbers."""
        return tuple(self.ask("tickets", queue=queue, subjects=list(subjects))["ids"])

    def forget_sessions(self) -> None:
        """End every browser session, as a restart of RT or the passing of time would."""
        files = [path for path in (self.state / "sessions").rglob("*") if path.is_file()]
        assert files, "RT keeps its sessions elsewhere"
        for path in files:
            path.unlink()

    def stop(self) -> None:
        """Stop the processes that this object started."""
        if self._helper is not None:
            self._helper.stop()
            self._helper = None
        if self._process is not None:
            _end(self._process.pid)
            self._process.wait(10)
            self._process = None


def _end(pid: int) -> None:
    """Stop a server and its workers, which are one process group."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, sign)
        except ProcessLookupError:
            return
        for _ in range(40):
            if not _alive(pid):
                break
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _quick_folder() -> str | None:
    """A folder in memory where there is room: SQLite then waits for no disk."""
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 40_000_000:
        return str(memory)
    return None


def _clear_away() -> None:
    """Remove what killed test runs left behind."""
    for owner in Path(_quick_folder() or tempfile.gettempdir()).glob("vagt-rt-*/owner"):
        if not Path("/proc", owner.read_text()).exists():
            shutil.rmtree(owner.parent, ignore_errors=True)


@contextlib.contextmanager
def running() -> Iterator[RtServer]:
    """A fresh instance for the time of the context. Raises CannotInstall or Broken."""
    install()
    _clear_away()
    with tempfile.TemporaryDirectory(prefix="vagt-rt-", dir=_quick_folder()) as folder:
        (Path(folder) / "owner").write_text(str(os.getpid()))
        server = RtServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


_TROUBLES = (
    ("Incidents", "Mail is not delivered to the branch in Aarhus"),
    ("Incidents", "Payroll batch failed again"),
    ("Incidents", "VPN drops every ten minutes"),
    ("Incidents", "Web shop answers 502 at checkout"),
    ("Incidents", "Printer on floor 3 prints \U0001f525 only"),
    ("Network", "Switch 7 flaps"),
    ("Network", "No route to the backup site"),
    ("Network", "DNS answers slowly in Kolding"),
)


def _register(server: RtServer, queue: str, title: str, priority: int) -> None:
    body = {"Queue": queue, "Subject": title, "Priority": priority, "Requestor": ["cora"]}
    request = urllib.request.Request(
        f"{server.url}/REST/2.0/ticket",
        data=json.dumps({**body, "Content": f"{title}. Please help.", "ContentType": "text/plain"}).encode(),
        headers={"Authorization": f"token {server.tokens['bo']}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30):
        return


def _by_hand(state: Path, port: int) -> None:
    """Start, and fill a queue, for a person who wants to try the console on it."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = _facts(state)
    if facts and _alive(facts["pid"]):
        print("already running", file=sys.stderr)
    else:
        install()
        server = RtServer(state)
        fresh = not server.is_laid_out
        server.start(port=port, keep=True)
        if fresh:
            server.queue(name="Incidents", sla=True)
            server.queue(name="Network")
            for number, (queue, title) in enumerate(_TROUBLES):
                _register(server, queue, title, priority=(number * 37) % 100)
        assert server._helper is not None
        server._helper.stop()
        written = {"pid": server.pid, "url": server.url, "tokens": server.tokens}
        (state / "running.json").touch(mode=0o600)
        (state / "running.json").write_text(json.dumps(written))
    _print_facts(state)


def _print_facts(state: Path) -> None:
    facts = _facts(state)
    if not facts:
        raise SystemExit("not running: python -m tests.servers.rt up")
    print(f"# Request Tracker: {facts['url']}   users root, anna, bo, mia, junior, reader: password “{PASSWORD}”")
    print("# To try it, put this into a config file and set the variable:")
    print(f'#   [[backends]]\n#   name = "rt"\n#   adapter = "rt"\n#   url = "{facts["url"]}"')
    print(f"export VAGT_SECRET_RT={facts['tokens']['anna']}")


def _facts(state: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((state / "running.json").read_text()))
    except (OSError, ValueError):
        return {}


def _alive(pid: int) -> bool:
    """Whether that process is still the server that we started, and not a stranger with its number."""
    try:
        return b"rt-server" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _down(state: Path) -> None:
    facts = _facts(state)
    if facts and _alive(facts["pid"]):
        _end(facts["pid"])
    (state / "running.json").unlink(missing_ok=True)


def main() -> None:
    """`up`, `env`, `down`."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.rt", description=__doc__)
    parser.add_argument("what", choices=("up", "env", "down"))
    parser.add_argument("--state", type=Path, default=_cache() / "rt-by-hand", help="the instance's folder")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    given = parser.parse_args()
    try:
        match given.what:
            case "up":
                _by_hand(given.state.absolute(), given.port)
            case "env":
                _print_facts(given.state)
            case _:
                _down(given.state)
    except (CannotInstall, Broken) as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
