"""A whole console, with the machine's own clock, on backends that speak over a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from tests.screens.queue.stage import Stage
from tests.waiting import until as _until
from vagt.checkup import first_run
from vagt.config.settings import BackendSettings, ConsoleSettings, Settings
from vagt.domain.clock import SystemClock
from vagt.engine.engine import Engine
from vagt.ui.app import VagtApp

SIZES = ((80, 24), (200, 50))


@asynccontextmanager
async def console_on(
    backends: Sequence[BackendSettings], secret: str, folder: Path, size: tuple[int, int]
) -> AsyncIterator[Stage]:
    """A console of somebody who has seen its welcome; polls and undo windows are short."""

    async def secrets(_: BackendSettings) -> str:
        return secret

    engine = await Engine.open(
        Settings(console=ConsoleSettings(refresh=0.3, undo=0.2), backends=tuple(backends)),
        folder,
        clock=SystemClock(),
        operator="nobody",
        secrets=secrets,
    )
    first_run.remember(folder)
    app = VagtApp(engine, data_dir=folder)
    try:
        async with app.run_test(size=size) as pilot:
            yield Stage(app, pilot, cast("Any", engine))
    finally:
        if app.keeping is not None:
            await app.keeping.stop()
        await engine.stop()
    assert not app.troubles


async def until(play: Stage, holds: Callable[[], object], what: str) -> None:
    """Wait until `holds`, with the screen drawn before each look."""
    await play.settle()
    await _until(holds, what, lambda: play.text, pause=play.settle)


async def shows(play: Stage, words: str) -> None:
    """Wait until these words stand on the screen, wherever its lines break."""
    await until(play, lambda: words in " ".join(play.text.split()), f"“{words}”")
