"""Reading the queue: pages, an index that is late and forgetful, scopes, moments in queries, and how much is asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.jsm.acts import act, mirrored, one
from tests.adapters.jsm.conftest import MakeRig
from tests.adapters.jsm.rig import JsmRig
from tests.doubles.jsm import world
from vagt.adapters.conformance.mirror import Mirror
from vagt.adapters.protocol import InvalidError, ThrottledError, UnavailableError
from vagt.domain.commands import Assign, Comment, Note, Resolve
from vagt.domain.incident import ClockState, State

BOTH = pytest.mark.parametrize("deployment", ["cloud", "dc"])


@BOTH
async def test_five_thousand_come_page_by_page_and_one_change_costs_one_small_request(
    rigs: MakeRig, deployment: str
) -> None:
    rig: JsmRig = await rigs(deployment=deployment, incidents=5000)
    session = await rig.connect(page_size=250)
    await session.probe()
    mirror = Mirror(session)
    before = rig.requests()
    batch = await session.changes(None)
    assert (len(batch.items), batch.more, batch.total) == (250, True, 5000), "the first rows are usable at once"
    mirror.incidents = {item.id: item for item in batch.items}
    mirror.cursor = batch.cursor
    assert (await session.changes(batch.cursor)).total == 5000, "so that the progress goes on being told"
    await mirror.poll()
    assert len(mirror.open_ids) == 5000
    # twenty pages, what a session finds out first, the ids of those that were read before the mirror, and a poll
    assert rig.requests() - before <= 21 + 12
    some = next(iter(mirror.open_ids))
    await rig.change(some)
    await mirror.poll()
    known = dict(mirror.incidents)
    await rig.change(some)
    start = len(rig.log)
    await mirror.poll()
    assert {id for id in known if known[id] != mirror.incidents[id]} == {some}
    (request,) = rig.log[start:]
    assert request.path.endswith("/search/jql" if deployment == "cloud" else "/search")
    assert request.size < 8000


@BOTH
async def test_only_needed_fields_are_asked_for(rigs: MakeRig, deployment: str) -> None:
    rig: JsmRig = await rigs(deployment=deployment)
    await rig.seed(["one"])
    await mirrored(await rig.connect())
    bodies = rig.bodies("/search/jql" if deployment == "cloud" else "/search")
    assert bodies
    for body in bodies:
        assert not {"*all", "*navigable"} & set(body["fields"])
    assert {"summary", "updated", world.RESOLUTION, world.REQUEST_TYPE} <= set(bodies[0]["fields"])
    assert ("startAt" in bodies[0]) is (deployment == "dc")


async def test_a_short_page_is_not_the_last(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(short_pages=3)
    ids = await rig.seed([f"short {n}" for n in range(20)])
    assert (await mirrored(await rig.connect())).open_ids == set(ids)


async def test_data_center_caps_a_page_and_says_so(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(deployment="dc", search_cap=5)
    ids = await rig.seed([f"capped {n}" for n in range(23)])
    assert (await mirrored(await rig.connect(page_size=100))).open_ids == set(ids)


async def test_on_data_center_rows_that_leave_between_two_pages_hide_no_other(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(deployment="dc")
    ids = await rig.seed([f"shifting {n}" for n in range(50)])
    session = await rig.connect(page_size=10)
    mirror = Mirror(session)
    more = True
    for gone in range(0, 50, 10):
        more = more and await mirror.step()
        # the whole page that was just read leaves the open set
        for id in ids[gone : gone + 10]:
            await rig.finish(id)
        if gone == 20:
            break
    assert more
    while await mirror.step():
        pass
    assert mirror.open_ids == set(ids[30:])


async def test_many_of_one_moment_are_all_listed_on_data_center(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(deployment="dc")
    ids = await rig.seed([f"imported {n}" for n in range(47)])
    at = rig.issue(ids[0]).created
    for id in ids:
        rig.issue(id).created = rig.issue(id).updated = at
    mirror = await mirrored(await rig.connect(page_size=10))
    assert mirror.open_ids == set(ids)


# --- the index
@BOTH
async def test_what_we_wrote_is_not_taken_back_by_a_late_index(rigs: MakeRig, deployment: str) -> None:
    rig: JsmRig = await rigs(deployment=deployment, lag=0.0)
    (id,) = await rig.seed(["late"])
    session = await rig.connect()
    mirror = await mirrored(session)
    rig.site.quirks.lag = 3600.0
    done = await act(session, rig, id, Assign(to=rig.colleague))
    assert done.incident is not None and done.incident.assignee == rig.colleague, "read by its key, past the index"
    mirror.incidents[id] = done.incident
    for _ in range(3):
        await mirror.poll()
        assert mirror.incidents[id].assignee == rig.colleague
    await mirror.resync()
    assert mirror.incidents[id].assignee == rig.colleague
    (found,) = await session.search(include_closed=True, limit=5)
    assert found.assignee == rig.colleague


async def test_what_we_wrote_cloud_is_told_to_read_past_its_index(rig: JsmRig) -> None:
    (id,) = await rig.seed(["reconciled"])
    session = await rig.connect()
    mirror = await mirrored(session)
    await act(session, rig, id, Assign(to=rig.colleague))
    await mirror.poll()
    assert rig.bodies("/search/jql")[-1]["reconcileIssues"] == [int(id)]


async def test_an_id_that_is_gone_does_not_spoil_the_poll(rig: JsmRig) -> None:
    gone, stays = await rig.seed(["deleted after we wrote", "stays"])
    session = await rig.connect()
    mirror = await mirrored(session)
    await act(session, rig, gone, Assign(to=rig.colleague))
    await rig.remove(gone)
    rig.site.quirks.strict_reconcile = True
    await rig.change(stays)
    await mirror.poll()
    assert mirror.incidents[stays].urgency == 1


async def test_a_change_that_the_index_shows_late_is_not_lost(rigs: MakeRig) -> None:
    """A save older than others that were shown already comes to light afterwards."""
    rig: JsmRig = await rigs()
    late, quick = await rig.seed(["late", "quick"])
    session = await rig.connect()
    mirror = await mirrored(session)
    rig.site.quirks.lag = 90.0
    await rig.change(late)
    rig.site.quirks.lag = 0.0
    rig.site.store.skipped += 20
    await rig.change(quick)
    rig.issue(quick).seen = []
    await mirror.poll()
    assert mirror.incidents[quick].priority != mirror.incidents[late].priority or mirror.incidents[quick].urgency == 1
    assert mirror.incidents[late].urgency is None, "the index does not have it yet"
    rig.site.store.skipped += 80
    await mirror.poll()
    assert mirror.incidents[late].urgency == 1


async def test_a_new_incident_that_the_index_shows_late_is_not_lost(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs()
    await rig.seed(["there"])
    session = await rig.connect()
    rig.site.quirks.lag = 100.0
    (late,) = await rig.seed(["not in the index while the queue is listed"])
    mirror = await mirrored(session)
    assert late not in mirror.open_ids
    rig.site.store.skipped += 120
    await mirror.poll()
    assert late in mirror.open_ids


@BOTH
async def test_an_incident_that_an_answer_leaves_out_stays(rigs: MakeRig, deployment: str) -> None:
    rig: JsmRig = await rigs(deployment=deployment)
    ids = await rig.seed(["shown", "left out once"])
    session = await rig.connect()
    mirror = await mirrored(session)
    rig.site.quirks.vanish = {ids[1]}
    await mirror.resync()
    assert mirror.open_ids == set(ids), "what a listing does not name is asked for by its id"
    rig.site.quirks.vanish = {ids[1]}
    await mirror.poll()
    assert mirror.open_ids == set(ids)


@pytest.mark.parametrize("quirks", [{"names_account": False}, {"deployment": "dc", "names_account": False}])
async def test_a_quiet_night_costs_one_request_a_poll_however_little_jira_tells(
    rigs: MakeRig, quirks: dict[str, Any]
) -> None:
    rig: JsmRig = await rigs(**quirks)
    opened, over = await rig.seed(["open for days", "resolved since"])
    rig.site.store.skipped += 5 * 86400
    await rig.finish(over)
    session = await rig.connect()
    mirror = await mirrored(session)
    await mirror.poll()
    rig.site.store.skipped += 3600
    for _ in range(2):
        await mirror.poll()
        before = rig.requests()
        await mirror.poll()
        assert rig.requests() - before == 1
        await mirror.resync()
    assert mirror.open_ids == {opened}


# --- scopes
async def test_a_query_narrows_and_what_leaves_it_is_gone_with_the_second_poll(rig: JsmRig) -> None:
    mine, other = await rig.seed(["mine", "another team's"])
    rig.site.save(mine, components=["10100"])
    rig.site.save(other, components=["10101"])
    session = await rig.connect(query='component = "Network"')
    mirror = await mirrored(session)
    assert mirror.open_ids == {mine}
    await rig.change(other)
    await mirror.poll()
    assert other not in mirror.incidents, "a change outside of the scope is none of ours"
    rig.site.save(mine, components=["10101"])
    await mirror.poll()
    await mirror.poll()
    assert mine not in mirror.incidents
    rig.site.save(other, components=["10100"])
    await mirror.poll()
    assert mirror.open_ids == {other}


async def test_what_left_the_scope_between_two_sessions_is_gone_too(rig: JsmRig) -> None:
    (id,) = await rig.seed(["mine"])
    rig.site.save(id, components=["10100"])
    mirror = await mirrored(await rig.connect(query='component = "Network"'))
    assert mirror.open_ids == {id}
    rig.site.save(id, components=["10101"])
    mirror.session = await rig.connect(query='component = "Network"')
    await mirror.poll()
    await mirror.poll()
    assert id not in mirror.incidents


async def test_one_answer_that_leaves_out_a_known_one_does_not_push_it_out_of_the_scope(rig: JsmRig) -> None:
    (id,) = await rig.seed(["mine"])
    rig.site.save(id, components=["10100"])
    session = await rig.connect(query='component = "Network"')
    mirror = await mirrored(session)
    await rig.change(id)
    first = await session.changes(mirror.cursor)
    assert [item.id for item in first.items] == [id]
    await rig.change(id)
    mirror.cursor = first.cursor
    # the second search of the poll, which asks whether it belongs, leaves it out
    answered = rig.site.platform._search._run
    asked: list[str] = []

    def forgetful(query: Any, fresh: set[str]) -> Any:
        asked.append("x")
        return answered(query, fresh) if len(asked) != 2 else []

    rig.site.platform._search._run = forgetful  # type: ignore[method-assign]
    await mirror.poll()
    assert id in mirror.open_ids
    await mirror.poll()
    assert id in mirror.open_ids
    urgency = mirror.incidents[id].urgency
    assert urgency == (await one(session, id)).urgency, "and what changed is told once it belongs again"


async def test_several_projects_and_issue_types_are_one_queue(rig: JsmRig) -> None:
    ours = rig.site.register("ours").id
    theirs = rig.site.register("theirs", project="WEB").id
    change = rig.site.register("a change").id
    rig.issue(change).type = "10007"
    both = await mirrored(await rig.connect(projects=["OPS", "WEB"]))
    assert both.open_ids == {ours, theirs, change}
    incidents = await mirrored(await rig.connect(issue_types=["[System] Incident"]))
    assert incidents.open_ids == {ours}


async def test_a_moved_issue_is_known_by_its_id(rig: JsmRig) -> None:
    (id,) = await rig.seed(["moves"])
    session = await rig.connect(projects=["OPS", "WEB"])
    mirror = await mirrored(session)
    rig.site.store.moved(rig.issue(id), "WEB")
    await mirror.poll()
    assert mirror.incidents[id].number == "WEB-1"
    assert (await session.find("OPS-1")).id == id, "its old key goes on working"


async def test_a_wrong_query_is_refused_in_jiras_words(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(foreign_words=True)
    session = await rig.connect(query="status = Zu")
    with pytest.raises(InvalidError, match="existiert nicht"):
        await session.changes(None)


# --- moments
@pytest.mark.parametrize("quirks", [{"no_epoch": True}, {"no_epoch": True, "deployment": "dc"}])
async def test_where_absolute_times_are_refused_the_accounts_zone_is_used(
    rigs: MakeRig, quirks: dict[str, Any]
) -> None:
    rig: JsmRig = await rigs(**quirks)
    ids = await rig.seed([f"zoned {n}" for n in range(30)])
    session = await rig.connect(page_size=10)
    mirror = await mirrored(session)
    assert mirror.open_ids == set(ids)
    await rig.change(ids[3])
    (new,) = await rig.seed(["new"])
    await mirror.poll()
    assert mirror.incidents[ids[3]].urgency == 1
    assert new in mirror.open_ids


# --- limits and trouble
async def test_a_burst_limit_that_tells_a_moment_is_waited_for(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs()
    session = await rig.connect()
    await session.probe()
    rig.site.quirks.burst_reset = 40
    with pytest.raises(ThrottledError) as raised:
        await session.changes(None)
    assert 35 < raised.value.wait <= 40


async def test_a_retry_after_of_zero_means_go_on(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(deployment="dc", dc_rate_headers=True)
    (id,) = await rig.seed(["unhurried"])
    mirror = await mirrored(await rig.connect())
    assert mirror.open_ids == {id}


async def test_a_jira_that_is_being_reindexed_is_unavailable_in_its_words(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(deployment="dc")
    session = await rig.connect()
    await session.probe()
    rig.site.quirks.maintenance = True
    with pytest.raises(UnavailableError, match="being reindexed"):
        await session.changes(None)


async def test_every_request_names_itself_and_no_browser(rig: JsmRig) -> None:
    (id,) = await rig.seed(["headers"])
    session = await rig.connect()
    await act(session, rig, id, Note(text="x"))
    heads = [raw.partition(b"\r\n\r\n")[0].lower() for raw in rig.proxy.requests]
    assert all(b"user-agent: vagt/" in head for head in heads)
    assert all(b"cookie:" not in head for head in heads)
    api = [head for head in heads if b"/rest/api/3" in head]
    assert all(b"x-atlassian-token: no-check" in head and b"x-experimentalapi: opt-in" in head for head in api)


# --- clocks and the timeline
async def test_clocks_come_with_the_queue_and_follow_it(rig: JsmRig) -> None:
    (id,) = await rig.seed(["with clocks"])
    session = await rig.connect()
    mirror = await mirrored(session)
    clocks = {clock.name: clock for clock in mirror.incidents[id].sla}
    assert set(clocks) == {"response", "resolution"}
    assert all(clock.state is ClockState.RUNNING and clock.due_at for clock in clocks.values())
    rig.site.save(id, status="10010")
    await mirror.poll()
    clocks = {clock.name: clock for clock in mirror.incidents[id].sla}
    assert (clocks["resolution"].state, clocks["resolution"].due_at) == (ClockState.PAUSED, None)
    assert clocks["response"].state is ClockState.MET
    rig.site.save(id, status="3")
    rig.site.store.skipped += 10 * 86400
    assert {clock.state for clock in (await one(session, id)).sla} == {ClockState.MET, ClockState.BREACHED}
    rig.site.save(id, status="5", resolution="10000")
    assert {clock.state for clock in (await one(session, id)).sla} == {ClockState.MET, ClockState.BREACHED}


async def test_clocks_that_attach_late_are_news_although_nothing_was_saved(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(sla_delay=30.0)
    (id,) = await rig.seed(["late clocks"])
    mirror = await mirrored(await rig.connect())
    assert mirror.incidents[id].sla == ()
    rig.site.store.skipped += 40
    await mirror.poll()
    assert len(mirror.incidents[id].sla) == 2


@pytest.mark.parametrize(
    "quirks",
    [
        {},
        {"deployment": "dc"},
        {"deployment": "dc", "no_jsd_public": True},
        {"no_jsd_public": True},
        {"no_jsd_public": True, "expands_properties": True},
    ],
)
async def test_the_timeline_tells_who_said_what_and_whether_customers_see_it(
    rigs: MakeRig, quirks: dict[str, Any]
) -> None:
    rig: JsmRig = await rigs(**quirks)
    (id,) = await rig.seed(["told"])
    session = await rig.connect()
    await act(session, rig, id, Note(text="inside"))
    await act(session, rig, id, Comment(text="outside"))
    await rig.give(id)
    await act(session, rig, id, Resolve(text="restarted", code="Done"))
    entries = await session.timeline(id)
    said = {entry.text: (entry.by, entry.public) for entry in entries}
    assert said["inside"] == ("Anna Andersson", False)
    assert said["outside"] == ("Anna Andersson", True)
    assert said["restarted"] == ("Anna Andersson", False)
    assert any(text.startswith("assignee:") and by == "Bo Berg" for text, (by, _) in said.items())
    assert any("Open → Resolved" in text for text in said)
    assert entries[0].text == "opened"


async def test_outside_of_service_projects_nothing_is_claimed_to_be_read_by_customers(rig: JsmRig) -> None:
    id = rig.site.register("software", project="WEB", by="bo").id
    session = await rig.connect(projects=["OPS", "WEB"])
    await act(session, rig, id, Comment(text="said"))
    (entry,) = [entry for entry in await session.timeline(id) if entry.text == "said"]
    assert entry.public is False


async def test_more_than_a_page_of_comments_is_shown(rig: JsmRig) -> None:
    (id,) = await rig.seed(["much said"])
    session = await rig.connect()
    from tests.doubles.jsm.adf import from_wiki
    from tests.doubles.jsm.rules import say

    for number in range(256):
        bo = rig.site.store.users["bo"]
        say(rig.site.store, rig.issue(id), from_wiki(f"line {number}"), bo, public=False, properties={})
    texts = [entry.text for entry in await session.timeline(id)]
    assert [text for text in texts if text.startswith("line")] == [f"line {n}" for n in range(256)]


async def test_states_and_statuses_of_a_sites_own_are_what_the_config_says(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(renamed_statuses=True)
    (id,) = await rig.seed(["renamed"])
    rig.site.save(id, status="10010")
    plain = await rig.connect()
    assert (await one(plain, id)).state is State.ACTIVE
    told = await rig.connect(states={"Wartet auf Dritte": "waiting", "zu": "closed", "Erledigt": "active"})
    assert ((await one(told, id)).state, (await one(told, id)).native_state) == (State.WAITING, "Wartet auf Dritte")
    rig.site.save(id, status="5", resolution="10000")
    assert id in (await mirrored(told)).open_ids, "what the config calls open is asked for as well"
