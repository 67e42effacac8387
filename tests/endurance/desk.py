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


class Process(subprocess.Popen[str]):
    """A process of `tests.endurance.watch`."""

    has_begun = False

    def begin(self) -> None:
        """Wait until it is about to send."""
        if not self.has_begun:
            assert self.stdout is not None
            self.stdout.readline()
            self.has_begun = True

    def end(self) -> None:
        """kill -9, whatever it does; also where it has ended."""
        self.kill()
        self.wait()
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.close()


class Desk:
    """One user's folder. `backend` is the table of the config that names the backend."""

    def __init__(self, folder: Path, backend: str, *, undo: float = 1.5, **environment: str) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.data = folder / "data"
        self.environment = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
        self.undo = undo
        self.configure(backend, undo)

    def configure(self, backend: str, undo: float) -> None:
        self.config.write_text(f'[console]\nrefresh = 5\nundo = {undo}\nbell = ""\n{backend}', encoding="utf-8")

    def process(self, *arguments: str) -> Process:
        return Process(
            [sys.executable, "-m", "tests.endurance.watch", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )

    def drain(self) -> Process:
        """A process that sends until the outbox is empty."""
        return self.process("drain", str(self.config), str(self.data))

    @contextmanager
    def draining(self) -> Iterator[Process]:
        process = self.drain()
        try:
            yield process
        finally:
            process.end()

    def enqueue(self, script: Script) -> None:
        """Put all actions on disk, and kill the process before the first one leaves."""
        path = self.folder / "script.json"
        path.write_text(json.dumps(script))
        process = self.process("enqueue", str(self.config), str(self.data), str(path))
        process.begin()
        assert process.stdout is not None
        said = process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        _, errors = process.communicate()
        assert said == f"queued {len(script)}\n", said + errors
        time.sleep(self.undo)  # nothing can be taken back any more: whoever starts next begins to send

    def stages(self) -> Counter[str]:
        """How many actions on disk are in which stage; a look past the engine."""
        with closing(sqlite3.connect(self.data / "outbox.sqlite")) as database:
            return Counter(str(stage) for (stage,) in database.execute("SELECT stage FROM intents"))

    def wait_under_way(self, process: Process, seconds: float = 10) -> None:
        """Until an action is on the wire, or `process` has ended, or it takes too long."""
        end = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < end and not self.stages()["sending"]:
            time.sleep(0.005)

    @property
    def is_empty(self) -> bool:
        return not {"held", "queued", "sending", "unsure"} & self.stages().keys()

    def wait_empty(self, process: Process, seconds: float) -> str:
        """What the process said when the outbox was empty; fails where it is not within `seconds`."""
        out, errors = process.communicate(timeout=seconds)
        assert process.returncode == 0, out + errors
        return out.removeprefix("begun\n")


def kill_until_empty(desk: Desk, chance: random.Random, *, spread: float, kills: int, seconds: float) -> Counter[str]:
    """Start a sender and kill it -9, `kills` times, each within `spread` seconds; then let one come to its end.

    Most kills come while it sends, some while it still starts. In which stages the actions were that a kill met,
    summed over the kills.
    """
    killed = 0
    met: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while killed < kills:
        with desk.draining() as process:
            if chance.random() < 0.8:
                desk.wait_under_way(process)
            try:
                process.wait(chance.random() * spread)
            except subprocess.TimeoutExpired:
                process.end()
                killed += 1
                met.update(desk.stages())
                continue
            break
    met["kills"] = killed
    with desk.draining() as process:
        said = desk.wait_empty(process, max(1.0, end - time.monotonic()))
    assert said == "", said
    return met


def kill_one_of_two(desk: Desk, chance: random.Random, *, spread: float, kills: int, seconds: float) -> Counter[str]:
    """Two senders of one user on one data folder: again and again one of them, by chance, is killed and replaced.

    In which stages the actions were that a kill met, summed over the kills.
    """
    end = time.monotonic() + seconds
    pair = [desk.drain(), desk.drain()]
    met: Counter[str] = Counter()
    try:
        while met["kills"] < kills and not desk.is_empty:
            # The first of the pair is the elder, which sends; the other one waits for its end.
            pair[0].begin()
            if chance.random() < 0.8:
                desk.wait_under_way(pair[0])
            time.sleep(chance.random() * spread)
            victim = pair.pop(0 if chance.random() < 0.8 else 1)
            met["kills"] += victim.poll() is None
            victim.end()
            met.update(desk.stages())
            pair.append(desk.drain())
        for process in pair:
            said = desk.wait_empty(process, max(1.0, end - time.monotonic()))
            assert said == "", said
    finally:
        for process in pair:
            process.end()
    return met
