"""Watch-keeping over what comes back: reopened or given back, it climbs again, once, whoever watches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.unit.escalation.consoles import PATH, Console, Room, room, settings
from tests.unit.escalation.test_watch import kinds
from vagt.config.settings import Settings
from vagt.domain import marker
from vagt.domain.commands import Acknowledge, Assign, Note, Reopen, Resolve
from vagt.domain.incident import ClockKind, Key

STEPS = ["anna-ntfy", "carl-ntfy", "noc-chat", "dora-mail"]


def calm(name: str) -> Settings:
    return settings(name, escalations=(replace(PATH, ack_timeout=None),))


async def _climbed_and_over(desk: Room, by: Console) -> Key:
    key = await desk.incident(by)
    await desk.to(26)
    assert sorted(desk.wire.channels) == sorted(STEPS)
    await desk.do(by, key, Acknowledge())
    await desk.do(by, key, Resolve("restarted"))
    await desk.to(40)
    desk.wire.told.clear()
    return key


async def test_two_consoles_carry_each_step_of_what_is_reopened_out_once_more(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        one, two = await desk.console("anna", config=calm("anna")), await desk.console("bo", config=calm("bo"))
        key = await _climbed_and_over(desk, one)
        await desk.do(two, key, Reopen())
        await desk.to(49.5)
        assert desk.wire.channels == ["anna-ntfy"]
        assert "It was reopened at 12:40 UTC by Bo Friis" in desk.wire.told[0][2].text
        shown = one.engine.board.get(key)
        assert shown is not None
        assert [clock.name for clock in shown.sla if clock.kind is ClockKind.ESCALATION] == ["step 2"]
        await desk.to(67)
        assert sorted(desk.wire.channels) == sorted(STEPS), "all the way up, each once"
        assert kinds(await desk.timeline(key)).count("done") == 6


async def test_a_console_that_comes_after_the_reopening_sees_it_too(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        one = await desk.console("anna", config=calm("anna"))
        key = await _climbed_and_over(desk, one)
        await one.stop()
        del desk.consoles["anna"]
        other = await desk.console("bo", act=False, config=calm("bo"))
        await desk.do(other, key, Reopen())
        await desk.to(41)
        assert [proposal.rung.key for proposal in other.escalation.watch.proposals()] == [key]
        await desk.console("carl", config=calm("carl"))
        await desk.to(42)
        assert desk.wire.channels == ["anna-ntfy"]


async def test_given_back_to_nobody_it_climbs_from_then(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        one, two = await desk.console("anna", config=calm("anna")), await desk.console("bo", config=calm("bo"))
        key = await desk.incident(one)
        await desk.to(2)
        await desk.do(two, key, Acknowledge())
        await desk.to(30)
        assert desk.wire.channels == ["anna-ntfy"]
        await desk.do(two, key, Assign(to=""))
        await desk.to(31)
        assert desk.wire.channels == ["anna-ntfy"] * 2
        assert "Its acknowledgement was withdrawn at 12:30 UTC by Bo Friis" in desk.wire.told[1][2].text


async def test_whoever_acknowledges_what_came_back_into_work_stops_it_on_every_console(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        one, two = await desk.console("anna", config=calm("anna")), await desk.console("bo", config=calm("bo"))
        key = await _climbed_and_over(desk, one)
        await desk.do(two, key, Reopen())
        await desk.to(41)
        rung = one.escalation.ladder.get(key)
        assert rung is not None
        request = one.escalation.in_hand(rung.incident, rung.standing)
        assert request is not None
        assert isinstance(request.change, Note)
        assert marker.without(request.change.text) == "Anna Holm has it again: it was reopened."
        assert one.escalation.ladder.get(key) is None, "here at once"
        await one.engine.submit([request], undo=False)
        await desk.to(90)
        assert desk.wire.channels == ["anna-ntfy"]
        assert [console.escalation.ladder.get(key) for console in (one, two)] == [None, None]


async def test_what_climbs_for_another_reason_is_no_matter_of_words(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        one = await desk.console("anna")
        key = await desk.incident(one)
        await desk.to(1)
        rung = one.escalation.ladder.get(key)
        assert rung is not None
        assert one.escalation.in_hand(rung.incident, rung.standing) is None
