"""`vagt drill` from the shell: lists, plays headless, judges again, compares, and says what is wrong in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli_driver import Vagt
from vagt.adapters.embedded.shift.scenarios import FIRST_SHIFT, SCENARIOS
from vagt.config.settings import Settings
from vagt.domain.clock import SystemClock
from vagt.drill import score
from vagt.drill.player import play
from vagt.drill.policy import POLICIES
from vagt.engine.engine import Engine


@pytest.fixture
def vagt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vagt:
    return Vagt(tmp_path, monkeypatch, capsys)


@pytest.fixture
def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """A console that is left as soon as the backend has been read once; the settings it was opened on."""
    opened: list[Settings] = []

    async def console(settings: Settings, folder: Path) -> tuple[str, int]:
        opened.append(settings)

        async def no_secret(_: object) -> str:
            return ""

        engine = await Engine.open(settings, folder, clock=SystemClock(), operator="anna", secrets=no_secret)
        await engine.fetch("drill")
        await engine.stop()
        return "", 0

    monkeypatch.setattr("vagt.__main__._screens", console)
    monkeypatch.setattr("vagt.cli.drill._on_terminal", lambda: True)
    return opened


def test_the_scenarios_are_listed_with_ones_scores(vagt: Vagt) -> None:
    said = vagt("drill", "--list")
    assert said.code == 0
    assert all(name in said.out for name in ("first-shift", "storm", "major", "15 min"))
    listed = vagt("drill", "--list", "--json").json["scenarios"]
    assert [(entry["name"], entry["played"], entry["best"]) for entry in listed] == [
        ("first-shift", 0, None),
        ("storm", 0, None),
        ("major", 0, None),
    ]


def test_a_headless_player_prints_a_card_and_leaves_no_score(vagt: Vagt) -> None:
    said = vagt("drill", "--auto", "perfect", "--seed", "3")
    assert said.code == 0
    assert "Drill “first-shift”, seed 3, played by “perfect”" in said.out
    assert "Duplicates missed" in said.out and "TRUE PRIORITY" in said.out
    found = vagt("drill", "--auto", "perfect", "--seed", "3", "--json").json["drill"]
    assert found["marks"] >= 95 and found["player"] == "perfect" and found["earlier"] == []
    assert vagt("drill", "--list", "--json").json["scenarios"][0]["played"] == 0


def test_two_calls_with_one_seed_print_the_same(vagt: Vagt) -> None:
    calls = [vagt("drill", "--auto", "sloppy", "--scenario", "storm", "--seed", "9", "--json").out for _ in range(2)]
    assert calls[0] == calls[1]


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("--scenario", "strom"), "no scenario is called “strom”; did you mean “storm”?"),
        (("--auto", "perfct"), "no player is called “perfct”; did you mean “perfect”?"),
        (("--speed", "0"), "“0” is not a number from 0.1 to 100"),
        (("--rate", "lots"), "“lots” is not a number from 0.1 to 100"),
        (("--seed", "x"), "“x” is not a whole number"),
        (("--score", "last"), "no drill of this data folder is kept"),
        ((), "a drill is played on a terminal"),
    ],
)
def test_what_makes_no_sense_is_said_in_words(vagt: Vagt, words: tuple[str, ...], wrong: str) -> None:
    said = vagt("drill", *words)
    assert said.code == 2
    assert wrong in said.err
    assert said.out == ""


def test_a_drill_on_a_terminal_is_judged_kept_and_compared(vagt: Vagt, on_a_terminal: list[Settings]) -> None:
    first = vagt("drill", "--seed", "3", "--speed", "10")
    assert first.code == 0
    assert "Drill “first-shift”, seed 3, speed 10" in first.out and "LAST" not in first.out
    second = vagt("drill", "--seed", "3", "--json").json["drill"]
    assert len(second["earlier"]) == 1
    third = vagt("drill")
    assert "LAST OF 2" in third.out and "BEST" in third.out
    (backend,) = on_a_terminal[0].backends
    assert (backend.name, backend.adapter, backend.options["speed"]) == ("drill", "embedded", 10.0)
    assert vagt("drill", "--list", "--json").json["scenarios"][0]["played"] == 3
    again = vagt("drill", "--score", second["run"], "--json").json["drill"]
    assert again == second
    assert vagt("outbox", "list", "--json").json["actions"] == []
    assert vagt("list", "--json").json["incidents"] == [], "the real backend has seen nothing of it"


def test_a_card_of_an_older_drill_is_shown_again(vagt: Vagt, tmp_path: Path) -> None:
    import asyncio

    drills = tmp_path / "data" / "drills"
    (tmp_path / "data").mkdir(mode=0o700)
    run, card = asyncio.run(play(drills, FIRST_SHIFT, POLICIES["sloppy"], seed=3))
    said = vagt("drill", "--score", run.id, "--json").json["drill"]
    assert (said["marks"], said["actions"]) == (card.marks, card.actions)


def test_the_page_of_the_drill_names_every_scenario_as_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "drill.md").read_text(encoding="utf-8")
    for scenario in SCENARIOS:
        assert f"| `{scenario.name}` | {scenario.minutes:g} | {scenario.title} |" in page
    for part in score._WEIGHTS.items():
        assert "| {} | {} |".format(*part) in page
