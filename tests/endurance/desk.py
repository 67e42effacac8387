"""A config and a data folder for processes that are killed: actions wait on disk and are sent by whoever lives."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.endurance.script import Script

LONG = bool(os.environ.get("VAGT_TEST_LONG"))
"""Two hundred actions instead of fifty."""
SEED = int(os.environ.get("VAGT_TEST_SEED", "1"))
INCIDENTS = 80 if LONG else 20


class Desk:
    """One user's folder. `backend` is the table of the config that names the backend."""

    def __init__(self, folder: Path, backend: str, *, undo: float = 3, **environment: str) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.data = folder / "data"
        self.environment = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
        self.configure(backend, undo)

    def configure(self, backend: str, undo: float) -> None:
        self.config.write_text(f'[console]\nrefresh = 5\nundo = {undo}\nbell = ""\n{backend}', encoding="utf-8")

    def process(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.endurance.watch", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )

    def drain(self) -> subprocess.Popen[str]:
        """A process that sends until the outbox is empty."""
        return self.process("drain", str(self.config), str(self.data))

    @contextmanager
    def draining(self) -> Iterator[subprocess.Popen[str]]:
        process = self.drain()
        try:
            yield process
        finally:
            _kill(process)

    def enqueue(self, script: Script) -> None:
        """Put all actions on disk, and kill the process before the first one leaves."""
        path = self.folder / "script.json"
        path.write_text(json.dumps(script))
        process = self.process("enqueue", str(self.config), str(self.data), str(path))
        assert process.stdout is not None
        said = process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        _, errors = process.communicate()
        assert said == f"queued {len(script)}\n", said + errors

    def stages(self) -> Counter[str]:
        """How many actions on disk are in which stage; a look past the engine."""
        with closing(sqlite3.connect(self.data / "outbox.sqlite")) as database:
            return Counter(str(stage) for (stage,) in database.execute("SELECT stage FROM intents"))

    @property
    def is_empty(self) -> bool:
        return not {"held", "queued", "sending", "unsure"} & self.stages().keys()

    def wait_empty(self, process: subprocess.Popen[str], seconds: float) -> str:
        """What the process said when the outbox was empty; fails where it is not within `seconds`."""
        out, errors = process.communicate(timeout=seconds)
        assert process.returncode == 0, out + errors
        return out


def kill_until_empty(desk: Desk, delays: Iterator[float], *, kills: int, seconds: float) -> Counter[str]:
    """Start a sender and kill it -9 after each of `kills` delays, then let one come to its end.

    In which stages the actions were that a kill met, summed over the kills.
    """
    killed = 0
    met: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while killed < kills:
        with desk.draining() as process:
            try:
                process.wait(next(delays))
            except subprocess.TimeoutExpired:
                _kill(process)
                killed += 1
                met.update(desk.stages())
                continue
            break
    met["kills"] = killed
    with desk.draining() as process:
        said = desk.wait_empty(process, max(1.0, end - time.monotonic()))
    assert said == "", said
    return met


def kill_one_of_two(desk: Desk, delays: Iterator[float], chance: random.Random, *, kills: int, seconds: float) -> int:
    """Two senders of one user on one data folder: again and again one of them, by chance, is killed and replaced.

    How many were killed before the outbox was empty.
    """
    end = time.monotonic() + seconds
    pair = [desk.drain(), desk.drain()]
    killed = 0
    try:
        while killed < kills and not desk.is_empty:
            time.sleep(next(delays))
            victim = chance.randrange(2)
            if pair[victim].poll() is None:
                killed += 1
            _kill(pair[victim])
            pair[victim] = desk.drain()
        for process in pair:
            said = desk.wait_empty(process, max(1.0, end - time.monotonic()))
            assert said == "", said
    finally:
        for process in pair:
            _kill(process)
    return killed


def delays(chance: random.Random, boot: float, spread: float) -> Iterator[float]:
    """Seconds until the kill: a process needs about `boot` before it can send anything."""
    while True:
        yield boot + chance.random() * spread


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    if process.returncode is None or (process.stdout is not None and not process.stdout.closed):
        process.communicate()
