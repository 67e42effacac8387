"""kill -9 at random points of sending to a real Request Tracker: every action arrives, none twice."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.rt.rig import Api
from tests.endurance.desk import Desk, applied, fifty, kill_until_empty
from tests.servers.rt import RtServer


def _delays(seed: int, boot: float) -> Iterator[float]:
    """Seconds until the kill: a process needs `boot` before it can send anything."""
    chance = random.Random(seed)
    while True:
        yield boot + chance.random() * 1.2


@pytest.mark.timeout(420)
async def test_fifty_actions_survive_kill_9_and_arrive_once(rt: RtServer, tmp_path: Path) -> None:
    seed = int(os.environ.get("VAGT_TEST_SEED", "1"))
    desk = Desk(rt, tmp_path, tickets=20)
    script = fifty(desk.ids)
    desk.enqueue(script)
    desk.point_at(rt.url, undo=0)

    met = kill_until_empty(desk, _delays(seed, 0.8), kills=12, seconds=240)

    root = Api(rt.url, rt.tokens["root"])
    times = await applied(root, desk.queue, script)
    await root.close()
    assert {name: n for name, n in times.items() if n != 1} == {}
    assert len(times) == 50
    assert met["sending"] + met["unsure"] >= 3, f"the kills met no action on the wire: {met}"
