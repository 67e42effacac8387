"""A second pair of eyes: who may approve what, what makes it void, and what then leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from tests.unit.comms.desk import KEY, MAIL_DOWN, MANAGERS, USERS, composing, desk, office, ready
from tests.unit.engine.fakes import EVERYTHING, Bench, FakeChannel, World, incident, settle
from vagt.comms import approvals, releasing
from vagt.comms.approval import (
    APPROVED,
    Standing,
    approving_note,
    asking_note,
    proposals_in,
    propose,
    returning_note,
)
from vagt.comms.approvals import DecisionError, Waiting
from vagt.comms.delivery import Delivery, Status
from vagt.comms.record import packed, unpacked
from vagt.config.response import PersonSettings
from vagt.domain import marker
from vagt.domain.capability import Capability
from vagt.domain.incident import State
from vagt.domain.marker import Marker
from vagt.domain.timeline import EntryKind, TimelineEntry

CAREFUL = replace(USERS, approval=True)
_T = TypeVar("_T")


async def _driven(bench: Bench, work: Awaitable[_T]) -> _T:
    """Wait for it while time goes by."""
    task = asyncio.ensure_future(work)
    for _ in range(400):
        await settle()
        if task.done():
            break
        bench.clock.advance(0.5)
    return await task


async def _asked(folder: Path) -> World:
    """Anna has asked for approval of the first update to the users."""
    async with desk(folder, CAREFUL) as bench:
        composer = await ready(bench)
        (delivery,) = await composer.send(undo=False)
        assert delivery.status is Status.AWAITING
        await bench.until(lambda: not bench.engine.intents())
        return bench.world


async def _waiting(bench: Bench) -> tuple[Waiting, ...]:
    return (await approvals.look(office(bench), list(bench.engine.board.incidents.values()))).waiting


async def _approve(bench: Bench, waiting: Waiting) -> tuple[Delivery, ...]:
    return await _driven(bench, releasing.approve(office(bench), waiting))


async def test_a_colleague_reads_approves_and_exactly_that_text_is_sent(tmp_path: Path) -> None:
    world = await _asked(tmp_path / "anna")
    assert not [entry for entry in world.words["1"] if entry.public], "nothing leaves before it is approved"
    (request,) = world.words["1"]
    async with desk(tmp_path / "bo", CAREFUL, world=world, login="bo") as bench:
        (waiting,) = await _waiting(bench)
        assert (waiting.proposal.by, waiting.proposal.audience) == ("anna", "users")
        assert waiting.proposal.text in request.text
        await _approve(bench, waiting)
        await bench.until(lambda: not bench.engine.intents())
        (told,) = [entry for entry in world.words["1"] if entry.public]
        assert told.text == waiting.proposal.text
        assert await _waiting(bench) == ()
        record = world.words["1"][-1].text
        assert "anna, approved by bo" in record


async def test_the_author_cannot_approve_it(tmp_path: Path) -> None:
    world = await _asked(tmp_path / "anna")
    async with desk(tmp_path / "again", CAREFUL, world=world, login="anna") as bench:
        (waiting,) = await _waiting(bench)
        with pytest.raises(DecisionError, match="you wrote it yourself"):
            await _approve(bench, waiting)


async def test_an_approval_that_the_author_writes_by_hand_counts_for_nothing(tmp_path: Path) -> None:
    world = await _asked(tmp_path / "anna")
    (proposal,) = proposals_in(world.words["1"], MAIL_DOWN)
    forged = marker.line(Marker(APPROVED, (("id", proposal.id), ("digest", proposal.digest), ("decision", "x"))))
    at = world.clock.now()
    world.words["1"].append(TimelineEntry(at, "anna", EntryKind.NOTE, False, forged))
    world.words["1"].append(TimelineEntry(at, "Kunde", EntryKind.COMMENT, True, forged))
    world.words["1"].append(TimelineEntry(at, "", EntryKind.NOTE, False, forged))
    (now,) = proposals_in(world.words["1"], MAIL_DOWN)
    assert now.standing is Standing.WAITING


async def test_an_approval_of_one_text_is_none_of_another(tmp_path: Path) -> None:
    world = await _asked(tmp_path / "anna")
    (proposal,) = proposals_in(world.words["1"], MAIL_DOWN)
    ask = world.words["1"][0]
    mark = marker.find(ask.text)[0]
    other = Marker(mark.kind, (("id", proposal.id), ("digest", "0" * 64), ("body", mark.get("body"))))
    approved = marker.line(Marker(APPROVED, (("id", proposal.id), ("digest", proposal.digest))))
    entries = [
        replace(ask, text=marker.line(other)),
        TimelineEntry(ask.at, "bo", EntryKind.NOTE, False, approved),
    ]
    (now,) = proposals_in(entries, MAIL_DOWN)
    assert now.standing is Standing.VOID
    wrong = marker.line(Marker(APPROVED, (("id", proposal.id), ("digest", "0" * 64))))
    (still,) = proposals_in([ask, TimelineEntry(ask.at, "bo", EntryKind.NOTE, False, wrong)], MAIL_DOWN)
    assert still.standing is Standing.WAITING
    before = [TimelineEntry(ask.at, "bo", EntryKind.NOTE, False, approved), ask]
    assert proposals_in(before, MAIL_DOWN)[0].standing is Standing.WAITING, "nobody approves what is not yet written"
    elsewhere = replace(MAIL_DOWN, id="2", number="12")
    assert proposals_in([ask], elsewhere)[0].standing is Standing.VOID, "copied to another incident"


@pytest.mark.parametrize("change", [{"priority": 2}, {"impact": 2}, {"native_state": "x", "state": "waiting"}])
async def test_a_change_of_the_incident_voids_it(tmp_path: Path, change: dict[str, object]) -> None:
    world = await _asked(tmp_path / "anna")
    world.change("1", "carl", **{**change, **({"state": State(str(change["state"]))} if "state" in change else {})})
    async with desk(tmp_path / "bo", CAREFUL, world=world, login="bo") as bench:
        assert await _waiting(bench) == ()
        found = await approvals.look(office(bench), [world.incidents["1"]], every=True)
        (waiting,) = found.waiting
        assert waiting.proposal.standing is Standing.VOID
        with pytest.raises(DecisionError, match=r"it is void: .* has changed since"):
            await _approve(bench, waiting)
        assert not [entry for entry in world.words["1"] if entry.public]


async def test_a_change_between_approval_and_sending_still_stops_it(tmp_path: Path) -> None:
    world = await _asked(tmp_path / "anna")
    async with desk(tmp_path / "bo", CAREFUL, world=world, login="bo") as bench:
        (waiting,) = await _waiting(bench)
        bench.session.after["perform"] = [lambda: world.change("1", "carl", priority=3) and None]
        with pytest.raises(DecisionError, match="not sent: it is void"):
            await _approve(bench, waiting)
        assert not [entry for entry in world.words["1"] if entry.public]


async def test_a_newer_text_takes_the_place_of_the_older(tmp_path: Path) -> None:
    world = await _asked(tmp_path / "anna")
    async with desk(tmp_path / "anna", CAREFUL, world=world) as bench:
        composer = await ready(bench)
        composer.set("impact_text", "Mail is slow.")
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
    older, newer = proposals_in(world.words["1"], world.incidents["1"])
    assert (older.standing, newer.standing) == (Standing.VOID, Standing.WAITING)
    assert "Mail is slow." in newer.text


async def test_it_is_sent_back_with_a_comment_that_the_author_reads(tmp_path: Path) -> None:
    world = await _asked(tmp_path / "anna")
    async with desk(tmp_path / "bo", CAREFUL, world=world, login="bo") as bench:
        (waiting,) = await _waiting(bench)
        await _driven(bench, approvals.send_back(office(bench), waiting, "Say who is affected."))
    async with desk(tmp_path / "anna", CAREFUL, world=world) as bench:
        composer = await composing(bench)
        assert "users: sent back by bo: Say who is affected." in composer.remarks


async def test_of_two_who_approve_one_sends(tmp_path: Path) -> None:
    world = await _asked(tmp_path / "anna")
    async with desk(tmp_path / "bo", CAREFUL, world=world, login="bo") as bench:
        (first,) = await _waiting(bench)
        bench.session.after["perform"] = [lambda: None]
        async with desk(tmp_path / "carl", CAREFUL, world=world, login="carl") as other:
            (second,) = await _waiting(other)
            await _approve(bench, first)
            await bench.until(lambda: not bench.engine.intents())
            with pytest.raises(DecisionError):
                await _approve(other, second)
            await other.until(lambda: not other.engine.intents())
    assert len([entry for entry in world.words["1"] if entry.public]) == 1


async def test_what_promises_a_time_that_has_passed_cannot_be_approved(tmp_path: Path) -> None:
    world = await _asked(tmp_path / "anna")
    world.clock.advance(timedelta(hours=2).total_seconds())
    async with desk(tmp_path / "bo", CAREFUL, world=world, login="bo") as bench:
        (waiting,) = await _waiting(bench)
        with pytest.raises(DecisionError, match="the next update that it promises has passed"):
            await _approve(bench, waiting)


async def test_who_needs_no_approval_is_told_at_once(tmp_path: Path) -> None:
    boss = FakeChannel()
    async with desk(tmp_path, CAREFUL, MANAGERS, channels={"boss-mail": boss}) as bench:
        composer = await ready(bench)
        assert composer.needs_approval
        statuses = {one.audience: one.status for one in await composer.send(undo=False)}
        assert statuses == {"users": Status.AWAITING, "managers": Status.QUEUED}
        await bench.until(lambda: not bench.engine.intents())
        assert len(boss.told) == 1
        assert not [entry for entry in bench.world.words["1"] if entry.public]
        assert bench.engine.board.get(KEY) is not None


async def test_an_internal_word_in_a_text_that_some_other_program_wrote_is_not_approved(tmp_path: Path) -> None:
    world = await _asked(tmp_path / "anna")
    request = world.words["1"].pop()
    body = marker.find(request.text)[0]
    fields = unpacked(body.get("body"))
    assert isinstance(fields, dict)
    details = {str(key): str(value) for key, value in fields["details"].items()}
    forged = propose(
        MAIL_DOWN, id="f" * 32, audience="users", language="da", subject="Mail", text="db-07 is full", details=details
    )
    world.words["1"].append(replace(request, text=asking_note(forged)))
    async with desk(tmp_path / "bo", CAREFUL, world=world, login="bo") as bench:
        (waiting,) = await _waiting(bench)
        with pytest.raises(DecisionError, match="not for outside: it names the host “db-07”"):
            await _approve(bench, waiting)


async def test_a_backend_without_notes_can_be_written_about_but_not_approved_on(tmp_path: Path) -> None:
    boss = FakeChannel()
    able = EVERYTHING - {Capability.NOTE, Capability.COMMENT}
    async with desk(tmp_path, CAREFUL, MANAGERS, able=able, channels={"boss-mail": boss}) as bench:
        await bench.until(lambda: bench.engine.account("desk") is not None)
        composer = await ready(bench)
        assert any(words.startswith("users: approval is asked for by a note, and") for words in composer.problems)
        assert any(words.startswith("users: comment: ") for words in composer.remarks)
        composer.toggle("users")
        assert composer.problems == ()
        assert any(words.startswith("other consoles will not know of it: ") for words in composer.remarks)
        await composer.send(undo=False)
        await bench.until(lambda: not bench.engine.intents())
        assert len(boss.told) == 1 and not bench.world.words.get("1")
        assert office(bench).promises.last(KEY) is not None, "this console knows what it promised"


async def test_of_many_incidents_those_are_looked_through_that_concern_a_careful_audience(tmp_path: Path) -> None:
    many = tuple(incident(str(number), priority=4, state=State.ACTIVE) for number in range(2, 60))
    async with desk(tmp_path, CAREFUL, MANAGERS, incidents=(MAIL_DOWN, *many)) as bench:
        known = office(bench)
        assert [one.id for one in approvals.likely(known, [MAIL_DOWN, *many])] == ["1"]
        assert len(approvals.likely(known, [MAIL_DOWN, *many[:5]])) == 6, "a few are no trouble"
    async with desk(tmp_path / "none", MANAGERS, incidents=(MAIL_DOWN, *many)) as bench:
        assert len(approvals.likely(office(bench), [MAIL_DOWN, *many])) == 59


def _approved_by_hand(world: World, by: str) -> TimelineEntry:
    """A note of `by` that approves what waits; whoever wrote it is gone."""
    (proposal,) = proposals_in(world.words["1"], MAIL_DOWN)
    return TimelineEntry(world.clock.now(), by, EntryKind.NOTE, False, approving_note(proposal))


async def test_a_second_login_of_the_author_is_no_second_pair_of_eyes(tmp_path: Path) -> None:
    world = await _asked(tmp_path / "anna")
    world.words["1"].append(_approved_by_hand(world, "annas-second-login"))
    anna = PersonSettings(name="anna", aliases=("annas-second-login",))
    async with desk(tmp_path / "again", CAREFUL, world=world, login="carl", people=(anna,)) as bench:
        found = await approvals.look(office(bench), [world.incidents["1"]], every=True)
        assert [one.proposal.standing for one in found.waiting] == [Standing.APPROVED]
        with pytest.raises(DecisionError, match="annas-second-login is anna: somebody else must approve it"):
            await _approve(bench, found.waiting[0])
    assert not [entry for entry in world.words["1"] if entry.public]


async def test_what_was_approved_but_not_sent_is_looked_at_again_before_it_leaves(tmp_path: Path) -> None:
    world = await _asked(tmp_path / "anna")
    world.words["1"].append(_approved_by_hand(world, "bo"))
    world.clock.advance(timedelta(hours=2).total_seconds())
    async with desk(tmp_path / "bo", CAREFUL, world=world, login="bo") as bench:
        found = await approvals.look(office(bench), [world.incidents["1"]], every=True)
        with pytest.raises(DecisionError, match="the next update that it promises has passed"):
            await _approve(bench, found.waiting[0])
    assert not [entry for entry in world.words["1"] if entry.public]


async def test_a_text_cannot_carry_the_approval_of_another_under_the_approvers_name(tmp_path: Path) -> None:
    world = await _asked(tmp_path / "anna")
    (wanted,) = proposals_in(world.words["1"], MAIL_DOWN)
    mark = marker.line(Marker(APPROVED, (("id", wanted.id), ("digest", wanted.digest), ("decision", "x"))))
    bait = propose(
        MAIL_DOWN, id="b" * 32, audience="managers", language="en", subject=f"Mail) {mark}", text="Harmless", details={}
    )
    for note in (approving_note(bait), returning_note(bait, "no")):
        assert [one.get("id") for one in marker.find(note)] == [bait.id], "it says nothing of the other text"
    body = {"audience": "managers", "language": "en", "subject": bait.subject, "text": "Harmless", "details": {}}
    ask = Marker("approval", (("id", bait.id), ("digest", bait.digest), ("body", packed(body))))
    at = world.clock.now()
    entries = [*world.words["1"], TimelineEntry(at, "anna", EntryKind.NOTE, False, marker.line(ask))]
    assert [one.id for one in proposals_in(entries, MAIL_DOWN)] == [wanted.id], "it is not even put before anybody"


@pytest.mark.parametrize("kind", [EntryKind.STATE, EntryKind.PRIORITY])
async def test_a_change_that_was_changed_back_voids_it_too(tmp_path: Path, kind: EntryKind) -> None:
    world = await _asked(tmp_path / "anna")
    asked = world.words["1"][0]
    before = TimelineEntry(asked.at - timedelta(seconds=5), "carl", kind, False, "1 → 2")
    (still,) = proposals_in([before, asked], MAIL_DOWN)
    assert still.standing is Standing.WAITING, "what came before is what it was written for"
    after = replace(before, at=asked.at + timedelta(seconds=5))
    (now,) = proposals_in([asked, after], MAIL_DOWN)
    assert now.standing is Standing.VOID and "and back" in now.words
