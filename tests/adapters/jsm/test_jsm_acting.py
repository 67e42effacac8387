"""Acting: words that stay inside, moves with their screens, fields that come back otherwise, links, registering."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.adapters.jsm.acts import act, command, one
from tests.adapters.jsm.conftest import MakeRig
from tests.adapters.jsm.rig import JsmRig
from tests.doubles.jsm import world
from vagt.adapters.protocol import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TransitionError,
)
from vagt.domain.capability import Capability
from vagt.domain.commands import (
    Acknowledge,
    Assign,
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
from vagt.domain.directory import DirectoryKind
from vagt.domain.fields import FieldKind
from vagt.domain.incident import LinkKind, State

BOTH = pytest.mark.parametrize("deployment", ["cloud", "dc"])


# --- words
@BOTH
@pytest.mark.parametrize("notes_by", ["property", "request"])
@pytest.mark.parametrize("by", ["carl", "anna"], ids=["customer's", "agent's"])
async def test_a_note_never_reaches_the_customer(rigs: MakeRig, deployment: str, notes_by: str, by: str) -> None:
    rig: JsmRig = await rigs(deployment=deployment)
    id = rig.site.register("quiet", by=by).id
    session = await rig.connect(notes_by=notes_by)
    done = await act(session, rig, id, Note(text="root password was leaked"))
    assert done.message == ""
    assert rig.words(id, public=False) == ("root password was leaked",)
    for change in (Resolve(text="rotated it", code="Done"), Reopen(fields=(("note", "not yet"),))):
        await act(session, rig, id, change)
    assert rig.words(id, public=True) == ()
    assert rig.site.store.mail == []


@BOTH
async def test_a_comment_reaches_the_customer(rigs: MakeRig, deployment: str) -> None:
    rig: JsmRig = await rigs(deployment=deployment)
    (id,) = await rig.seed(["told"])
    await act(await rig.connect(), rig, id, Comment(text="we are on it"))
    assert [mail["text"] for mail in rig.site.store.mail] == ["we are on it"]


@pytest.mark.parametrize("quirks", [{}, {"deployment": "dc"}, {"deployment": "dc", "no_jsd_public": True}])
async def test_a_note_that_jira_made_public_is_hidden_at_once_and_told(rigs: MakeRig, quirks: dict[str, Any]) -> None:
    rig: JsmRig = await rigs(property_ignored=True, **quirks)
    (id,) = await rig.seed(["leaky"])
    done = await act(await rig.connect(), rig, id, Note(text="internal"))
    assert "CAREFUL" in done.message and "hidden again" in done.message
    assert rig.words(id, public=True) == ()
    (sent,) = rig.bodies("/comment")
    assert {"key": "sd.public.comment", "value": {"internal": True}} in sent["properties"]


async def test_cloud_gets_documents_and_data_center_wiki_text(rigs: MakeRig) -> None:
    words = "first  line\n  indented {code} *not bold*\n\nlast"
    for deployment in ("cloud", "dc"):
        rig: JsmRig = await rigs(deployment=deployment)
        (id,) = await rig.seed(["words"])
        session = await rig.connect()
        await act(session, rig, id, Note(text=words))
        (sent,) = rig.bodies("/comment")
        assert isinstance(sent["body"], dict if deployment == "cloud" else str)
        (entry,) = [entry for entry in await session.timeline(id) if entry.text.startswith("first")]
        assert entry.text == words


async def test_words_longer_than_jira_keeps_are_refused_before_they_are_sent(rig: JsmRig) -> None:
    (id,) = await rig.seed(["too long"])
    session = await rig.connect()
    for text in ("x" * 32_768, "   "):
        with pytest.raises(InvalidError) as raised:
            await act(session, rig, id, Note(text=text))
        assert raised.value.fields[0][0] == "text"
    assert rig.bodies("/comment") == []


# --- moves
@BOTH
async def test_a_form_for_what_its_state_does_not_allow_is_refused(rigs: MakeRig, deployment: str) -> None:
    rig: JsmRig = await rigs(deployment=deployment)
    opened, resolved, closed = await rig.seed(["open", "resolved", "closed"])
    rig.site.save(resolved, status="5")
    rig.site.save(closed, status="6")
    session = await rig.connect()
    for verb, id, words in (
        (Verb.CLOSE, opened, "resolve it first"),
        (Verb.RESOLVE, resolved, "it is Resolved already"),
        (Verb.HOLD, closed, "it is Closed: reopen it first"),
    ):
        with pytest.raises(TransitionError, match=words):
            await session.fields(verb, id)
    assert [spec.name for spec in await session.fields(Verb.CLOSE, resolved)] == ["note"]
    assert await session.fields(Verb.CLOSE, closed), "closed already: nothing is left to refuse"


async def test_a_form_for_a_verb_that_the_workflow_has_no_way_to_names_its_ways(rig: JsmRig) -> None:
    (id,) = await rig.seed(["open"])
    session = await rig.connect(moves={"resolve": "Mark as done"})
    with pytest.raises(TransitionError, match="no way to resolve it from Open; it offers “Start work”"):
        await session.fields(Verb.RESOLVE, id)


async def test_a_whole_triage(rig: JsmRig) -> None:
    (id,) = await rig.seed(["Mail queue stuck"])
    session = await rig.connect()
    incident = (await act(session, rig, id, Acknowledge())).incident
    assert incident is not None
    assert (incident.state, incident.native_state, incident.assignee_name) == (
        State.ACTIVE,
        "Work in progress",
        "Anna Andersson",
    )
    until = datetime(2026, 11, 26, 9, tzinfo=UTC)
    incident = (await act(session, rig, id, Hold(reason="Awaiting vendor", until=until))).incident
    assert incident is not None and incident.state is State.WAITING
    assert rig.issue(id).fields[world.PENDING_REASON] == "522"
    assert rig.words(id, public=False) == ("Awaiting vendor\nUntil 2026-11-26 09:00 UTC.",)
    incident = (await act(session, rig, id, Resolve(text="flushed it", code="Won't do"))).incident
    assert incident is not None
    assert (incident.state, incident.resolution) == (State.RESOLVED, "Won't do")
    assert incident.resolved_at is not None
    incident = (await act(session, rig, id, Close(fields=(("note", "all quiet"),)))).incident
    assert incident is not None and incident.state is State.CLOSED
    incident = (await act(session, rig, id, Reopen())).incident
    assert incident is not None and incident.state is State.ACTIVE
    assert rig.issue(id).fields["resolution"] is None, "else Jira's queues leave it out"
    assert rig.words(id, public=False)[1:] == ("flushed it", "all quiet")
    assert rig.site.store.mail == []


async def test_forms_are_the_screens_of_the_workflow(rig: JsmRig) -> None:
    (id,) = await rig.seed(["forms"])
    session = await rig.connect()
    resolve = {spec.name: spec for spec in await session.fields(Verb.RESOLVE, id)}
    assert set(resolve) == {"text", "code", world.ROOT_CAUSE}
    assert resolve["code"].required and resolve["code"].default == "Done"
    assert [choice.label for choice in resolve["code"].choices] == list(world.RESOLUTIONS.values())
    assert resolve[world.ROOT_CAUSE].kind is FieldKind.LONG_TEXT
    hold = {spec.name: spec for spec in await session.fields(Verb.HOLD, id)}
    assert set(hold) == {"reason", "until"}
    assert hold["reason"].required and len(hold["reason"].choices) == 3
    create = {spec.name: spec for spec in await session.fields(Verb.CREATE, None)}
    assert {"title", "description", "impact", "urgency", "team", "caller", "priority"} <= set(create)
    transitions = {transition.label: transition for transition in await session.transitions(id)}
    assert transitions["Start work"].verb is Verb.ACKNOWLEDGE
    assert transitions["Investigate"].verb is None
    assert transitions["Resolve"].verb is Verb.RESOLVE


async def test_a_hold_without_the_reason_that_the_screen_wants_says_which_field(rig: JsmRig) -> None:
    (id,) = await rig.seed(["held"])
    session = await rig.connect()
    for reason in ("", "because"):
        with pytest.raises(InvalidError) as raised:
            await act(session, rig, id, Hold(reason=reason))
        assert raised.value.fields[0][0] == "reason"
    assert rig.issue(id).fields["status"] == "1"
    assert rig.words(id, public=False) == ()


async def test_a_validator_that_wants_more_than_is_flagged_is_told_in_its_words(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(root_cause=True)
    (id,) = await rig.seed(["validated"])
    session = await rig.connect()
    with pytest.raises(TransitionError, match="root cause"):
        await act(session, rig, id, Resolve(text="done", code="Done"))
    assert rig.words(id, public=False) == (), "no words about what did not happen"
    done = await act(session, rig, id, Resolve(text="done", code="Done", fields=((world.ROOT_CAUSE, "a typo"),)))
    assert done.incident is not None and done.incident.state is State.RESOLVED


async def test_a_resolution_is_set_where_the_screen_has_none(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(no_resolution_screen=True)
    (id,) = await rig.seed(["no screen"])
    session = await rig.connect()
    assert [spec.name for spec in await session.fields(Verb.RESOLVE, id)] == ["text", world.ROOT_CAUSE]
    done = await act(session, rig, id, Resolve(text="done"))
    assert done.incident is not None and done.incident.resolution == "Done"
    rig.site.quirks.resolution_not_editable = True
    (other,) = await rig.seed(["nor editable"])
    done = await act(session, rig, other, Resolve(text="done"))
    assert "counts it as unresolved" in done.message
    assert rig.words(other, public=False) == ("done",)


async def test_several_moves_that_fit_are_asked_about_where_none_is_stock(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(renamed_statuses=True)
    (id,) = await rig.seed(["ambiguous"])
    states: dict[str, str] = {"Wartet auf Dritte": "active"}
    session = await rig.connect(states=states, moves={"reopen": "Reopen"})
    rig.site.save(id, status="10010")
    # from there only one leads on
    done = await act(session, rig, id, Acknowledge())
    assert done.incident is not None and done.incident.native_state == "Wartet auf Dritte"
    told = await rig.connect(moves={"acknowledge": "investigate"})
    rig.site.save(id, status="1")
    before = len(rig.bodies("/transitions"))
    await act(told, rig, id, Acknowledge())
    assert rig.bodies("/transitions")[before:] == [{"transition": {"id": "712"}}]


async def test_a_move_by_its_id_takes_the_fields_of_its_screen(rig: JsmRig) -> None:
    (id,) = await rig.seed(["moved"])
    session = await rig.connect()
    move = next(t for t in await session.transitions(id) if t.label == "Cancel request")
    change = MoveTo(move.id, move.label, move.to, move.native_to, fields=(("code", "Won't do"), ("note", "a drill")))
    done = await act(session, rig, id, change)
    assert done.incident is not None
    assert (done.incident.state, done.incident.resolution) == (State.CLOSED, "Won't do")
    assert rig.words(id, public=False) == ("a drill",)
    with pytest.raises(TransitionError, match="not possible from Canceled"):
        await act(session, rig, id, MoveTo("711", "Start work", State.ACTIVE, "Work in progress"))


async def test_what_jira_answers_done_to_and_does_not_do_is_no_done(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(priority_overwritten=True, ignores_assignee=True)
    (id,) = await rig.seed(["set back"])
    rig.site.save(id, **{world.IMPACT: "501", world.URGENCY: "511"})
    session = await rig.connect()
    with pytest.raises(InvalidError, match="Priority is another than sent"):
        await act(session, rig, id, SetPriority(priority=5))
    with pytest.raises(ConflictError, match="nobody's"):
        await act(session, rig, id, Assign(to=rig.colleague))


async def test_a_409_is_looked_at_and_tried_once_more(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs()
    (id,) = await rig.seed(["busy"])
    session = await rig.connect()
    rig.site.quirks.conflict_409 = 1
    done = await act(session, rig, id, SetPriority(priority=1))
    assert done.incident is not None and done.incident.priority == 1
    rig.site.quirks.conflict_409 = 1
    done = await act(session, rig, id, Take())
    assert done.incident is not None and done.incident.assignee == rig.identity("anna")


@BOTH
async def test_people_are_named_as_people_name_them(rigs: MakeRig, deployment: str) -> None:
    rig: JsmRig = await rigs(deployment=deployment)
    (id,) = await rig.seed(["named"])
    session = await rig.connect()
    for who in ("Bo Berg", rig.identity("bo"), "bo@example.org"):
        await act(session, rig, id, Assign(to=""))
        done = await act(session, rig, id, Assign(to=who))
        assert done.incident is not None and done.incident.assignee_name == "Bo Berg"
    with pytest.raises(InvalidError) as raised:
        await act(session, rig, id, Assign(to="Carl Customer"))
    assert raised.value.fields == (("to", "is not known"),)


async def test_unassigning_where_jira_forbids_that_is_told_at_the_field(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(unassigned_forbidden=True)
    (id,) = await rig.seed(["somebody's"])
    await rig.give(id)
    with pytest.raises(InvalidError, match="must be assigned") as raised:
        await act(await rig.connect(), rig, id, Assign(to=""))
    assert raised.value.fields[0][0] == "to"


@pytest.mark.parametrize(
    ("field", "team", "held"),
    [
        ("", "Database", (world.TEAM, "8d1f6a00-db")),
        ("components", "Database", ("components", ["10101"])),
        ("Support group", "database-oncall", (world.GROUP, "database-oncall")),
    ],
    ids=["Team field", "components", "group picker"],
)
async def test_a_team_is_what_the_config_says_holds_it(
    rig: JsmRig, field: str, team: str, held: tuple[str, Any]
) -> None:
    (id,) = await rig.seed(["given on"])
    session = await rig.connect(**({"team_field": field} if field else {}))
    assert team in {entry.name for entry in await session.directory(DirectoryKind.TEAM, "")}
    done = await act(session, rig, id, Assign(team=team.lower()))
    assert done.incident is not None and done.incident.team == team
    assert rig.issue(id).fields[held[0]] == held[1]
    await act(session, rig, id, Assign(team=""))
    assert (await one(session, id)).team is None


async def test_a_site_without_fields_for_it_says_so(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(no_team_field=True, no_major_field=True, no_createmeta=True)
    account = await (await rig.connect()).probe()
    for capability, words in (
        (Capability.ASSIGN_TEAM, "team_field"),
        (Capability.MAJOR, "major_field"),
        (Capability.SET_IMPACT_URGENCY, "impact and urgency"),
        (Capability.CREATE, "create nothing"),
    ):
        assert words in account.capabilities.reason(capability)


async def test_impact_is_the_field_on_the_screen_of_several_with_that_name(rig: JsmRig) -> None:
    (id,) = await rig.seed(["two fields"])
    session = await rig.connect()
    await act(session, rig, id, SetPriority(impact=1, urgency=3))
    held = rig.issue(id).fields
    assert (held[world.IMPACT], held[world.URGENCY], held.get(world.OTHER_IMPACT)) == ("501", "514", None)
    incident = await one(session, id)
    assert (incident.impact, incident.urgency) == (1, 3)
    await act(session, rig, id, SetPriority(impact=2))
    assert world.OPTIONS[world.IMPACT][rig.issue(id).fields[world.IMPACT]] == "Moderate / Limited"
    rig.site.save(id, **{world.IMPACT: "502"})
    await act(session, rig, id, SetPriority(impact=1))
    assert rig.issue(id).fields[world.IMPACT] == "502", "what counts as that already stays"


async def test_priorities_count_by_their_order_or_as_the_config_says(rig: JsmRig) -> None:
    (id,) = await rig.seed(["urgent"])
    session = await rig.connect()
    await act(session, rig, id, SetPriority(priority=2))
    assert world.PRIORITIES[rig.issue(id).fields["priority"]] == "High"
    told = await rig.connect(priorities={"Highest": 2, "High": 3, "Medium": 4, "Low": 5, "Lowest": 5})
    await act(told, rig, id, SetPriority(priority=2))
    assert world.PRIORITIES[rig.issue(id).fields["priority"]] == "Highest"
    with pytest.raises(InvalidError, match="counts as 1"):
        await act(told, rig, id, SetPriority(priority=1))


@pytest.mark.parametrize("select", [False, True])
async def test_a_major_incident_is_declared_in_the_form_that_the_site_has(rigs: MakeRig, select: bool) -> None:
    rig: JsmRig = await rigs(major_is_select=select)
    (id,) = await rig.seed(["big"])
    session = await rig.connect(**({"major_field": "Major incident"} if select else {}))
    done = await act(session, rig, id, SetMajor(on=True))
    assert done.incident is not None and done.incident.major
    done = await act(session, rig, id, SetMajor(on=False))
    assert done.incident is not None and not done.incident.major


# --- links
async def test_a_duplicate_points_to_the_one_that_goes_on_and_is_resolved(rig: JsmRig) -> None:
    duplicate, original = await rig.seed(["again", "the first"])
    session = await rig.connect()
    done = await act(session, rig, duplicate, LinkTo(original, "jira:OPS-2", LinkKind.DUPLICATE))
    assert done.incident is not None and done.incident.state is State.RESOLVED
    assert rig.issue(duplicate).fields["resolution"] == "10002"
    assert rig.issue(duplicate).links == [("10002", "outward", original)]
    assert {link.kind for link in (await one(session, original)).links} == {LinkKind.RELATED}


async def test_a_problem_is_linked_as_what_causes_the_incident(rig: JsmRig) -> None:
    (id,) = await rig.seed(["caused"])
    problem = rig.site.register("bad disk", by="bo")
    problem.type = "10006"
    session = await rig.connect()
    assert [entry.id for entry in await session.directory(DirectoryKind.PROBLEM, "disk")] == [problem.key]
    done = await act(session, rig, id, LinkTo(problem.key, f"jira:{problem.key}", LinkKind.PROBLEM))
    assert rig.issue(id).links == [("10004", "inward", problem.id)]
    assert done.incident is not None
    assert [(link.kind, link.ref) for link in done.incident.links] == [(LinkKind.PROBLEM, f"jira:{problem.key}")]
    before = len(rig.bodies("/issueLink"))
    await act(session, rig, id, LinkTo(problem.key, f"jira:{problem.key}", LinkKind.PROBLEM))
    assert len(rig.bodies("/issueLink")) == before, "what is there already is not made again"


async def test_links_to_nothing_and_of_no_kind_are_refused(rig: JsmRig) -> None:
    (id,) = await rig.seed(["alone"])
    session = await rig.connect()
    with pytest.raises(NotFoundError):
        await act(session, rig, id, LinkTo("OPS-999", "jira:OPS-999", LinkKind.RELATED))
    with pytest.raises(InvalidError, match="itself"):
        await act(session, rig, id, LinkTo(id, "jira:OPS-1", LinkKind.RELATED))
    (other,) = await rig.seed(["other"])
    with pytest.raises(InvalidError, match="link_types"):
        await act(session, rig, id, LinkTo(other, "jira:OPS-2", LinkKind.PARENT))


# --- new incidents
@BOTH
async def test_a_new_incident_has_what_was_asked_for(rigs: MakeRig, deployment: str) -> None:
    rig: JsmRig = await rigs(deployment=deployment)
    session = await rig.connect()
    change = Create(
        title="Mail is late",
        description="since 9:00\n  see graph",
        impact=1,
        urgency=1,
        team="Network",
        fields=(("labels", "mail late"),),
    )
    done = await session.perform(command(change, None, rig), None)
    assert done.message == ""
    assert done.incident is not None
    assert (done.incident.title, done.incident.description) == ("Mail is late", "since 9:00\n  see graph")
    assert (done.incident.priority, done.incident.impact, done.incident.urgency) == (1, 1, 1)
    assert done.incident.team == "Network"
    assert rig.issue(done.incident.id).fields["labels"] == ["mail", "late"]
    assert rig.issue(done.incident.id).type == "10004"
    assert rig.site.store.mail == []


async def test_what_a_new_incident_lacks_is_told_at_our_field(rig: JsmRig) -> None:
    session = await rig.connect()
    for change, field in (
        (Create(title=" "), "title"),
        (Create(title="x", team="no such team"), "team"),
        (Create(title="x", caller="nobody real"), "caller"),
        (Create(title="x", fields=(("customfield_1", "y"),)), "customfield_1"),
        (Create(title="x", service="Mail"), "service"),
    ):
        with pytest.raises(InvalidError) as raised:
            await session.perform(command(change, None, rig), None)
        assert raised.value.fields[0][0] == field
    assert not rig.site.store.issues


async def test_an_account_that_may_only_read_says_which_right_it_lacks(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(read_only_account=True)
    (id,) = await rig.seed(["look only"])
    session = await rig.connect()
    account = await session.probe()
    assert "TRANSITION_ISSUES" in account.capabilities.reason(Capability.RESOLVE)
    for change in (Note(text="x"), Take(), Acknowledge(), SetPriority(priority=1)):
        with pytest.raises(ForbiddenError):
            await act(session, rig, id, change)


async def test_only_those_links_are_offered_for_which_there_is_a_type(rig: JsmRig) -> None:
    async def offered(**options: Any) -> set[str]:
        (spec,) = await (await rig.connect(**options)).fields(Verb.LINK, None)
        return {choice.value for choice in spec.choices}

    assert await offered() == {"related", "duplicate", "problem", "change"}
    assert "parent" in await offered(link_types={"parent": "Blocks"})
