"""A real HTTP receiver on loopback: what a webhook, a chat or a status page gets, and the troubles that they make."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.doubles.web import Reply, Request, WebServer


class Receiver:
    """Keeps every request that it took."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        """Those that it answered with success, or would have."""
        self.answers: list[Reply] = []
        """What the next ones get instead; those are not taken."""
        self.down: Reply | None = None
        """What everyone gets."""
        self.hang = False
        self.tries = 0
        self.success = Reply(200, b'{"ok": true}', {"Content-Type": "application/json"})
        self.web = WebServer(self._handle)

    @property
    def port(self) -> int:
        return self.web.port

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def bodies(self) -> list[Any]:
        """What was taken, as JSON."""
        return [json.loads(request.body) for request in self.requests]

    async def _handle(self, request: Request) -> Reply:
        self.tries += 1
        if self.down is not None:
            return self.down
        if self.answers:
            return self.answers.pop(0)
        self.requests.append(request)
        if self.hang:
            await asyncio.sleep(3600)
        return self.success


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """One that listens until the end of the block."""
    made = Receiver()
    await made.web.start()
    try:
        yield made
    finally:
        await made.web.stop()
