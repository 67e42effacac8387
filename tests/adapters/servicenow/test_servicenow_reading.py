"""Listing and following: long queues, short pages, moving rows, and what never passes for a complete answer."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from tests.adapters.servicenow.acts import asked, mirrored, one
from tests.adapters.servicenow.conftest import MakeRig
from tests.adapters.servicenow.rig import SnowRig
from tests.doubles.servicenow.state import stamp
from vagt.adapters.conformance.mirror import Mirror
from vagt.adapters.protocol import ProtocolError, ThrottledError, UnavailableError
from vagt.domain.incident import State


async def test_five_thousand_come_page_by_page_and_one_change_costs_one_small_request(rigs: MakeRig) -> None:
    rig = await rigs(incidents=5000)
    session = await rig.connect(page_size=200)
    await session.probe()
    before, began = len(rig.log), time.monotonic()
    first = await session.changes(None)
    until_first = time.monotonic() - began
    assert len(first.items) == 200 and first.total == 5000 and first.more
    assert len(asked(rig, before)) <= 6
    mirror = Mirror(session)
    mirror.cursor = None
    began = time.monotonic()
    await mirror.poll()
    assert len(mirror.open_ids) == 5000
    assert mirror.pages <= 28
    print(f"first page {until_first:.2f} s, all {time.monotonic() - began:.2f} s")
    await mirror.poll()
    before = len(rig.log)
    await mirror.poll()
    assert len(asked(rig, before)) == 1
    changed = rig.instance.seeded[17]
    rig.instance.save(changed, urgency="1", impact="1")
    before = len(rig.log)
    await mirror.poll()
    assert mirror.incidents[changed].priority == 1
    assert len(asked(rig, before)) == 1
    assert rig.log[-1].size < 6000


async def test_a_page_of_hidden_rows_in_the_middle_ends_nothing(rigs: MakeRig) -> None:
    rig = await rigs(incidents=70)
    ids = sorted(rig.instance.seeded)
    rig.instance.quirks.hidden_rows = set(ids[15:45])
    mirror = await mirrored(await rig.connect(page_size=10))
    assert mirror.open_ids == set(ids[:15]) | set(ids[45:])


async def test_without_a_count_several_empty_pages_are_the_end(rigs: MakeRig) -> None:
    rig = await rigs(incidents=40, no_count=True)
    ids = sorted(rig.instance.seeded)
    rig.instance.quirks.hidden_rows = set(ids[10:25])
    session = await rig.connect(page_size=10)
    mirror = await mirrored(session)
    assert mirror.open_ids == set(ids[:10]) | set(ids[25:])
    rig.instance.save(ids[0], urgency="1")
    await mirror.poll()
    assert mirror.incidents[ids[0]].urgency == 1


async def test_an_import_of_thousands_within_one_second_is_no_endless_listing(rig: SnowRig) -> None:
    session = await rig.connect()
    await rig.seed(["before"])
    mirror = await mirrored(session)
    ids = set(await rig.seed([f"imported {n}" for n in range(500)]))
    await mirror.poll()
    assert ids <= mirror.open_ids
    before = len(rig.log)
    await mirror.poll()
    assert len(asked(rig, before)) <= 3
    some = sorted(ids)[7]
    rig.instance.save(some, impact="1")
    await mirror.poll()
    assert mirror.incidents[some].impact == 1


async def test_a_save_that_becomes_visible_late_is_not_lost(rigs: MakeRig) -> None:
    rig = await rigs(late_commit=2.0)
    early, late = await rig.seed(["early", "late"])
    rig.instance.store.advance(3)
    session = await rig.connect()
    mirror = await mirrored(session)
    rig.instance.save(late, impact="1")
    rig.instance.store.advance(1)
    rig.instance.quirks.late_commit = 0.0
    rig.instance.save(early, impact="1")
    rig.instance.quirks.late_commit = 2.0
    await mirror.poll()
    rig.instance.store.advance(2)
    await mirror.poll()
    assert mirror.incidents[late].impact == 1


async def test_what_leaves_the_groups_is_gone_with_the_next_poll(rig: SnowRig) -> None:
    leaves, stays = await rig.seed(["leaves", "stays"])
    mirror = await mirrored(await rig.connect(groups=["Network"]))
    assert mirror.open_ids == {leaves, stays}
    rig.instance.save(leaves, assignment_group=rig.instance.world.groups["Database"])
    before = len(rig.log)
    await mirror.poll()
    assert mirror.open_ids == {stays}
    assert len(asked(rig, before)) == 1


@pytest.mark.parametrize(
    "query",
    [
        "assignment_group.name=Network",
        "assignment_group.name=Network^ORassignment_group.name=Service Desk^caller_idISNOTEMPTY",
        "assignment_group.name=Network^NQassignment_group.name=Service Desk",
        "assigned_to=javascript:gs.getUserID()^ORassignment_group.nameSTARTSWITHNet",
        "sysparm_query=assignment_group.nameLIKEetwor^ORDERBYDESCnumber^EQ",
    ],
)
async def test_a_query_of_the_config_holds_in_lists_and_polls(rig: SnowRig, query: str) -> None:
    groups = rig.instance.world.groups
    inside = rig.register("inside")
    outside = rig.register("outside", assignment_group=groups["Database"])
    resolved = rig.register("resolved")
    await rig.finish(resolved)
    mirror = await mirrored(await rig.connect(query=query))
    assert mirror.open_ids == {inside}
    rig.instance.save(outside, impact="1")
    rig.instance.save(inside, assignment_group=groups["Database"])
    arrived = rig.register("arrived")
    await mirror.poll()
    assert mirror.open_ids == {arrived}
    rig.instance.save(outside, assignment_group=groups["Network"])
    await mirror.poll()
    assert mirror.open_ids == {arrived, outside}


async def test_departures_from_a_long_queue_are_found_in_turns(rigs: MakeRig) -> None:
    rig = await rigs(incidents=1200)
    network = rig.instance.world.groups["Network"]
    mirror = await mirrored(await rig.connect(groups=["Network"], page_size=200))
    assert len(mirror.open_ids) == 400
    leaving = sorted(mirror.open_ids)[::57]
    for id in leaving:
        rig.instance.save(id, assignment_group=rig.instance.world.groups["Database"])
    for _ in range(4):
        before = len(rig.log)
        await mirror.poll()
        assert len(asked(rig, before)) == 1
        rig.instance.store.advance(400)
    assert not set(leaving) & mirror.open_ids
    assert all(rig.row(id)["assignment_group"] == network for id in mirror.open_ids)


async def test_a_page_that_runs_into_the_quota_is_asked_again_with_half_the_rows(rigs: MakeRig) -> None:
    rig = await rigs(incidents=300, quota_200_over=60)
    mirror = await mirrored(await rig.connect(page_size=200))
    assert len(mirror.open_ids) == 300
    limits = [line.query["sysparm_limit"] for line in rig.log if line.path.endswith("/incident")]
    assert "200" in limits and "50" in limits


@pytest.mark.parametrize(
    ("quirk", "error", "words"),
    [
        ({"error_in_200": True}, UnavailableError, "broke off"),
        ({"quota_200_over": 1}, UnavailableError, "maximum execution time"),
        ({"quota_500": True}, UnavailableError, "maximum execution time"),
        ({"http_202": 1}, UnavailableError, "202"),
        ({"hibernating_html": True}, UnavailableError, "asleep"),
        ({"sso_html": True}, ProtocolError, "Sign in to Acme"),
        ({"sso_redirect": True}, ProtocolError, "sso.acme.example/login"),
        ({"html_502": True}, UnavailableError, "Bad Gateway"),
        ({"overloaded": True}, ThrottledError, "Too many requests"),
        ({"retry_after": 30}, ThrottledError, "Rate limit"),
    ],
)
async def test_what_is_no_answer_is_no_queue(
    rig: SnowRig, quirk: dict[str, object], error: type[Exception], words: str
) -> None:
    await rig.seed(["a", "b", "c"])
    session = await rig.connect()
    await session.probe()
    rig.instance.quirks.set(quirk)
    with pytest.raises(error, match=words) as raised:
        await session.changes(None)
    assert "token=abc" not in str(raised.value)


async def test_a_retry_after_is_told_and_obeyed(rig: SnowRig) -> None:
    session = await rig.connect()
    await session.probe()
    rig.instance.quirks.retry_after = 30
    with pytest.raises(ThrottledError) as raised:
        await session.changes(None)
    assert 25 < raised.value.wait <= 30
    before = len(rig.log)
    with pytest.raises(ThrottledError):
        await session.changes(None)
    assert len(rig.log) == before


async def test_a_rule_of_so_many_requests_an_hour(rigs: MakeRig) -> None:
    rig = await rigs(rate_limit=40)
    session = await rig.connect()
    account = await session.probe()
    assert any("40 requests an hour" in note for note in account.notes)
    with pytest.raises(ThrottledError) as raised:
        for _ in range(60):
            await session.changes(None)
    assert 0 < raised.value.wait <= 3600


async def test_one_session_is_kept_and_its_cookie_is_dropped_after_a_202(rig: SnowRig) -> None:
    session = await rig.connect()
    await session.probe()
    await session.changes(None)
    assert rig.instance.door.logins == 1
    rig.instance.quirks.http_202 = 1
    with pytest.raises(UnavailableError):
        await session.changes(None)
    rig.instance.quirks.http_202 = 0
    await session.changes(None)
    assert rig.instance.door.logins == 2


async def test_states_of_the_site_keep_their_names(rigs: MakeRig) -> None:
    rig = await rigs(extra_state=True)
    parts, problem = await rig.seed(["parts", "problem"])
    rig.instance.save(parts, state="10")
    rig.instance.save(problem, state="4")
    session = await rig.connect()
    incident = await one(session, parts)
    assert (incident.state, incident.native_state) == (State.WAITING, "Awaiting Parts")
    assert (await one(session, problem)).state is State.WAITING
    told = await (await rig.connect(states={"Awaiting Parts": "active"})).get([parts])
    assert told[0].state is State.ACTIVE
    (fresh,) = await rig.seed(["fresh"])
    assert "Awaiting Parts" in {t.label for t in await session.transitions(fresh)}


async def test_clocks_that_attach_later_are_told_later(rigs: MakeRig) -> None:
    rig = await rigs(sla_delay=5.0)
    session = await rig.connect()
    mirror = await mirrored(session)
    (id,) = await rig.seed(["with clocks"])
    await mirror.poll()
    assert mirror.incidents[id].sla == ()
    rig.instance.store.advance(6)
    await mirror.poll()
    clocks = {clock.name: clock for clock in mirror.incidents[id].sla}
    assert set(clocks) == {"response", "resolution"}
    due = clocks["response"].due_at
    assert due is not None and due.utcoffset() == timedelta(0)


async def test_clocks_that_may_not_be_read_are_a_missing_ability(rigs: MakeRig) -> None:
    rig = await rigs(hide_sla=True)
    await rig.seed(["without clocks"])
    session = await rig.connect()
    account = await session.probe()
    assert "sla" in {missing.value for missing, _ in account.capabilities.unable}
    before = len(rig.log)
    await mirrored(session)
    assert not asked(rig, before, "task_sla")


async def test_the_account_s_zone_and_format_change_no_time(rig: SnowRig) -> None:
    user = rig.instance.store.tables["sys_user"][rig.instance.world.users["anna"]]
    user |= {"time_zone": "Australia/Sydney", "date_format": "dd/MM/yyyy", "time_format": "hh:mm:ss a"}
    (id,) = await rig.seed(["far away"])
    incident = await one(await rig.connect(), id)
    assert incident.updated_at is not None and stamp(incident.updated_at) == rig.row(id)["sys_updated_on"]
    mirror = await mirrored(await rig.connect())
    await rig.change(id)
    await mirror.poll()
    assert mirror.incidents[id].version == rig.row(id)["sys_mod_count"]


async def test_a_hanging_instance_lets_go_in_time(rig: SnowRig) -> None:
    session = await rig.connect()
    await session.probe()
    rig.instance.web.delay = 30.0
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(session.changes(None), 0.5)
    rig.instance.web.delay = 0.0
    await session.changes(None)
