"""kill -9 while sending to a real Request Tracker, with one console and with two: every action arrives, none twice.

`VAGT_TEST_LONG=1` takes two hundred actions and more kills; `VAGT_TEST_SEED` other moments.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.endurance.desk import INCIDENTS, LONG, SEED, kill_one_of_two, kill_until_empty
from tests.endurance.rt_desk import RtDesk
from tests.servers.rt import RtServer


@pytest.fixture
def desk(rt: RtServer, tmp_path: Path) -> RtDesk:
    desk = RtDesk(rt, tmp_path, tickets=INCIDENTS)
    desk.enqueue(desk.script)
    desk.point_at(rt.url, undo=0)
    return desk


@pytest.mark.timeout(900 if LONG else 300)
async def test_killed_at_any_point_every_action_arrives_once(desk: RtDesk) -> None:
    met = kill_until_empty(
        desk, random.Random(SEED), spread=0.4, kills=50 if LONG else 10, seconds=600 if LONG else 200
    )
    assert await desk.wrong(desk.script) == {}
    assert met["sending"] + met["unsure"] >= 3, f"the kills met nothing under way: {met}"


@pytest.mark.timeout(900 if LONG else 300)
async def test_of_two_consoles_one_is_killed_again_and_again_and_every_action_arrives_once(desk: RtDesk) -> None:
    met = kill_one_of_two(desk, random.Random(SEED), spread=0.4, kills=50 if LONG else 8, seconds=600 if LONG else 200)
    assert await desk.wrong(desk.script) == {}
    assert met["sending"] + met["unsure"] >= 3, f"the kills met nothing under way: {met}"
