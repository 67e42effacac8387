"""Headless players: who knows the truth gets full marks, who is careless some, who looks on none; always the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from vagt.adapters.embedded.shift.scenarios import FIRST_SHIFT, MAJOR, SCENARIOS, STORM
from vagt.drill import run as runs
from vagt.drill.card import Card
from vagt.drill.player import play
from vagt.drill.policy import POLICIES
from vagt.engine.audit import AuditLog


async def marks(folder: Path, scenario: str, player: str, seed: int) -> tuple[int, Card]:
    (found,) = [known for known in SCENARIOS if known.name == scenario]
    _, card = await play(folder, found, POLICIES[player], seed=seed)
    assert card.marks is not None
    return card.marks, card


@pytest.mark.parametrize("seed", [1, 23])
@pytest.mark.parametrize("scenario", [scenario.name for scenario in SCENARIOS])
async def test_the_better_one_plays_the_better_the_score(tmp_path: Path, scenario: str, seed: int) -> None:
    perfect, full = await marks(tmp_path / "perfect", scenario, "perfect", seed)
    sloppy, _ = await marks(tmp_path / "sloppy", scenario, "sloppy", seed)
    idle, nothing = await marks(tmp_path / "idle", scenario, "idle", seed)
    assert perfect >= 95
    assert idle <= 10
    assert idle + 20 <= sloppy <= perfect - 15
    assert full.whole and full.left == full.refused == 0
    assert full.duplicates_missed == full.duplicates_wrong == full.priorities_wrong == full.promises_broken == 0
    assert nothing.actions == 0 and nothing.urgent_acknowledged is None


async def test_the_same_seed_and_the_same_deeds_give_the_same_card(tmp_path: Path) -> None:
    cards = [(await play(tmp_path, STORM, POLICIES["sloppy"], seed=seed))[1] for seed in (4, 4, 5)]
    assert cards[0] == cards[1]
    assert cards[0] != cards[2]


async def test_speed_changes_the_clock_and_not_the_score(tmp_path: Path) -> None:
    _, slow = await play(tmp_path, FIRST_SHIFT, POLICIES["perfect"], seed=4)
    _, fast = await play(tmp_path, FIRST_SHIFT, POLICIES["perfect"], seed=4, speed=30)
    assert fast.marks == slow.marks
    assert fast.arrived == slow.arrived
    assert fast.urgent_acknowledged == pytest.approx(slow.urgent_acknowledged, abs=1.0)


async def test_a_drill_can_be_left_early_and_is_judged_up_to_there(tmp_path: Path) -> None:
    _, card = await play(tmp_path, MAJOR, POLICIES["perfect"], seed=4, minutes=6)
    assert (card.whole, card.played) == (False, 360)
    assert card.marks is not None and card.marks > 80
    assert card.arrived < 12


async def test_it_goes_the_way_of_every_action_with_outbox_and_audit_log(tmp_path: Path) -> None:
    run, card = await play(tmp_path, FIRST_SHIFT, POLICIES["perfect"], seed=4)
    verdict = AuditLog(run.folder / "audit.jsonl").verify()
    assert verdict.ok and verdict.lines >= card.actions * 2 > 20
    assert {path.name for path in run.folder.iterdir()} >= {"store.sqlite", "outbox.sqlite", "embedded-drill.sqlite"}
    assert runs.scored(run) == card, "judged again from the folder"


async def test_a_drill_whose_console_died_is_judged_by_what_it_left(tmp_path: Path) -> None:
    run, card = await play(tmp_path, STORM, POLICIES["perfect"], seed=4, minutes=7)
    died = runs.scored(replace(run, left=None))
    assert 300 < died.played <= card.played
    assert died.actions == card.actions
