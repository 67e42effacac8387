"""A TLS gate in front of a server: lets everything through, or goes wrong in one of six ways, and counts who asks."""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.servers.cutter import http_answer, message

BOOM = "boom 7f3a"
PAGE_TITLE = "Sign in to Acme"


class Wrong(StrEnum):
    """How a backend can go wrong."""

    HANGING = "hanging"
    FAILING = "failing"
    THROTTLED = "throttled"
    WEB_PAGE = "webpage"
    EXPIRED = "expired"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, or with an expired certificate one handshake."""

    at: float
    """Monotonic."""
    wrong: Wrong | None
    line: str


class Gate:
    """https on loopback, one request a connection; `go` says how it answers from now on."""

    def __init__(self, port: int, certificate: Path, expired: Path, *, away: float = 3) -> None:
        """`port` of the server behind it; `away`: seconds that it asks for where it throttles."""
        self._upstream = port
        self._good, self._bad = _context(certificate), _context(expired)
        self._good.sni_callback = self._chosen
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._away = away
        self.wrong: Wrong | None = None
        self.asked: list[Asked] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._good)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.close()

    def go(self, wrong: Wrong | None) -> None:
        """From now on like this; None: as the server itself."""
        hung = list(self._open) if self.wrong is Wrong.HANGING else []
        self.wrong = wrong
        for writer in hung:
            writer.close()

    def since(self, moment: float) -> int:
        """How often it was asked since then (monotonic)."""
        return sum(one.at >= moment for one in self.asked)

    def _chosen(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        if self.wrong is Wrong.EXPIRED:
            self._note("handshake")
            connection.context = self._bad

    def _note(self, line: str) -> None:
        self.asked.append(Asked(time.monotonic(), self.wrong, line))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            request = await message(reader)
            if not request:
                return
            self._note(request.split(b"\r\n", 1)[0].decode("latin-1"))
            if self.wrong is Wrong.HANGING:
                await reader.read(-1)
                return
            canned = self._canned()
            writer.write(await self._forward(request) if canned is None else canned)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            return
        finally:
            self._open.discard(writer)
            writer.close()

    def _canned(self) -> bytes | None:
        words = f'{{"message":"{BOOM}","detail":"{BOOM}","errorMessages":["{BOOM}"],"error":{{"message":"{BOOM}"}}}}'
        match self.wrong:
            case Wrong.FAILING:
                return http_answer("500 Internal Server Error", words)
            case Wrong.THROTTLED:
                return http_answer("429 Too Many Requests", words, f"Retry-After: {self._away:g}")
            case Wrong.WEB_PAGE:
                page = f"<!doctype html><html><title>{PAGE_TITLE}</title><body>Please sign in</body></html>"
                return http_answer("200 OK", page, content_type="text/html; charset=utf-8")
            case Wrong.REFUSED:
                return http_answer("401 Unauthorized", words, 'WWW-Authenticate: Basic realm="x"')
            case _:
                return None

    async def _forward(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        try:
            head, _, body = request.partition(b"\r\n\r\n")
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
            writer.write(b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body)
            await writer.drain()
            status, _, rest = (await reader.read(-1)).partition(b"\r\n")
            # else the client sends its next request on a connection that is about to end
            return status + b"\r\nConnection: close\r\n" + rest
        finally:
            writer.close()


def _context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
