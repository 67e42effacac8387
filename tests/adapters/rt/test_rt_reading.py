"""What the console shows of a real Request Tracker's queue."""

from __future__ import annotations

from urllib.parse import unquote_plus

import pytest

from tests.adapters.rt.acts import one
from tests.adapters.rt.rig import RtRig
from tests.servers.rt import RtServer
from vagt.adapters.conformance.mirror import Mirror
from vagt.adapters.protocol import InvalidError, NotFoundError
from vagt.domain.incident import ClockState, LinkKind, State
from vagt.domain.timeline import EntryKind


async def test_more_tickets_than_rt_gives_at_once_are_all_listed_once(rig: RtRig) -> None:
    ids = await rig.seed([f"number {n}" for n in range(250)])
    session = await rig.connect(page_size=100)
    batch = await session.changes(None)
    assert (len(batch.items), batch.total, batch.restart, batch.more) == (100, 250, True, True)
    listed = [item.id for item in batch.items]
    while batch.more:
        batch = await session.changes(batch.cursor)
        listed += [item.id for item in batch.items]
    assert sorted(listed, key=int) == sorted(ids, key=int)
    assert [item.title for item in await session.get(ids[200:])] == [f"number {n}" for n in range(200, 250)]


async def test_a_quiet_queue_sends_no_row_twice(rig: RtRig) -> None:
    await rig.seed(["one", "two", "three"])
    mirror = Mirror(await rig.connect())
    await mirror.poll()
    await mirror.poll()
    await mirror.poll()
    assert (len(mirror.incidents), mirror.repeated) == (3, 0)


async def test_a_storm_within_seconds_is_followed_and_listed_only_once(rig: RtRig) -> None:
    ids = await rig.seed([f"storm {n}" for n in range(120)])
    mirror = Mirror(await rig.connect(page_size=10))
    await mirror.poll()
    assert len(mirror.incidents) == 120
    await mirror.poll()
    await rig.change(ids[3])
    await mirror.poll()
    assert (mirror.repeated, mirror.incidents[ids[3]].priority) == (0, 4)


@pytest.mark.parametrize("how", ["hidden", "deleted", "merged", "outside"])
async def test_what_leaves_without_a_trace_is_gone_with_the_next_poll(rig: RtRig, rt: RtServer, how: str) -> None:
    leaves, stays = await rig.seed(["leaves", "stays"])
    mirror = Mirror(await rig.connect())
    await mirror.poll()
    if how == "hidden":
        await rig.root.put(leaves, Queue=rt.queue(visible=False))
    elif how == "deleted":
        await rig.root.delete(leaves)
    elif how == "merged":
        await rig.bo.put(leaves, MergeInto=int(stays))
    else:
        await rig.bo.put(leaves, Queue=rt.queue())
    await mirror.step()
    assert set(mirror.incidents) == {stays}


async def test_a_ticket_that_comes_into_sight_arrives_with_the_next_poll(rig: RtRig, rt: RtServer) -> None:
    hidden = rt.queue(visible=False)
    id = await rig.root.create(hidden, "was secret")
    mirror = Mirror(await rig.connect())
    await mirror.poll()
    await rig.root.put(id, Queue=rig.queue)
    await mirror.step()
    assert mirror.incidents[id].title == "was secret"


async def test_more_updates_than_one_page_are_all_found(rig: RtRig) -> None:
    ids = await rig.seed([f"updated {n}" for n in range(50)])
    mirror = Mirror(await rig.connect())
    await mirror.poll()
    await rig.root.send("PUT", "/tickets/bulk", [{"id": int(id), "Priority": 90} for id in ids])
    await mirror.step()
    assert {mirror.incidents[id].priority for id in ids} == {1}


async def test_a_version_is_the_same_from_list_and_ticket_and_moves_with_every_change(rig: RtRig) -> None:
    (id,) = await rig.seed(["versions"])
    session = await rig.connect()
    (listed,) = (await session.changes(None)).items
    versions = [listed.version, (await one(session, id)).version]
    assert versions[0] == versions[1]
    for priority in (10, 20, 30):  # within one second
        await rig.bo.put(id, Priority=priority)
        versions.append((await one(session, id)).version)
    assert len(set(versions)) == 4


async def test_no_date_and_no_token_ever_stands_in_an_address(rig: RtRig) -> None:
    (id,) = await rig.seed(["addresses"])
    session = await rig.connect()
    await session.probe()
    mirror = Mirror(session)
    await mirror.poll()
    await rig.change(id)
    await mirror.poll()
    await session.timeline(id)
    lines = [unquote_plus(exchange.line) for exchange in rig.cutter.exchanges]
    assert len(lines) > 8
    assert not [line for line in lines if "LastUpdated >" in line or "Created >" in line]
    assert not [line for line in lines if rig.token in line]


async def test_states_follow_what_rt_itself_counts_as_active(rt: RtServer) -> None:
    rig = RtRig(rt, lifecycle="odd")
    await rig.start()
    try:
        ids = await rig.seed(["spotted", "fixing", "parked", "over", "void"])
        for id, way in zip(ids, ([], ["fixing"], ["fixing", "parked"], ["fixing", "over"], ["void"]), strict=True):
            for status in way:
                await rig.bo.put(id, Status=status)
        session = await rig.connect()
        found = {item.native_state: item.state for item in await session.get(ids)}
        assert found["spotted"].is_open
        assert found["fixing"] is State.ACTIVE
        assert found["parked"].is_open
        assert (found["over"], found["void"]) == (State.RESOLVED, State.RESOLVED)
        told = {"spotted": "new", "parked": "waiting", "void": "closed"}
        session = await rig.connect(states=told)
        found = {item.native_state: item.state for item in await session.get(ids)}
        assert [found[name] for name in ("spotted", "fixing", "parked", "over", "void")] == [
            State.NEW, State.ACTIVE, State.WAITING, State.RESOLVED, State.CLOSED,
        ]  # fmt: skip
        mirror = Mirror(session)
        await mirror.poll()
        assert set(mirror.incidents) == set(ids[:3])
    finally:
        await rig.stop()


