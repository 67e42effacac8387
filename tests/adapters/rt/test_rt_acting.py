"""What an operator's actions do in a real Request Tracker, looked up over RT's own interface."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from tests.adapters.rt.acts import do, done, one, refused
from tests.adapters.rt.rig import RtRig
from tests.servers.rt import RtServer
from vagt.adapters.protocol import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TransitionError,
)
from vagt.domain.answers import change_from
from vagt.domain.commands import (
    Acknowledge,
    Assign,
    Change,
    Close,
    Comment,
    Create,
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
from vagt.domain.incident import LinkKind, State


async def test_a_shift_on_one_ticket(rig: RtRig) -> None:
    (id,) = await rig.seed(["a shift"])
    session = await rig.connect()
    incident = await done(session, await one(session, id), Acknowledge())
    assert (incident.state, incident.assignee) == (State.ACTIVE, "anna")
    due = (await rig.root.ticket(id))["Due"]
    until = datetime(2027, 1, 2, 3, 4, tzinfo=UTC)
    incident = await done(session, incident, Hold(reason="vendor ticket 7", until=until))
    row = await rig.root.ticket(id)
    assert (row["Status"], row["Due"]) == ("pending", due)
    assert await rig.root.texts(id, "Comment") == ["vendor ticket 7\nUntil 2027-01-02 03:04 UTC."]
    incident = await done(session, incident, MoveTo("open", "Resume", State.ACTIVE, "open"))
    incident = await done(session, incident, Resolve(text="restarted it", code="restarted"))
    row = await rig.root.ticket(id)
    assert row["Status"] == "resolved"
    assert {"restarted"} in [set(field["values"]) for field in row["CustomFields"] if field["name"] == "Code"]
    assert (await rig.root.texts(id, "Correspond"))[-1] == "restarted it"
    incident = await done(session, incident, Close())
    assert (incident.state, incident.native_state) == (State.CLOSED, "closed")
    assert incident.closed_at is not None
    incident = await done(session, incident, Reopen())
    assert (incident.state, incident.closed_at) == (State.ACTIVE, None)


async def test_acknowledging_leaves_the_owner_alone_and_never_reopens(rig: RtRig) -> None:
    theirs, over = await rig.seed(["theirs", "over"])
    await rig.give(theirs)
    await rig.finish(over)
    session = await rig.connect()
    incident = await done(session, await one(session, theirs), Acknowledge())
    assert (incident.state, incident.assignee) == (State.ACTIVE, "bo")
    assert isinstance(await refused(session, await one(session, over), Acknowledge()), TransitionError)
    assert (await rig.root.ticket(over))["Status"] == "resolved"


@pytest.mark.parametrize("answer", ["comment", "reply"])
async def test_the_words_of_a_resolution_go_where_the_config_says(rig: RtRig, answer: str) -> None:
    (id,) = await rig.seed(["words"])
    session = await rig.connect(resolve_text=answer)
    incident = await done(session, await one(session, id), Acknowledge())
    await done(session, incident, Resolve(text="the cure"))
    row = await rig.root.ticket(id)
    kinds = {way: await rig.root.texts(id, way) for way in ("Comment", "Correspond")}
    assert row["Status"] == "resolved"
    assert [way for way, texts in kinds.items() if "the cure" in texts] == [
        "Comment" if answer == "comment" else "Correspond"
    ]


@pytest.mark.parametrize(("verb", "state"), [(Verb.HOLD, State.WAITING), (Verb.RESOLVE, State.RESOLVED)])
async def test_a_way_on_is_gone_with_the_fields_that_it_asks_for(rig: RtRig, verb: Verb, state: State) -> None:
    (id,) = await rig.seed(["ways"])
    session = await rig.connect()
    incident = await done(session, await one(session, id), Acknowledge())
    (way,) = [way for way in await session.transitions(id) if way.verb is verb]
    answers = {spec.name: spec.default or "those words" for spec in way.fields if spec.required or spec.default}
    incident = await done(session, incident, change_from(verb, answers))
    assert (incident.state, incident.native_state) == (state, way.native_to)
    said = [*await rig.root.texts(id, "Comment"), *await rig.root.texts(id, "Correspond")]
    assert said == ["those words"]


@pytest.mark.parametrize("promise", ["comment", "reply"])
async def test_words_go_out_as_the_form_said_whatever_rt_offers_by_then(rig: RtRig, promise: str) -> None:
    """The form was filled in while the ticket was new; from open on, the lifecycle would mail the words."""
    (id,) = await rig.seed(["promised"])
    session = await rig.connect()
    fresh = await one(session, id)
    asked = {spec.name: spec for spec in await session.fields(Verb.RESOLVE, id)}
    assert asked["said_as"].default == "comment"
    await done(session, fresh, Acknowledge())
    asked = {spec.name: spec for spec in await session.fields(Verb.RESOLVE, id)}
    assert asked["said_as"].default == "reply"
    await done(session, await one(session, id), Resolve("the cure", None, (("said_as", promise),)))
    kinds = {way: await rig.root.texts(id, way) for way in ("Comment", "Correspond")}
    assert [way.lower() for way, texts in kinds.items() if "the cure" in texts] == [
        {"comment": "comment", "reply": "correspond"}[promise]
    ]


async def test_a_refused_change_of_state_is_told_in_rts_words_and_says_nothing_to_anybody(rig: RtRig) -> None:
    (id,) = await rig.seed(["refused"])
    session = await rig.connect(resolve_text="comment")
    fresh = await one(session, id)
    error = await refused(session, fresh, Resolve(text="not yet possible"))  # new -> resolved is not allowed
    assert isinstance(error, TransitionError)
    assert "can't change status" in error.words
    assert error.words.endswith("Acknowledge it first.")
    assert await rig.root.texts(id, "Comment") == []
    assert (await one(session, id)).version == fresh.version


async def test_open_dependencies_keep_a_ticket_from_being_resolved(rig: RtRig) -> None:
    first, second = await rig.seed(["needs", "needed"])
    await rig.bo.put(first, AddDependsOn=int(second), Status="open")
    session = await rig.connect(resolve_text="comment")
    error = await refused(session, await one(session, first), Resolve(text="too early"))
    assert isinstance(error, TransitionError)
    assert "unresolved dependencies" in error.words


async def test_priorities_are_numbers_of_the_configured_scale(rig: RtRig) -> None:
    (id,) = await rig.seed(["numbers"])
    session = await rig.connect()
    for ours, number in ((1, 100), (2, 70), (3, 50), (4, 30), (5, 0)):
        assert (await done(session, await one(session, id), SetPriority(priority=ours))).priority == ours
        assert (await rig.root.ticket(id))["Priority"] == str(number)
    await rig.bo.put(id, Priority=95)
    await done(session, await one(session, id), SetPriority(priority=1))
    assert (await rig.root.ticket(id))["Priority"] == "95"  # is a 1 already: the site's own number stays
    scale = {"1": 20, "2": 10, "3": 0}
    session = await rig.connect(priorities=scale, priority_values={"1": 20, "2": 10, "3": 0})
    assert (await done(session, await one(session, id), SetPriority(priority=2))).priority == 2
    assert (await rig.root.ticket(id))["Priority"] == "10"
    assert isinstance(await refused(session, await one(session, id), SetPriority(priority=5)), InvalidError)


async def test_impact_and_urgency_are_custom_fields_and_the_matrix_gives_the_priority(rig: RtRig) -> None:
    (id,) = await rig.seed(["judged"])
    session = await rig.connect()
    incident = await done(session, await one(session, id), SetPriority(impact=1, urgency=2))
    assert (incident.impact, incident.urgency, incident.priority) == (1, 2, 2)
    row = await rig.root.ticket(id)
    held = {field["name"]: field["values"] for field in row["CustomFields"]}
    assert (held["Impact"], held["Urgency"], row["Priority"]) == (["High"], ["Medium"], "70")
    error = await refused(await rig.connect(impact_field=""), incident, SetPriority(impact=1, urgency=1))
    assert isinstance(error, ForbiddenError)
    assert "impact_field" in error.words


async def test_major_is_a_custom_field_where_the_config_names_one(rig: RtRig) -> None:
    (id,) = await rig.seed(["major"])
    session = await rig.connect()
    incident = await done(session, await one(session, id), SetMajor(on=True))
    held = {field["name"]: field["values"] for field in (await rig.root.ticket(id))["CustomFields"]}
    assert (incident.major, held["Major"]) == (True, ["Yes"])
    assert not (await done(session, incident, SetMajor(on=False))).major
    assert isinstance(await refused(await rig.connect(major_field=""), incident, SetMajor()), ForbiddenError)


@pytest.mark.parametrize(
    "text",
    ["zero 0", "0", "  0  ", "naïve 東京 🔥 'q' \"d\" \\ % _ <b>&amp;</b>", "two\n\nlines", "x" * 200_000],
    ids=["plain", "0", "padded 0", "awkward", "lines", "long"],
)
async def test_words_arrive_whole(rig: RtRig, text: str) -> None:
    (id,) = await rig.seed(["words"])
    session = await rig.connect()
    await do(session, await one(session, id), Note(text=text))
    (stored,) = await rig.root.texts(id, "Comment")
    assert stored.strip() == text.strip()


async def test_escapes_and_broken_letters_do_not_reach_rt(rig: RtRig) -> None:
    (id,) = await rig.seed(["controls"])
    session = await rig.connect()
    await do(session, await one(session, id), Note(text="a\x00b\x1b[31mc\r\nd\u0085e\ud800f"))
    assert await rig.root.texts(id, "Comment") == ["ab[31mc\nde?f"]
    assert isinstance(await refused(session, await one(session, id), Note(text=" \x00 \n")), InvalidError)


async def test_a_reply_leaves_the_watchers_alone(rig: RtRig) -> None:
    (id,) = await rig.seed(["watched"])
    await rig.bo.put(id, Cc=["copy@example.org"], AdminCc=["bo"])
    session = await rig.connect()
    await do(session, await one(session, id), Comment(text="to all of you"))
    await do(session, await one(session, id), Note(text="between us"))
    row = await rig.root.ticket(id)
    assert [who["id"] for who in row["Cc"]] == ["copy@example.org"]
    assert [who["id"] for who in row["AdminCc"]] == ["bo"]


async def test_assigning_takes_logins_addresses_and_numbers(rig: RtRig) -> None:
    (id,) = await rig.seed(["to whom"])
    session = await rig.connect()
    number = (await rig.root.send("GET", "/user/bo"))["id"]
    for who in ("bo", "bo@rt.test", str(number)):
        assert (await done(session, await one(session, id), Assign(to=who))).assignee == "bo"
        assert (await done(session, await one(session, id), Assign(to=""))).assignee is None
    error = await refused(session, await one(session, id), Assign(to="reader"))
    assert isinstance(error, InvalidError)
    assert "may not own" in error.words


async def test_a_team_and_a_person_in_one_go(rig: RtRig) -> None:
    (id,) = await rig.seed(["both"])
    session = await rig.connect()
    incident = await done(session, await one(session, id), Assign(team=rig.other_team, to="bo"))
    assert (incident.team, incident.assignee) == (rig.other_team, "bo")


async def test_a_queue_that_cannot_take_the_ticket_is_told_in_words(rig: RtRig, rt: RtServer) -> None:
    (id,) = await rig.seed(["stays"])
    session = await rig.connect()
    across = await refused(session, await one(session, id), Assign(team=rt.queue(lifecycle="default")))
    unknown = await refused(session, await one(session, id), Assign(team="no such queue"))
    hidden = await refused(session, await one(session, id), Assign(team=rt.queue(visible=False)))
    assert (isinstance(across, InvalidError), "no mapping for statuses" in across.words) == (True, True)
    assert "does not exist" in unknown.words
    assert isinstance(hidden, ForbiddenError | InvalidError)
    assert (await rig.root.ticket(id))["Queue"]["id"] == (await rig.root.send("GET", f"/queue/{rig.queue}"))["id"] or (
        (await one(session, id)).team == rig.queue
    )


@pytest.mark.parametrize(
    ("kind", "ref"), [(LinkKind.RELATED, "refers-to"), (LinkKind.PARENT, "parent"), (LinkKind.CHILD, "child")]
)
async def test_links_say_which_way_they_go(rig: RtRig, kind: LinkKind, ref: str) -> None:
    here, there = await rig.seed(["here", "there"])
    session = await rig.connect()
    incident = await done(session, await one(session, here), LinkTo(there, f"rt:{there}", kind))
    assert [(link.kind, link.ref) for link in incident.links] == [(kind, f"rt:{there}")]
    links = (await rig.root.ticket(here))["_hyperlinks"]
    assert [str(link["id"]) for link in links if link["ref"] == ref] == [there]
    await done(session, incident, LinkTo(there, f"rt:{there}", kind))  # again: nothing changes


async def test_links_that_make_no_sense_are_refused(rig: RtRig) -> None:
    (id,) = await rig.seed(["alone"])
    session = await rig.connect()
    for other, kind in ((id, LinkKind.RELATED), ("99999999", LinkKind.RELATED), (id, LinkKind.PROBLEM)):
        assert isinstance(await refused(session, await one(session, id), LinkTo(other, "x", kind)), InvalidError)
    for other, error in ((id, InvalidError), ("99999999", NotFoundError), ("x", InvalidError)):
        link = LinkTo(other, "x", LinkKind.DUPLICATE)
        assert isinstance(await refused(session, await one(session, id), link), error)


async def test_a_duplicate_is_merged_and_takes_no_further_orders(rig: RtRig) -> None:
    duplicate, survivor = await rig.seed(["duplicate", "survivor"])
    session = await rig.connect()
    before = await one(session, duplicate)
    incident = await done(session, before, LinkTo(survivor, f"rt:{survivor}", LinkKind.DUPLICATE))
    assert incident.id == survivor
    error = await refused(session, before, Note(text="to the wrong one"))
    assert isinstance(error, NotFoundError)
    assert survivor in error.words
    assert await rig.root.texts(survivor, "Comment") == []


async def test_a_deleted_or_hidden_ticket_takes_no_orders(rig: RtRig, rt: RtServer) -> None:
    deleted, hidden = await rig.seed(["deleted", "hidden"])
    session = await rig.connect()
    first, second = await session.get([deleted, hidden])
    await rig.root.delete(deleted)
    await rig.root.put(hidden, Queue=rt.queue(visible=False))
    for incident in (first, second):
        for change in (Note(text="x"), Take(), Resolve(text="x")):
            assert isinstance(await refused(session, incident, change), NotFoundError)


async def test_registering_fills_in_what_the_config_has_a_place_for(rig: RtRig) -> None:
    session = await rig.connect(default_queue=rig.other_team)
    wanted = Create(
        title="New\none",
        description="what happened",
        impact=1,
        urgency=1,
        service="mail",
        category="smtp",
        caller="cora",
    )
    made = await do(session, None, wanted)
    assert made.incident is not None
    row = await rig.root.ticket(made.incident.id)
    held = {field["name"]: field["values"] for field in row["CustomFields"]}
    assert (row["Subject"], row["Priority"]) == ("New one", "100")
    assert [who["id"] for who in row["Requestor"]] == ["cora"]
    assert (held["Service"], held["Category"], held["Impact"]) == (["mail"], ["smtp"], ["High"])
    assert (made.incident.team, made.incident.description) == (rig.other_team, "what happened")
    assert await rig.root.texts(made.incident.id, "Create") == ["what happened"]


async def test_what_rt_silently_leaves_out_of_a_new_ticket_is_told(rig: RtRig) -> None:
    session = await rig.connect()
    made = await do(session, None, Create(title="🔥" * 90, team=rig.queue, service="no such service"))
    assert made.incident is not None
    assert made.incident.title == "🔥" * 50
    assert "200 bytes" in made.message
    assert "no such service" in made.message


async def test_a_new_ticket_without_a_queue_or_title_is_asked_for(rig: RtRig) -> None:
    session = await rig.connect()
    error = await refused(session, None, Create(title="where to?"))
    assert isinstance(error, InvalidError) and dict(error.fields).keys() == {"team"}
    error = await refused(session, None, Create(title=" \n", team=rig.queue))
    assert isinstance(error, InvalidError) and dict(error.fields).keys() == {"title"}
    title, team = (await session.fields(Verb.CREATE, None))[0], (await session.fields(Verb.CREATE, None))[2]
    assert (title.name, title.required, title.max_length) == ("title", True, 200)
    assert (team.name, team.required) == ("team", True)


async def test_two_who_take_it_at_once_are_told_who_has_it(rig: RtRig, rt: RtServer) -> None:
    colleague = RtRig(rt, user="bo")
    colleague.queue, colleague.other_team = rig.queue, rig.other_team
    await colleague.start()
    try:
        mine, his = await rig.connect(), await colleague.connect()
        for round_ in range(4):
            (id,) = await rig.seed([f"race {round_}"])
            seen = await one(mine, id)
            same = await one(his, id)
            answers = await asyncio.gather(
                do(mine, seen, Acknowledge()), do(his, same, Acknowledge()), return_exceptions=True
            )
            owner = (await rig.root.ticket(id))["Owner"]["id"]
            for who, answer in zip(("anna", "bo"), answers, strict=True):
                if who == owner:
                    continue
                assert isinstance(answer, ConflictError) or (not isinstance(answer, BaseException) and answer.message)
                if isinstance(answer, ConflictError):
                    assert answer.theirs.assignee == owner
                    assert owner in answer.words
    finally:
        await colleague.stop()


@pytest.mark.parametrize(
    "change",
    [Take(), Assign(to="anna"), SetPriority(priority=1), Resolve(text="mine"), Hold(reason="x"), SetMajor()],
    ids=lambda change: change.verb.value,
)
async def test_nothing_guarded_overwrites_what_a_colleague_did(rig: RtRig, change: Change) -> None:
    (id,) = await rig.seed(["guarded"])
    await rig.bo.put(id, Status="open")
    session = await rig.connect()
    seen = await one(session, id)
    await rig.give(id)
    before = await rig.root.ticket(id)
    error = await refused(session, seen, change)
    assert isinstance(error, ConflictError)
    assert error.theirs.assignee == "bo"
    assert "bo changed it since" in error.words
    assert (await rig.root.ticket(id))["LastUpdated"] == before["LastUpdated"]


async def test_a_change_within_the_second_that_was_seen_is_a_conflict_too(rig: RtRig) -> None:
    session = await rig.connect()
    for _ in range(3):
        (id,) = await rig.seed(["same second"])
        seen = await one(session, id)
        await rig.bo.put(id, Priority=77)
        assert isinstance(await refused(session, seen, SetPriority(priority=1)), ConflictError)


async def test_mail_that_rt_records_meanwhile_is_no_conflict(rig: RtRig) -> None:
    (id,) = await rig.seed(["mail"])
    session = await rig.connect()
    incident = await done(session, await one(session, id), Comment(text="this is mailed"))
    assert (await done(session, incident, SetPriority(priority=2))).priority == 2


async def test_transitions_are_the_lifecycles_own_and_those_of_the_config(rig: RtRig) -> None:
    (id,) = await rig.seed(["ways"])
    session = await rig.connect(statuses=["cancelled"])
    offered = {way.native_to: way for way in await session.transitions(id)}
    assert {name: way.label for name, way in offered.items()} == {"open": "Acknowledge", "cancelled": "cancelled"}
    assert (offered["open"].verb, offered["cancelled"].to) == (Verb.ACKNOWLEDGE, State.CLOSED)
    way = offered["cancelled"]
    incident = await done(session, await one(session, id), MoveTo(way.id, way.label, way.to, way.native_to))
    assert incident.native_state == "cancelled"
    await rig.bo.put(id, Status="open")
    offered = {way.native_to: way for way in await session.transitions(id)}
    assert [(spec.name, spec.required) for spec in offered["pending"].fields] == [("reason", True), ("until", False)]
    assert (offered["pending"].verb, offered["resolved"].verb) == (Verb.HOLD, Verb.RESOLVE)


async def test_stock_rt_waits_by_stalling(rt: RtServer) -> None:
    rig = RtRig(rt, lifecycle="default")
    await rig.start()
    try:
        (id,) = await rig.seed(["stock"])
        session = await rig.connect()
        incident = await done(session, await one(session, id), Acknowledge())
        incident = await done(session, incident, Hold(reason="parts"))
        assert (incident.native_state, incident.state) == ("stalled", State.WAITING)
        incident = await done(session, incident, Reopen())  # it is open: nothing to reopen
        assert incident.native_state == "stalled"
    finally:
        await rig.stop()


async def test_a_file_hangs_on_an_internal_comment_and_stays_as_it_was(rig: RtRig) -> None:
    (id,) = await rig.seed(["with a file"])
    session = await rig.connect()
    words = "Ærø\r\n東京\n".encode()
    stored = await session.attach(id, "Ærø 東京.txt", words)
    assert (stored.name, stored.by, stored.size) == ("_r_ __.txt", "anna", len(words))
    assert await session.attached(id, stored.id) == words
    told = (await session.timeline(id))[-1]
    assert (told.text, told.public) == ("Attached: Ærø 東京.txt", False)


async def test_a_file_can_be_added_to_what_is_over(rig: RtRig) -> None:
    (id,) = await rig.seed(["over"])
    await rig.finish(id)
    session = await rig.connect()
    await session.attach(id, "report.pdf", b"%PDF-1.4")
    assert [file.name for file in await session.attachments(id)] == ["report.pdf"]
    assert not (await one(session, id)).is_open


async def test_that_rt_may_refuse_to_resolve_is_said_before_anybody_writes(rig: RtRig) -> None:
    (id,) = await rig.seed(["to resolve"])
    session = await rig.connect()
    text = next(spec for spec in await session.fields(Verb.RESOLVE, id) if spec.name == "text")
    assert "RT offers no way from “new” to “resolved” here and may refuse it; it offers open" in text.help
    await done(session, await one(session, id), Acknowledge())
    text = next(spec for spec in await session.fields(Verb.RESOLVE, id) if spec.name == "text")
    assert text.help == ""
