"""Two consoles keep watch over a real Request Tracker: a ticket that nobody takes climbs once, in order and in time."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.rt.rig import RtRig
from tests.unit.escalation.consoles import Wire
from vagt.adapters.protocol import Connection
from vagt.config.response import ChannelSettings, EscalationSettings, StepSettings
from vagt.config.settings import BackendSettings, ConsoleSettings, Settings
from vagt.domain import marker
from vagt.domain.clock import SystemClock
from vagt.engine.engine import Engine
from vagt.escalation.desk import Escalation
from vagt.escalation.timing import Timing

pytestmark = [pytest.mark.rt, pytest.mark.timeout(120)]
FAST = Timing(lease=20.0, margin=4.0, settle=1.1, write=8.0, stagger=0.0)


def config(team: str) -> Settings:
    steps = (
        StepSettings(after=0.0, to="channel:first"),
        StepSettings(after=6.0, to=f"team:{team}", notify=("second",)),
    )
    return Settings(
        console=ConsoleSettings(undo=0.0, refresh=1.0, watch=True),
        backends=(BackendSettings(name="rt", adapter="rt", url="https://rt.example"),),
        channels=tuple(ChannelSettings(name=name, url=f"json://{name}.example") for name in ("first", "second")),
        escalations=(EscalationSettings(name="all", query="is:open", steps=steps),),
    )


async def _no_secret(_: object) -> str:
    return "hunter2-secret"


async def test_a_ticket_that_nobody_takes_climbs_once(tmp_path: Path, rig: RtRig) -> None:
    wire = Wire()
    assert rig.other_team is not None

    async def connect(_: Connection) -> Any:
        return await rig.connect()

    async with AsyncExitStack() as stack:
        (id,) = await rig.seed(["Mail is down"])
        for number in range(2):
            engine = await Engine.open(
                config(rig.other_team),
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
        session = await rig.connect()
        seen: list[str] = []
        async with asyncio.timeout(80):
            while _marks(await session.timeline(id))["done"] < 2:
                seen += [channel for channel in wire.channels if channel not in seen]
                await asyncio.sleep(0.5)
        await asyncio.sleep(2.0)
        assert seen[:1] == ["first"]
        assert Counter(wire.channels) == {"first": 1, "second": 1}
        assert _marks(await session.timeline(id))["done"] == 2
        (incident,) = await session.get((id,))
        assert incident.team == rig.other_team


def _marks(entries: Any) -> Counter[str]:
    return Counter(each.kind for entry in entries for each in marker.find(entry.text))