async def test_a_status_that_the_config_calls_closed_leaves_the_queue(rig: RtRig) -> None:
    waiting, fresh = await rig.seed(["waits", "new"])
    await rig.bo.put(waiting, Status="open")
    await rig.bo.put(waiting, Status="pending")
    mirror = Mirror(await rig.connect(states={"pending": "resolved"}))
    await mirror.poll()
    await mirror.poll()
    assert mirror.open_ids == {fresh}


async def test_the_config_query_narrows_the_queue(rig: RtRig) -> None:
    plain, urgent = await rig.seed(["plain", "it's \\ urgent"])
    await rig.bo.put(urgent, Priority=90)
    query = f"Queue = '{rig.queue}' AND Priority > 50"
    mirror = Mirror(await rig.connect(query=query))
    await mirror.poll()
    assert set(mirror.incidents) == {urgent}
    await rig.bo.put(urgent, Priority=1)
    await rig.bo.put(plain, Priority=99)
    await mirror.step()
    assert set(mirror.incidents) == {plain}


async def test_a_query_that_rt_does_not_understand_is_told_in_its_words(rig: RtRig) -> None:
    session = await rig.connect(query="Bogus = 1")
    with pytest.raises(InvalidError, match="Bogus") as caught:
        await session.changes(None)
    assert " at /" not in caught.value.words


async def test_everything_known_is_shown(rig: RtRig, rt: RtServer) -> None:
    queue = rt.queue(sla=True)
    other = await rig.bo.create(queue, "the parent")
    id = await rig.bo.create(
        queue,
        "Ünïcode 🔥 title",
        Content="first line\nsecond line",
        Requestor=["cora"],
        Priority=65,
        CustomFields={"Service": "mail", "Category": "smtp", "Impact": "High", "Urgency": "Low", "Tags": ["b", "a"]},
    )
    await rig.bo.put(id, Owner="bo", AddMemberOf=int(other), AddRefersTo="https://kb.example/x", Status="open")
    session = await rig.connect(queues=[queue])
    incident = await one(session, id)
    assert (incident.title, incident.description) == ("Ünïcode 🔥 title", "first line\nsecond line")
    assert (incident.state, incident.native_state, incident.priority) == (State.ACTIVE, "open", 2)
    assert (incident.impact, incident.urgency, incident.major) == (1, 3, False)
    assert (incident.team, incident.assignee, incident.assignee_name) == (queue, "bo", "Bo Berg")
    assert (incident.caller, incident.service, incident.category) == ("Cora Customer", "mail", "smtp")
    assert incident.acknowledged_at is not None and incident.resolved_at is None
    (clock,) = incident.sla
    assert clock.name == "gold" and clock.state is ClockState.RUNNING and clock.due_at is not None
    assert incident.created_at is not None
    assert 3500 < (clock.due_at - incident.created_at).total_seconds() < 3700
    assert {(link.kind, link.ref) for link in incident.links} == {
        (LinkKind.PARENT, f"rt:{other}"),
        (LinkKind.RELATED, "https://kb.example/x"),
    }
    assert dict(incident.extra) == {"Priority in RT": "65", "Tags": "a, b"} or dict(incident.extra)["Tags"] == "b, a"
    assert incident.url == f"{rig.cutter.url}/Ticket/Display.html?id={id}"


async def test_the_timeline_tells_who_did_what_and_who_can_read_it(rig: RtRig) -> None:
    (id,) = await rig.seed(["history"])
    await rig.bo.put(id, Owner="bo", Status="open", Priority=50)
    await rig.bo.say(id, "comment", "internal words")
    await rig.bo.say(id, "correspond", "public words")
    entries = await (await rig.connect()).timeline(id)
    told = {(entry.kind, entry.public, entry.text) for entry in entries}
    assert {
        (EntryKind.COMMENT, True, "About history"),
        (EntryKind.NOTE, False, "internal words"),
        (EntryKind.COMMENT, True, "public words"),
        (EntryKind.ASSIGNMENT, False, "nobody → Bo Berg"),
        (EntryKind.STATE, False, "new → open"),
        (EntryKind.PRIORITY, False, "0 → 50"),
    } <= told
    assert {entry.by for entry in entries} <= {"Bo Berg", "RT_System"}


async def test_a_merged_or_deleted_number_is_found_or_refused_in_words(rig: RtRig) -> None:
    survivor, merged, deleted = await rig.seed(["survivor", "merged", "deleted"])
    await rig.bo.put(merged, MergeInto=int(survivor))
    await rig.root.delete(deleted)
    session = await rig.connect()
    assert (await session.find(f"#{merged}")).id == survivor
    assert await session.get([merged, deleted]) == ()
    with pytest.raises(NotFoundError, match="deleted"):
        await session.find(deleted)
    for nonsense in ("", "abc", "12x", "9" * 40, "-1"):
        with pytest.raises(NotFoundError):
            await session.find(nonsense)


async def test_newest_first_for_a_one_off_listing(rig: RtRig) -> None:
    ids = await rig.seed([f"t{n}" for n in range(45)])
    await rig.bo.put(ids[0], Status="cancelled")
    session = await rig.connect()
    newest = await session.search(include_closed=True, limit=30)
    assert [item.id for item in newest] == sorted(ids, key=int, reverse=True)[:30]
    assert {item.id for item in await session.search(include_closed=False, limit=500)} == set(ids[1:])
