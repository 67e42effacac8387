"""Writes: what is refused, ignored, set back or stored twice is told as it is, and nothing else is called done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.adapters.servicenow.acts import Skipping, act, command, one
from tests.adapters.servicenow.conftest import MakeRig
from tests.adapters.servicenow.rig import SnowRig
from tests.doubles.servicenow.state import stamp
from tests.doubles.web import Reply, Request
from tests.servers.cutter import http_answer, reads_after_a_write
from vagt.adapters.conformance import Fault
from vagt.adapters.protocol import (
    AdapterError,
    ConflictError,
    Done,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    Seen,
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
    Snooze,
    Take,
    Verb,
)
from vagt.domain.incident import LinkKind, State

RESOLVE = Resolve(text="Restarted it", code="Solution provided")


@pytest.mark.parametrize(
    ("ignored", "change"),
    [
        ("assigned_to", Take()),
        ("assigned_to", Assign(to="bo")),
        ("assignment_group", Assign(team="Database")),
        ("state", Acknowledge()),
        ("state", RESOLVE),
        ("close_code", Resolve(text="x", code="User error")),
        ("hold_reason", Hold(reason="Awaiting Vendor")),
        ("follow_up", Hold(reason="Awaiting Vendor", until=datetime(2027, 1, 1, 9, tzinfo=UTC))),
        ("impact", SetPriority(impact=1, urgency=1)),
        ("urgency", SetPriority(priority=1)),
        ("work_notes", Note(text="a note")),
        ("comments", Comment(text="a comment")),
        ("major_incident_state", SetMajor()),
        ("parent_incident", LinkTo(other="", other_ref="", kind=LinkKind.PARENT)),
    ],
    ids=lambda value: value if isinstance(value, str) else value.verb.value,
)
async def test_a_write_that_is_ignored_with_200_is_told_as_refused(rig: SnowRig, ignored: str, change: Change) -> None:
    id, other = await rig.seed(["ignored", "other"])
    session = await rig.connect()
    await session.probe()
    rig.instance.quirks.ignore_fields = {ignored}
    if isinstance(change, LinkTo):
        change = LinkTo(other=other, other_ref=f"snow:{rig.row(other)['number']}", kind=change.kind)
    with pytest.raises(AdapterError) as raised:
        await act(session, id, change)
    assert isinstance(raised.value, ForbiddenError | InvalidError), raised.value
    words = {"work_notes": "work note", "comments": "comment"}.get(ignored, ignored)
    assert (
        words in raised.value.words or "mandatory" in str(raised.value.words) or "wants to know" in raised.value.words
    )


async def test_what_was_stored_beside_what_was_not_is_told(rig: SnowRig) -> None:
    (id,) = await rig.seed(["half"])
    session = await rig.connect()
    rig.instance.quirks.ignore_fields = {"assigned_to"}
    with pytest.raises(ForbiddenError, match="stored: state"):
        await act(session, id, Acknowledge())
    assert rig.row(id)["state"] == "2"


async def test_an_assignee_that_a_rule_sets_back_is_told(rigs: MakeRig) -> None:
    rig = await rigs(reset_assignee=True)
    (id,) = await rig.seed(["carl is not in Network"])
    with pytest.raises(ForbiddenError, match="assigned_to"):
        await act(await rig.connect(), id, Assign(to="carl"))


async def test_a_foreign_assignee_is_stored_and_told(rig: SnowRig) -> None:
    (id,) = await rig.seed(["to a stranger"])
    session = await rig.connect()
    done = await act(session, id, Assign(to="carl"))
    assert "no member of Network" in done.message
    assert done.incident is not None and done.incident.assignee == "carl"
    assert (await act(session, id, Assign(to="bo"))).message == ""


@pytest.mark.parametrize("who", ["bo", "BO", "bo@acme.example", "Bo Lund"])
async def test_people_are_found_by_login_address_and_name(rig: SnowRig, who: str) -> None:
    (id,) = await rig.seed(["for bo"])
    done = await act(await rig.connect(), id, Assign(to=who))
    assert done.incident is not None and (done.incident.assignee, done.incident.assignee_name) == ("bo", "Bo Lund")


async def test_a_name_that_two_bear_is_refused(rig: SnowRig) -> None:
    users = rig.instance.store.tables["sys_user"]
    users[rig.instance.world.users["carl"]]["name"] = "Bo Lund"
    (id,) = await rig.seed(["for which bo"])
    with pytest.raises(InvalidError, match="2 people"):
        await act(await rig.connect(), id, Assign(to="Bo Lund"))


async def test_who_is_gone_is_not_assigned(rig: SnowRig) -> None:
    rig.instance.store.tables["sys_user"][rig.instance.world.users["carl"]]["active"] = "false"
    (id,) = await rig.seed(["for carl"])
    with pytest.raises(InvalidError, match="no longer active"):
        await act(await rig.connect(), id, Assign(to="carl"))


@pytest.mark.parametrize("wanted", [1, 2, 3, 4, 5])
async def test_each_priority_is_reached_through_impact_and_urgency(rig: SnowRig, wanted: int) -> None:
    (id,) = await rig.seed(["to judge"])
    done = await act(await rig.connect(), id, SetPriority(priority=wanted))
    assert done.incident is not None and done.incident.priority == wanted
    assert rig.row(id)["priority"] == str(wanted)


async def test_another_matrix_is_noticed_and_learnt(rigs: MakeRig) -> None:
    rig = await rigs(other_matrix=True)
    (id,) = await rig.seed(["to judge"])
    rig.instance.save(id, impact="1", urgency="1")
    session = await rig.connect()
    with pytest.raises(InvalidError, match="makes “4 - Low” of impact 3 and urgency 3"):
        await act(session, id, SetPriority(priority=5))
    with pytest.raises(InvalidError, match="set these two instead"):
        await act(session, id, SetPriority(priority=5))


async def test_a_priority_can_be_written_directly_where_the_config_says_so(rigs: MakeRig) -> None:
    rig = await rigs(keep_priority=True)
    (id,) = await rig.seed(["to judge"])
    session = await rig.connect(priority="field")
    done = await act(session, id, SetPriority(priority=2))
    assert done.incident is not None and (done.incident.priority, done.incident.impact) == (2, 3)
    rig.instance.quirks.keep_priority = False
    with pytest.raises(AdapterError, match="priority"):
        await act(session, id, SetPriority(priority=1))


async def test_a_hold_keeps_reason_end_and_comment_and_stops_the_clocks(rig: SnowRig) -> None:
    (id,) = await rig.seed(["to hold"])
    session = await rig.connect()
    until = datetime(2027, 1, 1, 9, tzinfo=UTC)
    change = Hold(reason="vendor", until=until, fields=(("comments", "We wait for the vendor"),))
    incident = (await act(session, id, change)).incident
    assert incident is not None
    assert (incident.state, incident.waiting_reason, incident.waiting_until) == (
        State.WAITING,
        "Awaiting Vendor",
        until,
    )
    assert rig.instance.words(id, "comments") == ("We wait for the vendor",)
    assert {clock.state.value for clock in incident.sla if clock.name == "resolution"} == {"paused"}
    back = (await act(session, id, MoveTo("2", "In Progress", State.ACTIVE, "In Progress"))).incident
    assert back is not None and back.waiting_reason is None


async def test_a_reason_that_there_is_not_is_refused_with_those_that_there_are(rig: SnowRig) -> None:
    (id,) = await rig.seed(["to hold"])
    with pytest.raises(InvalidError, match="Awaiting Caller, Awaiting Change") as raised:
        await act(await rig.connect(), id, Hold(reason="lunch"))
    assert raised.value.fields[0][0] == "reason"


async def test_a_data_policy_names_our_fields(rigs: MakeRig) -> None:
    rig = await rigs(caller_needs_comment=True)
    (id,) = await rig.seed(["to hold"])
    session = await rig.connect()
    with pytest.raises(InvalidError, match="Additional comments") as raised:
        await act(session, id, Hold(reason="Awaiting Caller"))
    assert raised.value.fields == (("comments", "is mandatory"),)
    await act(session, id, Hold(reason="Awaiting Caller", fields=(("comments", "Please call"),)))
    assert rig.row(id)["hold_reason"] == "1"


async def test_old_codes_are_offered_and_new_ones_refused(rigs: MakeRig) -> None:
    rig = await rigs(old_close_codes=True)
    (id,) = await rig.seed(["to resolve"])
    session = await rig.connect()
    spec = next(spec for spec in await session.fields(Verb.RESOLVE, id) if spec.name == "code")
    assert "Solved (Permanently)" in {choice.value for choice in spec.choices}
    with pytest.raises(InvalidError, match="is none of"):
        await act(session, id, RESOLVE)
    done = await act(session, id, Resolve(text="mended", code="solved (permanently)"))
    assert done.incident is not None and done.incident.resolution == "mended"


async def test_without_sight_of_the_choices_a_code_is_typed_and_what_is_blanked_is_told(rigs: MakeRig) -> None:
    rig = await rigs(hide_choices=True)
    (id,) = await rig.seed(["to resolve"])
    session = await rig.connect()
    spec = next(spec for spec in await session.fields(Verb.RESOLVE, id) if spec.name == "code")
    assert spec.required and not spec.choices
    with pytest.raises(InvalidError, match="Resolution code"):
        await act(session, id, Resolve(text="x", code="Solved by magic"))
    done = await act(session, id, RESOLVE)
    assert done.incident is not None and done.incident.state is State.RESOLVED


async def test_a_business_rule_is_named(rigs: MakeRig) -> None:
    rig = await rigs(business_rule="Freeze at month end")
    session = await rig.connect()
    rig.instance.quirks.business_rule = ""
    (id,) = await rig.seed(["frozen"])
    rig.instance.quirks.business_rule = "Freeze at month end"
    with pytest.raises(TransitionError, match="“Freeze at month end”"):
        await act(session, id, Take())


async def test_a_row_that_may_not_be_written_is_forbidden(rig: SnowRig) -> None:
    (id,) = await rig.seed(["not ours"])
    session = await rig.connect()
    rig.instance.quirks.forbidden_rows = {id}
    with pytest.raises(ForbiddenError, match="ACL Exception"):
        await act(session, id, Note(text="no"))
    assert rig.instance.words(id, "work_notes") == ()


async def test_what_is_closed_stays_closed(rig: SnowRig) -> None:
    (id,) = await rig.seed(["to close"])
    session = await rig.connect()
    with pytest.raises(TransitionError, match="resolve it first"):
        await act(session, id, Close())
    await act(session, id, RESOLVE)
    done = await act(session, id, Close())
    assert done.incident is not None and done.incident.state is State.CLOSED
    for change in (Reopen(), RESOLVE, Acknowledge(), Hold(reason="Awaiting Vendor")):
        with pytest.raises(TransitionError):
            await act(session, id, change)
    with pytest.raises(ForbiddenError, match="assigned_to"):
        await act(session, id, Take())


async def test_what_cannot_be_is_told_by_the_form(rig: SnowRig) -> None:
    id, parent = await rig.seed(["to close", "parent"])
    session = await rig.connect()
    with pytest.raises(TransitionError, match="resolve it first"):
        await session.fields(Verb.CLOSE, id)
    await act(session, id, LinkTo(other=parent, other_ref=(await one(session, parent)).ref, kind=LinkKind.PARENT))
    (kind,) = await session.fields(Verb.LINK, id)
    offered = {choice.value for choice in kind.choices}
    assert "parent" not in offered and {"child", "duplicate", "related", "problem", "change"} <= offered
    assert f"has: parent {rig.row(parent)['number']}" in kind.help
    (kind,) = await session.fields(Verb.LINK, parent)
    assert "parent" in {choice.value for choice in kind.choices} and not kind.help
    await act(session, id, RESOLVE)
    assert not any(spec.required for spec in await session.fields(Verb.CLOSE, id))
    assert await session.fields(Verb.MAJOR, id) == ()
    rig.instance.quirks.mim_off = True
    with pytest.raises(TransitionError, match="no major incidents"):
        await (await rig.connect()).fields(Verb.MAJOR, id)


async def test_closing_without_the_role_is_refused_before_anything_is_sent(rig: SnowRig) -> None:
    (id,) = await rig.seed(["to close"])
    session = await rig.connect(may_close=False)
    account = await session.probe()
    assert "close" in {missing.value for missing, _ in account.capabilities.unable}
    await act(session, id, RESOLVE)
    with pytest.raises(ForbiddenError, match="itil_admin"):
        await act(session, id, Close())
    assert "Closed" not in {t.label for t in await session.transitions(id)}
    role = rig.instance.store.insert("sys_user_role", {"name": "itil_admin"})
    values = {"user": rig.instance.world.users["anna"], "role": role["sys_id"]}
    rig.instance.store.insert("sys_user_has_role", values)
    assert "close" in {able.value for able in (await session.probe()).capabilities.able}


async def test_reopening_keeps_count_and_clears_the_resolution(rig: SnowRig) -> None:
    (id,) = await rig.seed(["again"])
    session = await rig.connect()
    await act(session, id, RESOLVE)
    done = await act(session, id, Reopen(fields=(("work_notes", "it is back"),)))
    assert done.incident is not None and done.incident.resolution is None and done.incident.resolved_at is None
    assert rig.instance.words(id, "work_notes") == ("it is back",)


async def test_a_duplicate_is_resolved_under_the_survivor(rig: SnowRig) -> None:
    id, other = await rig.seed(["the same", "the first"])
    session = await rig.connect()
    ref = (await one(session, other)).ref
    done = await act(session, id, LinkTo(other=other, other_ref=ref, kind=LinkKind.DUPLICATE))
    assert done.incident is not None
    assert (done.incident.state, done.incident.links[0].kind) == (State.RESOLVED, LinkKind.DUPLICATE)
    assert rig.row(id)["close_notes"] == f"Duplicate of {rig.row(other)['number']}"
    assert [link.ref for link in (await one(session, other)).links] == [f"snow:{rig.row(id)['number']}"]


@pytest.mark.parametrize("kind", [LinkKind.PARENT, LinkKind.CHILD, LinkKind.RELATED])
async def test_relations_are_seen_from_the_side_that_made_them_and_never_overwritten(
    rig: SnowRig, kind: LinkKind
) -> None:
    id, other, third = await rig.seed(["one", "other", "third"])
    session = await rig.connect()
    refs = {x: (await one(session, x)).ref for x in (other, third)}
    done = await act(session, id, LinkTo(other=other, other_ref=refs[other], kind=kind))
    assert done.incident is not None
    assert [(link.kind, link.ref) for link in done.incident.links] == [(kind, refs[other])]
    if kind is LinkKind.CHILD:
        await act(session, id, LinkTo(other=third, other_ref=refs[third], kind=kind))
        return
    with pytest.raises(InvalidError, match="room for one only"):
        await act(session, id, LinkTo(other=third, other_ref=refs[third], kind=kind))


@pytest.mark.parametrize(
    ("kind", "table", "field"),
    [(LinkKind.PROBLEM, "problem", "problem_id"), (LinkKind.CHANGE, "change_request", "rfc")],
)
async def test_problems_and_changes_are_linked_by_number(rig: SnowRig, kind: LinkKind, table: str, field: str) -> None:
    record = rig.instance.store.insert(
        table, {"number": "REC0000007", "short_description": "behind it", "active": "true"}
    )
    (id,) = await rig.seed(["one"])
    session = await rig.connect()
    done = await act(session, id, LinkTo(other="REC0000007", other_ref="REC0000007", kind=kind))
    assert done.incident is not None and done.incident.links[0].ref == "snow:REC0000007"
    assert rig.row(id)[field] == record["sys_id"]
    with pytest.raises(NotFoundError):
        await act(session, id, LinkTo(other="REC9", other_ref="REC9", kind=kind))


async def test_a_major_incident_is_read_only_until_the_config_says_otherwise(rigs: MakeRig) -> None:
    rig = await rigs()
    (id,) = await rig.seed(["major"])
    session = await rig.connect(declare_major=False)
    assert "major" in {missing.value for missing, _ in (await session.probe()).capabilities.unable}
    with pytest.raises(ForbiddenError, match="declare_major"):
        await act(session, id, SetMajor())
    rig.instance.save(id, major_incident_state="accepted")
    assert (await one(session, id)).major
    rig.instance.quirks.mim_off = True
    with pytest.raises(ForbiddenError, match="no major incidents"):
        await act(await rig.connect(), id, SetMajor(on=False))


async def test_a_rule_that_saves_again_is_told_and_no_conflict(rigs: MakeRig) -> None:
    rig = await rigs(async_rule=True)
    (id,) = await rig.seed(["ruled"])
    done = await act(await rig.connect(), id, Take())
    assert "saved once more" in done.message
    assert done.incident is not None and done.incident.version == rig.row(id)["sys_mod_count"]


async def test_what_already_is_so_sends_nothing(rig: SnowRig) -> None:
    (id,) = await rig.seed(["mine"])
    session = await rig.connect()
    await act(session, id, Acknowledge())
    before = rig.row(id)["sys_mod_count"]
    for change in (Acknowledge(), Take(), Assign(to="anna"), SetPriority(impact=3), Reopen(), SetMajor(on=False)):
        await act(session, id, change)
    assert rig.row(id)["sys_mod_count"] == before
    assert not [line for line in rig.log if line.method == "PATCH"][1:]


async def test_a_conflict_says_who(rig: SnowRig) -> None:
    (id,) = await rig.seed(["two at once"])
    session = await rig.connect()
    seen = await one(session, id)
    await rig.give(id)
    with pytest.raises(ConflictError, match="bo changed it") as raised:
        await session.perform(command(Take(), seen), seen.version)
    assert raised.value.theirs.assignee == "bo"


@pytest.mark.parametrize("change", [Note(text="once"), Take(), RESOLVE, Hold(reason="Awaiting Vendor")], ids=str)
async def test_a_write_that_was_stored_and_cancelled_is_found(rig: SnowRig, change: Change) -> None:
    (id,) = await rig.seed(["quota"])
    session = await rig.connect()
    base = await one(session, id)
    doing = command(change, base)
    rig.instance.quirks.quota_500_after_commit = True
    with pytest.raises(UnavailableError) as raised:
        await session.perform(doing, base.version)
    assert raised.value.sent
    rig.instance.quirks.quota_500_after_commit = False
    assert await session.seen(doing, doing.at) is Seen.YES


@pytest.mark.parametrize("quirks", [{}, {"ignore_sys_id": True}])
async def test_a_new_incident_is_registered_once(rigs: MakeRig, quirks: dict[str, Any]) -> None:
    rig = await rigs(**quirks)
    session = await rig.connect()
    doing = command(
        Create(title="once", impact=1, urgency=2, team="Network", service="E-mail", category="network"), None
    )
    async with rig._fault(Fault.LOST_ANSWER):
        with pytest.raises(UnavailableError):
            await session.perform(doing, None)
    assert await session.seen(doing, doing.at) is Seen.YES
    rows = [row for row in rig.instance.store.tables["incident"].values() if row["short_description"] == "once"]
    assert len(rows) == 1
    assert (rows[0]["priority"], rows[0]["category"]) == ("2", "network")
    if not quirks:
        again = await session.perform(doing, None)
        assert again.incident is not None and again.incident.id == rows[0]["sys_id"]
        assert len([r for r in rig.instance.store.tables["incident"].values() if r["short_description"] == "once"]) == 1


async def test_what_a_new_incident_lacks_is_told(rig: SnowRig) -> None:
    rig.instance.quirks.ignore_fields = {"assignment_group"}
    done = await (await rig.connect()).perform(command(Create(title="new", team="Network"), None), None)
    assert done.incident is not None and "assignment_group" in done.message


@pytest.mark.parametrize("lag", [1.0])
async def test_reads_that_lag_behind_change_no_answer(rigs: MakeRig, lag: float) -> None:
    rig = await rigs(read_lag=lag)
    (id,) = await rig.seed(["lagging"])
    rig.instance.store.advance(lag + 1)
    session = await rig.connect()
    done = await act(session, id, Take())
    assert done.incident is not None and done.incident.assignee == "anna"
    base = await one(session, id)
    doing = command(Assign(to="bo"), base)
    async with rig._fault(Fault.LOST_ANSWER):
        with pytest.raises(AdapterError):
            await session.perform(doing, None)
    assert await session.seen(doing, doing.at) is Seen.YES


async def test_a_write_that_may_still_be_at_work_gets_no_no(rig: SnowRig) -> None:
    (id,) = await rig.seed(["slow"])
    clock = Skipping()
    session = await rig.connect(clock=clock)
    base = await one(session, id)
    doing = command(Note(text="slow words"), base)
    handler = rig.instance.web._handler

    async def hanging(request: Request) -> Reply:
        await asyncio.sleep(60 if request.method == "PATCH" else 0)
        return await answered if isinstance(answered := handler(request), Awaitable) else answered

    rig.instance.web._handler = hanging
    task = asyncio.ensure_future(session.perform(doing, base.version))
    while session._context.client.wrote_at < 0:
        await asyncio.sleep(0.05)
    clock.skipped = 6.0
    task.cancel()
    result = (await asyncio.gather(task, return_exceptions=True))[0]
    assert not isinstance(result, Done)
    long_ago = datetime.now(UTC) - timedelta(seconds=10)
    with pytest.raises(UnavailableError, match="may still be at work"):
        await session.seen(doing, long_ago)
    clock.skipped = 70.0
    assert await session.seen(doing, long_ago) is Seen.NO


@pytest.mark.parametrize("change", [Snooze(until=datetime(2027, 1, 1, tzinfo=UTC)), Escalate(reason="x")], ids=str)
async def test_what_servicenow_has_not_is_refused_in_words(rig: SnowRig, change: Change) -> None:
    (id,) = await rig.seed(["no"])
    with pytest.raises(ForbiddenError, match="ServiceNow"):
        await act(await rig.connect(), id, change)


async def test_times_travel_as_utc(rig: SnowRig) -> None:
    (id,) = await rig.seed(["to hold"])
    until = datetime(2027, 1, 1, 10, 30, tzinfo=UTC).astimezone()
    await act(await rig.connect(), id, Hold(reason="4", until=until))
    assert rig.row(id)["follow_up"] == stamp(until) == "2027-01-01 10:30:00"


@pytest.mark.parametrize(
    ("to", "fields", "stored"),
    [
        (
            "3",
            {"reason": "4", "until": "2027-01-01T10:30:00+02:00"},
            {"hold_reason": "4", "follow_up": "2027-01-01 08:30:00"},
        ),
        (
            "6",
            {"text": "mended", "code": "Solution provided"},
            {"close_notes": "mended", "close_code": "Solution provided"},
        ),
        ("8", {"work_notes": "a mistake"}, {"active": "false"}),
    ],
)
async def test_a_transition_s_form_serves_as_a_transition_and_as_its_verb(
    rig: SnowRig, to: str, fields: dict[str, str], stored: dict[str, str]
) -> None:
    first, second = await rig.seed(["as transition", "as verb"])
    session = await rig.connect()
    offered = next(t for t in await session.transitions(first) if t.id == to)
    assert set(fields) <= {spec.name for spec in offered.fields}
    await act(session, first, MoveTo(to, offered.label, offered.to, offered.native_to, tuple(fields.items())))
    assert {name: rig.row(first)[name] for name in stored} == stored
    if offered.verb is not None:
        await act(session, second, change_from(offered.verb, fields))
        assert {name: rig.row(second)[name] for name in stored} == stored


async def test_a_file_is_stored_as_it_is_and_a_refused_one_is_told(rig: SnowRig) -> None:
    id = rig.register("with files")
    session = await rig.connect()
    stored = await session.attach(id, "Ærø 東京.txt", b"a\r\nb\x00")
    assert (stored.name, stored.by, stored.size) == ("Ærø 東京.txt", "anna", 5)
    (row,) = rig.instance.store.all("sys_attachment")
    assert (row["table_name"], row["table_sys_id"], row["content_type"]) == ("incident", id, "text/plain")
    with pytest.raises(InvalidError, match="File type is not allowed"):
        await session.attach(id, "run.exe", b"MZ")
    rig.instance.quirks.attachment_most = 3
    with pytest.raises(InvalidError, match="too large"):
        await session.attach(id, "large.txt", b"1234")
    assert len(rig.instance.store.all("sys_attachment")) == 1


async def test_files_of_a_hidden_incident_are_not_found(rig: SnowRig) -> None:
    id = rig.register("to be hidden")
    session = await rig.connect()
    stored = await session.attach(id, "a.txt", b"x")
    rig.instance.quirks.hidden_rows.add(id)
    with pytest.raises(NotFoundError):
        await session.attach(id, "b.txt", b"x")
    with pytest.raises(NotFoundError):
        await session.attached(id, stored.id)
    assert await session.attachments(id) == ()


async def test_a_key_that_opens_the_tables_alone_attaches_nothing_and_stays_signed_in(rigs: MakeRig) -> None:
    rig: SnowRig = await rigs(auth="api-key")
    id = rig.register("no files")
    session = await rig.connect()
    account = await session.probe()
    assert Capability.ATTACH not in account.capabilities
    with pytest.raises(ForbiddenError, match="the attachment API refuses this account"):
        await session.attach(id, "a.txt", b"x")
    assert (await session.get([id]))[0].id == id
    rig.instance.quirks.api_key_apis = ("table", "attachment")
    assert Capability.ATTACH in (await session.probe()).capabilities


@pytest.mark.parametrize("change", [Note(text="once"), Comment(text="once")], ids=["note", "comment"])
async def test_words_that_are_stored_are_done_although_the_clocks_cannot_be_read(rig: SnowRig, change: Change) -> None:
    """Called unsent, they would go once more: the caller is mailed twice."""
    (id,) = await rig.seed(["once"])
    session = await rig.connect()
    base = await one(session, id)
    doing, began = command(change, base), datetime.now(UTC)
    with rig._proxy.answering(http_answer("429 Too Many Requests", "", "Retry-After: 0"), reads_after_a_write()):
        try:
            done = await session.perform(doing, base.version)
        except UnavailableError as error:
            assert error.sent, "whoever tries again looks first"
            done = None
    assert done is not None or await session.seen(doing, began) is Seen.YES
    element = "work_notes" if isinstance(change, Note) else "comments"
    assert rig.instance.words(id, element) == ("once",)
    with rig._proxy.answering(http_answer("429 Too Many Requests", "", "Retry-After: 0"), reads_after_a_write()):
        done = await session.perform(command(change, await one(session, id)), None)
    assert "reading it back failed" in done.message, "once it is known how times are written, the answer proves it"


async def test_a_new_incident_is_registered_although_its_clocks_cannot_be_read(rig: SnowRig) -> None:
    session = await rig.connect()
    await session.probe()
    with rig._proxy.answering(http_answer("429 Too Many Requests", "", "Retry-After: 0"), reads_after_a_write()):
        done = await session.perform(command(Create(title="registered"), None), None)
    assert done.incident is not None and done.incident.title == "registered"
