"""Watch-keeping where the backend is away, slow or forgetful for a while: no step is lost, none is doubled."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.escalation.consoles import PATH, room, settings
from vagt.adapters.protocol import AdapterError, ForbiddenError, UnavailableError
from vagt.config.response import StepSettings
from vagt.domain import marker
from vagt.domain.commands import Acknowledge, Note
from vagt.domain.incident import ClockKind
from vagt.escalation.ladder import Rung
from vagt.escalation.timing import Timing


class Troubled:
    """A backend whose notes fail for as long as `trouble` is set."""

    trouble: AdapterError | None = None

    def __init__(self, session: Any) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def perform(self, command: Any, expected: Any) -> Any:
        if isinstance(command.change, Note) and self.trouble is not None:
            raise self.trouble
        return await self._session.perform(command, expected)


@pytest.mark.parametrize("trouble", [UnavailableError("no answer"), ForbiddenError("you may not write notes")])
async def test_a_backend_that_takes_no_claim_for_a_while_loses_no_step(tmp_path: Path, trouble: AdapterError) -> None:
    async with room(tmp_path) as desk:
        sessions: list[Troubled] = []

        def wrap(session: Any) -> Any:
            made = Troubled(session)
            made.trouble = trouble
            sessions.append(made)
            return made

        console = await desk.console(wrap=wrap)
        key = await desk.incident(console)
        await desk.to(2)
        assert desk.wire.told == []
        for session in sessions:
            session.trouble = None
        await desk.to(5)
        assert desk.wire.channels == ["anna-ntfy"]
        kinds = [each.kind for entry in await desk.timeline(key) for each in marker.find(entry.text)]
        assert kinds == ["claim", "done"]


class Forgetful(Troubled):
    """A backend that takes notes and does not show them for so many reads."""

    blind = 0

    async def timeline(self, id: str) -> Any:
        entries = await self._session.timeline(id)
        if self.blind > 0 and any("[vagt" in entry.text for entry in entries):
            self.blind -= 1
            return tuple(entry for entry in entries if "[vagt" not in entry.text)
        return entries


async def test_a_claim_that_shows_late_is_carried_out_and_not_written_twice(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:

        def wrap(session: Any) -> Any:
            made = Forgetful(session)
            made.blind = 2
            return made

        console = await desk.console(wrap=wrap)
        key = await desk.incident(console)
        await desk.to(4)
        assert desk.wire.channels == ["anna-ntfy"]
        kinds = [each.kind for entry in await desk.timeline(key) for each in marker.find(entry.text)]
        assert kinds == ["claim", "done"]


async def test_where_claims_can_never_be_read_back_the_incident_is_not_buried_under_them(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:

        def wrap(session: Any) -> Any:
            made = Forgetful(session)
            made.blind = 10**6
            return made

        console = await desk.console(wrap=wrap)
        key = await desk.incident(console)
        other = await desk.console("bo", act=False)
        await desk.to(60)
        assert desk.wire.told == []
        written = [entry for entry in await other.engine.timeline(key) if "[vagt claim" in entry.text]
        assert 2 <= len(written) <= 6


async def test_the_first_step_of_a_path_is_announced_as_well(tmp_path: Path) -> None:
    late = replace(PATH, steps=(StepSettings(after=600, to="oncall:noc"),))
    async with room(tmp_path) as desk:
        console = await desk.console(config=settings("anna", escalations=(late,)))
        key = await desk.incident(console)
        await desk.to(9.1)
        assert [proposal.rung.key for proposal in console.escalation.watch.proposals()] == [key]
        await desk.to(9.9)
        assert desk.wire.told == []
        await desk.to(10.3)
        assert desk.wire.channels == ["anna-ntfy"]


async def test_the_most_urgent_overtakes_all_that_wait_for_their_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_open = replace(PATH, query="is:open", steps=(StepSettings(after=0, to="oncall:noc"),))
    async with room(tmp_path) as desk:
        console = await desk.console(config=settings("anna", escalations=(all_open,)))
        order: list[str] = []
        gate = asyncio.Event()

        async def attend(rung: Rung) -> None:
            order.append(rung.incident.title)
            await gate.wait()

        monkeypatch.setattr(console.escalation.carrier, "attend", attend)
        for number in range(7):
            await desk.incident(console, f"mild {number}", urgent=3)
        await desk.until(lambda: len(order) == 4)
        await desk.incident(console, "urgent", urgent=1)
        await desk.pass_time(8)
        assert len(order) == 4, "so many at a time"
        assert "urgent" not in order
        gate.set()
        await desk.pass_time(3)
        assert order[4] == "urgent"
        assert len(order) == 8


async def test_what_was_acknowledged_while_it_waited_for_its_turn_is_not_claimed(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        console = await desk.console(timing=Timing(stagger=60.0))
        key = await desk.incident(console)
        await desk.do(console, key, Acknowledge())
        await desk.to(3)
        assert not any("[vagt" in entry.text for entry in await desk.timeline(key))
        assert desk.wire.told == []


async def test_what_a_person_escalated_moves_the_clock_of_the_row_at_once(tmp_path: Path) -> None:
    late = replace(PATH, steps=tuple(StepSettings(after=after, to="oncall:db") for after in (600, 1200)))
    async with room(tmp_path) as desk:
        console = await desk.console(config=settings("anna", escalations=(late,)))
        key = await desk.incident(console)
        escalation = console.escalation
        await desk.to(1)
        climb = await escalation.climb(await desk.now(key))
        order = await escalation.order(climb, "more hands are needed", level=1)
        await console.engine.submit(escalation.requests(order), undo=False)
        await desk.pass_time(20)
        shown = console.engine.board.get(key)
        assert shown is not None
        assert [clock.name for clock in shown.sla if clock.kind is ClockKind.ESCALATION] == ["step 2"]


async def test_a_step_that_somebody_else_took_meanwhile_is_not_announced(tmp_path: Path) -> None:
    late = replace(PATH, steps=tuple(StepSettings(after=after, to="oncall:db") for after in (600, 1200)))
    async with room(tmp_path) as desk:
        one = await desk.console(config=settings("anna", escalations=(late,)))
        two = await desk.console("bo", config=settings("bo", escalations=(late,)))
        key = await desk.incident(one)
        await desk.to(1)
        incident = await desk.now(key)
        await one.escalation.climb(incident)
        climb = await two.escalation.climb(incident)
        order = await two.escalation.order(climb, "more hands are needed", level=1)
        await two.engine.submit(two.escalation.requests(order), undo=False)
        await desk.to(9.3)
        assert one.escalation.watch.proposals() == ()
