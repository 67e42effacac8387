"""Consoles on watch, each with a data folder of its own, on backends as they are met over HTTP: escalated once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.ivanti.rig import IvantiRig
from tests.adapters.jsm.rig import JsmRig
from tests.adapters.pagerduty.rig import PdRig
from tests.adapters.servicenow.rig import SnowRig
from tests.unit.escalation.consoles import Wire
from vagt.adapters.protocol import Connection
from vagt.config.response import ChannelSettings, EscalationSettings, StepSettings
from vagt.config.settings import BackendSettings, ConsoleSettings, Settings
from vagt.domain import marker
from vagt.domain.clock import SystemClock
from vagt.engine.engine import Engine
from vagt.escalation.desk import Escalation
from vagt.escalation.timing import Timing

pytestmark = pytest.mark.timeout(90)
FAST = Timing(lease=20.0, margin=4.0, settle=1.1, write=8.0, stagger=0.0)
"""All claim at the same moment; the backends date notes to the second."""


@dataclass(frozen=True)
class Kind:
    """One backend and how it is asked for in a config."""

    name: str
    adapter: str
    rig: Callable[[], Any]
    to: str
    """Where the second step goes."""
    assigns: bool = True
    """Else it has an escalation of its own, which is asked for it."""


KINDS = (
    Kind("snow", "servicenow", SnowRig, "team:Database"),
    Kind("ivanti", "ivanti", IvantiRig, "team:Network Support"),
    Kind("jira", "jsm", JsmRig, "team:Database", assigns=False),
    Kind("pd", "pagerduty", PdRig, "backend", assigns=False),
)


def config(kind: Kind) -> Settings:
    steps = (
        StepSettings(after=0.0, to="channel:first"),
        StepSettings(after=4.0, to=kind.to, notify=("second",)),
    )
    return Settings(
        console=ConsoleSettings(undo=0.0, refresh=1.0, watch=True),
        backends=(BackendSettings(name=kind.name, adapter=kind.adapter, url="https://elsewhere.example"),),
        channels=tuple(ChannelSettings(name=name, url=f"json://{name}.example") for name in ("first", "second")),
        escalations=(EscalationSettings(name="all", query="is:open", steps=steps),),
    )


async def _no_secret(_: object) -> str:
    return "hunter2-secret"


@pytest.mark.parametrize(
    ("kind", "count"),
    [(KINDS[0], 5), (KINDS[1], 5), (KINDS[1], 2), (KINDS[2], 2), (KINDS[3], 5)],
    ids=lambda value: value.name if isinstance(value, Kind) else str(value),
)
async def test_an_incident_that_nobody_takes_climbs_once(tmp_path: Path, kind: Kind, count: int) -> None:
    rig = kind.rig()
    if hasattr(rig, "start"):
        await rig.start()
    wire = Wire()

    async def connect(_: Connection) -> Any:
        return await rig.connect()

    async with AsyncExitStack() as stack:
        stack.push_async_callback(rig.close)
        (id,) = await rig.seed(["Mail is down"])
        engines = []
        for number in range(count):
            engine = await Engine.open(
                config(kind),
                tmp_path / str(number),
                clock=SystemClock(),
                operator=f"console{number}",
                secrets=_no_secret,
                connect=connect,
                open_channel=wire.opening(f"console{number}"),
            )
            stack.push_async_callback(engine.stop)
            escalation = Escalation(engine, act=True, timing=FAST)
            await escalation.open()
            stack.push_async_callback(escalation.stop)
            await engine.start()
            escalation.start()
            engines.append(engine)
        session = await rig.connect()
        async with asyncio.timeout(60):
            while _marks(await session.timeline(id))["done"] < 2:
                await asyncio.sleep(0.3)
        await asyncio.sleep(2.0)
        marks = _marks(await session.timeline(id))
        assert Counter(wire.channels) == {"first": 1, "second": 1}
        assert marks["done"] == 2
        assert 2 <= marks["claim"] <= 2 * count
        said = " ".join(entry.text for entry in await session.timeline(id))
        assert "failed" not in said, said
        if kind.assigns:
            (incident,) = await session.get((id,))
            assert incident.team == kind.to.removeprefix("team:")
        else:
            assert "escalated by the backend" in said


def _marks(entries: Any) -> Counter[str]:
    return Counter(each.kind for entry in entries for each in marker.find(entry.text))
