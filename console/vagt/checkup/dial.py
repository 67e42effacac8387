"""Opens a connection the way that the HTTP client would: through a proxy where one is set, then TLS for https."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from vagt.checkup.proxy import Proxy
from vagt.domain.aside import aside

_LONGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """An open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    address: str
    """The numeric address at the other end."""


class Unknown(Exception):
    """No name server knows the host."""


class ProxyRefuses(Exception):
    """The proxy answers, and does not let us through; `status` is its HTTP status."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


@asynccontextmanager
async def connected(host: str, port: int) -> AsyncIterator[Line]:
    """A connection to `host`. Raises Unknown and OSError (of the last address that was tried)."""
    try:
        found = await aside(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (socket.gaierror, UnicodeError) as error:
        raise Unknown(getattr(error, "strerror", None) or "it is not a name that can be looked up") from error
    failure: OSError = OSError("it has no address")
    for *_, place in found:
        try:
            reader, writer = await asyncio.open_connection(str(place[0]), port)
        except OSError as error:
            failure = error
            continue
        try:
            yield Line(reader, writer, str(place[0]))
        finally:
            writer.transport.abort()
        return
    raise failure


async def tunnel(line: Line, proxy: Proxy, host: str, port: int) -> None:
    """Have the proxy connect us to the host (RFC 9110, CONNECT). Raises ProxyRefuses and OSError."""
    if proxy.scheme == "https":
        await line.writer.start_tls(ssl.create_default_context(), server_hostname=proxy.host)
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    request = f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n"
    if proxy.user:
        pair = base64.b64encode(f"{proxy.user}:{proxy.word}".encode()).decode("ascii")
        request += f"Proxy-Authorization: Basic {pair}\r\n"
    line.writer.write(f"{request}\r\n".encode("ascii"))
    await line.writer.drain()
    try:
        head = await line.reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise ProxyRefuses(0, "it does not answer as a proxy does") from error
    first = head[:_LONGEST].split(b"\r\n", 1)[0].decode("ascii", "replace").split(" ", 2)
    status = int(first[1]) if len(first) > 1 and first[0].startswith("HTTP/") and first[1].isdigit() else 0
    if not 200 <= status < 300:
        raise ProxyRefuses(status, " ".join(first[1:]) or "it does not answer as a proxy does")


async def secured(line: Line, host: str, ca_bundle: str | None) -> float:
    """Speak TLS; the moment until which the certificate is valid, in epoch seconds. Raises ssl.SSLError and OSError.

    Trusts whom the adapters trust: `ca_bundle`, else the system's store.
    """
    context = await aside(lambda: ssl.create_default_context(cafile=ca_bundle))
    await line.writer.start_tls(context, server_hostname=host)
    shown = line.writer.get_extra_info("peercert") or {}
    return float(ssl.cert_time_to_seconds(str(shown["notAfter"])))
