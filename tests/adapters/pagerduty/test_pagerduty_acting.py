"""What is done to incidents, verb by verb, looked up behind the adapter; and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.adapters.pagerduty.acts import act, command, one
from tests.adapters.pagerduty.conftest import MakeRig
from tests.adapters.pagerduty.rig import ANNA, BO, PdRig
from vagt.adapters.protocol import ConflictError, ForbiddenError, InvalidError, NotFoundError, TransitionError
from vagt.domain.commands import (
    Acknowledge,
    Announce,
    Assign,
    Change,
    Close,
    Hold,
    LinkTo,
    MoveTo,
    Note,
    Reopen,
    Resolve,
    SetMajor,
    SetPriority,
    Snooze,
    Take,
)
from vagt.domain.incident import LinkKind, State
from vagt.domain.timeline import EntryKind

HOUR = timedelta(hours=1)


def people(rig: PdRig, id: str) -> list[str]:
    return [rig.account.store.users[who].email for who, _ in rig.incident(id).assigned]


async def test_acknowledging_what_is_another_s_leaves_it_his(rig: PdRig) -> None:
    id = rig.register("bo has it", "Shop")
    await rig.give(id)
    done = await act(await rig.connect(), id, Acknowledge())
    assert done.incident is not None
    assert (done.incident.state, done.incident.assignee) == (State.ACTIVE, BO)
    assert people(rig, id) == [BO]


async def test_acknowledging_twice_sends_once(rig: PdRig) -> None:
    id = rig.register("mine", "Shop")
    session = await rig.connect()
    await act(session, id, Acknowledge())
    await act(session, id, Acknowledge())
    assert len([line for line in rig.log if line.method == "PUT" and line.path.endswith(id)]) == 1


async def test_taking_acknowledges_and_pages_nobody(rig: PdRig) -> None:
    id = rig.register("taken", "Warehouse DB")
    await act(await rig.connect(), id, Take())
    assert people(rig, id) == [ANNA]
    assert rig.incident(id).status == "acknowledged"


async def test_giving_it_to_a_person_ends_the_climbing_and_says_so(rig: PdRig) -> None:
    id = rig.register("given", "Shop")
    done = await act(await rig.connect(), id, Assign(to="Carl Ek"))
    assert people(rig, id) == ["carl@acme.example"]
    assert done.incident is not None
    assert "climbs no further" in dict(done.incident.extra)["Escalation"]


async def test_an_empty_assignee_gives_it_back_to_its_policy(rig: PdRig) -> None:
    id = rig.register("back", "Shop")
    session = await rig.connect()
    await act(session, id, Assign(to=BO))
    done = await act(session, id, Assign(to=""))
    assert rig.incident(id).via == "escalation_policy"
    assert people(rig, id) == [ANNA]
    assert "whoever its escalation policy pages" in done.message


async def test_a_policy_and_a_person_together_are_refused(rig: PdRig) -> None:
    id = rig.register("both", "Shop")
    with pytest.raises(InvalidError, match="not to both"):
        await act(await rig.connect(), id, Assign(team="Database", to=BO))
    assert rig.incident(id).policy == rig.account.world.policies["Operations"]


async def test_a_policy_with_nobody_on_call_is_refused_in_its_words(rigs: MakeRig) -> None:
    rig: PdRig = await rigs()
    id = rig.register("to nobody", "Shop")
    rig.account.quirks.nobody_refused = True
    with pytest.raises(InvalidError, match="nobody on call"):
        await act(await rig.connect(), id, Assign(team="Inbox"))


@pytest.mark.parametrize("change", [Take(), Assign(to=BO), Assign(team="Database"), Snooze(datetime.now(UTC) + HOUR)])
async def test_what_is_resolved_is_not_reopened_by_the_way(rig: PdRig, change: Change) -> None:
    (id,) = await rig.seed(["over"])
    await rig.finish(id)
    with pytest.raises(TransitionError, match="reopen it first"):
        await act(await rig.connect(), id, change)
    assert rig.incident(id).status == "resolved"


@pytest.mark.parametrize("quirks", [{}, {"level_alone_unacks": False}])
async def test_an_acknowledgement_can_be_taken_back(rigs: MakeRig, quirks: dict[str, Any]) -> None:
    rig: PdRig = await rigs(**quirks)
    id = rig.register("not yet", "Shop")
    session = await rig.connect()
    await act(session, id, Acknowledge())
    assert [t.id for t in await session.transitions(id)] == ["unacknowledge", "resolve"]
    done = await act(session, id, MoveTo("unacknowledge", "Back", State.NEW, "triggered"))
    assert done.incident is not None
    assert done.incident.state is State.NEW
    assert people(rig, id) == [ANNA]


async def test_an_account_that_takes_no_acknowledgement_back_says_so(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(level_alone_unacks=False, bare_trigger_refused=True)
    id = rig.register("not yet", "Shop")
    session = await rig.connect()
    await act(session, id, Acknowledge())
    with pytest.raises(TransitionError):
        await act(session, id, MoveTo("unacknowledge", "Back", State.NEW, "triggered"))


async def test_the_words_of_a_resolution_reach_the_log(rig: PdRig) -> None:
    (id,) = await rig.seed(["solved"])
    session = await rig.connect()
    await act(session, id, Resolve("the cable was loose"))
    (entry,) = [one for one in rig.account.store.log if one.incident == id and one.type.startswith("resolve")]
    assert entry.more["note"] == "the cable was loose"
    await act(session, id, Resolve("again"))
    assert "Resolved" in [e.text.split(" by")[0] for e in await session.timeline(id) if e.kind is EntryKind.STATE][-1]


@pytest.mark.parametrize("refused", [False, True])
async def test_reopening_takes_either_answer(rigs: MakeRig, refused: bool) -> None:
    rig: PdRig = await rigs(reopen_refused=refused)
    (id,) = await rig.seed(["over?"])
    await rig.finish(id)
    session = await rig.connect()
    if refused:
        with pytest.raises(TransitionError, match="register a new incident"):
            await act(session, id, Reopen())
        return
    done = await act(session, id, Reopen())
    assert done.incident is not None
    assert (done.incident.state, done.incident.assignee) == (State.ACTIVE, ANNA)


async def test_reopened_as_triggered_it_pages_its_policy(rig: PdRig) -> None:
    id = rig.register("again", "Shop")
    await rig.finish(id)
    await act(await rig.connect(), id, MoveTo("retrigger", "Again", State.NEW, "triggered"))
    assert (rig.incident(id).status, people(rig, id)) == ("triggered", [ANNA])


@pytest.mark.parametrize("quirks", [{}, {"snooze_needs_ack": True}])
async def test_a_snooze_ends_by_itself(rigs: MakeRig, quirks: dict[str, Any]) -> None:
    rig: PdRig = await rigs(**quirks)
    id = rig.register("quiet", "Warehouse DB")
    session = await rig.connect()
    until = datetime.now(UTC) + HOUR
    done = await act(session, id, Snooze(until, "the vendor calls back"))
    assert done.incident is not None
    assert done.incident.snoozed_until is not None
    assert abs(done.incident.snoozed_until - until) < timedelta(seconds=3)
    assert "the vendor calls back" in rig.incident(id).notes[0].content
    assert (await one(await rig.connect(), id)).snoozed_until is not None, "another session sees it as well"
    rig.account.store.skip(3700)
    assert (await one(session, id)).state is State.NEW


async def test_a_snooze_can_be_ended(rig: PdRig) -> None:
    (id,) = await rig.seed(["quiet"])
    session = await rig.connect()
    await act(session, id, Snooze(datetime.now(UTC) + HOUR))
    done = await act(session, id, Snooze(datetime.now(UTC)))
    assert "pages" in done.message
    assert (await one(session, id)).state is State.NEW


async def test_an_acknowledgement_that_runs_out_is_no_snooze(rig: PdRig) -> None:
    id = rig.register("acked", "Warehouse DB")
    done = await act(await rig.connect(), id, Acknowledge())
    assert done.incident is not None
    assert done.incident.snoozed_until is None
    assert "Acknowledgement ends" in dict(done.incident.extra)


@pytest.mark.parametrize("until", [timedelta(seconds=-5), timedelta(days=7, minutes=1)])
async def test_a_snooze_out_of_bounds_is_refused_here(rig: PdRig, until: timedelta) -> None:
    (id,) = await rig.seed(["quiet"])
    with pytest.raises(InvalidError) as caught:
        await act(await rig.connect(), id, Snooze(datetime.now(UTC) + until))
    assert caught.value.fields[0][0] == "until"


async def test_a_duplicate_becomes_part_of_the_other(rig: PdRig) -> None:
    duplicate, survivor = await rig.seed(["duplicate", "survivor"])
    session = await rig.connect()
    number = str(rig.incident(survivor).number)
    done = await act(session, duplicate, LinkTo(survivor, f"pd:{number}", LinkKind.DUPLICATE))
    assert done.incident is not None
    assert [link.ref for link in done.incident.links] == [f"pd:{number}"]
    assert rig.incident(survivor).alerts == 2
    with pytest.raises(TransitionError, match="for good"):
        await act(session, duplicate, Reopen())


async def test_what_cannot_be_merged_is_refused(rig: PdRig) -> None:
    one_, other = await rig.seed(["no alerts", "the other"])
    session = await rig.connect()
    rig.incident(one_).mergeable = False
    with pytest.raises(InvalidError, match="mergeable"):
        await act(session, one_, LinkTo(other, "pd:1", LinkKind.DUPLICATE))
    rig.incident(one_).mergeable = True
    with pytest.raises(ForbiddenError, match="merges duplicates"):
        await act(session, one_, LinkTo(other, "pd:1", LinkKind.RELATED))
    with pytest.raises(NotFoundError):
        await act(session, one_, LinkTo("QNOTTHERE", "pd:9", LinkKind.DUPLICATE))
    await rig.finish(other)
    with pytest.raises(TransitionError, match="open"):
        await act(session, one_, LinkTo(other, "pd:2", LinkKind.DUPLICATE))


async def test_priority_and_urgency_are_set_by_themselves(rig: PdRig) -> None:
    (id,) = await rig.seed(["how bad"])
    session = await rig.connect()
    await act(session, id, SetPriority(priority=5))
    await act(session, id, SetPriority(urgency=3))
    incident = rig.incident(id)
    assert (incident.priority, incident.urgency) == (rig.account.store.priorities[4][0], "low")
    for wrong in (SetPriority(urgency=2), SetPriority(impact=1, urgency=1)):
        with pytest.raises(InvalidError):
            await act(session, id, wrong)


async def test_an_account_with_three_priorities_says_which_there_are(rig: PdRig) -> None:
    (id,) = await rig.seed(["how bad"])
    del rig.account.store.priorities[3:]
    with pytest.raises(InvalidError, match=r"1 \(P1\), 2 \(P2\), 3 \(P3\)"):
        await act(await rig.connect(), id, SetPriority(priority=4))


async def test_an_account_without_priorities_shows_why(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(abilities=["teams"])
    (id,) = await rig.seed(["how bad"])
    session = await rig.connect()
    account = await session.probe()
    assert "no priorities" in dict(account.capabilities.unable)["set-priority"]  # type: ignore[index]
    assert (await one(session, id)).priority == 2, "by its urgency"
    with pytest.raises(ForbiddenError):
        await act(session, id, SetPriority(priority=1))


async def test_a_major_incident_is_a_type_of_incident(rig: PdRig) -> None:
    (id,) = await rig.seed(["big"])
    session = await rig.connect()
    await act(session, id, SetMajor(True))
    assert rig.incident(id).type == "major_incident"
    await act(session, id, SetMajor(False))
    assert rig.incident(id).type == "incident_default"


async def test_an_account_without_that_type_declares_nothing(rig: PdRig) -> None:
    account = await (await rig.connect(major_type="catastrophe")).probe()
    assert "catastrophe" in dict(account.capabilities.unable)["major"]  # type: ignore[index]


async def test_what_pagerduty_has_no_place_for_is_refused_in_words(rig: PdRig) -> None:
    (id,) = await rig.seed(["left alone"])
    session = await rig.connect()
    for change, words in (
        (Hold("waits"), "snooze"),
        (Close(), "resolved"),
        (Announce("journal", "t", "x"), "journal"),
    ):
        with pytest.raises(ForbiddenError, match=words):
            await act(session, id, change)


@pytest.mark.parametrize("odd", ["string", "list", "empty", "html"])
async def test_refusals_of_every_form_are_refusals(rigs: MakeRig, odd: str) -> None:
    rig: PdRig = await rigs(odd_errors=odd)
    (id,) = await rig.seed(["t"])
    session = await rig.connect()
    await session.probe()
    rig.account.door.store.user_by_email(ANNA).email = "moved@acme.example"  # type: ignore[union-attr]
    with pytest.raises((InvalidError, ForbiddenError)) as caught:
        await act(session, id, Note("words"))
    assert caught.value.words


async def test_a_note_carries_the_address_that_it_is_from(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(way="account key")
    (id,) = await rig.seed(["t"])
    await act(await rig.connect(username=BO), id, Note("by bo"))
    assert rig.incident(id).notes[0].user == rig.account.world.users["bo"]


async def test_a_conflict_names_who_changed_it_and_not_who_changed_its_state_before(rig: PdRig) -> None:
    id = rig.register("two at it", "Shop")
    session = await rig.connect()
    await act(session, id, Acknowledge())
    seen = await one(session, id)
    assert seen.updated_by == "Anna Holm"
    rig.account.store.skip(60)
    rig.account.save(rig.incident(id), urgency="low")
    now = await one(session, id)
    assert now.updated_by is None, "Anna acknowledged it; who changed the urgency, the incident does not say"
    with pytest.raises(ConflictError) as raised:
        await session.perform(command(SetPriority(priority=2), seen), seen.version)
    assert raised.value.theirs.updated_by == "Bo Lund"
    assert "the last in its log: " in raised.value.words
    assert "Anna" not in raised.value.words


async def test_a_conflict_is_told_where_the_log_cannot_be_read(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(log_delay=3600)
    id = rig.register("two at it", "Shop")
    session = await rig.connect()
    await act(session, id, Acknowledge())
    seen = await one(session, id)
    rig.account.store.skip(60)
    rig.account.save(rig.incident(id), urgency="low")
    with pytest.raises(ConflictError, match=r"it changed since you saw it$") as raised:
        await session.perform(command(SetPriority(priority=2), seen), seen.version)
    assert raised.value.theirs.updated_by is None
