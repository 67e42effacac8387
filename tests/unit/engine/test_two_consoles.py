"""Two people at two consoles on one backend: the later one is told, and shown what changed."""

from __future__ import annotations

from pathlib import Path

from tests.unit.engine.fakes import START, FakeSession, World, incident, opened, settings_for, settle
from vagt.adapters.protocol import Batch
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Acknowledge, Take
from vagt.domain.incident import Key, State
from vagt.engine.events import IncidentsChanged
from vagt.engine.intent import Stage
from vagt.engine.request import Request

ONE = Key("desk", "1")


async def test_two_acknowledge_the_same_incident_at_the_same_time(tmp_path: Path) -> None:
    clock = ManualClock(START)
    world = World(clock)
    world.put(incident("1"))

    class Bo(FakeSession):
        async def probe(self) -> object:  # type: ignore[override]
            self.world.login = "bo"
            account = await super().probe()
            self.world.login = "anna"
            return account

        async def perform(self, command: object, expected: str | None) -> object:  # type: ignore[override]
            self.world.login = "bo"
            try:
                return await super().perform(command, expected)  # type: ignore[arg-type]
            finally:
                self.world.login = "anna"

    bo_session = Bo(world)
    async with (
        opened(tmp_path / "anna", world) as anna,
        opened(tmp_path / "bo", world, clock=clock, sessions={"desk": bo_session}) as bo,
    ):
        await settle()
        assert (anna.engine.me("desk"), bo.engine.me("desk")) == ("anna", "bo")
        (his,) = await bo.engine.submit([Request("desk", ONE, Acknowledge())], undo=False)
        await settle()
        clock.advance(4)
        (hers,) = await anna.engine.submit([Request("desk", ONE, Acknowledge())], undo=False)
        await settle()
        assert bo.intent(his.command.id).stage is Stage.DONE
        told = anna.intent(hers.command.id)
        assert (told.stage, told.reason) == (Stage.CONFLICT, "bo acknowledged it 4 s ago")
        shown = anna.engine.board.get(ONE)
        assert shown is not None and (shown.state, shown.assignee) == (State.ACTIVE, "bo")
        assert anna.engine.board.is_changed(ONE)
        (taken,) = await anna.engine.submit([Request("desk", ONE, Take())], undo=False)
        await settle()
        assert anna.intent(taken.command.id).stage is Stage.DONE
        assert world.incidents["1"].assignee == "anna"


async def test_a_backend_that_lists_everything_each_time_repaints_only_what_changed(tmp_path: Path) -> None:
    world = World(ManualClock(START))
    world.put(*(incident(str(number)) for number in range(20)))
    async with opened(tmp_path, world, settings=settings_for(refresh=15.0), start=False) as bench:

        async def everything(cursor: str | None) -> Batch:
            return Batch(items=tuple(world.incidents.values()), cursor="x", complete=True, restart=True)

        bench.session.changes = everything  # type: ignore[method-assign]
        await bench.engine.start()
        await bench.pass_time(20)
        events = bench.engine.events()
        await bench.pass_time(60)
        world.delete("7")
        await bench.pass_time(20)
        assert bench.engine.board.get(Key("desk", "7")) is None
        await bench.engine.stop()
        changed = [event async for event in events if isinstance(event, IncidentsChanged)]
        assert [event.keys for event in changed] == [frozenset({Key("desk", "7")})]
