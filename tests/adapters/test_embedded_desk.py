"""What an operator can do on the embedded backend, verb by verb, and what it refuses in words."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.adapters.embedded import MORNING, Desk, desk
from vagt.adapters.protocol import ConflictError, InvalidError, NotFoundError, Seen, TransitionError
from vagt.domain.capability import Capability
from vagt.domain.commands import (
    Acknowledge,
    Assign,
    Change,
    Close,
    Comment,
    Create,
    Escalate,
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
    Verb,
)
from vagt.domain.directory import DirectoryKind
from vagt.domain.incident import ClockState, Incident, LinkKind, State
from vagt.domain.priority import PriorityMatrix
from vagt.domain.timeline import EntryKind


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as opened:
        yield opened


@pytest.fixture
async def bo(tmp_path: Path, anna: Desk) -> AsyncIterator[Desk]:
    async with desk(tmp_path, clock=anna.clock, operator="bo") as opened:
        yield opened


def clock(incident: Incident, name: str) -> ClockState:
    return next(sla.state for sla in incident.sla if sla.name == name)


async def test_the_probe_tells_who_i_am_and_that_everything_is_possible(anna: Desk) -> None:
    account = await anna.session.probe()
    assert (account.login, account.name, account.teams) == ("anna", "Anna Holm", ("NOC",))
    assert account.capabilities.able == frozenset(Capability)


async def test_acknowledging_makes_it_active_and_mine(anna: Desk) -> None:
    incident = await anna.opened(service="E-mail")
    acked = await anna.after(Acknowledge(), incident.id)
    assert (acked.state, acked.assignee, acked.assignee_name) == (State.ACTIVE, "anna", "Anna Holm")
    assert acked.acknowledged_at == anna.clock.now()
    assert clock(acked, "response") is ClockState.MET


async def test_acknowledging_never_takes_it_from_another(anna: Desk, bo: Desk) -> None:
    incident = await anna.opened()
    await bo.does(Take(), incident.id)
    acked = await anna.after(Acknowledge(), incident.id)
    assert (acked.state, acked.assignee) == (State.ACTIVE, "bo")
    again = await anna.does(Acknowledge(), incident.id)
    assert "Bo Friis has it" in again.message
    assert again.incident is not None and again.incident.version == acked.version


async def test_acknowledging_does_not_reopen(anna: Desk) -> None:
    incident = await anna.opened()
    await anna.does(Resolve("Restarted."), incident.id)
    with pytest.raises(TransitionError, match="resolved"):
        await anna.does(Acknowledge(), incident.id)


async def test_taking_is_from_whoever_had_it(anna: Desk, bo: Desk) -> None:
    incident = await anna.opened()
    await bo.does(Take(), incident.id)
    taken = await anna.after(Take(), incident.id)
    assert taken.assignee == "anna"
    assert (await anna.told(incident.id))[-1] == "Taken over from Bo Friis"


async def test_a_person_outside_the_team_is_refused_with_its_members(anna: Desk) -> None:
    incident = await anna.opened(team="NOC")
    with pytest.raises(InvalidError, match=r"Carl Lund is not in NOC .*Anna Holm, Bo Friis") as refused:
        await anna.does(Assign(to="carl"), incident.id)
    assert refused.value.fields[0][0] == "to"
    moved = await anna.after(Assign(team="network", to="carl"), incident.id)
    assert (moved.team, moved.assignee) == ("Network", "carl")


async def test_another_team_without_a_person_frees_it_from_who_is_not_in_it(anna: Desk) -> None:
    incident = await anna.opened(team="NOC")
    await anna.does(Take(), incident.id)
    done = await anna.does(Assign(team="Network"), incident.id)
    assert done.incident is not None
    assert (done.incident.team, done.incident.assignee) == ("Network", None)
    assert "Anna Holm is not in Network" in done.message


async def test_assigning_to_nobody_and_by_name(anna: Desk) -> None:
    incident = await anna.opened(team="NOC")
    assert (await anna.after(Assign(to="Bo Friis"), incident.id)).assignee == "bo"
    assert (await anna.after(Assign(to=""), incident.id)).assignee is None


@pytest.mark.parametrize(
    ("change", "field", "hint"),
    [
        (Assign(team="Netwrok"), "team", "did you mean “Network”"),
        (Assign(to="anne"), "to", "did you mean “anna”"),
        (Assign(), "team", "Neither"),
        (SetPriority(), "impact", "missing"),
        (SetPriority(priority=9), "priority", "1 to 5"),
        (SetPriority(impact=4), "impact", "1 .*3"),
        (Hold("vendor", MORNING - timedelta(hours=1)), "until", "has passed"),
        (Note("  "), "text", "missing"),
        (Comment("x" * 20_001), "text", "longer"),
        (Resolve(""), "text", "missing"),
        (Resolve("Done.", "fixd"), "code", "did you mean “fixed”"),
        (Escalate("because"), "to", "no team"),
        (Escalate(" ", to="NOC"), "reason", "missing"),
    ],
)
async def test_what_is_wrong_is_refused_by_field(anna: Desk, change: Change, field: str, hint: str) -> None:
    incident = await anna.opened()
    with pytest.raises(InvalidError, match=hint) as refused:
        await anna.does(change, incident.id)
    assert refused.value.fields[0][0] == field
    assert (await anna.now(incident.id)).version == incident.version


async def test_the_priority_follows_from_impact_and_urgency(anna: Desk) -> None:
    incident = await anna.opened()
    assert incident.priority == 5
    judged = await anna.after(SetPriority(impact=1, urgency=2), incident.id)
    assert (judged.priority, judged.impact, judged.urgency) == (2, 1, 2)
    resolution = judged.sla[1]
    assert resolution.due_at == incident.created_at + timedelta(hours=8) if incident.created_at else False
    assert (await anna.after(SetPriority(urgency=1), incident.id)).priority == 1


async def test_a_bare_priority_becomes_the_most_even_pair(anna: Desk) -> None:
    incident = await anna.opened()
    judged = await anna.after(SetPriority(priority=3), incident.id)
    assert (judged.priority, judged.impact, judged.urgency) == (3, 2, 2)


async def test_a_priority_that_the_matrix_does_not_have_is_refused(tmp_path: Path) -> None:
    matrix = PriorityMatrix(((1, 1, 2), (1, 2, 3), (2, 3, 3)))
    async with desk(tmp_path, matrix=matrix) as opened:
        incident = await opened.opened()
        with pytest.raises(InvalidError, match="priority 5"):
            await opened.does(SetPriority(priority=5), incident.id)


async def test_a_hold_wakes_up_by_itself_and_its_clock_stood_still(anna: Desk) -> None:
    incident = await anna.opened(impact=1, urgency=2)
    due = incident.sla[1].due_at
    assert due is not None
    until = anna.clock.now() + timedelta(hours=2)
    held = await anna.after(Hold("vendor", until), incident.id)
    assert (held.state, held.waiting_reason, held.waiting_until) == (State.WAITING, "Waiting for the vendor", until)
    assert clock(held, "resolution") is ClockState.PAUSED
    await anna.poll()
    anna.clock.advance(2 * 3600 - 1)
    assert await anna.poll() == set()
    anna.clock.advance(60)
    assert await anna.poll() == {incident.id}
    woken = anna.known[incident.id]
    assert (woken.state, woken.waiting_until, woken.updated_at) == (State.ACTIVE, None, until)
    assert woken.sla[1].due_at == due + timedelta(hours=2)
    assert woken.sla[1].state is ClockState.RUNNING


async def test_a_reason_in_ones_own_words_is_kept(anna: Desk) -> None:
    incident = await anna.opened()
    held = await anna.after(Hold("Peter calls back at nine"), incident.id)
    assert held.waiting_reason == "Peter calls back at nine"


async def test_a_snooze_ends_by_itself(anna: Desk) -> None:
    incident = await anna.opened()
    until = anna.clock.now() + timedelta(minutes=30)
    assert (await anna.after(Snooze(until), incident.id)).snoozed_until == until
    await anna.poll()
    anna.clock.advance(1801)
    assert await anna.poll() == {incident.id}
    assert anna.known[incident.id].snoozed_until is None


async def test_notes_are_internal_and_comments_are_public(anna: Desk) -> None:
    incident = await anna.opened()
    await anna.does(Note("Disk is full"), incident.id)
    await anna.does(Comment("We are on it"), incident.id)
    entries = await anna.session.timeline(incident.id)
    assert [(e.kind, e.public, e.text, e.by) for e in entries[-2:]] == [
        (EntryKind.NOTE, False, "Disk is full", "Anna Holm"),
        (EntryKind.COMMENT, True, "We are on it", "Anna Holm"),
    ]


async def test_resolve_close_reopen(anna: Desk) -> None:
    incident = await anna.opened()
    with pytest.raises(TransitionError, match="resolve it first"):
        await anna.does(Close(), incident.id)
    anna.clock.advance(600)
    resolved = await anna.after(Resolve("Restarted the store.", "restarted"), incident.id)
    assert (resolved.state, resolved.resolution) == (State.RESOLVED, "Restarted the store.")
    assert clock(resolved, "resolution") is ClockState.MET
    closed = await anna.after(Close(), incident.id)
    assert (closed.state, closed.closed_at) == (State.CLOSED, anna.clock.now())
    anna.clock.advance(3600)
    reopened = await anna.after(Reopen(), incident.id)
    assert (reopened.state, reopened.resolved_at, reopened.resolution) == (State.ACTIVE, None, None)
    assert incident.sla[1].due_at is not None
    assert reopened.sla[1].due_at == incident.sla[1].due_at + timedelta(hours=1)


async def test_a_major_incident_needs_a_code(anna: Desk) -> None:
    incident = await anna.opened()
    assert not next(f for f in await anna.session.fields(Verb.RESOLVE, incident.id) if f.name == "code").required
    assert (await anna.after(SetMajor(True), incident.id)).major
    assert next(f for f in await anna.session.fields(Verb.RESOLVE, incident.id) if f.name == "code").required
    with pytest.raises(InvalidError, match="resolution code"):
        await anna.does(Resolve("Done."), incident.id)
    assert (await anna.after(Resolve("Done.", "Fixed"), incident.id)).state is State.RESOLVED


async def test_major_can_be_taken_back(anna: Desk) -> None:
    incident = await anna.opened()
    await anna.does(SetMajor(True), incident.id)
    assert not (await anna.after(SetMajor(False), incident.id)).major


async def test_transitions_are_those_of_the_state_and_each_of_them_works(anna: Desk) -> None:
    incident = await anna.opened()
    for wanted, native in (
        ("start", "In progress"),
        ("observe", "Observing"),
        ("resume", "In progress"),
        ("hold", "On hold"),
        ("resume", "In progress"),
        ("resolve", "Resolved"),
        ("close", "Closed"),
        ("reopen", "In progress"),
        ("cancel", "Cancelled"),
    ):
        ways = {way.id: way for way in await anna.session.transitions(incident.id)}
        way = ways[wanted]
        fields = tuple((spec.name, "because") for spec in way.fields if spec.required)
        move = MoveTo(way.id, way.label, way.to, way.native_to, fields)
        incident = await anna.after(move, incident.id)
        assert (incident.native_state, incident.state) == (native, way.to)


async def test_a_transition_of_another_state_is_refused_with_what_is_possible(anna: Desk) -> None:
    incident = await anna.opened()
    with pytest.raises(TransitionError, match="Start work"):
        await anna.does(MoveTo("close", "Close", State.CLOSED, "Closed"), incident.id)
    with pytest.raises(InvalidError) as refused:
        await anna.does(MoveTo("cancel", "Cancel", State.CLOSED, "Cancelled"), incident.id)
    assert refused.value.fields == (("text", "required"),)


async def test_registering_gives_it_to_the_team_of_its_service(anna: Desk) -> None:
    made = await anna.opened("  VPN\n drops ", service="vpn", impact=2, urgency=1, caller="Åse", category="network")
    assert (made.title, made.team, made.service, made.category) == ("VPN drops", "Network", "VPN", "Network")
    assert (made.state, made.priority, made.caller) == (State.NEW, 2, "Åse")
    assert (await anna.session.find(made.number)).id == made.id


@pytest.mark.parametrize(
    "fields", [{"service": "Mail2"}, {"team": "x"}, {"category": "y"}, {"impact": 0}, {"title": " "}]
)
async def test_registering_refuses_what_does_not_exist(anna: Desk, fields: dict[str, str]) -> None:
    with pytest.raises(InvalidError) as refused:
        await anna.does(Create(**{"title": "x", **fields}))  # type: ignore[arg-type]
    assert refused.value.fields[0][0] == next(iter(fields))
    assert await anna.session.search(include_closed=True, limit=10) == ()


async def test_parent_and_child_know_each_other_and_make_no_circle(anna: Desk) -> None:
    a, b, c = await anna.opened("a"), await anna.opened("b"), await anna.opened("c")
    linked = await anna.after(LinkTo(b.id, b.ref, LinkKind.PARENT), a.id)
    assert [(link.kind, link.ref, link.title) for link in linked.links] == [(LinkKind.PARENT, b.ref, "b")]
    assert [(link.kind, link.ref) for link in (await anna.now(b.id)).links] == [(LinkKind.CHILD, a.ref)]
    await anna.does(LinkTo(c.id, c.ref, LinkKind.PARENT), b.id)
    with pytest.raises(InvalidError, match="circle"):
        await anna.does(LinkTo(a.id, a.ref, LinkKind.PARENT), c.id)
    with pytest.raises(InvalidError, match="itself"):
        await anna.does(LinkTo(a.id, a.ref, LinkKind.RELATED), a.id)


async def test_problems_and_changes_can_be_found_and_linked(anna: Desk) -> None:
    incident = await anna.opened()
    (problem,) = await anna.session.directory(DirectoryKind.PROBLEM, "fills")
    (change,) = await anna.session.directory(DirectoryKind.CHANGE, "")
    await anna.does(LinkTo(problem.id, problem.id, LinkKind.PROBLEM), incident.id)
    linked = await anna.after(LinkTo(f"desk:{change.id}", change.id, LinkKind.CHANGE), incident.id)
    assert [(link.kind, link.ref) for link in linked.links] == [
        (LinkKind.PROBLEM, "desk:PRB1"),
        (LinkKind.CHANGE, "desk:CHG7"),
    ]
    with pytest.raises(NotFoundError, match="PRB1"):
        await anna.does(LinkTo("PRB9", "PRB9", LinkKind.PROBLEM), incident.id)


async def test_a_duplicate_ends_and_the_other_one_survives_with_its_children(anna: Desk) -> None:
    a, b, child = await anna.opened("a", caller="Åse"), await anna.opened("b"), await anna.opened("child")
    await anna.does(LinkTo(a.id, a.ref, LinkKind.PARENT), child.id)
    ended = await anna.after(LinkTo(b.id, b.ref, LinkKind.DUPLICATE), a.id)
    assert (ended.state, ended.native_state) == (State.CLOSED, "Duplicate")
    assert (LinkKind.DUPLICATE, b.ref) in [(link.kind, link.ref) for link in ended.links]
    survivor = await anna.now(b.id)
    assert survivor.is_open
    assert (LinkKind.CHILD, child.ref) in [(link.kind, link.ref) for link in survivor.links]
    assert [(link.kind, link.ref) for link in (await anna.now(child.id)).links] == [(LinkKind.PARENT, b.ref)]
    assert "Closed as a duplicate" in (await anna.told(a.id))[-1]
    assert "Åse" in (await anna.told(b.id))[-1]
    with pytest.raises(TransitionError, match=f"lives on in {b.number}"):
        await anna.does(Reopen(), a.id)
    with pytest.raises(TransitionError, match="itself a duplicate"):
        await anna.does(LinkTo(a.id, a.ref, LinkKind.DUPLICATE), child.id)


async def test_escalation_climbs_the_levels_of_the_team_and_tells_why(anna: Desk) -> None:
    incident = await anna.opened(team="NOC")
    duties = {duty.level: duty.who for duty in await anna.session.oncall("NOC")}
    for level in (1, 2, 3):
        escalated = await anna.after(Escalate("No answer"), incident.id)
        assert escalated.assignee == duties[level]
        assert (await anna.told(incident.id))[-1].endswith("No answer")
    with pytest.raises(InvalidError, match="highest level"):
        await anna.does(Escalate("Still none"), incident.id)
    with pytest.raises(InvalidError, match="1 to 3"):
        await anna.does(Escalate("Still none", level=4), incident.id)
    away = await anna.after(Escalate("Needs them", to="Network"), incident.id)
    assert (away.team, away.assignee) == ("Network", (await anna.session.oncall("Network"))[0].who)
    assert (await anna.after(Escalate("Needs Bo", to="bo"), incident.id)).team == "NOC"


async def test_the_rota_turns_every_week_and_levels_are_different_people(anna: Desk) -> None:
    first = await anna.session.oncall("Network")
    assert first[0].start is not None and first[0].until is not None
    assert first[0].start <= anna.clock.now() < first[0].until
    assert first[0].until - first[0].start == timedelta(days=7)
    assert [duty.who for duty in first[:2]] == ["carl", "dorte"]
    anna.clock.advance(7 * 86400)
    assert [duty.who for duty in (await anna.session.oncall("Network"))[:2]] == ["dorte", "carl"]
    with pytest.raises(NotFoundError):
        await anna.session.oncall("Nobody")


async def test_a_clock_that_runs_out_is_told_without_a_new_version(anna: Desk) -> None:
    incident = await anna.opened(impact=1, urgency=1)
    await anna.poll()
    anna.clock.advance(901)
    assert await anna.poll() == {incident.id}
    late = anna.known[incident.id]
    assert clock(late, "response") is ClockState.BREACHED
    assert clock(late, "resolution") is ClockState.RUNNING
    assert late.version == incident.version
    acked = await anna.after(Acknowledge(), incident.id, expected=incident.version)
    assert clock(acked, "response") is ClockState.BREACHED


async def test_a_stale_version_is_a_conflict_that_tells_who_did_what_when(anna: Desk, bo: Desk) -> None:
    incident = await anna.opened()
    await bo.does(Acknowledge(), incident.id)
    anna.clock.advance(4)
    with pytest.raises(ConflictError, match="Bo Friis acknowledged it 4s ago") as conflict:
        await anna.does(Assign(team="Network"), incident.id, expected=incident.version)
    assert conflict.value.theirs.assignee == "bo"
    assert (await anna.now(incident.id)).team is None


async def test_words_are_added_whatever_happened_meanwhile(anna: Desk, bo: Desk) -> None:
    incident = await anna.opened()
    await bo.does(Acknowledge(), incident.id)
    await anna.does(Note("Seen it too"), incident.id, expected=incident.version)
    assert (await anna.told(incident.id))[-1] == "Seen it too"


async def test_a_command_is_carried_out_once_and_seen_exactly(anna: Desk) -> None:
    incident = await anna.opened()
    command = anna.command(Note("Only once"), incident.id)
    assert await anna.session.seen(command, anna.clock.now()) is Seen.NO
    await anna.session.perform(command, None)
    again = await anna.session.perform(command, "1")
    assert again.message == "already done"
    assert await anna.session.seen(command, anna.clock.now()) is Seen.YES
    assert (await anna.told(incident.id)).count("Only once") == 1


async def test_registering_twice_with_one_command_makes_one(anna: Desk) -> None:
    command = anna.command(Create(title="Once"))
    first, second = await anna.session.perform(command, None), await anna.session.perform(command, None)
    assert first.incident is not None and second.incident is not None
    assert first.incident.id == second.incident.id
    assert len(await anna.session.search(include_closed=True, limit=10)) == 1


async def test_what_was_refused_was_not_done(anna: Desk) -> None:
    incident = await anna.opened()
    command = anna.command(Resolve(""), incident.id)
    with pytest.raises(InvalidError):
        await anna.session.perform(command, None)
    assert await anna.session.seen(command, anna.clock.now()) is Seen.NO


@pytest.mark.parametrize("id", ["i999", "x", "", "i-1", "i" + "9" * 40])
async def test_what_does_not_exist_is_not_found(anna: Desk, id: str) -> None:
    assert await anna.session.get([id]) == ()
    with pytest.raises(NotFoundError):
        await anna.session.timeline(id)
    with pytest.raises(NotFoundError):
        await anna.session.find(id)
    with pytest.raises(NotFoundError):
        await anna.does(Note("x"), id or "?")


async def test_the_directory_knows_people_by_team_and_by_word(anna: Desk) -> None:
    people = await anna.session.directory(DirectoryKind.PERSON, "", within="NOC")
    assert [entry.id for entry in people] == ["anna", "bo"]
    assert [e.name for e in await anna.session.directory(DirectoryKind.PERSON, "network lund")] == ["Carl Lund"]
    for kind in DirectoryKind:
        assert await anna.session.directory(kind, ""), kind
        assert await anna.session.directory(kind, "no such thing") == ()


async def test_search_gives_the_newest_first_and_closed_ones_on_request(anna: Desk) -> None:
    for title in ("one", "two", "three"):
        incident = await anna.opened(title)
        anna.clock.advance(60)
    await anna.does(Resolve("Done."), incident.id)
    assert [i.title for i in await anna.session.search(include_closed=True, limit=2)] == ["three", "two"]
    assert [i.title for i in await anna.session.search(include_closed=False, limit=9)] == ["two", "one"]


async def test_a_file_of_an_older_version_learns_to_keep_files(tmp_path: Path) -> None:
    async with desk(tmp_path) as anna:
        incident = await anna.opened("from before there were files")
        database = next(tmp_path.glob("embedded-*.sqlite"))
    with sqlite3.connect(database) as db:
        db.execute("DROP TABLE file")
        db.execute("PRAGMA user_version = 1")
    async with desk(tmp_path) as anna:
        await anna.session.attach(incident.id, "a.txt", b"x")
        assert [file.name for file in await anna.session.attachments(incident.id)] == ["a.txt"]
        assert "Attached a.txt" in await anna.told(incident.id)
