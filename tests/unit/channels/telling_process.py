"""A console of its own that tells one message and is killed while it does: `telling_process CONFIG DATA CHANNEL ID`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from vagt.adapters.checked import load_checked
from vagt.config.secrets import secret_of
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Notify
from vagt.engine.engine import Engine
from vagt.engine.request import Request


async def main(config: str, data: str, channel: str, id: str) -> None:
    engine = await Engine.open(
        load_checked(Path(config)), Path(data), clock=SystemClock(), operator="anna", secrets=secret_of, load=False
    )
    await engine.start(poll=False)
    await engine.submit([Request.notify(Notify(channel, "Mail is down", "We are on it."), id=id)], undo=False)
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
