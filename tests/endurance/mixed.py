"""A queue of nine backends: three are in order, six go wrong, each in its own way, and all count their requests."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.adapters.embedded_rig import NAME as DESK
from tests.adapters.embedded_rig import OPTIONS, EmbeddedRig
from tests.adapters.ivanti.rig import ACTIONS, IvantiRig
from tests.adapters.servicenow.rig import SnowRig
from tests.doubles.servicenow.world import PASSWORD
from tests.servers.tls import Authority, https
from vagt.adapters.conformance import BaseRig
from vagt.config.settings import BackendSettings, ConsoleSettings, Settings
from vagt.domain.clock import SystemClock
from vagt.domain.incident import Key
from vagt.engine.engine import Engine

REFRESH = 0.6
TIMEOUT = 2.0
"""Of the one that never answers; its sign-in may take three times as long."""
AWAY = 30
"""Seconds that the throttled one asks to be left alone."""
FINE = (DESK, "snow", "ivanti")
BROKEN = ("silent", "failing", "throttled", "webpage", "expired", "refused")


class Silent:
    """Accepts connections, reads, and never says a word."""

    def __init__(self) -> None:
        self.connections = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._listen, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.close()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while await reader.read(4096):
                await asyncio.sleep(0)
        except ConnectionError:
            return
        finally:
            self._open.discard(writer)
            writer.close()


@dataclass(frozen=True)
class Fine:
    """One in order: its rig, and an incident of it that nobody has."""

    rig: BaseRig
    key: Key


class MixedQueue:
    """`async with` starts all, with one incident in each fine one; then `engine` shows them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fine: dict[str, Fine] = {}
        self.snow, self.throttled, self.refused = SnowRig(), SnowRig(retry_after=AWAY), SnowRig()
        self.ivanti, self.failing, self.webpage = IvantiRig(), IvantiRig(), IvantiRig()
        self.refused.instance.door.shut = True
        self.failing.quirks.broken = True
        self.webpage.quirks.web_page = True
        self.silent = Silent()
        self.secrets: dict[str, str] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> MixedQueue:
        stack = self._stack
        desk = EmbeddedRig(self.folder)
        stack.push_async_callback(desk.close)
        for rig in (self.snow, self.throttled, self.refused, self.ivanti, self.failing, self.webpage):
            await rig.start()
            stack.push_async_callback(rig.close)
        await self.silent.start()
        stack.push_async_callback(self.silent.stop)
        authority = Authority.new("Past its day")
        port = stack.enter_context(https(authority.server(self.folder, days=(-40, -2))))
        rigs: dict[str, BaseRig] = {DESK: desk, "snow": self.snow, "ivanti": self.ivanti}
        for name, rig in rigs.items():
            (id,) = await rig.seed([f"Broken in {name}"])
            self.fine[name] = Fine(rig, Key(name, id))
        self.backends = (
            BackendSettings(name=DESK, adapter="embedded", username="anna", options=dict(OPTIONS)),
            self._snow("snow", self.snow),
            self._ivanti("ivanti", self.ivanti),
            self._rt("silent", f"http://127.0.0.1:{self.silent.port}", timeout=TIMEOUT),
            self._ivanti("failing", self.failing),
            self._snow("throttled", self.throttled),
            self._ivanti("webpage", self.webpage),
            self._rt("expired", f"https://localhost:{port}", ca_bundle=authority.pem(self.folder)),
            self._snow("refused", self.refused),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def engine(self) -> Engine:
        """Started; it is stopped before what it asks."""

        async def secret(backend: BackendSettings) -> str:
            return self.secrets.get(backend.name, "")

        engine = await Engine.open(
            Settings(console=ConsoleSettings(refresh=REFRESH, undo=0.5), backends=self.backends),
            self.folder,
            clock=SystemClock(),
            operator="anna",
            secrets=secret,
        )
        self._stack.push_async_callback(engine.stop)
        await engine.start()
        return engine

    def _snow(self, name: str, rig: SnowRig) -> BackendSettings:
        self.secrets[name] = PASSWORD
        return BackendSettings(
            name=name, adapter="servicenow", url=rig.instance.url, auth="basic", username="anna", timeout=5
        )

    def _ivanti(self, name: str, rig: IvantiRig) -> BackendSettings:
        self.secrets[name] = rig.tenant.api_key
        return BackendSettings(
            name=name,
            adapter="ivanti",
            url=rig.double.url,
            auth="api-key",
            username="anna",
            timeout=5,
            options={"actions": ACTIONS, "escalation_team": "Network Support"},
        )

    def _rt(self, name: str, url: str, *, timeout: float = 5, ca_bundle: Path | None = None) -> BackendSettings:
        self.secrets[name] = "1-14-0123456789abcdef"
        return BackendSettings(name=name, adapter="rt", url=url, auth="token", timeout=timeout, ca_bundle=ca_bundle)
