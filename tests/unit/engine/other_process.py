"""Run as a program: an engine of its own on a given data folder, told by its arguments what to do."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from tests.unit.engine.fakes import no_secret, settings_for
from tests.unit.engine.filedesk import FileDesk
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Change, Note, SetPriority, Take
from vagt.domain.incident import Key
from vagt.engine import moves
from vagt.engine.engine import Engine
from vagt.engine.request import Request


def say(words: str) -> None:
    print(words, flush=True)


async def main(what: str, data_dir: Path, desk: Path, seed: int) -> None:
    moves.GRACE = timedelta(seconds=0.02)  # nothing of this desk is at work after its process has ended

    async def connect(_: object) -> FileDesk:
        return FileDesk(desk, say, seed)

    engine = await Engine.open(
        settings_for(),
        data_dir,
        clock=SystemClock(),
        operator="anna",
        secrets=no_secret,
        connect=connect,  # type: ignore[arg-type]
    )
    await engine.start(poll=what == "console")
    if what == "submit":
        for number in range(3):
            await engine.find(f"desk:1{number}")
        intents = await engine.submit([Request("desk", Key("desk", str(n)), Take()) for n in range(3)], undo=False)
        settled = await engine.settled([one.command.id for one in intents], timeout=20)
        say(f"settled {' '.join(one.stage.value for one in settled)}")
    elif what == "fifty":
        for number in range(10):
            await engine.find(f"desk:1{number}")
        changes: tuple[Change, ...] = (
            Take(),
            Note("one"),
            SetPriority(priority=1),
            Note("two"),
            SetPriority(priority=2),
        )
        for change in changes:
            await engine.submit([Request("desk", Key("desk", str(n)), change) for n in range(10)], undo=False)
        say("submitted")
        await engine.settled([one.command.id for one in engine.intents()], timeout=None)
        say("empty")
    elif what == "send":
        await engine.settled([one.command.id for one in engine.intents()], timeout=None)
        say("empty")
    elif what == "console":
        say("open")
        await asyncio.sleep(60)
    await engine.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])))
