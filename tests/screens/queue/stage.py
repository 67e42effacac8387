"""Plays the operator: presses keys, lets time pass, and reads what stands on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.events import Key
from textual.pilot import Pilot

from tests.screens.idle import Threads, idle
from tests.screens.queue.doubles import PuppetEngine
from vagt.ui.app import VagtApp
from vagt.ui.screens.queue.screen import QueueScreen

FRAME = 0.02
"""Seconds; a little more than the toolkit waits before it draws what has changed."""
CHARACTERS = {
    "space": " ",
    "colon": ":",
    "less_than_sign": "<",
    "equals_sign": "=",
    "minus": "-",
    "slash": "/",
    "asterisk": "*",
    "question_mark": "?",
    "full_stop": ".",
}


class Stage:
    """One console in a terminal of a given size."""

    def __init__(self, app: VagtApp, pilot: Pilot[int], engine: PuppetEngine) -> None:
        self.app, self.pilot, self.engine = app, pilot, engine
        self.threads = Threads()

    @property
    def queue(self) -> QueueScreen:
        return self.app.queue

    async def press(self, *keys: str) -> None:
        """Press keys one after another, and wait until the console is idle."""
        for key in keys:
            event = Key(key, CHARACTERS.get(key, key if len(key) == 1 else None))
            event.set_sender(self.app)
            self.app.post_message(event)
            await idle(self.app, self.threads, drawn=False)
        await self.settle()

    async def write(self, text: str) -> None:
        """Type text."""
        names = {character: name for name, character in CHARACTERS.items()}
        await self.press(*(names.get(char, char) for char in text))

    async def settle(self) -> None:
        """Let messages, workers and the disk come to rest, and the screen be drawn."""
        await idle(self.app, self.threads)
        await asyncio.sleep(FRAME)
        await idle(self.app, self.threads)

    async def second(self, count: int = 1) -> None:
        """Let the console's clock go on, a second at a time."""
        for _ in range(count):
            self.engine.clock.advance(1)
            self.app._second()
            await self.settle()

    @property
    def lines(self) -> list[str]:
        """What the terminal shows."""
        return ["".join(s.text for s in strip).rstrip() for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def line_with(self, words: str) -> str:
        """The one line that has these words."""
        found = [line for line in self.lines if words in line]
        assert len(found) == 1, f"{len(found)} lines have “{words}” in\n{self.text}"
        return found[0]

    def row_of(self, words: str) -> int:
        """On which line of the screen these words stand."""
        return self.lines.index(self.line_with(words))

    @property
    def cursor_line(self) -> str:
        """The row under the cursor."""
        return self.line_with("▶")

    @property
    def said(self) -> str:
        """The line to the operator."""
        return self.app.line.text if self.app.line is not None else ""


@asynccontextmanager
async def stage(
    engine: PuppetEngine, size: tuple[int, int] = (80, 24), prepare: Callable[[VagtApp], Any] | None = None
) -> AsyncIterator[Stage]:
    """Open the console on `engine`; afterwards nothing unforeseen may have happened."""
    app = VagtApp(engine, ticking=False)  # type: ignore[arg-type]
    if prepare is not None:
        prepare(app)
    async with app.run_test(size=size) as pilot:
        play = Stage(app, pilot, engine)
        await play.settle()
        assert not app._exit, app.parting
        yield play
    await engine.stop()
    for trouble in app.troubles:
        raise trouble
