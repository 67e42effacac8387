"""Following a tenant's queue: base paths, pages, what a poll costs, scopes, saved searches, clocks, and odd answers."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest

from tests.adapters.ivanti.acts import one
from tests.adapters.ivanti.rig import IvantiRig
from tests.doubles.ivanti import Quirks
from tests.doubles.ivanti.__main__ import fill
from tests.doubles.web import Reply
from vagt.adapters.conformance.mirror import Mirror
from vagt.adapters.ivanti.session import IvantiSession, open_session
from vagt.adapters.protocol import Connection, InvalidError, ProtocolError, UnavailableError
from vagt.config.settings import BackendSettings
from vagt.domain.capability import Capability
from vagt.domain.clock import SystemClock
from vagt.domain.directory import DirectoryKind
from vagt.domain.incident import LinkKind
from vagt.domain.priority import PriorityMatrix
from vagt.domain.timeline import EntryKind


async def listed(session: IvantiSession) -> Mirror:
    mirror = Mirror(session)
    await mirror.poll()
    return mirror


def asked(rig: IvantiRig, since: int, what: str = "incidents") -> list[str]:
    return [entry.query.get("$filter", "") for entry in rig.double.web.log[since:] if entry.path.endswith(what)]


@pytest.mark.parametrize(("base", "url"), [("/api", ""), ("/HEAT/api", ""), ("/HEAT/api", "/HEAT"), ("/api", "/api/")])
async def test_the_base_path_is_found_out_once(base: str, url: str) -> None:
    rig = IvantiRig(Quirks(base_paths=(base,)))
    (id,) = await rig.seed(["somewhere"])
    session = await rig.connect(below=url)
    assert (await listed(session)).open_ids == {id}
    await session.probe()
    probes = [entry for entry in rig.double.web.log if entry.status in (401, 404) and "top=1" in entry.target]
    assert len([entry for entry in probes if "$metadata" not in entry.path and "odatav2" not in entry.path]) <= 2
    await rig.close()


async def test_an_address_that_is_no_ivanti_says_so() -> None:
    rig = IvantiRig(Quirks(base_paths=("/elsewhere",)))
    session = await rig.connect()
    with pytest.raises(ProtocolError, match="is the address right"):
        await session.probe()
    await rig.close()


async def test_a_path_that_fails_is_not_the_end_of_the_search() -> None:
    rig = IvantiRig(Quirks(base_paths=("/HEAT/api",)))
    (id,) = await rig.seed(["behind a broken site"])
    session = await rig.connect()
    elsewhere = rig.double.web._handler
    rig.double.web._handler = lambda r: Reply(500, b"Runtime Error") if r.path.startswith("/api") else elsewhere(r)
    assert (await listed(session)).open_ids == {id}
    rig.double.web._handler = lambda r: Reply(500, b"Runtime Error")
    with pytest.raises(UnavailableError, match="Runtime Error"):
        await (await rig.connect()).probe()
    await rig.close()


@pytest.mark.parametrize("empty", ["204", "blank", "list"])
@pytest.mark.parametrize("relation", ["words", "204", "blank", "list"])
async def test_every_way_of_saying_nothing_is_nothing(empty: str, relation: str) -> None:
    rig = IvantiRig(Quirks(empty=empty, empty_relation=relation))
    session = await rig.connect()
    assert (await listed(session)).incidents == {}
    (id,) = await rig.seed(["with nothing"])
    assert (await one(session, id)).links == ()
    assert [entry.text for entry in await session.timeline(id)] == ["registered"]
    await rig.close()


async def test_no_page_has_the_cursor_that_it_was_asked_with_while_there_is_more() -> None:
    rig = IvantiRig()
    fill(rig.double, 450)
    for row in rig.tenant.rows("incidents"):
        if row["Owner"]:
            rig.update(row["RecId"], Status="Waiting for 3rd Party", Owner=row["Owner"])
    session = await rig.connect(page_size=100)
    cursor, pages, more = None, 0, True
    while more:
        batch = await session.changes(cursor)
        assert batch.cursor != cursor or not batch.more, f"page {pages} turns in a circle"
        cursor, more, pages = batch.cursor, batch.more, pages + 1
    assert pages > 12  # five of incidents, of their clocks, and of the clocks of what waits
    await rig.close()


async def test_five_thousand_are_listed_page_by_page_and_one_change_costs_one_small_request() -> None:
    rig = IvantiRig()
    fill(rig.double, 5000)
    session = await rig.connect(page_size=100)
    account = await session.probe()
    start = rig.requests()
    first = await session.changes(None)
    assert (len(first.items), first.total, first.more, first.complete) == (100, 5000, True, False)
    assert rig.requests() - start <= 3
    mirror = await listed(session)
    assert len(mirror.open_ids) == 5000
    assert sum(1 for incident in mirror.incidents.values() if incident.sla) == 5000
    assert not asked(rig, start, "/$expand") and "IncidentNumber lt" in asked(rig, start)[5]
    await mirror.poll()
    id = next(id for id, incident in mirror.incidents.items() if incident.team == "Service Desk")
    rig.update(id, Owner="anna")
    before = rig.requests()
    await mirror.poll()
    (request,) = rig.double.web.log[before:]
    assert mirror.incidents[id].assignee == account.login
    assert request.size < 20_000
    await rig.close()


async def test_a_quiet_poll_is_one_request_and_one_that_moves_clocks_two(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["quiet"])
    session = await rig.connect()
    mirror = await listed(session)
    before = rig.requests()
    await mirror.poll()
    assert rig.requests() - before == 1
    rig.update(id, Status="Waiting for Customer", Owner="bo")
    await mirror.poll()
    assert rig.requests() - before == 3
    clocks = {clock.name: clock.state.value for clock in mirror.incidents[id].sla}
    assert clocks == {"response": "met", "resolution": "paused"}


async def test_a_storm_of_changes_is_listed_once(rig: IvantiRig) -> None:
    ids = await rig.seed([f"storm {n}" for n in range(460)])
    session = await rig.connect()
    mirror = await listed(session)
    for id in ids:
        rig.update(id, Urgency="High")
    await mirror.poll()
    assert {incident.urgency for incident in mirror.incidents.values()} == {1}
    before = rig.requests()
    await mirror.poll()
    assert rig.requests() - before <= 24
    rig.update(ids[7], Urgency="Low")
    await mirror.poll()
    assert mirror.incidents[ids[7]].urgency == 3


async def test_a_lost_page_is_asked_for_again_and_nothing_is_missing(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["changed meanwhile"])
    session = await rig.connect()
    mirror = await listed(session)
    rig.update(id, Urgency="High")
    await session.changes(mirror.cursor)
    again = await session.changes(mirror.cursor)
    assert [incident.urgency for incident in again.items] == [1]


async def test_what_leaves_the_scope_is_gone_at_once_and_what_enters_is_there(rig: IvantiRig) -> None:
    ours, theirs = await rig.seed(["ours", "theirs"])
    rig.update(theirs, OwnerTeam="Network Support")
    session = await rig.connect(teams=["Service Desk", "Operations"])
    mirror = await listed(session)
    assert mirror.open_ids == {ours}
    assert "(OwnerTeam eq 'Service Desk' or OwnerTeam eq 'Operations') and Status ne 'Closed'" in asked(rig, 0)[2]
    rig.update(ours, OwnerTeam="Network Support")
    rig.update(theirs, OwnerTeam="Operations")
    await mirror.poll()
    assert mirror.open_ids == {theirs}


async def test_a_scope_that_only_the_tenant_can_judge_is_asked_of_it(rig: IvantiRig) -> None:
    inside, outside = await rig.seed(["Ærø down", "Zürich down"])
    session = await rig.connect(query="Subject eq 'ærø down'")
    mirror = await listed(session)
    assert mirror.open_ids == {inside}
    rig.update(inside, Urgency="High")
    rig.update(outside, Urgency="High")
    await mirror.poll()
    assert mirror.open_ids == {inside} and mirror.incidents[inside].urgency == 1


@pytest.mark.parametrize(
    "query",
    [
        "contains(Subject,'x')",
        "(A eq '1' or B eq '2') and (C eq '3' or D eq '4')",
        "Service eq 'E-mail Service' and IsInFinalState eq false",
    ],
)
async def test_a_query_that_ivanti_would_drop_or_misread_is_refused_before_anything_is_asked(
    rig: IvantiRig, query: str
) -> None:
    with pytest.raises(InvalidError, match="`query` cannot be used"):
        await rig.connect(query=query)
    assert rig.requests() == 0


@pytest.mark.parametrize("filters", [True, False])
async def test_a_saved_search_is_the_queue(rig: IvantiRig, filters: bool) -> None:
    rig.quirks.saved_search_filters = filters
    inside, outside = await rig.seed(["a network thing", "a mail thing"])
    rig.row(outside).update(Service="E-mail Service", Category="Outlook")
    more = await rig.seed([f"more {n}" for n in range(25)]) if filters else ()
    session = await rig.connect(query="saved:Network Outages")
    mirror = await listed(session)
    assert mirror.open_ids == {inside, *more}
    rig.update(outside, Service="Network Service", Category="Firewall")
    rig.update(inside, Service="E-mail Service", Category="Outlook")
    await mirror.poll()
    assert mirror.open_ids == {outside, *more}
    await rig.finish(outside)
    await mirror.poll()
    assert mirror.open_ids == set(more)


async def test_a_saved_search_that_is_not_there_is_told_with_those_that_are(rig: IvantiRig) -> None:
    session = await rig.connect(query="saved:My Dreams")
    with pytest.raises(InvalidError, match="Network Outages"):
        await session.probe()


async def test_a_tenant_with_a_smaller_page_limit_is_believed(rig: IvantiRig) -> None:
    rig.quirks.most_rows = 10
    ids = await rig.seed([f"row {n}" for n in range(25)])
    session = await rig.connect(page_size=100)
    assert (await listed(session)).open_ids == set(ids)


async def test_a_field_that_this_tenant_does_not_have_is_asked_for_once(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["fine without"])
    session = await rig.connect(extra_fields=["OurOwnField", "Source"])
    mirror = await listed(session)
    assert mirror.open_ids == {id} and ("Source", "Phone") in mirror.incidents[id].extra
    assert [entry.status for entry in rig.double.web.log].count(400) == 1


async def test_without_the_right_to_clocks_the_queue_is_there_and_says_why(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["no clocks"])
    del rig.tenant.sets["frs_data_escalation_watchs"]
    session = await rig.connect()
    account = await session.probe()
    assert "SLA clocks cannot be read" in account.capabilities.reason(Capability.SLA)
    mirror = await listed(session)
    assert mirror.open_ids == {id} and mirror.incidents[id].sla == ()


async def test_deadlines_come_from_the_watches_and_are_never_computed(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["with clocks"])
    session = await rig.connect()
    mirror = await listed(session)
    clocks = {clock.name: clock for clock in mirror.incidents[id].sla}
    watch = rig.tenant.sets["frs_data_escalation_watchs"][rig.row(id)["ResolutionEscLink_RecID"].upper()]
    assert clocks.keys() == {"response", "resolution"}
    assert clocks["resolution"].due_at == watch["BreachDateTime"]
    assert clocks["resolution"].started_at == rig.row(id)["CreatedDateTime"]


async def test_a_timeline_has_notes_mail_tasks_files_and_dates(rig: IvantiRig) -> None:
    (id, child) = await rig.seed(["busy", "child"])
    tenant = rig.tenant
    parent = {"ParentLink_RecID": id, "ParentLink_Category": "Incident"}
    tenant.insert(
        "journal__emails", "eva", JournalType="Email", Subject="Re: busy", EmailBody="<p>still down</p>", **parent
    )
    tenant.insert("task__assignments", "bo", Subject="Swap disk", **parent)
    tenant.insert("tasks", "bo", Subject="Swap disk", Status="Accepted", Owner="bo", **parent)
    tenant.insert("journal__notess", "bo", NotesBody="<p>HTML</p><p>note</p>", PublishToWeb=True, **parent)
    tenant.links["IncidentAssociatesCI"] = {(id, next(iter(tenant.sets["cis"])))}
    rig.row(child)["MasterIncidentLink_RecID"] = id
    session = await rig.connect()
    mirror = await listed(session)
    entries = {entry.text: entry for entry in await session.timeline(id)}
    assert entries["E-mail: Re: busy\nstill down"].public
    assert entries["HTML\n\nnote"].kind is EntryKind.COMMENT
    assert "Task: Swap disk (Accepted, bo)" in entries and "registered" in entries
    await mirror.poll()
    incident = mirror.incidents[id]
    assert ("Configuration items", "mx2") in incident.extra and ("Tasks", "Swap disk (Accepted, bo)") in incident.extra
    assert [(link.kind, link.ref) for link in incident.links] == [
        (LinkKind.CHILD, f"ivanti:{rig.row(child)['IncidentNumber']}")
    ]
    assert mirror.incidents[child].links[0].ref == incident.ref


async def test_mail_that_cannot_be_read_is_shown_by_its_subject(rig: IvantiRig) -> None:
    rig.quirks.emails = False
    (id,) = await rig.seed(["mailed"])
    rig.tenant.insert(
        "journal__emails", "eva", JournalType="Email", Subject="Re: mailed", ParentLink_RecID=id, EmailBody="hidden"
    )
    session = await rig.connect()
    assert "E-mail: Re: mailed" in [entry.text for entry in await session.timeline(id)]


async def test_directories_come_from_the_tenant(rig: IvantiRig) -> None:
    session = await rig.connect()
    people = await session.directory(DirectoryKind.PERSON, "", within="Network Support")
    assert [person.id for person in people] == ["dag", "eva"]
    next(row for row in rig.tenant.rows("employees") if row["LoginID"] == "eva")["Disabled"] = True
    fresh = await (await rig.connect()).directory(DirectoryKind.PERSON, "", within="Network Support")
    assert [person.id for person in fresh] == ["dag"]
    (bo,) = await session.directory(DirectoryKind.PERSON, "bo@example")
    assert (bo.id, bo.name) == ("bo", "Bo Berg")
    assert "Facilities" in [team.id for team in await session.directory(DirectoryKind.TEAM, "")]
    services = [service.id for service in await session.directory(DirectoryKind.SERVICE, "")]
    assert "E-mail Service" in services
    codes = await session.directory(DirectoryKind.RESOLUTION_CODE, "soft")
    assert [code.id for code in codes] == ["Software"]
    private = {"PrimaryPhone", "Department"}
    selects = [entry.query.get("$select", "") for entry in rig.double.web.log if "employees" in entry.path]
    assert selects and not any(private & set(select.split(",")) for select in selects)


async def test_lists_are_read_from_the_set_that_the_config_names(rig: IvantiRig) -> None:
    rig.tenant.insert("causecodes", "admin", Name="Cosmic rays")
    session = await rig.connect(pick_lists={"CauseCode": "causecodes.Name"})
    codes = [code.id for code in await session.directory(DirectoryKind.RESOLUTION_CODE, "")]
    assert "Cosmic rays" in codes


async def test_moments_of_another_zone_and_the_year_one(rig: IvantiRig) -> None:
    rig.quirks.offset_hours, rig.quirks.sentinel = 5.5, True
    (id,) = await rig.seed(["far away"])
    session = await rig.connect()
    incident = await one(session, id)
    assert incident.created_at == rig.row(id)["CreatedDateTime"] and incident.resolved_at is None


async def test_doctor_is_told_what_this_tenant_settles(rig: IvantiRig) -> None:
    await rig.seed(["looked at"])
    session = await rig.connect(thorough=True)
    before = rig.requests()
    account = await session.probe()
    told = "\n".join(account.notes)
    for words in (
        "an empty answer is 204 without a body",
        "ParentLink_Category is “Incident”",
        "saved searches for `query`: All Active Incidents",
        "quick actions: Close Incident",
        "odatav2) is not there",
        "value lists: Status from",
        "only a write could tell",
        "SLA clocks can be read; their states: Run",
    ):
        assert words in told, words
    assert (account.login, account.name, account.teams) == ("anna", "Anna Aas", ("Service Desk",))
    assert not [entry for entry in rig.double.web.log if entry.method != "GET"]
    cost = rig.requests() - before
    await session.probe()
    assert rig.requests() - before - cost <= 2


async def test_whoever_only_signs_in_asks_little(rig: IvantiRig) -> None:
    await rig.seed(["looked at"])
    session = await rig.connect()
    account = await session.probe()
    assert rig.requests() <= 5, asked(rig, 0)
    assert {Capability.SLA, Capability.ATTACH} <= account.capabilities.able


async def test_doctor_says_who_is_not_known_and_that_nothing_is_seen(rig: IvantiRig) -> None:
    rig.tenant.sets["employees"] = {
        id: row for id, row in rig.tenant.sets["employees"].items() if row["LoginID"] != "anna"
    }
    session = await rig.connect()
    told = "\n".join((await session.probe()).notes)
    assert "no employee with the Login ID “anna”" in told and "sees no incident at all" in told


async def test_the_double_starts_by_hand_and_tells_how_to_connect() -> None:
    command = [sys.executable, "-m", "tests.doubles.ivanti", "--port", "0", "--incidents", "40"]
    running = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    try:
        assert running.stdout is not None
        told = (await running.stdout.readuntil(b"Stop it")).decode()
        key, (url,) = re.findall("key: +([0-9A-F]{32})", told)[0], re.findall('url = "(.*)"', told)

        async def secret() -> str:
            return str(key)

        settings = BackendSettings(name="ivanti", adapter="ivanti", url=url, username="anna")
        session = await open_session(
            Connection(
                settings=settings,
                secret=secret,
                clock=SystemClock(),
                matrix=PriorityMatrix(),
                data_dir=Path("/nonexistent"),
                operator="nobody",
            )
        )
        mirror = await listed(session)
        await session.close()
        assert len(mirror.open_ids) == 40
        assert {"Logged", "Active"} <= {incident.native_state for incident in mirror.incidents.values()}
    finally:
        running.terminate()
        await running.wait()
