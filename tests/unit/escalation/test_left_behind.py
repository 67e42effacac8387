"""What a console that was killed on watch had still meant to do: its time is over, and it must not happen later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.escalation.consoles import Console, Room, room
from vagt.adapters.protocol import UnavailableError
from vagt.domain.commands import Acknowledge, Assign, Change, Resolve, Take
from vagt.domain.incident import Key
from vagt.engine.intent import Intent, Stage
from vagt.escalation.timing import Timing


class OutOfReach:
    """A backend that takes no assignment for as long as it is out of reach."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.away = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def perform(self, command: Any, expected: Any) -> Any:
        if self.away and isinstance(command.change, Assign):
            raise UnavailableError("no route to host")
        return await self._session.perform(command, expected)


async def _killed_with_an_assignment(desk: Room, other: Console) -> Key:
    """The console of bo claims the second step, and ends before the backend has its assignment."""
    key = await desk.incident(other)
    console = await desk.console("bo", wrap=OutOfReach)
    await desk.until(lambda: any(isinstance(each.command.change, Assign) for each in console.engine.intents()), 660, 2)
    await console.stop()
    del desk.consoles["bo"]
    return key


def _assignment(console: Console) -> Intent:
    kept = (*console.engine.intents(), *console.engine.recent())
    (found,) = [each for each in kept if isinstance(each.command.change, Assign)]
    return found


async def test_hours_later_it_is_dropped_whoever_has_it_by_then(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        other = await desk.console("anna", act=False)
        key = await _killed_with_an_assignment(desk, other)
        await desk.do(other, key, Take())
        await desk.do(other, key, Acknowledge())
        desk.clock.advance(3 * 3600)
        console = await desk.console("bo", act=False)
        await desk.until(lambda: _assignment(console).stage is Stage.DISCARDED)
        assert "another console's since" in _assignment(console).reason
        now = await desk.now(key)
        assert (now.team, now.assignee) == ("NOC", "anna")
        lines = (tmp_path / "bo" / "audit.jsonl").read_text().splitlines()
        dropped = [line for line in map(json.loads, lines) if line.get("result") == "given up"]
        assert [(line["what"], "dropped: " in line["why"]) for line in dropped] == [("assign", True)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Take(), "Anna Holm has it by now"),
        (Acknowledge(), "Anna Holm has it by now"),
        (Assign(team="Databases"), "Databases has it by now"),
        (Resolve("restarted"), "it is resolved by now"),
    ],
)
async def test_within_its_time_it_is_dropped_where_somebody_has_moved_it(
    tmp_path: Path, change: Change, words: str
) -> None:
    async with room(tmp_path) as desk:
        other = await desk.console("anna", act=False)
        key = await _killed_with_an_assignment(desk, other)
        await desk.do(other, key, change)
        desk.clock.advance(15)
        console = await desk.console("bo", act=False)
        await desk.until(lambda: not _assignment(console).stage.is_pending)
        assert _assignment(console).stage is Stage.DISCARDED
        assert words in _assignment(console).reason
        assert console.engine.intents() == (), "nobody is asked about it"


async def test_a_change_that_only_the_backend_knows_of_drops_it_too(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        other = await desk.console("anna", act=False)
        key = await _killed_with_an_assignment(desk, other)
        await desk.do(other, key, Acknowledge())
        console = await desk.console("bo", act=False)
        await desk.until(lambda: not _assignment(console).stage.is_pending)
        assert _assignment(console).stage is Stage.DISCARDED, "no conflict that a person must look at"
        assert "dropped: anna changed" in _assignment(console).reason


async def test_within_its_time_and_untouched_it_is_done_after_all(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        other = await desk.console("anna", act=False)
        key = await _killed_with_an_assignment(desk, other)
        console = await desk.console("bo", act=False)
        await desk.until(lambda: _assignment(console).stage is Stage.DONE)
        assert (await desk.now(key)).team == "Databases"


async def test_what_was_dropped_is_asked_for_again_by_the_next_try_of_the_step(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        other = await desk.console("anna", act=False)
        key = await _killed_with_an_assignment(desk, other)
        desk.wire.told.clear()
        desk.clock.advance(300)
        again = await desk.console("bo", timing=Timing(stagger=0.0))
        await desk.until(lambda: bool(again.results), 200)
        assert (await desk.now(key)).team == "Databases"
