"""Plays a drill without a screen, on time that it moves itself, through the engine as a console would."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from pathlib import Path

from vagt.adapters.embedded.shift.ledger import read_ledger
from vagt.adapters.embedded.shift.scenario import Scenario
from vagt.config.response import ChannelSettings
from vagt.config.settings import BackendSettings, Settings
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Change
from vagt.domain.incident import Key
from vagt.drill import run as runs
from vagt.drill.card import Card
from vagt.drill.policy import Policy, View
from vagt.drill.run import BACKEND, Run
from vagt.engine.engine import Engine, Request

OPERATOR = "anna"
TICK = 20.0
"""Seconds of the shift between two looks."""
MORNING = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_PATIENCE = 60.0
"""Real seconds that one look and what follows from it may take."""


async def play(
    drills: Path,
    scenario: Scenario,
    policy: Policy,
    *,
    seed: int,
    rate: float = 1.0,
    speed: float = 1.0,
    minutes: float | None = None,
) -> tuple[Run, Card]:
    """Play it to its end, or for so many minutes of the shift; the run is kept under `drills`.

    Raises TimeoutError where the engine stands still.
    """
    clock = ManualClock(MORNING)
    run = runs.begin(drills, scenario, seed=seed, rate=rate, speed=speed, now=clock.now())
    engine = await Engine.open(
        runs.settings_of(run, Settings()), run.folder, clock=clock, operator=OPERATOR, secrets=_no_secret, seed=seed
    )
    whole = 60 * (scenario.minutes if minutes is None else min(minutes, scenario.minutes))
    rng = random.Random(f"{seed}/player")
    try:
        await engine.start()
        await _look(engine)
        for tick in range(round(whole / TICK)):
            ledger = read_ledger(run.file)
            view = View(ledger=ledger, me=engine.me(BACKEND), now=clock.now(), tick=tick, rng=rng)
            await _act(engine, policy(view))
            clock.advance(TICK / speed)
            await _look(engine)
    finally:
        await engine.stop()
    run = runs.end(run, clock.now())
    return run, runs.scored(run)


async def _look(engine: Engine) -> None:
    """Poll, and wait until that has been done at this moment of the clock."""
    now = engine.clock.now()
    async with asyncio.timeout(_PATIENCE):
        events = engine.events()
        engine.refresh()
        try:
            async for _ in events:
                last = engine.health(BACKEND).last_good
                if last is not None and last >= now:
                    return
        finally:
            await events.aclose()


async def _act(engine: Engine, decided: list[tuple[str, Change]]) -> None:
    """Ask for it in the same order, and wait until the backend has answered to all of it."""
    if not decided:
        return
    requests = [Request(BACKEND, Key(BACKEND, id), change) for id, change in decided]
    intents = await engine.submit(requests, undo=False)
    async with asyncio.timeout(_PATIENCE):
        await engine.settled([intent.command.id for intent in intents], None)


async def _no_secret(backend: BackendSettings | ChannelSettings) -> str:
    del backend
    return ""
