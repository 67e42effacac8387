"""From issues to incidents: fields, states, levels, links, clocks, documents; however mutilated, nothing is lost."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagt.adapters.http import Answer
from vagt.adapters.jsm.clocks import clock_of
from vagt.adapters.jsm.documents import clean, document, words_of
from vagt.adapters.jsm.errors import fields_of, is_refused, is_scope, jira_words
from vagt.adapters.jsm.fieldmap import FieldMap, TeamKind, field_map
from vagt.adapters.jsm.jql import among, in_zone, quoted
from vagt.adapters.jsm.levels import Levels
from vagt.adapters.jsm.mapping import Frame, incident_of, shown, state_of, team_of, version_of
from vagt.adapters.jsm.moving import Move, chosen
from vagt.adapters.jsm.options import read
from vagt.adapters.protocol import InvalidError, TransitionError
from vagt.config.settings import BackendSettings
from vagt.domain.commands import Verb
from vagt.domain.incident import ClockState, Incident, LinkKind, State

FOUR = tuple((f"50{n}", name) for n, name in enumerate(("Critical", "High", "Medium", "Low"), start=1))


def options(**given: Any) -> Any:
    held = {"projects": ["OPS"], **given}
    return read(BackendSettings(name="jira", adapter="jsm", url="https://acme.atlassian.net", options=held))


FRAME = Frame(
    backend="jira",
    web="https://acme.atlassian.net",
    cloud=True,
    options=options(),
    fields=FieldMap(
        request_type="customfield_1",
        slas=("customfield_2", "customfield_3"),
        impact="customfield_4",
        urgency="customfield_5",
        major="customfield_6",
        team="customfield_7",
        team_kind=TeamKind.TEAM,
        services="customfield_8",
        extra=(("customfield_9", "Site"),),
    ),
    levels=Levels((("2", "Highest"), ("9", "High"), ("1", "Medium")), FOUR, FOUR),
)
MOMENT = {"epochMillis": 1795439112345, "iso8601": "2026-11-23T14:05:12+0100"}
ROW: dict[str, Any] = {
    "id": "10042",
    "key": "OPS-42",
    "fields": {
        "summary": "Mail queue stuck",
        "description": document("since 9:00\n  see graph"),
        "status": {"id": "3", "name": "Work in progress", "statusCategory": {"id": 4, "key": "indeterminate"}},
        "priority": {"id": "9", "name": "High"},
        "assignee": {"accountId": "712020:ann", "displayName": "Ann", "active": True},
        "reporter": {"accountId": "712020:carl", "displayName": "Carl"},
        "created": "2026-11-23T14:05:12.345+0100",
        "updated": "2026-11-23T14:09:00.001+0100",
        "issuetype": {"id": "10004", "name": "[System] Incident"},
        "project": {"id": "10000", "key": "OPS", "projectTypeKey": "service_desk"},
        "resolution": None,
        "resolutiondate": None,
        "labels": ["mail", "prod"],
        "components": [{"id": "1", "name": "Network"}, {"id": "2", "name": "Mail"}],
        "issuelinks": [
            {
                "type": {"name": "Problem/Incident"},
                "inwardIssue": {"key": "OPS-7", "fields": {"summary": "Disk", "issuetype": {"name": "Problem"}}},
            },
            {"type": {"name": "Duplicate"}, "outwardIssue": {"key": "OPS-8", "fields": {}}},
            {"type": {"name": "Duplicate"}, "inwardIssue": {"key": "OPS-9"}},
        ],
        "customfield_1": {"requestType": {"id": "25", "name": "Report a problem"}},
        "customfield_2": {
            "name": "Time to first response",
            "completedCycles": [{"startTime": MOMENT, "breachTime": MOMENT, "breached": False}],
        },
        "customfield_3": {
            "name": "Time to resolution",
            "completedCycles": [],
            "ongoingCycle": {"startTime": MOMENT, "breachTime": {"epochMillis": 1795453512345}, "breached": False},
        },
        "customfield_4": {"id": "502", "value": "High"},
        "customfield_5": {"id": "504", "value": "Low"},
        "customfield_6": "MAJOR_INCIDENT",
        "customfield_7": {"id": "team-1", "name": "Network"},
        "customfield_8": [{"id": "ari:1", "name": "Mail"}],
        "customfield_9": {"value": "Aarhus"},
    },
}


def changed(**fields: Any) -> dict[str, Any]:
    return {**ROW, "fields": {**ROW["fields"], **fields}}


def mapped(row: dict[str, Any], frame: Frame = FRAME) -> Incident:
    incident = incident_of(row, frame)
    assert incident is not None
    return incident


def test_every_field_has_its_place() -> None:
    incident = mapped(ROW)
    assert (incident.id, incident.number, incident.title) == ("10042", "OPS-42", "Mail queue stuck")
    assert incident.description == "since 9:00\n  see graph"
    assert (incident.state, incident.native_state) == (State.ACTIVE, "Work in progress")
    assert (incident.priority, incident.impact, incident.urgency, incident.major) == (2, 1, 3, True)
    assert (incident.team, incident.team_id) == ("Network", "team-1")
    assert (incident.assignee, incident.assignee_name, incident.caller) == ("712020:ann", "Ann", "Carl")
    assert (incident.service, incident.category) == ("Mail", "Network, Mail")
    assert incident.created_at == datetime(2026, 11, 23, 13, 5, 12, 345000, tzinfo=UTC)
    assert incident.version == "1795439340001"
    assert incident.url == "https://acme.atlassian.net/browse/OPS-42"
    assert {(link.kind, link.ref) for link in incident.links} == {
        (LinkKind.PROBLEM, "jira:OPS-7"),
        (LinkKind.DUPLICATE, "jira:OPS-8"),
        (LinkKind.RELATED, "jira:OPS-9"),
    }
    assert [(clock.name, clock.state) for clock in incident.sla] == [
        ("response", ClockState.MET),
        ("resolution", ClockState.RUNNING),
    ]
    assert dict(incident.extra) == {
        "Type": "[System] Incident",
        "Priority": "High",
        "Impact": "High",
        "Urgency": "Low",
        "Labels": "mail, prod",
        "Request type": "Report a problem",
        "Site": "Aarhus",
    }


@pytest.mark.parametrize(
    ("name", "category", "state"),
    [
        ("Offen", {"key": "new"}, State.NEW),
        ("Neu", {"id": 2}, State.NEW),
        ("Pending", {"key": "indeterminate"}, State.WAITING),
        ("Waiting for customer", {"key": "indeterminate"}, State.WAITING),
        ("Waiting for support", {"key": "indeterminate"}, State.ACTIVE),
        ("Done", {"key": "done"}, State.RESOLVED),
        ("Closed", {"key": "done"}, State.CLOSED),
        ("Canceled", {"key": "done"}, State.CLOSED),
        ("Closed", {"key": "indeterminate"}, State.ACTIVE),
        ("Something", {"key": "undefined"}, State.ACTIVE),
        ("Something", {}, State.ACTIVE),
    ],
)
def test_states_follow_the_category_and_the_stock_names(name: str, category: dict[str, Any], state: State) -> None:
    assert state_of({"id": "77", "name": name, "statusCategory": category}, options()) is state
    told = options(states={"77": "closed"})
    assert state_of({"id": "77", "name": name, "statusCategory": category}, told) is State.CLOSED


@pytest.mark.parametrize(
    ("held", "major"),
    [
        (None, False),
        ("", False),
        ("MAJOR_INCIDENT", True),
        ({"value": "Yes"}, True),
        ({"value": "No"}, False),
        (True, True),
        (["major"], True),
        ([], False),
    ],
)
def test_a_major_incident_is_told_in_several_forms(held: object, major: bool) -> None:
    assert mapped(changed(customfield_6=held)).major is major


@pytest.mark.parametrize(
    ("kind", "held", "team"),
    [
        (TeamKind.TEAM, {"id": "t1", "name": "Net"}, ("t1", "Net")),
        (TeamKind.TEAM, {"id": "t1", "title": "Net"}, ("t1", "Net")),
        (TeamKind.COMPONENTS, [{"id": "7", "name": "Net"}, {"id": "8", "name": "Mail"}], ("7", "Net")),
        (TeamKind.GROUP, {"name": "net", "groupId": "x"}, ("net", "net")),
        (TeamKind.SELECT, {"id": "5", "value": "Net"}, ("5", "Net")),
        (TeamKind.TEAM, None, ("", "")),
        (TeamKind.COMPONENTS, [], ("", "")),
        (TeamKind.NONE, {"id": "x"}, ("", "")),
    ],
)
def test_a_team_is_read_from_whatever_holds_it(kind: TeamKind, held: object, team: tuple[str, str]) -> None:
    assert team_of(held, kind) == team


def test_data_center_knows_people_by_name() -> None:
    frame = Frame(
        backend="jira", web="https://jira", cloud=False, options=options(), fields=FRAME.fields, levels=FRAME.levels
    )
    incident = mapped(changed(assignee={"name": "ann", "key": "JIRAUSER1", "displayName": "Ann"}), frame)
    assert (incident.assignee, incident.assignee_name) == ("ann", "Ann")


def test_levels_of_four_and_of_three() -> None:
    levels = Levels(impacts=FOUR, urgencies=FOUR[1:])
    assert [levels.impact(id, name) for id, name in FOUR] == [1, 1, 2, 3]
    assert [levels.urgency(id, name) for id, name in FOUR[1:]] == [1, 2, 3]
    assert (levels.impact_for(1), levels.impact_for(2), levels.impact_for(3)) == ("501", "503", "504")
    assert levels.impact("999", "unheard of") is None


@pytest.mark.parametrize(
    ("cycle", "state", "due"),
    [
        ({"breachTime": MOMENT, "breached": True}, ClockState.BREACHED, True),
        ({"breachTime": MOMENT, "paused": True}, ClockState.PAUSED, True),
        ({"paused": True}, ClockState.PAUSED, False),
        ({"breachTime": {"jira": "2026-11-23T14:05:12.345+0100"}}, ClockState.RUNNING, True),
    ],
)
def test_clocks_run_pause_and_breach(cycle: dict[str, Any], state: ClockState, due: bool) -> None:
    clock = clock_of({"name": "Zeit bis zur Lösung", "ongoingCycle": cycle, "completedCycles": []}, "x")
    assert clock is not None
    assert (clock.name, clock.state, clock.due_at is not None) == ("Zeit bis zur Lösung", state, due)


def test_a_clock_that_never_ran_is_none() -> None:
    assert clock_of({"name": "Time to resolution", "completedCycles": []}, "x") is None
    assert clock_of(None, "x") is None


# --- mutilated
_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(ROW["fields"])), _JUNK, max_size=8), st.booleans())
def test_a_mutilated_issue_is_never_lost_and_never_raises(junk: dict[str, Any], cloud: bool) -> None:
    frame = Frame(
        backend="jira",
        web="https://jira",
        cloud=cloud,
        options=options(),
        fields=FRAME.fields,
        levels=FRAME.levels,
    )
    incident = incident_of({**ROW, "fields": {**ROW["fields"], **junk}}, frame)
    assert incident is not None
    assert (incident.id, incident.number) == ("10042", "OPS-42")
    for name in ("created_at", "updated_at", "resolved_at"):
        moment = getattr(incident, name)
        assert moment is None or moment.utcoffset() == timedelta(0)


@given(_JUNK)
def test_whatever_stands_in_place_of_the_fields_leaves_the_issue(junk: Any) -> None:
    incident = incident_of({"id": 10042, "key": "OPS-42", "fields": junk}, FRAME)
    assert incident is not None and incident.id == "10042"
    assert incident_of({"key": "OPS-42", "fields": junk}, FRAME) is None


@given(_JUNK)
def test_readers_of_single_values_never_raise(junk: Any) -> None:
    words_of(junk)
    shown(junk)
    clock_of(junk, "x")
    team_of(junk, TeamKind.TEAM)
    version_of({"fields": junk})
    fields_of(junk)


def test_what_is_unreadable_is_left_out_with_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        incident = mapped(changed(updated="yesterday", customfield_3="junk secret-content"))
    assert incident.updated_at is None
    assert "updated of issue OPS-42" in caplog.text
    assert "secret-content" not in caplog.text


# --- documents
@given(st.text(max_size=200))
def test_words_come_back_from_a_document_as_they_were(text: str) -> None:
    told = clean(text).strip("\n")
    held = json.loads(json.dumps(document(told)))
    assert words_of(held) == told
    assert all(node.get("text") != "" for node in held["content"][0]["content"])


def test_documents_of_others_are_readable() -> None:
    held = {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "heading", "attrs": {"level": 1}, "content": [{"type": "text", "text": "What we saw"}]},
            {
                "type": "paragraph",
                "content": [
                    {"type": "mention", "attrs": {"id": "712020:x", "text": "@Ann"}},
                    {"type": "text", "text": " look: "},
                    {"type": "inlineCard", "attrs": {"url": "https://x.example"}},
                    {"type": "emoji", "attrs": {"shortName": ":fire:"}},
                ],
            },
            {
                "type": "bulletList",
                "content": [
                    {"type": "listItem", "content": [{"type": "paragraph", "content": [{"type": "text", "text": t}]}]}
                    for t in ("one", "two")
                ],
            },
            {"type": "codeBlock", "content": [{"type": "text", "text": "  tail -f\nmail.log"}]},
            {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"id": "1"}}]},
            {"type": "panel", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "in a panel"}]}]},
            {"type": "somethingNew", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "new"}]}]},
        ],
    }
    assert words_of(held) == (
        "What we saw\n\n@Ann look: https://x.example:fire:\n\n- one\n- two\n\n  tail -f\nmail.log\n\n[file]\n\n"
        "in a panel\n\nnew"
    )


# --- fields of a site
def rows(*given: tuple[str, str, str, str]) -> list[dict[str, Any]]:
    return [{"id": i, "name": n, "schema": {"custom": c, "type": t}} for i, n, c, t in given]


SELECT = "com.atlassian.jira.plugin.system.customfieldtypes:select"


def test_fields_are_found_by_what_they_are_and_not_by_their_names() -> None:
    told = field_map(
        rows(
            ("customfield_1", "Anfragetyp", "com.atlassian.servicedesk:vp-origin", "x"),
            ("customfield_2", "Zeit", "com.atlassian.servicedesk:sd-sla-field", "x"),
            ("customfield_3", "Gruppe", "com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team", "team"),
            ("customfield_4", "Impact", SELECT, "option"),
            ("customfield_5", "Impact", SELECT, "option"),
        ),
        ("customfield_5",),
        options(),
    )
    assert (told.request_type, told.slas, told.team, told.impact) == (
        "customfield_1",
        ("customfield_2",),
        "customfield_3",
        "customfield_5",
    )
    assert told.urgency == "" and told.major == ""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"team_field": "No such"}, "has no such field"),
        ({"team_field": "Impact"}, "2 fields are called"),
        ({"team_field": "Text"}, "no Team, group picker or select"),
        ({"extra_fields": ["No such"]}, "has no such field"),
    ],
)
def test_a_field_of_the_config_that_does_not_fit_is_told(given: dict[str, Any], words: str) -> None:
    told = rows(
        ("customfield_4", "Impact", SELECT, "option"),
        ("customfield_5", "Impact", SELECT, "option"),
        ("customfield_6", "Text", "com.atlassian.jira.plugin.system.customfieldtypes:textfield", "string"),
    )
    with pytest.raises(InvalidError, match=words):
        field_map(told, (), options(**given))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"projects": []}, "at least one project"),
        ({"projects": ["OPS; drop"]}, "no project key"),
        ({"states": {"x": "asleep"}}, "each value is one of"),
        ({"moves": {"take": "x"}}, "none of"),
        ({"priorities": {"High": 9}}, "no number from 1 to 5"),
        ({"link_types": {"cousin": "x"}}, "each name is one of"),
        ({"page_size": 0}, "1 to 1000"),
        ({"gateway_url": "api.atlassian.com"}, "https://"),
        ({"resolution_text": "loud"}, "internal or public"),
    ],
)
def test_options_that_cannot_be_used_are_refused_by_name(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidError, match=words) as raised:
        options(**given)
    assert raised.value.fields[0][0] == next(iter(given))


def test_a_query_with_an_order_of_its_own_is_refused() -> None:
    settings = BackendSettings(
        name="j", adapter="jsm", query="labels = x Order  by created", options={"projects": ["O"]}
    )
    with pytest.raises(InvalidError, match="order"):
        read(settings)


# --- moves
def move(id: str, name: str, to: State, status: str, native: str = "") -> Move:
    return Move(id, name, to, native or status, status)


def test_a_move_is_chosen_by_what_it_leads_to() -> None:
    cancel = move("3", "Cancel", State.CLOSED, "c", "Canceled")
    resolve, close = move("1", "Fertig", State.RESOLVED, "r"), move("2", "Zu", State.CLOSED, "z")
    assert chosen([cancel, close, resolve], Verb.RESOLVE, options()) is resolve
    assert chosen([cancel, close], Verb.RESOLVE, options()) is close
    assert chosen([cancel], Verb.CLOSE, options()) is None
    two = [move("5", "A", State.ACTIVE, "x"), move("6", "B", State.ACTIVE, "y")]
    with pytest.raises(TransitionError, match="“A” → x, “B” → y"):
        chosen(two, Verb.ACKNOWLEDGE, options())
    assert chosen(two, Verb.ACKNOWLEDGE, options(moves={"acknowledge": "b"})) is two[1]
    assert chosen(two, Verb.ACKNOWLEDGE, options(moves={"acknowledge": "7"})) is None
    stock = [*two, move("7", "Start work", State.ACTIVE, "x")]
    assert chosen(stock, Verb.ACKNOWLEDGE, options()) is stock[2]


# --- JQL
@given(st.text(max_size=30))
def test_a_quoted_value_ends_where_it_should(value: str) -> None:
    text = quoted(value)
    if text != value:
        assert text.startswith('"') and text.endswith('"')
        inner = text[1:-1].replace("\\\\", "").replace('\\"', "")
        assert '"' not in inner
    assert among("project", ["IN", "10"]) == 'project in ("IN", 10)'


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.sampled_from(["Europe/Berlin", "Asia/Tokyo", "UTC"])
)
def test_a_moment_in_the_accounts_zone_is_never_later_than_meant(when: datetime, zone: str) -> None:
    ms = round(when.replace(tzinfo=UTC).timestamp() * 1000)
    tz = ZoneInfo(zone)
    local = datetime.strptime(in_zone(ms, tz), '"%Y-%m-%d %H:%M"')
    for fold in (0, 1):
        read_as = local.replace(tzinfo=tz, fold=fold).timestamp() * 1000
        assert ms - 3 * 3600_000 - 60_000 <= read_as <= ms


# --- refusals
def answer(status: int, body: object = b"", where: str = "GET /x", **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, httpx.Headers({name.replace("_", "-"): held for name, held in headers.items()}), raw, where)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"errorMessages": ["Gone."], "errors": {}}, "Gone."),
        ({"errorMessages": [], "errors": {"resolution": "Resolution is required."}}, "Resolution is required."),
        ({"errorMessage": "No.", "i18nErrorMessage": {"i18nKey": "x"}}, "No."),
        ({"code": 401, "message": "Unauthorized"}, "Unauthorized"),
        ({"type": "about:blank", "title": "Not Found", "detail": "No endpoint GET /x."}, "No endpoint GET /x."),
        ({"errors": [{"title": "Not found", "detail": "s-net"}]}, "s-net"),
        (b"Client must be authenticated to access this resource.", "Client must be authenticated"),
        (b"<!DOCTYPE html><html><head><title>Down</title></head></html>", "Down"),
        (b"", ""),
    ],
)
def test_refusals_are_told_in_whichever_form_they_come(body: object, words: str) -> None:
    assert words in jira_words(answer(400, body))


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        (answer(200, {"issues": []}), False),
        (answer(200, {"issues": []}, x_seraph_loginreason="AUTHENTICATED_FAILED"), True),
        (answer(200, {"issues": []}, "POST /rest/api/3/search/jql", x_seraph_loginreason="AUTHENTICATED_FAILED"), True),
        (answer(201, {}, "POST /rest/api/3/issue", x_seraph_loginreason="AUTHENTICATED_FAILED"), False),
        (answer(404, {}, x_seraph_loginreason="AUTHENTICATED_FAILED"), True),
        (answer(200, {}, x_seraph_loginreason="OK"), False),
        (answer(401, {"code": 401, "message": "Unauthorized"}), True),
        (answer(401, {"code": 401, "message": "Unauthorized; scope does not match"}), False),
        (answer(403, {"errorMessages": ["no"]}), False),
        (answer(403, b"", x_authentication_denied_reason="CAPTCHA_CHALLENGE; login-url=x"), True),
    ],
)
def test_who_was_not_recognised_is_seen_in_every_answer(given: Answer, refused: bool) -> None:
    assert is_refused(given) is refused
    assert is_scope(given) is ("scope" in given.text)
