"""Escalating: the next level without beginning the policy anew, a named level, a person, another policy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.pagerduty.acts import act
from tests.adapters.pagerduty.conftest import MakeRig
from tests.adapters.pagerduty.rig import BO, PdRig
from vagt.adapters.protocol import InvalidError, TransitionError
from vagt.domain.commands import Acknowledge, Escalate, Take, Verb
from vagt.domain.marker import Marker, find, line


def people(rig: PdRig, id: str) -> list[str]:
    return [rig.account.store.users[who].email for who, _ in rig.incident(id).assigned]


async def test_it_climbs_one_level_after_the_other_and_stops_at_the_top(rig: PdRig) -> None:
    id = rig.register("climbs", "Shop")
    session = await rig.connect()
    done = await act(session, id, Escalate("nobody answers"))
    assert (rig.incident(id).level, people(rig, id)) == (2, [BO])
    assert "level 2 of Operations, Bo Lund" in done.message
    await act(session, id, Escalate("still nobody"))
    assert (rig.incident(id).level, people(rig, id)) == (3, ["carl@acme.example"])
    assert rig.incident(id).policy == rig.account.world.policies["Operations"]
    assert not [one for one in rig.account.store.log if "Reassigned to" in one.summary], "the policy did not begin anew"
    with pytest.raises(TransitionError, match="last level of Operations, 3 of 3"):
        await act(session, id, Escalate("and now?"))
    texts = [note.content for note in rig.incident(id).notes]
    assert [text.rpartition(": ")[2] for text in texts] == ["nobody answers", "still nobody"]


async def test_a_level_can_be_named(rig: PdRig) -> None:
    id = rig.register("jumps", "Shop")
    session = await rig.connect()
    await act(session, id, Escalate("straight up", level=3))
    assert rig.incident(id).level == 3
    await act(session, id, Escalate("and down", to="level 2"))
    assert rig.incident(id).level == 2
    with pytest.raises(InvalidError, match="levels 1 to 3"):
        await act(session, id, Escalate("too high", level=4))


async def test_one_person_on_two_levels_is_placed_by_the_log(rig: PdRig) -> None:
    policy = rig.account.store.policies[rig.account.world.policies["Operations"]]
    policy.rules[2].targets = list(policy.rules[0].targets)
    id = rig.register("twice", "Shop")
    session = await rig.connect()
    await act(session, id, Escalate("one"))
    await act(session, id, Escalate("two"))
    assert rig.incident(id).level == 3, "Anna is on call at 1 and at 3"
    with pytest.raises(TransitionError):
        await act(session, id, Escalate("three"))


async def test_what_somebody_took_goes_on_from_where_he_stands(rig: PdRig) -> None:
    id = rig.register("taken", "Shop")
    session = await rig.connect()
    await act(session, id, Take())
    await act(session, id, Escalate("I cannot do it"))
    assert (rig.incident(id).level, people(rig, id)) == (2, [BO])
    assert rig.incident(id).via == "escalation_policy"


async def test_what_is_with_somebody_off_the_policy_begins_at_its_first_level(rig: PdRig) -> None:
    id = rig.register("elsewhere", "Shop")
    await rig.give(id, "dina")
    await act(await rig.connect(), id, Escalate("wrong person"))
    assert rig.incident(id).level == 1


@pytest.mark.parametrize("quirks", [{}, {"flat_targets": True}])
@pytest.mark.parametrize("to", ["dina@acme.example", "Dina Æbelø", "user:dina@acme.example"])
async def test_a_person_is_asked_to_help_and_it_stays_where_it_is(
    rigs: MakeRig, quirks: dict[str, Any], to: str
) -> None:
    rig: PdRig = await rigs(**quirks)
    id = rig.register("help", "Shop")
    session = await rig.connect()
    before = people(rig, id)
    done = await act(session, id, Escalate("knows the database", to=to))
    assert people(rig, id) == before
    (asked,) = rig.incident(id).responders
    assert asked["user"]["summary"] == "Dina Æbelø"
    assert asked["message"] == "knows the database"
    assert done.incident is not None
    assert "Dina Æbelø (pending)" in dict(done.incident.extra)["Responders"]


async def test_what_consoles_write_for_each_other_stands_in_the_note_and_on_no_pager(rig: PdRig) -> None:
    id = rig.register("watched", "Shop")
    mark = line(Marker("escalation", (("step", "2"),)))
    await act(await rig.connect(), id, Escalate(f"nobody took it {mark}", to=BO))
    assert rig.incident(id).responders[0]["message"] == "nobody took it"
    assert find(rig.incident(id).notes[0].content) == find(mark)


async def test_another_policy_is_asked_to_help(rig: PdRig) -> None:
    id = rig.register("help", "Shop")
    await act(await rig.connect(), id, Escalate("database", to="policy:Database"))
    assert rig.incident(id).policy == rig.account.world.policies["Operations"]
    assert [one["user"]["summary"] for one in rig.incident(id).responders] == ["Dina Æbelø"]


async def test_without_responder_requests_a_person_is_assigned_as_well(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(abilities=["priorities"])
    id = rig.register("help", "Shop")
    session = await rig.connect()
    await act(session, id, Escalate("help", to=BO))
    assert people(rig, id) == ["anna@acme.example", BO]
    await act(session, id, Escalate("theirs", to="Database"))
    assert rig.incident(id).policy == rig.account.world.policies["Database"]


async def test_without_responder_requests_its_own_policy_climbs_and_does_not_begin_anew(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(abilities=["priorities"])
    id = rig.register("help", "Shop")
    await act(await rig.connect(), id, Escalate("on", to="Operations"))
    assert rig.incident(id).level == 2


async def test_an_unknown_name_is_refused_and_pages_nobody(rig: PdRig) -> None:
    id = rig.register("whom", "Shop")
    with pytest.raises(InvalidError) as caught:
        await act(await rig.connect(), id, Escalate("x", to="nobody of that name"))
    assert caught.value.fields[0][0] == "to"
    assert rig.incident(id).level == 1
    assert not rig.incident(id).notes


async def test_a_level_where_nobody_is_on_call_is_told(rig: PdRig) -> None:
    id = rig.register("up", "Mail")
    await act(await rig.connect(), id, Acknowledge())
    done = await act(await rig.connect(), id, Escalate("x", level=1))
    assert "nobody is on call at level 1 of Inbox" in done.message


async def test_the_form_offers_the_levels_with_who_is_on_call(rig: PdRig) -> None:
    id = rig.register("form", "Shop")
    specs = {spec.name: spec for spec in await (await rig.connect()).fields(Verb.ESCALATE, id)}
    assert [choice.label for choice in specs["level"].choices] == ["1: Anna Holm, now", "2: Bo Lund", "3: Carl Ek"]
    assert specs["level"].default == "2"
    assert specs["reason"].required
