"""A real HTTP receiver on loopback: what a webhook, a chat or a status page gets, and the troubles that they make."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.doubles.web import Handler, Reply, Request, WebServer


class _Encrypted(WebServer):
    """The same over TLS, for clients that know nothing else."""

    def __init__(self, handler: Handler, context: ssl.SSLContext) -> None:
        super().__init__(handler)
        self._context = context

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "localhost", port or self.port, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]


class Receiver:
    """Keeps every request that it took."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        """Those that it answered with success, or would have."""
        self.answers: list[Reply] = []
        """What the next ones get instead; those are not taken."""
        self.down: Reply | None = None
        """What everyone gets."""
        self.hang = False
        self.tries = 0
        self.success = Reply(200, b'{"ok": true}', {"Content-Type": "application/json"})
        self.web = WebServer(self._handle) if tls is None else _Encrypted(self._handle, tls)
        self._name = "127.0.0.1" if tls is None else "localhost"

    @property
    def port(self) -> int:
        return self.web.port

    @property
    def host(self) -> str:
        return f"{self._name}:{self.port}"

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
async def receiver(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """One that listens until the end of the block."""
    made = Receiver(tls)
    await made.web.start()
    try:
        yield made
    finally:
        await made.web.stop()
