"""`vagt drill`: a practice shift with an end, its score card, and how it compares with earlier ones."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from secrets import randbelow
from typing import TYPE_CHECKING, Any

from vagt.adapters.embedded.shift.scenario import Scenario
from vagt.adapters.embedded.shift.scenarios import FIRST_SHIFT, SCENARIOS, scenario_called
from vagt.cli import scorecard
from vagt.cli.answer import Answer, Output
from vagt.cli.exits import Exit, UsageError
from vagt.cli.session import load_settings
from vagt.config import paths
from vagt.config.errors import did_you_mean
from vagt.domain.clock import SystemClock
from vagt.drill import record, run
from vagt.drill.card import Card
from vagt.drill.run import NoDrill, NoRun, Run

if TYPE_CHECKING:
    from vagt.cli.main import Console

_SEEDS = 10_000


async def answer(given: argparse.Namespace, output: Output) -> Answer:
    """Play, list or judge again. Raises UsageError and ConfigError."""
    drills = paths.data_dir(getattr(given, "data_dir", None)) / "drills"
    if given.list:
        return _listed(drills)
    if given.score is not None:
        return _again(drills, given.score)
    scenario = _scenario(given.scenario or FIRST_SHIFT.name)
    seed = randbelow(_SEEDS) if given.seed is None else int(given.seed)
    if given.auto is not None:
        return await _auto(scenario, given, seed)
    return await _played(drills, scenario, given, output, seed)


def _scenario(name: str) -> Scenario:
    try:
        return scenario_called(name)
    except KeyError:
        known = [scenario.name for scenario in SCENARIOS]
        raise UsageError(
            f"no scenario is called “{name}”; {did_you_mean(name, known, otherwise='there are')}"
        ) from None


async def _played(drills: Path, scenario: Scenario, given: argparse.Namespace, output: Output, seed: int) -> Answer:
    console: Console | None = given.console
    if console is None or not _on_terminal():
        raise UsageError("a drill is played on a terminal; “vagt drill --auto perfect” plays one without")
    settings = load_settings(given, output)
    clock = SystemClock()
    try:
        begun = run.begin(drills, scenario, seed=seed, rate=given.rate, speed=given.speed, now=clock.now())
    except OSError as error:
        raise UsageError(
            f"{drills} cannot be written to: {error.strerror or error}; name another --data-dir"
        ) from error
    words, code = await console(run.settings_of(begun, settings), begun.folder)
    if code != 0:
        output.note(words.removeprefix("vagt: ") or "the console ended by itself; the drill is judged all the same")
    left = run.end(begun, clock.now())
    try:
        card = run.scored(left)
    except NoDrill:
        return Answer(noun="drill", payload=None, human=["The drill was left before it began."], code=Exit.REFUSED)
    before = record.earlier(drills, left.scenario, than=left)
    record.keep(drills, left, card)
    return _answer(left, card, before)


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _again(drills: Path, text: str) -> Answer:
    try:
        known = run.found(drills, text)
        card = run.scored(known)
    except (NoRun, NoDrill) as error:
        raise UsageError(str(error)) from error
    return _answer(known, card, record.earlier(drills, known.scenario, than=known))


async def _auto(scenario: Scenario, given: argparse.Namespace, seed: int) -> Answer:
    """A headless player's drill leaves nothing behind: its scores are nobody's."""
    from vagt.drill.player import play
    from vagt.drill.policy import POLICIES

    if given.auto not in POLICIES:
        raise UsageError(
            f"no player is called “{given.auto}”; {did_you_mean(given.auto, POLICIES, otherwise='there are')}"
        )
    with tempfile.TemporaryDirectory(prefix="vagt-drill-") as folder:
        played, card = await play(
            Path(folder), scenario, POLICIES[given.auto], seed=seed, rate=given.rate, speed=given.speed
        )
    return _answer(played, card, [], player=given.auto)


def _answer(played: Run, card: Card, before: list[record.Earlier], *, player: str = "") -> Answer:
    payload: dict[str, Any] = {
        "run": None if player else played.id,
        "player": player or None,
        "scenario": played.scenario,
        "seed": played.seed,
        "rate": played.rate,
        "speed": played.speed,
        **record.figures_of(card),
        "earlier": [
            {"run": old.run, "at": old.at.isoformat(), "marks": old.marks, "whole": old.whole} for old in before
        ],
    }
    return Answer(noun="drill", payload=payload, human=scorecard.lines(played, card, before, player=player))


def _listed(drills: Path) -> Answer:
    payload = []
    for scenario in SCENARIOS:
        scores = record.earlier(drills, scenario.name)
        marks = [score.marks for score in scores if score.marks is not None]
        payload.append(
            {
                "name": scenario.name,
                "title": scenario.title,
                "minutes": scenario.minutes,
                "played": len(scores),
                "best": max(marks, default=None),
                "last": marks[-1] if marks else None,
            }
        )
    return Answer(noun="scenarios", payload=payload, human=scorecard.scenario_lines(payload))
