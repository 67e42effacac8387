"""A small TCP proxy that loses answers, refuses connections or answers nonsense, for tests of what then happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that came through: its first line, and what was done to it."""

    line: str
    fate: str


Wanted = Callable[[str], bool]


def writes(line: str) -> bool:
    """Whether a request's first line is one that changes something."""
    return line.split(" ", 1)[0] in ("POST", "PUT", "PATCH", "DELETE")


def reads_after_a_write(writing: Wanted = writes) -> Wanted:
    """Requests that change nothing, once one that does has come by; `writing` tells them apart."""
    written = False

    def wanted(line: str) -> bool:
        nonlocal written
        written = written or writing(line)
        return written and not writing(line)

    return wanted


class Cutter:
    """Forwards HTTP/1.1 to one upstream, one request a connection; faults are switched on for some requests."""

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._server: asyncio.Server | None = None
        self._fate = ""
        self._canned = b""
        self._wanted: Wanted = lambda line: True
        self._left = -1
        self.port = 0
        self.exchanges: list[Exchange] = []
        self.requests: list[bytes] = []

    def turn_to(self, port: int) -> None:
        """From now on requests go to another server on the same machine."""
        self._upstream = (self._upstream[0], port)

    async def start(self) -> None:
        """Listen on a free port; after `stop`, on the same one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def losing_answers(self, wanted: Wanted = writes, *, times: int = -1) -> Iterator[None]:
        """The request is forwarded and carried out; the connection ends instead of an answer."""
        with self._doing("lost answer", wanted, times):
            yield

    @contextmanager
    def losing_requests(self, wanted: Wanted = writes, *, times: int = -1) -> Iterator[None]:
        """The request is read and never forwarded."""
        with self._doing("lost request", wanted, times):
            yield

    @contextmanager
    def answering(self, answer: bytes, wanted: Wanted = lambda line: True, *, times: int = -1) -> Iterator[None]:
        """`answer` (a whole HTTP answer) comes instead of the upstream's."""
        self._canned = answer
        with self._doing("canned", wanted, times):
            yield

    @contextmanager
    def carrying_out_but_answering(self, answer: bytes, wanted: Wanted = writes, *, times: int = -1) -> Iterator[None]:
        """The request is carried out, and `answer` comes instead of what the upstream says."""
        self._canned = answer
        with self._doing("carried out, canned", wanted, times):
            yield

    @contextmanager
    def _doing(self, fate: str, wanted: Wanted, times: int) -> Iterator[None]:
        self._fate, self._wanted, self._left = fate, wanted, times
        try:
            yield
        finally:
            self._fate, self._left = "", -1

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await message(reader)
            if not request:
                return
            line = request.split(b"\r\n", 1)[0].decode("latin-1")
            fate = self._fate if self._fate and self._left != 0 and self._wanted(line) else ""
            if fate:
                self._left -= 1
            self.exchanges.append(Exchange(line, fate))
            self.requests.append(request)
            answer = b""
            if fate not in ("lost request", "canned"):
                answer = await self._forward(request)
            if fate in ("canned", "carried out, canned"):
                answer = self._canned
            if not fate.startswith("lost"):
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _forward(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self._upstream)
        try:
            head, _, body = request.partition(b"\r\n\r\n")
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
            writer.write(b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body)
            await writer.drain()
            return await reader.read(-1)
        finally:
            writer.close()


async def message(reader: asyncio.StreamReader) -> bytes:
    """One request, head and body; empty where the client went away."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    return head + (await reader.readexactly(length) if length else b"")


def http_answer(status: str, body: str | bytes, *headers: str, content_type: str = "application/json") -> bytes:
    """A whole HTTP/1.1 answer that ends its connection."""
    raw = body.encode() if isinstance(body, str) else body
    head = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(raw)}", "Connection: close"]
    return "\r\n".join([*head, *headers]).encode() + b"\r\n\r\n" + raw
