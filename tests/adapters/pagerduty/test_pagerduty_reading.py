"""Following the queue: old incidents, pages that shift, the log as it may be, scope, and what it costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.adapters.pagerduty.acts import asked, mirrored, one
from tests.adapters.pagerduty.conftest import MakeRig
from tests.adapters.pagerduty.rig import BO, PdRig
from tests.doubles.pagerduty.state import Service
from vagt.adapters.conformance.mirror import Mirror
from vagt.adapters.protocol import InvalidError, NotFoundError
from vagt.domain.directory import DirectoryKind
from vagt.domain.incident import State
from vagt.domain.timeline import EntryKind


async def test_an_open_incident_older_than_a_month_is_listed(rig: PdRig) -> None:
    id = rig.register("open since spring", ago=timedelta(days=200))
    mirror = await mirrored(await rig.connect())
    assert id in mirror.open_ids


async def test_five_thousand_are_listed_by_pages_and_a_change_costs_little(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(incidents=5000)
    session = await rig.connect(page_size=100)
    await session.probe()
    before = len(rig.log)
    batch = await session.changes(None)
    assert len(batch.items) == 100, "the first page can be used at once"
    assert batch.total == 5000
    assert batch.more
    mirror = Mirror(session)
    await mirror.poll()
    assert len(mirror.open_ids) == 5000
    assert len(rig.log) - before <= 70
    await mirror.poll()
    changed = next(iter(rig.account.store.incidents))
    await rig.change(changed)
    before = len(rig.log)
    await mirror.poll()
    assert mirror.incidents[changed].priority == 2
    assert asked(rig, before) == ["GET /log_entries", "GET /incidents"]
    assert rig.log[before].size < 5000, "the one change costs one small answer"


@pytest.mark.parametrize("gone", [1, 30])
async def test_incidents_that_leave_between_two_pages_pull_no_other_over_the_edge(rig: PdRig, gone: int) -> None:
    ids = await rig.seed([f"row {n}" for n in range(90)])
    session = await rig.connect()
    mirror = Mirror(session)
    await mirror.step()
    for id in ids[-gone:]:
        await rig.finish(id)
    await mirror.poll()
    assert mirror.open_ids == set(ids[:-gone])


async def test_more_than_ten_thousand_are_listed_from_both_ends(rig: PdRig, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("client", "following", "sweeping"):
        monkeypatch.setattr(f"vagt.adapters.pagerduty.{part}.DEEPEST", 100)
    monkeypatch.setattr("tests.doubles.pagerduty.listing._DEEPEST", 100)
    ids = set(await rig.seed([f"row {n}" for n in range(170)]))
    rig.account.store.log.clear()
    mirror = await mirrored(await rig.connect())
    assert mirror.open_ids == ids


@pytest.mark.parametrize(
    "quirks", [{}, {"slim_log_incidents": True}, {"stale_log_incidents": True}, {"oldest_first": True}]
)
async def test_the_log_tells_what_left_a_long_queue(rigs: MakeRig, quirks: dict[str, Any]) -> None:
    rig: PdRig = await rigs(incidents=60, **quirks)
    id = next(iter(rig.account.store.incidents))
    mirror = await mirrored(await rig.connect())
    rig.account.save(rig.incident(id), status="resolved")
    rig.account.save(rig.incident(id), title="and renamed", status="triggered")
    rig.account.save(rig.incident(id), status="resolved")
    await mirror.poll()
    assert mirror.incidents[id].state is State.RESOLVED
    assert mirror.incidents[id].title == "and renamed"


async def test_a_late_line_of_the_log_is_found(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(incidents=60, log_delay=40.0)
    mirror = await mirrored(await rig.connect())
    id = next(iter(rig.account.store.incidents))
    await rig.change(id)
    before = mirror.incidents[id].version
    await mirror.poll()
    rig.account.quirks.log_delay = 0.0
    await mirror.poll()
    assert mirror.incidents[id].version != before


async def test_what_the_log_leaves_out_shows_with_the_pages_in_turn(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(incidents=60, untold=["title"])
    mirror = await mirrored(await rig.connect())
    id = next(iter(rig.account.store.incidents))
    rig.account.save(rig.incident(id), title="renamed in silence")
    for _ in range(4):
        await mirror.poll()
    assert mirror.incidents[id].title == "renamed in silence"


async def test_what_the_log_leaves_out_shows_at_once_in_a_short_queue(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(untold=["title"])
    (id,) = await rig.seed(["short"])
    mirror = await mirrored(await rig.connect())
    rig.account.save(rig.incident(id), title="renamed")
    await mirror.poll()
    assert mirror.incidents[id].title == "renamed"
    await rig.remove(id)
    await mirror.poll()
    assert id not in mirror.incidents


async def test_the_queue_can_be_narrowed_by_team_service_and_urgency(rig: PdRig) -> None:
    shop, mail = rig.register("shop", "Shop"), rig.register("mail", "Mail")
    low, data = rig.register("low", "Shop", urgency="low"), rig.register("data", "Warehouse DB")
    everything = {shop, mail, low, data}
    for options, wanted in (
        ({"teams": ["Operations"]}, everything - {data}),
        ({"services": ["shop"]}, {shop, low}),
        ({"services": [rig.account.world.services["Mail"]]}, {mail}),
        ({"urgencies": ["low"]}, {low}),
        ({"teams": ["Operations", "Data"], "urgencies": ["high"]}, everything - {low}),
    ):
        mirror = await mirrored(await rig.connect(**options))
        assert mirror.open_ids == wanted, options


async def test_a_scope_too_long_for_an_address_is_kept_to_all_the_same(rig: PdRig) -> None:
    """The edge answers 414 above some 4096 bytes; each poll would be refused."""
    store = rig.account.store
    many = [
        Service(f"P{n:013d}", f"Service {n}", store.services[rig.account.world.services["Mail"]].policy)
        for n in range(150)
    ]
    store.services |= {service.id: service for service in many}
    inside, outside = rig.register("inside", "Shop"), rig.register("outside", "Mail")
    before = len(rig.log)
    session = await rig.connect(services=["Shop", *(service.id for service in many)])
    mirror = await mirrored(session)
    assert mirror.open_ids == {inside}
    assert len(rig.log) - before < 20, "a name is not looked up by itself where they are many"
    rig.register("outside, later", "Mail")
    later = rig.register("inside, later", "Shop")
    await mirror.poll()
    assert mirror.open_ids == {inside, later}
    assert [one.id for one in await session.search(include_closed=False, limit=5)] == [later, inside]
    assert outside not in mirror.incidents


async def test_what_leaves_the_scope_is_gone_and_others_never_come(rig: PdRig) -> None:
    id = rig.register("moves away", "Shop")
    mirror = await mirrored(await rig.connect(services=["Shop"]))
    foreign = rig.register("of another team", "Mail")
    service = {"id": rig.account.world.services["Mail"], "type": "service_reference"}
    rig.account.save(rig.incident(id), service=service)
    await mirror.poll()
    assert mirror.incidents.keys() == set()
    assert foreign not in mirror.incidents


@pytest.mark.parametrize("option", [{"teams": ["Nobody"]}, {"services": ["Nothing"]}])
async def test_an_unknown_name_in_the_scope_is_refused_by_name(rig: PdRig, option: dict[str, Any]) -> None:
    session = await rig.connect(**option)
    with pytest.raises(InvalidError) as caught:
        await session.changes(None)
    assert caught.value.fields[0][0] in option


async def test_a_storm_is_listed_anew_and_then_all_is_quiet(rig: PdRig) -> None:
    mirror = await mirrored(await rig.connect())
    ids = set(await rig.seed([f"storm {n}" for n in range(900)]))
    await mirror.poll()
    await mirror.poll()
    assert mirror.open_ids == ids


async def test_little_allowance_left_makes_polls_smaller(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(rate_limit=40)
    await rig.seed(["one"])
    mirror = await mirrored(await rig.connect())
    while rig.account._minute[1] < 33:
        await mirror.poll()
    before = len(rig.log)
    await mirror.poll()
    assert asked(rig, before) == ["GET /log_entries"]


async def test_a_number_finds_its_incident_and_an_id_is_no_number_of_another(rig: PdRig) -> None:
    (id,) = await rig.seed(["to be found"])
    session = await rig.connect()
    number = str(rig.incident(id).number)
    assert (await session.find(f"#{number}")).id == id
    assert await session.get([number]) == (), "the API takes a number for an id"
    with pytest.raises(NotFoundError):
        await session.find("nothing like it")


async def test_many_that_were_resolved_while_nobody_looked_cost_few_requests(rig: PdRig) -> None:
    ids = await rig.seed([f"row {n}" for n in range(80)])
    for id in ids[:-1]:
        await rig.finish(id)
    session = await rig.connect()
    await session.probe()
    before = len(rig.log)
    found = await session.get([*ids, "QNOTTHERE"])
    assert {incident.id for incident in found} == set(ids)
    assert len([incident for incident in found if incident.is_open]) == 1
    assert len(rig.log) - before <= 4


async def test_what_was_said_at_first_is_read_with_one_incident(rig: PdRig) -> None:
    id = rig.register("described", details="disk full on /var")
    assert (await one(await rig.connect(), id)).description == "disk full on /var"


async def test_addresses_of_people_are_looked_up_once(rig: PdRig) -> None:
    id = rig.register("assigned", "Shop")
    session = await rig.connect()
    mirror = await mirrored(session)
    await rig.give(id)
    await mirror.poll()
    assert mirror.incidents[id].assignee == BO
    lookups = [line.path for line in rig.log if line.path.startswith("/users/P")]
    await rig.change(id)
    await mirror.poll()
    assert [line.path for line in rig.log if line.path.startswith("/users/P")] == lookups


async def test_hidden_people_are_shown_by_their_ids(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(hidden_users=True, slim_log_incidents=True)
    (id,) = await rig.seed(["whose is it"])
    session = await rig.connect()
    await session.probe()
    await rig.give(id)
    assert (await one(session, id)).assignee_name == "Bo Lund"


async def test_who_is_on_call_is_told_by_level(rig: PdRig) -> None:
    turns = await (await rig.connect()).oncall("Operations")
    assert [(turn.level, turn.who, turn.rota) for turn in turns] == [
        (1, "anna@acme.example", "Operations primary"),
        (2, BO, "always"),
        (3, "carl@acme.example", "always"),
    ]
    assert turns[0].until is not None
    assert turns[1].until is None
    assert turns[0].contact == "anna@acme.example"


@pytest.mark.parametrize("team", [None, "Inbox"])
async def test_a_level_with_nobody_on_call_is_told_as_nobodys(rig: PdRig, team: str | None) -> None:
    turns = await (await rig.connect()).oncall(team)
    inbox = [(turn.level, turn.who, turn.rota) for turn in turns if turn.team == "Inbox"]
    assert inbox == [(1, "", "Inbox, office hours"), (2, BO, "always")]
    assert all(turn.who for turn in turns if turn.team != "Inbox")


async def test_answers_about_who_is_on_call_are_kept_for_a_while(rig: PdRig) -> None:
    session = await rig.connect()
    await session.oncall("Operations")
    before = len(rig.log)
    await session.oncall("Operations")
    assert len(rig.log) == before


async def test_the_timeline_tells_notes_whole_and_levels_in_order(rig: PdRig) -> None:
    id = rig.register("with a story", "Shop")
    session = await rig.connect()
    await session.probe()
    rig.account.save(rig.incident(id), escalation_level=2)
    from tests.doubles.pagerduty.state import Note

    rig.incident(id).notes.append(Note("PN1", rig.account.world.users["bo"], "long " * 60, rig.account.store.now()))
    rig.account.save(rig.incident(id), status="resolved", resolution="turned it off and on")
    entries = await session.timeline(id)
    assert [entry.kind for entry in entries if entry.kind is EntryKind.ESCALATION]
    assert ("long " * 60) in [entry.text for entry in entries]
    assert any("turned it off and on" in entry.text for entry in entries if entry.kind is EntryKind.STATE)
    assert all(not entry.public for entry in entries)


async def test_people_can_be_narrowed_to_those_on_call_for_a_policy(rig: PdRig) -> None:
    session = await rig.connect()
    found = await session.directory(DirectoryKind.PERSON, "", within="Database")
    assert {entry.id for entry in found} == {"dina@acme.example", "carl@acme.example"}


async def test_an_address_is_found_where_the_search_knows_names_only(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(users_by_name_only=True)
    session = await rig.connect()
    assert [entry.id for entry in await session.directory(DirectoryKind.PERSON, BO)] == [BO]
