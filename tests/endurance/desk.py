"""Fifty mixed actions on a queue of a real Request Tracker, and what RT itself says came of them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from tests.adapters.rt.rig import Api
from tests.servers.rt import RtServer

Script = list[dict[str, str]]


class Desk:
    """A fresh queue with tickets, a config that points at it, and a data folder."""

    def __init__(
        self, server: RtServer, folder: Path, *, tickets: int, url: str | None = None, undo: float = 3
    ) -> None:
        self.server = server
        self.folder = folder
        self.queue = server.queue()
        self.ids = _registered(server, self.queue, tickets)
        self.config = folder / "config.toml"
        self.data = folder / "data"
        self.undo = undo
        self.point_at(url or server.url)
        self.environment = {**os.environ, "VAGT_SECRET_RT": server.tokens["anna"], "PYTHONUNBUFFERED": "1"}

    def point_at(self, url: str, *, undo: float | None = None) -> None:
        self.config.write_text(
            f"[console]\nrefresh = 5\nundo = {self.undo if undo is None else undo}\n"
            f'[[backends]]\nname = "rt"\nadapter = "rt"\nurl = "{url}"\nauth = "token"\n'
            f'[backends.options]\nqueues = ["{self.queue}"]\n'
        )

    def process(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.endurance.watch", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )

    @contextmanager
    def draining(self) -> Iterator[subprocess.Popen[str]]:
        process = self.process("drain", str(self.config), str(self.data))
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

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

    def wait_empty(self, process: subprocess.Popen[str], seconds: float) -> str:
        """What the process said when the outbox was empty; fails where it is not within `seconds`."""
        out, errors = process.communicate(timeout=seconds)
        assert process.returncode == 0, out + errors
        return out


def _registered(server: RtServer, queue: str, count: int) -> tuple[str, ...]:
    """Whole tickets, with history and watchers, as a colleague registers them."""
    rows = [
        {"Queue": queue, "Subject": f"ticket {n}", "Content": "x", "ContentType": "text/plain"} for n in range(count)
    ]
    headers = {"Authorization": f"token {server.tokens['bo']}"}
    answer = httpx.post(f"{server.url}/REST/2.0/tickets/bulk", json=rows, headers=headers, timeout=60, trust_env=False)
    answer.raise_for_status()
    return tuple(str(row["id"]) for row in answer.json())


def fifty(ids: tuple[str, ...]) -> Script:
    """Fifty actions of ten kinds over twenty tickets, several on one ticket."""
    script: Script = []

    def add(verb: str, id: str = "", **answers: str) -> None:
        script.append({"backend": "rt", "verb": verb, **({"id": id} if id else {}), **answers})

    for n in range(12):
        add("note", ids[n], text=f"note {n}: æøå 🔥")
    for n in range(4):
        add("note", ids[n], text=f"second note {n}")
    for n in range(5):
        add("comment", ids[n + 5], text=f"comment {n}")
    for n in range(8):
        add("acknowledge", ids[n])
    for n in range(5):
        add("priority", ids[n + 2], priority="1")
    for n in range(4):
        add("take", ids[n + 12])
    for n in range(4):
        add("resolve", ids[n], text=f"resolved {n}")
    for n in range(3):
        add("link", ids[n + 14], other=ids[n + 17])
    for n in range(5):
        add("create", title=f"registered {n}")
    assert len(script) == 50
    return script


async def applied(api: Api, queue: str, script: Script) -> Counter[str]:
    """How often each action of `script` is found in RT; each must be there once."""
    found: Counter[str] = Counter()
    for step in script:
        name = json.dumps(step, sort_keys=True)
        found[name] = await _times(api, queue, step)
    return found


async def _times(api: Api, queue: str, step: dict[str, str]) -> int:
    match step["verb"]:
        case "note":
            return (await api.texts(step["id"], "Comment")).count(step["text"])
        case "comment":
            return (await api.texts(step["id"], "Correspond")).count(step["text"])
        case "resolve":
            texts = await api.texts(step["id"], "Correspond") + await api.texts(step["id"], "Comment")
            resolved = [
                r for r in await api.history(step["id"]) if r["Type"] == "Status" and r["NewValue"] == "resolved"
            ]
            return max(texts.count(step["text"]), len(resolved))
        case "acknowledge" | "take":
            owners = [r for r in await api.history(step["id"]) if r["Type"] == "Set" and r["Field"] == "Owner"]
            return len(owners)
        case "priority":
            rows = await api.history(step["id"])
            return len([r for r in rows if r["Type"] == "Set" and r["Field"] == "Priority"])
        case "link":
            rows = await api.history(step["id"])
            return len([r for r in rows if r["Type"] == "AddLink"])
        case "create":
            query = f"Queue = '{queue}' AND Subject = '{step['title']}'"
            return int((await api.send("GET", f"/tickets?query={query}"))["total"])
        case verb:
            raise AssertionError(verb)


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
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed += 1
                met.update(desk.stages())
                continue
            break
    with desk.draining() as process:
        said = desk.wait_empty(process, max(1.0, end - time.monotonic()))
    assert said == "", said
    return met
