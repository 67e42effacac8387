"""The same console on the true engine and the embedded backend: from the key to the backend and back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests import waiting
from tests.screens.queue.doubles import START
from tests.screens.queue.stage import Stage
from vagt.config.settings import BackendSettings, ConsoleSettings, Settings
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Create
from vagt.engine.engine import Engine
from vagt.engine.health import Condition
from vagt.engine.request import Request
from vagt.ui.app import VagtApp


async def no_secret(_: BackendSettings) -> str:
    return ""


@asynccontextmanager
async def desk(folder: Path, *titles: str) -> AsyncIterator[tuple[Stage, ManualClock]]:
    """A console on an embedded service desk that holds these incidents."""
    clock = ManualClock(START)
    backend = BackendSettings(name="desk", adapter="embedded", username="anna")
    settings = Settings(console=ConsoleSettings(refresh=5.0), backends=(backend,))
    engine = await Engine.open(settings, folder, clock=clock, operator="anna", secrets=no_secret)
    app = VagtApp(engine, data_dir=folder, ticking=False)
    try:
        async with app.run_test(size=(100, 24)) as pilot:
            play = Stage(app, pilot, engine)  # type: ignore[arg-type]
            for title in titles:
                await engine.submit([Request("desk", None, Create(title=title, impact=1, urgency=2))], undo=False)
            await until(play, clock, lambda: len(engine.board) == len(titles))
            await play.press("6")
            yield play, clock
    finally:
        await engine.stop()
    for trouble in app.troubles:
        raise trouble


async def until(play: Stage, clock: ManualClock, reached: Callable[[], bool]) -> None:
    """Let the console's time pass until something is so."""

    async def half_a_second() -> None:
        clock.advance(0.5)
        play.app._second()
        await play.settle()

    await waiting.until(
        reached, "what the test says", lambda: f"{play.text}\n{list(play.engine.intents())}", pause=half_a_second
    )
    await play.settle()


async def test_an_acknowledgement_goes_to_the_backend_after_the_undo_window(tmp_path: Path) -> None:
    async with desk(tmp_path, "Mail is down", "Web is slow") as (play, clock):
        await play.press("a")
        assert "+1" in play.cursor_line
        await until(play, clock, lambda: not play.engine.intents())
        assert "+1" not in play.cursor_line
        key = play.queue.rows.cursor
        assert key is not None
        truth = play.app.engine.board.theirs(key)
        assert truth is not None
        assert truth.assignee == "anna"
        assert "outbox" not in play.lines[-3]


async def test_what_is_taken_back_never_arrives(tmp_path: Path) -> None:
    async with desk(tmp_path, "Mail is down") as (play, clock):
        await play.press("t")
        await play.press("u")
        assert play.engine.intents() == ()
        clock.advance(30)
        await play.settle()
        (row,) = play.app.engine.board.incidents.values()
        assert row.assignee is None


async def test_all_that_the_filter_shows_is_acknowledged_at_once(tmp_path: Path) -> None:
    titles = [f"alert {number}" for number in range(12)]
    async with desk(tmp_path, "Something else", *titles) as (play, clock):
        await play.press("slash")
        await play.write("alert")
        await play.press("enter", "asterisk", "a")
        assert "Acknowledged 12 incidents" in play.text
        await until(play, clock, lambda: not play.engine.intents())
        assert "Acknowledged 12 incidents: all done" in play.text
        mine = [row for row in play.app.engine.board.incidents.values() if row.assignee == "anna"]
        assert {row.title for row in mine} == set(titles)


async def test_the_age_of_the_data_grows_and_a_refresh_makes_it_young_again(tmp_path: Path) -> None:
    async with desk(tmp_path, "Mail is down") as (play, clock):
        health = play.app.engine.health("desk")
        assert health.condition is Condition.FRESH
        before = health.last_good
        await play.press("r")
        await until(play, clock, lambda: play.app.engine.health("desk").last_good != before)
        assert "desk 0 s" in play.text


@pytest.mark.parametrize("key", ["asterisk", "space"])
async def test_marks_survive_what_the_backend_does_meanwhile(tmp_path: Path, key: str) -> None:
    async with desk(tmp_path, "one", "two", "three") as (play, clock):
        await play.press("g", key)
        marked = set(play.queue.rows.marks)
        await play.engine.submit([Request("desk", None, Create(title="four", impact=1, urgency=1))], undo=False)
        await until(play, clock, lambda: len(play.app.engine.board) == 4)
        assert set(play.queue.rows.marks) == marked
