"""Ivanti's own rules met while acting: what it wants besides, what it keeps, and what it says it did and did not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.adapters.ivanti.acts import command, do, done, one, refused
from tests.adapters.ivanti.rig import IvantiRig
from tests.doubles.ivanti import Quirks
from vagt.adapters.ivanti.session import IvantiSession
from vagt.adapters.protocol import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    Seen,
    Transition,
    TransitionError,
    UnavailableError,
)
from vagt.domain.answers import change_from
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
    Take,
    Verb,
)
from vagt.domain.directory import DirectoryKind
from vagt.domain.incident import LinkKind, State


async def test_priority_follows_from_impact_and_urgency(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["judge me"])
    session = await rig.connect()
    after = await done(session, await one(session, id), SetPriority(impact=1, urgency=1))
    assert (after.priority, rig.row(id)["Priority"], rig.row(id)["Impact"]) == (1, "1", "High")
    after = await done(session, after, SetPriority(priority=4))
    assert (after.priority, after.impact, after.urgency) == (4, 2, 3)


async def test_a_direct_priority_that_is_calculated_again_is_told_as_refused() -> None:
    rig = IvantiRig(Quirks(priority_writable=False))
    (id,) = await rig.seed(["judge me"])
    session = await rig.connect(direct_priority=True)
    error = await refused(session, await one(session, id), SetPriority(priority=5))
    assert isinstance(error, InvalidError) and "Priority is still “3”" in error.words
    rig.quirks.priority_writable = True
    assert (await done(session, await one(session, id), SetPriority(priority=5))).priority == 5
    await rig.close()


async def test_a_field_that_keeps_its_old_value_is_no_success(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["deaf"])
    rig.quirks.deaf = {"Owner"}
    session = await rig.connect()
    error = await refused(session, await one(session, id), Take())
    assert isinstance(error, InvalidError) and "Owner is still" in error.words


async def test_a_field_that_wants_its_list_row_gets_it(rig: IvantiRig) -> None:
    (known, id) = await rig.seed(["somebody's", "nobody's"])
    rig.update(known, Impact="Low")
    rig.quirks.valid_needed = {"Impact"}
    session = await rig.connect()
    await session.transitions(known)
    after = await done(session, await one(session, id), SetPriority(impact=3, urgency=3))
    assert (rig.row(id)["Impact"], after.priority) == ("Low", 5)


async def test_acknowledging_fills_in_what_the_status_requires(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["bare"])
    rig.row(id).update(Category=None, Service=None)
    session = await rig.connect()
    error = await refused(session, await one(session, id), Acknowledge())
    assert isinstance(error, InvalidError) and "Incident.Category" in error.words
    assert {"Category", "Service"} <= {name for name, _ in error.fields}
    assert rig.row(id)["Status"] == "Logged"
    helped = await rig.connect(default_service="Service Desk", default_category="Complaint")
    after = await done(helped, await one(helped, id), Acknowledge())
    assert (after.state, after.assignee, after.category) == (State.ACTIVE, "anna", "Complaint")


async def test_resolving_asks_for_what_lacks_and_names_the_forms_fields(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["to resolve"])
    rig.row(id)["Category"] = None
    session = await rig.connect()
    names = {spec.name: spec for spec in await session.fields(Verb.RESOLVE, id)}
    assert names["code"].required and "Hardware" in [choice.value for choice in names["code"].choices]
    assert [choice.value for choice in names["Category"].choices] == ["Connectivity", "Firewall"]
    error = await refused(session, await one(session, id), Resolve(text="restarted", code="Other"))
    assert isinstance(error, InvalidError) and [name for name, _ in error.fields] == ["Category"]
    text = "restarted <mx2> & waited\nall well"
    change = Resolve(text=text, code="Software", fields=(("Category", "Firewall"),))
    after = await done(session, await one(session, id), change)
    row = rig.row(id)
    assert (after.state, after.resolution, row["CauseCode"], row["Owner"]) == (State.RESOLVED, text, "Software", "anna")
    assert row["Resolution"] == "restarted &lt;mx2&gt; &amp; waited<br>all well"
    reopened = await done(session, after, Reopen())
    assert (reopened.state, reopened.native_state) == (State.ACTIVE, "Active")


async def test_a_prompt_is_told_and_leads_to_the_quick_actions(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["gated"])
    rig.quirks.gated = frozenset({"Resolved"})
    session = await rig.connect()
    error = await refused(session, await one(session, id), Resolve(text="x", code="Other"))
    assert isinstance(error, TransitionError) and "quick action" in error.words


async def test_a_closed_incident_is_left_alone_although_the_interface_would_take_it(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["closed"])
    await rig.finish(id)
    rig.update(id, Status="Closed")
    session = await rig.connect()
    base = await one(session, id)
    before = dict(rig.row(id))
    for change in (Take(), Assign(to="bo"), Reopen(), SetPriority(impact=1, urgency=1), SetMajor()):
        error = await refused(session, base, change)
        assert isinstance(error, TransitionError), change
    assert await session.transitions(id) == ()
    with pytest.raises(TransitionError):
        await session.attach(id, "late.txt", b"x")
    assert rig.row(id) == before
    assert not [one for one in rig.double.web.log if one.method == "PATCH"]


async def test_a_tenant_that_wants_to_know_who_resolved_it_is_told(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["to resolve"])
    rig.quirks.fills_resolver = False
    session = await rig.connect()
    await done(session, await one(session, id), Resolve(text="new cable", code="Hardware"))
    assert (rig.row(id)["Status"], rig.row(id)["ResolvedBy"]) == ("Resolved", "anna")


async def test_closing_can_be_switched_off(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["resolved"])
    session = await rig.connect(allow_close=False)
    account = await session.probe()
    assert "allow_close" in account.capabilities.reason(Capability.CLOSE)
    assert isinstance(await refused(session, await one(session, id), Close()), ForbiddenError)


async def test_holding_is_one_of_the_tenants_waiting_statuses_and_its_end_a_note(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["wait"])
    session = await rig.connect()
    reason = (await session.fields(Verb.HOLD, id))[0]
    assert [choice.value for choice in reason.choices] == [
        "Waiting for Customer",
        "Waiting for 3rd Party",
        "Waiting for Resolution",
    ]
    until = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
    change = Hold(reason="Waiting for 3rd Party", until=until, fields=(("note", "case 4711"),))
    after = await done(session, await one(session, id), change)
    assert (after.state, after.waiting_reason) == (State.WAITING, "Waiting for 3rd Party")
    assert (await rig.truth(id)).internal == ("case 4711\nWaits until 2026-12-01 08:30 UTC.",)
    resolution = next(clock for clock in after.sla if clock.name == "resolution")
    assert resolution.state == "paused"
    error = await refused(session, after, Hold(reason="for the moon"))
    assert isinstance(error, InvalidError) and "Waiting for Customer" in error.words


async def test_a_team_change_keeps_an_owner_only_where_the_tenant_does(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["to hand over"])
    rig.update(id, Owner="bo")
    session = await rig.connect()
    told = await do(session, await one(session, id), Assign(team="Network Support"))
    assert told.incident is not None and told.incident.assignee is None and "bo is not in" in told.message
    rig.update(id, OwnerTeam="Service Desk", Owner="bo", Status="Active")
    error = await refused(session, await one(session, id), Assign(team="Network Support"))
    assert isinstance(error, InvalidError) and "must have an owner" in error.words
    assert rig.row(id)["OwnerTeam"] == "Service Desk"
    error = await refused(session, await one(session, id), Assign(team="Network Support", to="bo"))
    assert error.words == "“bo” cannot own it: not a member of “Network Support”"
    with_person = await done(session, await one(session, id), Assign(team="Network Support", to="dag"))
    assert (with_person.team, with_person.assignee) == ("Network Support", "dag")
    back = await rig.connect(handover_status="Logged")
    told = await do(back, await one(back, id), Assign(team="Service Desk"))
    assert told.incident is not None and told.incident.native_state == "Logged" and "Logged now" in told.message


async def test_an_incident_of_another_team_is_taken_only_with_its_team(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["theirs"])
    rig.update(id, OwnerTeam="Network Support", Owner="dag", Status="Active")
    session = await rig.connect()
    error = await refused(session, await one(session, id), Take())
    assert isinstance(error, InvalidError) and "only members of “Network Support”" in error.words
    moving = await rig.connect(take_moves_team=True)
    after = await done(moving, await one(moving, id), Take())
    assert (after.assignee, after.team) == ("anna", "Service Desk")


async def test_clearing_works_where_null_does_nothing(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["to free"])
    rig.update(id, Owner="bo")
    rig.quirks.clears_with_null = False
    session = await rig.connect()
    assert (await done(session, await one(session, id), Assign(to=""))).assignee is None


async def test_notes_are_internal_and_comments_published_and_both_are_signed(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["to note"])
    session = await rig.connect()
    await do(session, await one(session, id), Note(text="inside"))
    await do(session, await one(session, id), Comment(text="outside"))
    notes = {note["NotesBody"]: note for note in rig.tenant.notes(id)}
    assert (notes["inside"]["PublishToWeb"], notes["outside"]["PublishToWeb"]) == (False, True)
    assert {note["CreatedBy"] for note in notes.values()} == {"anna"}


async def test_a_tenant_that_lets_nobody_sign_is_asked_once(rig: IvantiRig) -> None:
    rig.quirks.refuses_created_by = True
    (id,) = await rig.seed(["to note"])
    session = await rig.connect()
    for text in ("one", "two"):
        await do(session, await one(session, id), Note(text=text))
    posts = [entry.status for entry in rig.double.web.log if entry.method == "POST"]
    assert posts == [400, 201, 201]
    assert {note["CreatedBy"] for note in rig.tenant.notes(id)} == {"oncall.api"}
    assert any("does not let us sign" in note for note in (await session.probe()).notes)


async def test_the_other_spelling_of_a_notes_parent_is_tried() -> None:
    rig = IvantiRig(Quirks(note_parent="Incident#"))
    rig.tenant.sets["journal__notess"].clear()
    (id,) = await rig.seed(["to note"])
    session = await rig.connect()
    await do(session, await one(session, id), Note(text="there"))
    assert (await rig.truth(id)).internal == ("there",)
    await rig.close()


async def test_a_lost_note_by_an_account_that_nobody_knows_is_left_to_a_person(rig: IvantiRig) -> None:
    rig.quirks.keeps_created_by = False
    (id,) = await rig.seed(["lost"])
    session = await rig.connect()
    await session.probe()
    doing = command(await one(session, id), Note(text="did it arrive"))
    tried = datetime.now(UTC)
    rig.double.web.lose_answers = 1
    with pytest.raises(UnavailableError) as caught:
        await session.perform(doing, None)
    assert caught.value.sent
    assert await session.seen(doing, tried) is Seen.UNKNOWN
    await do(session, await one(session, id), Note(text="another"))
    assert await session.seen(doing, tried) is Seen.YES


async def test_quick_actions_are_offered_run_and_looked_after(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["for actions"])
    session = await rig.connect()
    offered = {transition.label: transition for transition in await session.transitions(id)}
    assert {"Resolved", "Active", "Close Incident (action)", "Ask Vendor (action)"} <= offered.keys()
    move = offered["Send to Network Support (action)"]
    after = await done(session, await one(session, id), MoveTo(move.id, move.label, move.to, move.native_to))
    assert (after.team, rig.tenant.actions_run) == ("Network Support", [("Send_to_Network_Support", id)])


async def test_a_quick_action_that_did_nothing_is_never_called_done(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["for actions"])
    session = await rig.connect()
    base = await one(session, id)
    error = await refused(session, base, MoveTo("action:Print_Preview", "Print Preview", base.state, base.native_state))
    assert isinstance(error, InvalidError) and "neither the incident nor its notes changed" in error.words


async def test_what_a_quick_action_asks_for_becomes_part_of_its_form(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["for actions"])
    session = await rig.connect()
    base = await one(session, id)
    ask = MoveTo("action:Ask_Vendor", "Ask Vendor", base.state, base.native_state)
    error = await refused(session, base, ask)
    assert isinstance(error, InvalidError) and "Vendor's case number" in error.words
    (spec,) = next(t for t in await session.transitions(id) if t.id == ask.transition).fields
    assert (spec.name, spec.required) == ("VendorCase", True)
    await done(session, base, MoveTo(ask.transition, ask.label, ask.to, ask.native_to, (("VendorCase", "4711"),)))
    assert (await rig.truth(id)).internal == ("Vendor's case 4711",)


async def test_quick_actions_can_be_named_where_metadata_is_refused(rig: IvantiRig) -> None:
    rig.quirks.metadata = False
    (id,) = await rig.seed(["for actions"])
    session = await rig.connect(action_ids={"Close Incident": "3492dbcc-e502-44fd-9790-e3e45cb26c45"})
    base = await one(session, id)
    after = await done(session, base, MoveTo("action:Close_Incident", "Close", State.CLOSED, "Closed"))
    assert after.state is State.CLOSED


async def test_a_master_incident_needs_high_impact(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["big"])
    rig.update(id, Impact="Low")
    session = await rig.connect()
    error = await refused(session, await one(session, id), SetMajor())
    assert isinstance(error, InvalidError) and "raise the impact" in error.words
    after = await done(session, await one(session, id), SetPriority(impact=1, urgency=1))
    assert (await done(session, after, SetMajor())).major and rig.row(id)["IsMasterIncident"] is True


async def test_what_a_master_incident_requires_is_asked_before_and_written_with_it_at_once(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["big"])
    rig.update(id, Impact="Low", Urgency="High")
    session = await rig.connect()
    (asked,) = await session.fields(Verb.MAJOR, id)
    assert asked.name == "impact" and asked.required and [choice.value for choice in asked.choices] == ["1"]
    declared = await done(session, await one(session, id), SetMajor(True, (("impact", "1"),)))
    assert declared.major and (declared.impact, declared.priority) == (1, 1)
    assert len([line for line in rig.double.web.log if line.method == "PATCH"]) == 1
    assert await session.fields(Verb.MAJOR, id) == ()
    off = await done(session, declared, SetMajor(False))
    assert not off.major and off.impact == 1 and await session.fields(Verb.MAJOR, id) == ()


async def test_a_field_of_the_tenants_own_has_no_conditions(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["big"])
    rig.update(id, Impact="Low")
    assert await (await rig.connect(major_field="IsVIP")).fields(Verb.MAJOR, id) == ()


async def test_what_ivanti_never_allows_is_told_by_the_form(rig: IvantiRig) -> None:
    child, master, closed = await rig.seed(["child", "master", "closed"])
    session = await rig.connect()
    base = await one(session, child)
    await done(session, base, LinkTo(master, (await one(session, master)).ref, LinkKind.PARENT))
    with pytest.raises(TransitionError, match="part of a master incident"):
        await session.fields(Verb.MAJOR, child)
    await rig.finish(closed)
    rig.update(closed, Status="Closed")
    for verb in (Verb.RESOLVE, Verb.HOLD, Verb.CLOSE, Verb.REOPEN, Verb.MAJOR):
        with pytest.raises(TransitionError, match="closed incident"):
            await session.fields(verb, closed)


async def test_links_to_problems_changes_and_masters(rig: IvantiRig) -> None:
    (id, master) = await rig.seed(["child", "master"])
    session = await rig.connect()
    base = await one(session, id)
    problems = await session.directory(DirectoryKind.PROBLEM, "leaks")
    assert [entry.id for entry in problems] == ["501"]
    await do(session, base, LinkTo(other="501", other_ref="501", kind=LinkKind.PROBLEM))
    await do(session, base, LinkTo(other="901", other_ref="901", kind=LinkKind.CHANGE))
    target = await one(session, master)
    after = await done(session, base, LinkTo(other=master, other_ref=target.ref, kind=LinkKind.PARENT))
    assert {(link.kind, link.ref) for link in after.links} == {
        (LinkKind.PROBLEM, "501"),
        (LinkKind.CHANGE, "901"),
        (LinkKind.PARENT, target.ref),
    }
    missing = await refused(session, base, LinkTo(other="777", other_ref="777", kind=LinkKind.PROBLEM))
    assert isinstance(missing, NotFoundError)
    related = await refused(session, base, LinkTo(other=master, other_ref=target.ref, kind=LinkKind.RELATED))
    assert isinstance(related, ForbiddenError) and "related_relation" in related.words


async def test_a_new_incident_has_a_customer_and_is_not_taken(rig: IvantiRig) -> None:
    session = await rig.connect()
    change = Create(
        title="Mail queue stuck",
        description="Queue <depth> 12k",
        impact=1,
        urgency=1,
        service="E-mail Service",
        category="Mail Queue",
        caller="Mia Moe",
    )
    made = await done(session, None, change)
    row = rig.row(made.id)
    assert (row["ProfileFullName"], row["Status"], row["Owner"], row["Priority"]) == ("Mia Moe", "Logged", None, "1")
    assert (made.description, row["CreatedBy"], made.team) == ("Queue <depth> 12k", "anna", "Service Desk")
    error = await refused(session, None, Create(title="x", caller="nobody at all"))
    assert isinstance(error, InvalidError) and [name for name, _ in error.fields] == ["caller"]
    wrong = await refused(session, None, Create(title="x", service="Network Service", category="Outlook"))
    assert isinstance(wrong, InvalidError) and [name for name, _ in wrong.fields] == ["category"]


async def test_escalating_moves_it_and_leaves_the_reason(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["up"])
    session = await rig.connect()
    after = await done(session, await one(session, id), Escalate(reason="nobody answers"))
    assert after.team == "Network Support" and (await rig.truth(id)).internal == ("nobody answers",)
    bare = await rig.connect(escalation_team="")
    account = await bare.probe()
    assert "escalation_team" in account.capabilities.reason(Capability.ESCALATE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Hold(reason="Waiting for Customer", fields=(("note", "called them"),)), "called them"),
        (Escalate("help"), "help"),
    ],
)
async def test_what_stopped_half_way_is_finished_and_not_doubled(rig: IvantiRig, change: Change, words: str) -> None:
    (id,) = await rig.seed(["half way"])
    session = await rig.connect()
    base = await one(session, id)
    doing = command(base, change)
    tried = datetime.now(UTC)
    rig.double.web.lose_answers = 1
    with pytest.raises(UnavailableError):
        await session.perform(doing, base.version)
    assert await session.seen(doing, tried) is Seen.NO
    assert (await session.perform(doing, base.version)).incident is not None
    assert (await rig.truth(id)).internal == (words,)
    assert await session.seen(doing, tried) is Seen.YES
    assert len([entry for entry in rig.double.web.log if entry.method == "PATCH"]) == 1


async def test_a_hold_by_a_colleague_who_changed_more_is_a_conflict(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["two at once"])
    session = await rig.connect()
    base = await one(session, id)
    rig.update(id, Status="Waiting for Customer", Owner="bo", Urgency="High")
    assert isinstance(await refused(session, base, Hold(reason="Waiting for Customer")), ConflictError)


async def test_a_conflict_shows_who_and_how_it_is_now(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["two at once"])
    session = await rig.connect()
    base = await one(session, id)
    rig.update(id, Owner="bo", Status="Active")
    error = await refused(session, base, Take())
    assert isinstance(error, ConflictError) and error.theirs.assignee == "bo"


async def test_a_workflow_that_stamps_the_record_is_no_conflict(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["stamped"])
    session = await rig.connect()
    base = await one(session, id)
    rig.row(id)["LastModDateTime"] += timedelta(seconds=9)
    assert (await done(session, base, Take())).assignee == "anna"


async def test_files_are_uploaded_listed_and_read_back(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["with files"])
    session = await rig.connect()
    stored = await session.attach(id, "trace.txt", b"line 1\r\nline 2")
    assert [file.name for file in await session.attachments(id)] == ["trace.txt"]
    assert await session.attached(id, stored.id) == b"line 1\r\nline 2"
    assert "[trace.txt]" in [entry.text for entry in await session.timeline(id)]


@pytest.mark.parametrize("bare", [False, True])
async def test_a_refused_file_is_300_and_told(rig: IvantiRig, bare: bool) -> None:
    rig.quirks.bare_upload_list = bare
    (id,) = await rig.seed(["with files"])
    session = await rig.connect()
    with pytest.raises(InvalidError, match="Invalid attachment type"):
        await session.attach(id, "trace.log", b"x")


async def test_a_file_that_came_to_hang_nowhere_is_joined(rig: IvantiRig) -> None:
    rig.quirks.attachment_spelling = False
    (id,) = await rig.seed(["with files"])
    session = await rig.connect()
    await session.attach(id, "trace.txt", b"x")
    assert [file.name for file in await session.attachments(id)] == ["trace.txt"]


async def test_a_file_that_looks_like_a_web_page_comes_back_as_it_is(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["with files"])
    session = await rig.connect()
    page = b"<!doctype html><title>Sign in</title>"
    stored = await session.attach(id, "Ærø 東京.txt", page)
    assert (stored.name, await session.attached(id, stored.id)) == ("Ærø 東京.txt", page)


async def test_a_role_that_sees_no_files_says_so_at_once(rig: IvantiRig) -> None:
    rig.quirks.hidden_sets.add("attachments")
    account = await (await rig.connect()).probe()
    assert Capability.ATTACH not in account.capabilities
    assert "this role may not see files" in account.capabilities.reason(Capability.ATTACH)


async def offered_as(session: IvantiSession, id: str, label: str) -> Transition:
    return next(transition for transition in await session.transitions(id) if transition.label == label)


async def test_resolving_by_the_list_of_states_takes_the_words_and_the_code_that_it_asks_for(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["to resolve"])
    session = await rig.connect()
    move = await offered_as(session, id, "Resolved")
    assert {"text", "code"} <= {spec.name for spec in move.fields}
    given = {"text": "new cable", "code": "Hardware", "Owner": "anna"}
    change = change_from(Verb.RESOLVE, given)
    assert (await done(session, await one(session, id), change)).resolution == "new cable"
    (other,) = await rig.seed(["to resolve by its own name"])
    own = MoveTo(move.id, move.label, move.to, move.native_to, tuple(given.items()))
    assert (await done(session, await one(session, other), own)).resolution == "new cable"
    assert rig.row(other)["CauseCode"] == "Hardware"


async def test_waiting_by_the_list_of_states_keeps_until_when_and_why(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["to wait"])
    session = await rig.connect()
    move = await offered_as(session, id, "Waiting for Customer")
    assert {"until", "note"} <= {spec.name for spec in move.fields}
    given = (("until", "2027-01-02T03:04:00Z"), ("note", "asked for a log"), ("Owner", "anna"))
    change = MoveTo(move.id, move.label, move.to, move.native_to, given)
    base = await one(session, id)
    doing, tried = command(base, change), datetime.now(UTC)
    await session.perform(doing, base.version)
    assert rig.row(id)["Status"] == "Waiting for Customer"
    assert (await rig.truth(id)).internal == ("asked for a log\nWaits until 2027-01-02 03:04 UTC.",)
    assert await session.seen(doing, tried) is Seen.YES


async def test_the_one_waiting_status_of_a_tenant_needs_no_name(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["to wait"])
    session = await rig.connect(statuses=["Logged", "Active", "Waiting for Customer", "Resolved", "Closed"])
    assert (await done(session, await one(session, id), Hold())).native_state == "Waiting for Customer"


async def test_only_the_links_that_ivanti_has_are_told(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["to link"])
    (spec,) = await (await rig.connect()).fields(Verb.LINK, id)
    assert [choice.value for choice in spec.choices] == ["parent", "child", "problem", "change"]
    named = await rig.connect(related_relation="IncidentAssociatedIncident")
    (spec,) = await named.fields(Verb.LINK, id)
    assert spec.choices[0].value == "related"


async def test_a_form_proposes_no_owner_whom_the_team_would_not_have(rig: IvantiRig) -> None:
    mine, theirs = await rig.seed(["of our team", "of another team"])
    rig.update(theirs, OwnerTeam="Network Support")
    session = await rig.connect()
    assert await owner_field(session, mine) == ("anna", True, "")
    told = ("", True, "A member of Network Support; you are of Service Desk.")
    assert await owner_field(session, theirs) == told
    change = Resolve(text="x", code="Other", fields=(("Owner", "anna"),))
    error = await refused(session, await one(session, theirs), change)
    assert isinstance(error, InvalidError)
    assert error.words == "only members of “Network Support” may own it: name one of them"
    assert await owner_field(session, theirs) == told


async def test_a_tenant_that_lets_strangers_own_is_known_by_the_first_one(rig: IvantiRig) -> None:
    first, second = await rig.seed(["of another team", "of another team too"])
    rig.quirks.owner_within_team = False
    for id in (first, second):
        rig.update(id, OwnerTeam="Network Support")
    session = await rig.connect()
    assert (await done(session, await one(session, first), Take())).assignee == "anna"
    assert await owner_field(session, second) == ("anna", True, "")


async def owner_field(session: IvantiSession, id: str) -> tuple[str, bool, str]:
    spec = next(spec for spec in await session.fields(Verb.RESOLVE, id) if spec.name == "Owner")
    return spec.default, spec.required, spec.help
