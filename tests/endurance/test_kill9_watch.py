"""Killing the console that claimed a step, at any moment, loses no step, and doubles none where anybody can tell."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.endurance.watcher import STAGES, told
from tests.unit.escalation.consoles import settings
from vagt.adapters.embedded.session import EmbeddedSession, connect
from vagt.adapters.protocol import Connection
from vagt.domain import marker
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Command, Create
from vagt.domain.priority import PriorityMatrix

pytestmark = pytest.mark.timeout(90)


class Process:
    """One watcher."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def says(self, words: str, within: float = 20) -> str:
        """Wait until it says a line that begins so."""
        assert self.process.stdout is not None
        async with asyncio.timeout(within):
            while line := (await self.process.stdout.readline()).decode():
                if line.startswith(words):
                    return line
        raise AssertionError(f"it ended before it said “{words}”")

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@asynccontextmanager
async def watcher(folder: Path, name: str, at: str = "", *, remembers: bool) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.endurance.watcher",
        str(folder),
        name,
        at,
        "remembers" if remembers else "forgets",
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    made = Process(process)
    try:
        yield made
    finally:
        await made.kill()


async def desk(folder: Path) -> EmbeddedSession:
    (backend,) = settings("bo").backends
    return await connect(
        Connection(
            settings=backend,
            secret=_none,
            clock=SystemClock(),
            matrix=PriorityMatrix(),
            data_dir=folder,
            operator="bo",
        )
    )


async def _none() -> str:
    return ""


async def register(session: EmbeddedSession) -> str:
    clock = SystemClock()
    create = Create(title="Mail is down", impact=1, urgency=1, team="Databases")
    command = Command(id="c", backend="desk", subject=None, ref="desk", change=create, by="bo", at=clock.now())
    done = await session.perform(command, None)
    assert done.incident is not None
    return done.incident.id


@pytest.mark.parametrize(
    ("stage", "remembers"),
    [(stage, True) for stage in STAGES] + [("tell asked", False), ("told", False), ("done written", False)],
)
async def test_whoever_comes_next_finishes_the_step(tmp_path: Path, stage: str, remembers: bool) -> None:
    session = await desk(tmp_path)
    try:
        id = await register(session)
        async with watcher(tmp_path, "anna", stage, remembers=remembers) as first:
            await first.says("AT")
            await first.kill()
        async with watcher(tmp_path, "bo", remembers=remembers) as second:
            async with asyncio.timeout(30):
                while _marks(await session.timeline(id))["done"] < 1:
                    await asyncio.sleep(0.1)
            async with watcher(tmp_path, "anna", remembers=remembers) as again:
                await again.says("UP")
                await asyncio.sleep(2.0)
            assert second.process.returncode is None
        found = told(tmp_path)
        assert found, "a step is never lost"
        if remembers:
            assert len(found) == 1, f"doubled: {found}"
        assert len(found) <= 2
        if len(found) == 2:
            assert "This may be the second of its kind" in found[1]["text"] or "Sent again" in found[1]["text"]
        # cut off while saying so, both say that it was done, which is true
        assert 1 <= _marks(await session.timeline(id))["done"] <= (2 if stage == "done asked" else 1)
        (incident,) = await session.get((id,))
        assert incident.team == "NOC"
    finally:
        await session.close()


def _marks(entries: object) -> Counter[str]:
    return Counter(each.kind for entry in entries for each in marker.find(entry.text))  # type: ignore[attr-defined]
