"""All seven backends in one engine, six of them behind gates that can go wrong in six ways.

By hand: `python -m tests.endurance.seven FOLDER` starts them, writes a config and secrets there, and then reads lines
like `ivanti hanging` or `ivanti fine`; an empty line or the end of input stops all.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import tomli_w

from tests.adapters.alertmanager.rig import AlertmanagerRig
from tests.adapters.embedded_rig import NAME as DESK
from tests.adapters.embedded_rig import OPTIONS, EmbeddedRig
from tests.adapters.ivanti.rig import ACTIONS, IvantiRig
from tests.adapters.jsm.rig import JsmRig
from tests.adapters.pagerduty.rig import PdRig
from tests.adapters.rt.rig import EVERYTHING, RtRig
from tests.adapters.servicenow.rig import SnowRig
from tests.servers import alertmanager as am
from tests.servers import rt
from tests.servers.gate import Gate, Wrong
from tests.servers.tls import Authority
from vagt.adapters.conformance import BaseRig
from vagt.adapters.protocol import Connection, Session
from vagt.adapters.registry import connect
from vagt.config.settings import BackendSettings, ConsoleSettings, Settings
from vagt.domain.clock import SystemClock
from vagt.domain.incident import Key
from vagt.domain.priority import PriorityMatrix
from vagt.engine.engine import Engine

REFRESH = 0.6
TIMEOUT = 2.0
AWAY = 3.0
"""Seconds that a throttled one asks to be left alone."""
GATED = ("rt", "ivanti", "snow", "jira", "pd", "am")
ALL = (DESK, *GATED)


@dataclass(frozen=True)
class Member:
    """One of the seven: its rig, and an incident of it."""

    rig: BaseRig
    key: Key


class SevenBackends:
    """`async with` starts all, with one incident in each; then `engine` shows them."""

    def __init__(self, folder: Path, request_tracker: rt.RtServer, alertmanager: am.Alertmanager) -> None:
        self.folder = folder
        self.rt = RtRig(request_tracker, auth="session")
        self.ivanti, self.snow = IvantiRig(), SnowRig()
        self.jira, self.pd = JsmRig(), PdRig()
        self.am = AlertmanagerRig(alertmanager)
        self.desk = EmbeddedRig(folder)
        self.gates: dict[str, Gate] = {}
        self.members: dict[str, Member] = {}
        self.backends: tuple[BackendSettings, ...] = ()
        self.secrets: dict[str, str] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> SevenBackends:
        stack = self._stack
        stack.push_async_callback(self.desk.close)
        rigs: dict[str, RtRig | IvantiRig | SnowRig | JsmRig | PdRig | AlertmanagerRig] = {
            "rt": self.rt,
            "ivanti": self.ivanti,
            "snow": self.snow,
            "jira": self.jira,
            "pd": self.pd,
            "am": self.am,
        }
        for rig in rigs.values():
            await rig.start()
            stack.push_async_callback(rig.close)
        ports = {
            "rt": self.rt.server.port,
            "ivanti": int(self.ivanti.double.url.rpartition(":")[2]),
            "snow": self.snow.instance.web.port,
            "jira": self.jira.site.web.port,
            "pd": self.pd.account.web.port,
            "am": self.am.server.port,
        }
        authority = Authority.new("Acme")
        bundle = authority.pem(self.folder)
        certificates = []
        for name, days in (("good", (-10, 300)), ("expired", (-40, -2))):
            place = self.folder / name
            place.mkdir()
            certificates.append(authority.server(place, days=days))
        for name in GATED:
            gate = self.gates[name] = Gate(ports[name], *certificates, away=AWAY)
            await gate.start()
            stack.push_async_callback(gate.stop)
        for name, rig in {DESK: self.desk, **rigs}.items():
            (id,) = await rig.seed([f"Broken in {name}"])
            self.members[name] = Member(rig, Key(name, id))
        self.backends = (
            BackendSettings(name=DESK, adapter="embedded", username="anna", options=dict(OPTIONS), timeout=TIMEOUT),
            *(replace(one, ca_bundle=bundle, timeout=TIMEOUT) for one in self._gated()),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def _gated(self) -> tuple[BackendSettings, ...]:
        url = {name: gate.url for name, gate in self.gates.items()}
        self.secrets = {
            "rt": rt.PASSWORD,
            "ivanti": self.ivanti.secret,
            "snow": self.snow.secret,
            "jira": self.jira.secret,
            "pd": self.pd.secret,
            "am": am.PASSWORD,
        }
        jira = self.jira.settings()
        return (
            BackendSettings(
                name="rt",
                adapter="rt",
                url=url["rt"],
                auth="session",
                username="anna",
                options={**EVERYTHING, "queues": [self.rt.queue]},
            ),
            BackendSettings(
                name="ivanti",
                adapter="ivanti",
                url=url["ivanti"],
                auth="api-key",
                username="anna",
                options={"actions": ACTIONS, "escalation_team": "Network Support"},
            ),
            BackendSettings(name="snow", adapter="servicenow", url=url["snow"], auth="basic", username="anna"),
            replace(
                jira, url=url["jira"] + self.jira.site.context, options={**jira.options, "gateway_url": url["jira"]}
            ),
            BackendSettings(name="pd", adapter="pagerduty", url=url["pd"], auth=self.pd.auth),
            BackendSettings(
                name="am", adapter="alertmanager", url=url["am"], auth="basic", username=am.USER, query=self.am.filter
            ),
        )

    async def engine(self) -> Engine:
        """Started; it is stopped before what it asks."""

        async def secret(backend: object) -> str:
            return self.secrets.get(getattr(backend, "name", ""), "")

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

    async def session(self, backend: BackendSettings) -> Session:
        """One backend's session past the engine; it is closed at the end."""

        async def secret() -> str:
            return self.secrets.get(backend.name, "")

        session = await connect(
            Connection(
                settings=backend,
                secret=secret,
                clock=SystemClock(),
                matrix=PriorityMatrix(),
                data_dir=self.folder,
                operator="anna",
            )
        )
        self._stack.push_async_callback(session.close)
        return session

    def write_config(self, folder: Path) -> None:
        """A config for the console, and a file of secrets to source."""
        folder.mkdir(parents=True, exist_ok=True)
        tables = []
        for one in self.backends:
            table: dict[str, object] = {"name": one.name, "adapter": one.adapter, "timeout": one.timeout}
            told = {"url": one.url, "auth": one.auth, "username": one.username, "query": one.query}
            table |= {name: value for name, value in told.items() if value}
            if one.ca_bundle is not None:
                table["ca_bundle"] = str(one.ca_bundle)
            tables.append({**table, "options": one.options})
        (folder / "config.toml").write_text(tomli_w.dumps({"console": {"refresh": 5}, "backends": tables}))
        lines = [f"export VAGT_SECRET_{name.upper()}='{secret}'\n" for name, secret in self.secrets.items()]
        lines.append(f"export VAGT_CONFIG={folder / 'config.toml'} VAGT_DATA_DIR={self.folder}\n")
        (folder / "env").touch(mode=0o600)
        (folder / "env").write_text("".join(lines))


async def _by_hand(folder: Path, servers: tuple[rt.RtServer, am.Alertmanager]) -> None:
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    async with SevenBackends(data, *servers) as seven:
        seven.write_config(folder)
        print(f". {folder / 'env'} && vagt      # then: NAME {'|'.join(Wrong)}|fine", flush=True)
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            name, _, how = line.partition(" ")
            if name in seven.gates and how in (*Wrong, "fine"):
                seven.gates[name].go(None if how == "fine" else Wrong(how))
            else:
                print(f"one of {', '.join(GATED)}, then one of {', '.join(Wrong)}, fine", flush=True)


def main() -> None:
    """Start all, and obey."""
    with ExitStack() as stack:
        servers = stack.enter_context(rt.running()), stack.enter_context(am.running())
        asyncio.run(_by_hand(Path(sys.argv[1]).absolute(), servers))


if __name__ == "__main__":
    main()
