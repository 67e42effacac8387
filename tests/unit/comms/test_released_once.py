"""An approved text leaves once, by whichever console is there to send it, and by no other console as well."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.comms.desk import ABROAD, MAIL_DOWN, USERS, desk, office, ready
from tests.unit.engine.fakes import START, Bench, FakeChannel, World, settle
from vagt.comms import approvals, releasing
from vagt.comms.approval import Proposal, Standing, approving_note, claiming_note, proposals_in
from vagt.comms.approvals import DecisionError, Waiting, Why
from vagt.comms.claims import SILENT, claim_id, claims_in
from vagt.comms.courier import GRACE, Courier
from vagt.comms.delivery import Delivery, Status
from vagt.domain.timeline import EntryKind, TimelineEntry
from vagt.engine.console_id import console_id

CAREFUL = replace(USERS, approval=True)


async def asked(folder: Path) -> World:
    """Anna has asked for approval of the first update to the users."""
    async with desk(folder, CAREFUL) as bench:
        composer = await ready(bench)
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        return bench.world


def note(world: World, by: str, text: str) -> None:
    world.words["1"].append(TimelineEntry(world.clock.now(), by, EntryKind.NOTE, False, text))


async def approved(folder: Path) -> World:
    """Bo has approved it, and his console is gone."""
    world = await asked(folder)
    (proposal,) = proposals_in(world.words["1"], MAIL_DOWN)
    note(world, "bo", approving_note(proposal))
    return world


async def look(bench: Bench) -> Waiting:
    (waiting,) = (await approvals.look(office(bench), [bench.world.incidents["1"]])).waiting
    return waiting


async def drive(world: World, *work: asyncio.Future[tuple[Delivery, ...]]) -> list[object]:
    """What became of each, while time goes by."""
    for _ in range(400):
        await settle()
        if all(one.done() for one in work):
            break
        world.clock.advance(0.5)
    return await asyncio.gather(*work, return_exceptions=True)


def told(world: World) -> list[str]:
    return [entry.text for entry in world.words["1"] if entry.public]


async def test_what_a_dead_console_approved_the_authors_sends_by_itself(tmp_path: Path) -> None:
    world = await approved(tmp_path / "anna")
    async with desk(tmp_path / "anna", CAREFUL, world=world) as bench:
        courier, said = Courier(office(bench)), list[str]()
        courier.on_released = lambda _incident, proposal, why: said.append(f"{proposal.decided_by}{why}")
        courier.start()
        await bench.pass_time(GRACE - 12, step=2)
        assert told(world) == [], "the one who approved it comes first"
        await bench.pass_time(40, step=1)
        await bench.until(lambda: not bench.engine.intents())
        (proposal,) = proposals_in(world.words["1"], world.incidents["1"])
        assert proposal.standing is Standing.SENT
        assert told(world) == [proposal.text], "that text, and no other"
        assert said == ["bo"]
        assert "anna, approved by bo" in world.words["1"][-1].text
        await courier.stop()


async def test_of_all_consoles_that_see_the_approval_one_sends(tmp_path: Path) -> None:
    world = await approved(tmp_path / "anna")
    async with AsyncExitStack() as stack:
        couriers = []
        for folder, login in (("anna", "anna"), ("anna-2", "anna"), ("bo", "bo"), ("bo-2", "bo"), ("carl", "carl")):
            bench = await stack.enter_async_context(desk(tmp_path / folder, CAREFUL, world=world, login=login))
            couriers.append(Courier(office(bench)))
            couriers[-1].start()
        for _ in range(120):
            await bench.pass_time(1)
        assert len(told(world)) == 1
        claims = [entry for entry in world.words["1"] if claims_in([entry])]
        assert {entry.by for entry in claims} <= {"anna", "bo"}, "nobody else's console does it unasked"
        for courier in couriers:
            await courier.stop()


async def test_one_person_on_two_data_folders_who_approves_twice_at_once_sends_once(tmp_path: Path) -> None:
    page = FakeChannel()
    careful = replace(ABROAD, approval=True)
    async with desk(tmp_path / "anna", careful) as bench:
        await (await ready(bench)).send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        world = bench.world
    async with (
        desk(tmp_path / "one", careful, world=world, login="bo", channels={"status-page": page}) as one,
        desk(tmp_path / "two", careful, world=world, login="bo", channels={"status-page": page}) as two,
    ):
        work = [asyncio.ensure_future(releasing.approve(office(bench), await look(bench))) for bench in (one, two)]
        first, second = sorted(await drive(world, *work), key=lambda one: isinstance(one, DecisionError))
        await one.until(lambda: not one.engine.intents() and not two.engine.intents())
    assert len(page.told) == 1
    assert isinstance(first, tuple) and [each.status for each in first] == [Status.QUEUED]
    assert isinstance(second, DecisionError) and second.why is Why.TAKEN


async def test_anybody_who_sees_the_approval_can_send_it_by_hand(tmp_path: Path) -> None:
    world = await approved(tmp_path / "anna")
    async with desk(tmp_path / "carl", CAREFUL, world=world, login="carl") as bench:
        waiting = await look(bench)
        assert (waiting.proposal.standing, waiting.proposal.decided_by) == (Standing.APPROVED, "bo")
        await drive(world, asyncio.ensure_future(releasing.approve(office(bench), waiting)))
        await bench.until(lambda: not bench.engine.intents())
    assert told(world) == [waiting.proposal.text]


async def test_what_a_silent_console_may_have_sent_is_a_persons_to_decide(tmp_path: Path) -> None:
    world = await approved(tmp_path / "anna")
    (proposal,) = proposals_in(world.words["1"], world.incidents["1"])
    note(world, "bo", claiming_note(proposal, claim_id("bos console", proposal.id, 0), 0))
    async with desk(tmp_path / "anna", CAREFUL, world=world) as bench:
        courier = Courier(office(bench))
        courier.start()
        with pytest.raises(DecisionError, match="bo has it: that console sends it"):
            await releasing.release(office(bench), await look(bench))
        await bench.pass_time(SILENT + 60, step=5)
        assert told(world) == [], "it may have gone out already"
        waiting = await look(bench)
        assert releasing.is_silent(office(bench), waiting)
        with pytest.raises(DecisionError, match=r"bo's console began to send it at .* it may have gone out") as asked:
            await releasing.release(office(bench), waiting)
        assert asked.value.why is Why.SILENT
        await drive(world, asyncio.ensure_future(releasing.release(office(bench), waiting, again=True)))
        await bench.until(lambda: not bench.engine.intents())
        await courier.stop()
    assert told(world) == [proposal.text]


async def test_a_console_that_died_between_its_claim_and_the_outbox_goes_on(tmp_path: Path) -> None:
    world = await approved(tmp_path / "anna")
    (proposal,) = proposals_in(world.words["1"], world.incidents["1"])
    mine = console_id(tmp_path / "anna")
    note(world, "anna", claiming_note(proposal, claim_id(mine, proposal.id, 0), 0))
    world.clock.advance(SILENT * 2)
    async with desk(tmp_path / "anna", CAREFUL, world=world) as bench:
        courier = Courier(office(bench))
        courier.start()
        await bench.pass_time(40, step=1)
        await bench.until(lambda: not bench.engine.intents())
        await courier.stop()
    assert told(world) == [proposal.text]
    claims = [entry for entry in world.words["1"] if claims_in([entry])]
    assert len(claims) == 2, "somebody may have been asked about the old one meanwhile: it claims anew"


async def test_what_is_in_the_outbox_already_is_not_put_there_again(tmp_path: Path) -> None:
    world = await approved(tmp_path / "anna")
    page = FakeChannel()
    async with desk(tmp_path / "carl", CAREFUL, world=world, login="carl", channels={"status-page": page}) as bench:
        waiting = await look(bench)
        for _ in range(2):
            (result,) = await drive(world, asyncio.ensure_future(releasing.release(office(bench), waiting)))
        assert isinstance(result, DecisionError) or result
        await bench.until(lambda: not bench.engine.intents())
    assert len(told(world)) == 1


async def test_a_claim_on_another_text_or_in_a_customers_mail_is_none(tmp_path: Path) -> None:
    world = await approved(tmp_path / "anna")
    (proposal,) = proposals_in(world.words["1"], world.incidents["1"])
    forged = claiming_note(replace(proposal, digest="0" * 64), "x", 0)
    note(world, "bo", forged)
    at = world.clock.now()
    public = claiming_note(proposal, "y", 0)
    world.words["1"].append(TimelineEntry(at, "Kunde", EntryKind.COMMENT, True, public))
    (now,) = proposals_in(world.words["1"], world.incidents["1"])
    assert (now.standing, now.claim) == (Standing.APPROVED, None)


def test_the_first_claim_of_the_last_try_holds_and_within_a_second_the_ids_decide() -> None:
    proposal = Proposal(
        id="p", ref="desk:11", audience="users", language="en", subject="Mail", text="Down.", digest="d"
    )

    def claimed(by: str, id: str, seconds: float, attempt: int = 0) -> TimelineEntry:
        when = START.replace(microsecond=0) + timedelta(seconds=seconds)
        return TimelineEntry(when, by, EntryKind.NOTE, False, claiming_note(proposal, id, attempt))

    def holder(*entries: TimelineEntry) -> str:
        return claims_in(entries)["p", "d"].by

    assert holder(claimed("a", "9", 0), claimed("b", "1", 1)) == "a"
    assert holder(claimed("a", "9", 0.2), claimed("b", "1", 0.9)) == "b"
    assert holder(claimed("a", "9", 0), claimed("b", "1", 200, 1), claimed("c", "2", 201, 1)) == "b"
