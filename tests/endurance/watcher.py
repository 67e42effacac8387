"""A console on watch as a process of its own, which stops dead at a moment that the test chooses."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.unit.escalation.consoles import settings
from vagt.adapters.embedded.session import connect as embedded
from vagt.adapters.protocol import Connection, Done, Seen
from vagt.channels.protocol import ChannelSession, Line, Message, Telling
from vagt.config.settings import ConsoleSettings
from vagt.domain import marker
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Command, Note, Verb
from vagt.engine.engine import Engine
from vagt.escalation.desk import Escalation
from vagt.escalation.timing import Timing

FAST = Timing(lease=2.5, margin=0.4, settle=0.2, write=2.0, stagger=0.0)
TOLD = "told.jsonl"
STAGES = (
    "claim asked",
    "claim written",
    "assign asked",
    "assign written",
    "tell asked",
    "told",
    "done asked",
    "done written",
)


class Stop:
    """Says where we are, and stays there for ever at the chosen place."""

    def __init__(self, at: str) -> None:
        self.at = at

    async def __call__(self, here: str) -> None:
        if here == self.at:
            print(f"AT {here}", flush=True)
            await asyncio.sleep(3600)


class Stopping:
    """The embedded backend's session, which can stop before and after each write."""

    def __init__(self, session: Any, stop: Stop) -> None:
        self._session = session
        self._stop = stop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def perform(self, command: Command, expected: str | None) -> Done:
        what = _what(command)
        await self._stop(f"{what} asked")
        done: Done = await self._session.perform(command, expected)
        await self._stop(f"{what} written")
        return done


def _what(command: Command) -> str:
    if isinstance(command.change, Note):
        return next((each.kind for each in marker.find(command.change.text)), "note")
    return "assign" if command.verb in (Verb.ASSIGN, Verb.ESCALATE) else command.verb.value


class Paper:
    """A channel that writes down what it tells; `remembers`: it knows a message when it meets it again."""

    def __init__(self, folder: Path, line: Line, console: str, stop: Stop, remembers: bool) -> None:
        self._path = folder / TOLD
        self._channel = line.settings.name
        self._console = console
        self._stop = stop
        self._remembers = remembers

    async def prepare(self, message: Message) -> Telling:
        async def tell() -> str:
            return await self._tell(message)

        return tell

    async def _tell(self, message: Message) -> str:
        await self._stop("tell asked")
        if not (self._remembers and any(each["id"] == message.id for each in told(self._path.parent))):
            line = json.dumps({"id": message.id, "channel": self._channel, "by": self._console, "text": message.words})
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(file, f"{line}\n".encode())
            os.close(file)
        await self._stop("told")
        return ""

    async def seen(self, message: Message, first_tried: datetime) -> Seen:
        if not self._remembers:
            return Seen.UNKNOWN
        known = any(each["id"] == message.id for each in told(self._path.parent))
        return Seen.YES if known else Seen.NO

    async def check(self) -> str:
        return ""

    async def close(self) -> None:
        return None


def told(folder: Path) -> list[dict[str, str]]:
    """What reached somebody, in order."""
    path = folder / TOLD
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


async def _no_secret(_: object) -> str:
    return "hunter2-secret"


async def run(folder: Path, name: str, at: str, remembers: bool) -> None:
    """Watch for ever."""
    stop = Stop(at)

    async def connect(connection: Connection) -> Any:
        return Stopping(await embedded(replace(connection, data_dir=folder)), stop)

    def channel(line: Line) -> ChannelSession:
        return Paper(folder, line, name, stop, remembers)

    config = replace(settings(name), console=ConsoleSettings(undo=0.0, watch=True, refresh=1.0))
    engine = await Engine.open(
        config,
        folder / name,
        clock=SystemClock(),
        operator=name,
        secrets=_no_secret,
        connect=connect,
        open_channel=channel,
    )
    escalation = Escalation(engine, act=True, timing=FAST)
    escalation.watch.on_result = lambda result: print(f"DID {result.status} {result.message}", flush=True)
    await escalation.open()
    await engine.start()
    escalation.start()
    print("UP", flush=True)
    await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4] == "remembers"))
