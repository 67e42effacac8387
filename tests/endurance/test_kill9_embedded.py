"""kill -9 while sending to the embedded backend, with one console and with two: every action arrives, none twice.

`VAGT_TEST_LONG=1` takes two hundred actions and more kills; `VAGT_TEST_SEED` other moments.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.endurance.desk import INCIDENTS, LONG, SEED, kill_one_of_two, kill_until_empty
from tests.endurance.embedded_desk import EmbeddedDesk


@pytest.fixture
def desk(tmp_path: Path) -> EmbeddedDesk:
    desk = EmbeddedDesk(tmp_path, incidents=INCIDENTS)
    desk.enqueue(desk.script)
    desk.at_once()
    return desk


@pytest.mark.timeout(600 if LONG else 120)
def test_killed_at_any_point_every_action_arrives_once(desk: EmbeddedDesk) -> None:
    met = kill_until_empty(desk, random.Random(SEED), spread=0.1, kills=60 if LONG else 15, seconds=300)
    assert desk.wrong(desk.script) == {}
    assert met["sending"] + met["unsure"] >= 5, f"the kills met nothing under way: {met}"


@pytest.mark.timeout(600 if LONG else 120)
def test_of_two_consoles_one_is_killed_again_and_again_and_every_action_arrives_once(desk: EmbeddedDesk) -> None:
    met = kill_one_of_two(desk, random.Random(SEED), spread=0.1, kills=50 if LONG else 12, seconds=300)
    assert desk.wrong(desk.script) == {}
    assert met["sending"] + met["unsure"] >= 3, f"the kills met nothing under way: {met}"
