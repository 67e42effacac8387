"""A whole console on a real embedded backend, with time that the test moves; Bo works on the same backend beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from tests.adapters.embedded import MORNING, ORGANISATION, Desk, desk, no_secret
from tests.screens.queue.stage import Stage
from tests.unit.engine.fakes import FakeChannel
from tests.waiting import until
from vagt.config.response import ChannelSettings
from vagt.config.settings import BackendSettings, ConsoleSettings, Settings
from vagt.domain.clock import ManualClock
from vagt.domain.incident import Incident
from vagt.engine.engine import Engine
from vagt.engine.intent import Intent
from vagt.ui.app import VagtApp

_FRAMES = str.maketrans(dict.fromkeys("│║╭╮╰╯╔╗╚╝─═┃", " "))
SIZES = ((80, 24), (200, 50))


class Shift(Stage):
    """The operator anna at her console; `bo` is a colleague's session, and the truth that tests ask."""

    def __init__(self, app: VagtApp, pilot: Any, engine: Engine, bo: Desk, clock: ManualClock) -> None:
        super().__init__(app, pilot, cast("Any", engine))
        self.real = engine
        self.bo = bo
        self.clock = clock

    @property
    def words(self) -> str:
        """What the terminal shows, read across lines and without frames."""
        return " ".join(self.text.translate(_FRAMES).split())

    async def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait, without moving the clock, until `holds`."""
        await self.settle()
        await until(holds, what, lambda: self.text, pause=self.settle)

    async def shows(self, words: str) -> None:
        """Wait until these words stand on the screen."""
        await self.until(lambda: words in self.text, f"“{words}”")

    async def pass_time(self, seconds: float) -> None:
        """Let the clock go on, and let everybody do what is due."""
        self.clock.advance(seconds)
        self.app._second()
        await self.settle()

    async def in_time(self, holds: Callable[[], object], what: str, *, step: float = 1.0) -> None:
        """Let the clock go on, `step` seconds at a time, until `holds`."""
        await until(holds, what, lambda: self.text, pause=lambda: self.pass_time(step))

    async def sent(self) -> None:
        """Let the undo window end, and wait until nothing is under way."""
        await self.until(self.real.intents, "something to send")
        await self.in_time(
            lambda: not any(intent.stage.is_pending for intent in self.real.intents()),
            "an outbox in which nothing is under way",
            step=3.0,
        )
        await self.settle()

    async def point_at(self, incident: Incident) -> None:
        """Put the cursor on an incident of the queue."""
        await self.until(lambda: self.real.board.get(incident.key), f"{incident.ref} on the board")
        await self.until(lambda: self.queue.rows.move_to(incident.key), f"{incident.ref} in the view")
        await self.settle()

    async def at_rest(self) -> None:
        """Wait until the screen has stopped changing."""
        looks = [""]

        async def look() -> None:
            await asyncio.sleep(0.02)
            await self.settle()
            looks.append(self.text)

        await until(lambda: len(set(looks[-3:])) == 1 < len(looks), "a screen at rest", lambda: self.text, pause=look)

    async def filter_by(self, query: str) -> None:
        """Type a filter and take it."""
        await self.press("slash")
        await self.write(query)
        await self.press("enter")

    def stuck(self) -> Sequence[Intent]:
        """What needs a person."""
        return [intent for intent in self.real.intents() if intent.stage.needs_person]


@asynccontextmanager
async def shift(
    folder: Path,
    prepare: Callable[[Desk], Awaitable[object]] | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    backends: Sequence[str] = ("desk",),
    read_only: Sequence[str] = (),
    view: str = "6",
    undo: float = ConsoleSettings().undo,
    channels: Mapping[str, FakeChannel] | None = None,
    config: Callable[[Settings], Settings] = lambda settings: settings,
) -> AsyncIterator[Shift]:
    """Bo prepares the backend; then anna's console opens on the view that shows all open incidents."""
    clock = ManualClock(MORNING)
    settings = Settings(
        console=ConsoleSettings(undo=undo),
        backends=tuple(
            BackendSettings(
                name=name,
                adapter="embedded",
                username="anna",
                options=dict(ORGANISATION),
                read_only=name in read_only,
            )
            for name in backends
        ),
        channels=tuple(ChannelSettings(name=name, url=f"json://{name}.example") for name in channels or ()),
    )
    async with desk(folder, clock=clock, operator="bo", name=backends[0]) as bo:
        if prepare is not None:
            await prepare(bo)
        engine = await Engine.open(
            config(settings),
            folder,
            clock=clock,
            operator="anna",
            secrets=_no_secret,
            open_channel=lambda line: (channels or {})[line.settings.name],
        )
        app = VagtApp(engine, data_dir=folder)
        try:
            async with app.run_test(size=size) as pilot:
                play = Shift(app, pilot, engine, bo, clock)
                await play.until(lambda: engine.health(backends[0]).last_good, "the first listing")
                await play.press(view)
                yield play
        finally:
            if app.keeping is not None:
                await app.keeping.stop()
            await engine.stop()
        assert not app.troubles


async def _no_secret(_: BackendSettings) -> str:
    return await no_secret()
