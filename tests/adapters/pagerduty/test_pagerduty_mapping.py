"""From objects to incidents: fields, states, snoozes; and however mutilated an object is, nothing is lost or raised."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vagt.adapters.http import Answer
from vagt.adapters.pagerduty.announcing import holds_words, words_in
from vagt.adapters.pagerduty.errors import Refusal, as_error, told
from vagt.adapters.pagerduty.mapping import (
    Frame,
    Person,
    bridge_of,
    description_of,
    incident_of,
    is_whole,
    ranked,
    version_of,
)
from vagt.adapters.pagerduty.options import read
from vagt.adapters.pagerduty.timeline import _entry, _note
from vagt.adapters.pagerduty.wire import clean
from vagt.adapters.protocol import (
    AdapterError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TransitionError,
)
from vagt.config.settings import BackendSettings
from vagt.domain.incident import ClockKind, Incident, LinkKind, State
from vagt.domain.sla import promises

OPTIONS = read(BackendSettings(name="pd", adapter="pagerduty"))
PRIORITIES = ranked(tuple({"id": f"PRIO{n}", "name": f"P{n}", "type": "priority"} for n in range(1, 7)), OPTIONS)
FRAME = Frame(
    backend="pd",
    options=OPTIONS,
    people={"PANNA": Person("PANNA", "anna@acme.example", "Anna Holm")},
    priorities=PRIORITIES,
    timeouts={"PSHOP": None, "PMAIL": 1800},
)


def ref(kind: str, id: str, summary: str) -> dict[str, Any]:
    return {"id": id, "type": f"{kind}_reference", "summary": summary, "html_url": None}


ROW: dict[str, Any] = {
    "id": "Q1",
    "type": "incident",
    "incident_number": 1234,
    "summary": "[#1234] Checkout is down",
    "title": "Checkout is down",
    "created_at": "2026-11-24T10:00:00Z",
    "updated_at": "2026-11-24T10:20:00Z",
    "resolved_at": None,
    "status": "acknowledged",
    "urgency": "high",
    "priority": ref("priority", "PRIO2", "P2"),
    "service": ref("service", "PSHOP", "Shop"),
    "escalation_policy": ref("escalation_policy", "PPOL", "Operations"),
    "teams": [ref("team", "PT", "Ops")],
    "assigned_via": "direct_assignment",
    "assignments": [
        {"at": "2026-11-24T10:01:00Z", "assignee": ref("user", "PANNA", "Anna Holm")},
        {"at": "2026-11-24T10:02:00Z", "assignee": ref("user", "PBO", "Bo Lund")},
    ],
    "acknowledgements": [{"at": "2026-11-24T10:05:00+01:00", "acknowledger": ref("user", "PBO", "Bo Lund")}],
    "pending_actions": [{"type": "unacknowledge", "at": "2026-11-24T12:00:00Z"}, {"type": "urgency_change"}],
    "alert_counts": {"all": 2, "triggered": 1, "resolved": 1},
    "incident_type": {"name": "major_incident"},
    "resolve_reason": None,
    "incidents_responders": [{"state": "pending", "user": ref("user", "PC", "Carl Ek")}],
    "conference_bridge": {"conference_number": "+45 1,,2#", "conference_url": "https://example.com/b"},
    "html_url": "https://acme.pagerduty.com/incidents/Q1",
}


def mapped(**changes: Any) -> Incident:
    found = incident_of({**ROW, **changes}, FRAME)
    assert found is not None
    return found


def test_every_field_finds_its_place() -> None:
    incident = mapped()
    assert (incident.number, incident.title, incident.state) == ("1234", "Checkout is down", State.ACTIVE)
    assert (incident.priority, incident.urgency, incident.impact, incident.major) == (2, 1, None, True)
    assert (incident.team, incident.team_id, incident.service) == ("Operations", "PPOL", "Shop")
    assert (incident.assignee, incident.assignee_name) == ("anna@acme.example", "Anna Holm")
    assert incident.also_assigned == ("PBO",)
    assert incident.acknowledged_at == datetime(2026, 11, 24, 9, 5, tzinfo=UTC)
    extra = dict(incident.extra)
    assert extra["Priority"] == "P2"
    assert extra["Acknowledged by"] == "Bo Lund"
    assert extra["Responders"] == "Carl Ek (pending)"
    assert extra["Alerts"] == "2, 1 of them open"
    assert "climbs no further" in extra["Escalation"]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("triggered", State.NEW),
        ("acknowledged", State.ACTIVE),
        ("resolved", State.RESOLVED),
        ("under investigation", State.ACTIVE),
    ],
)
def test_a_state_keeps_its_own_name(status: str, state: State) -> None:
    incident = mapped(status=status)
    assert (incident.state, incident.native_state) == (state, status)


def test_without_a_priority_the_urgency_gives_one() -> None:
    assert mapped(priority=None).priority == 2
    assert mapped(priority=None, urgency="low").priority == 4


def test_priorities_beyond_the_fifth_are_the_fifth() -> None:
    assert mapped(priority=ref("priority", "PRIO6", "P6")).priority == 5


def test_priorities_can_be_told_by_the_config() -> None:
    options = read(BackendSettings(name="pd", adapter="pagerduty", options={"priorities": {"SEV-1": 1, "SEV-2": 3}}))
    found = ranked(({"id": "A", "name": "sev-2"}, {"id": "B", "name": "SEV-1"}), options)
    assert [one.rank for one in found.values()] == [3, 1]


def test_a_snooze_is_told_from_an_acknowledgement_that_runs_out() -> None:
    ends = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert mapped().snoozed_until == ends, "the service lets no acknowledgement run out"
    timed = {"service": ref("service", "PMAIL", "Mail")}
    acked = [{"at": "2026-11-24T11:30:05Z", "acknowledger": ref("user", "PBO", "Bo")}]
    assert mapped(**timed, acknowledgements=acked).snoozed_until is None, "half an hour after it: it runs out"
    assert mapped(**timed).snoozed_until == ends, "two hours after it: it was snoozed"
    unknown = {"service": ref("service", "PNEW", "New")}
    assert mapped(**unknown).snoozed_until is None, "nothing is hidden that cannot be told"
    known = Frame(backend="pd", options=OPTIONS, snoozes={"Q1": ends})
    found = incident_of({**ROW, **unknown}, known)
    assert found is not None
    assert found.snoozed_until == ends


def test_the_next_level_is_a_clock_and_no_deadline() -> None:
    pending = [{"type": "escalate", "at": "2026-11-24T11:00:00Z"}, {"type": "resolve", "at": "2026-11-25T00:00:00Z"}]
    incident = mapped(status="triggered", pending_actions=pending)
    (clock,) = incident.sla
    assert (clock.kind, clock.due_at) == (ClockKind.ESCALATION, datetime(2026, 11, 24, 11, tzinfo=UTC))
    assert promises(incident) == ()
    assert dict(incident.extra)["Resolves by itself"] == "2026-11-25 00:00 UTC"


def test_what_was_merged_away_points_to_the_one_that_survives() -> None:
    reason = {"type": "merge_resolve_reason", "incident": ref("incident", "Q9", "[#99] The other one")}
    (link,) = mapped(status="resolved", resolve_reason=reason).links
    assert (link.kind, link.ref, link.title) == (LinkKind.DUPLICATE, "pd:99", "The other one")


def test_the_version_changes_with_what_decisions_rest_on() -> None:
    before = version_of(ROW)
    for name, value in (
        ("status", "triggered"),
        ("priority", None),
        ("title", "other"),
        ("assignments", []),
        ("acknowledgements", None),
        ("updated_at", "2026-11-24T10:20:01Z"),
        ("escalation_policy", ref("escalation_policy", "P2", "x")),
        ("incident_type", {"name": "other"}),
    ):
        assert version_of({**ROW, name: value}) != before, name
    whole = {**ROW, "priority": {"id": "PRIO2", "type": "priority", "name": "P2", "color": "red"}}
    assert version_of(whole) == before, "a reference and the whole object are one"


def test_a_reference_and_a_whole_object_read_alike() -> None:
    service = {"id": "PSHOP", "type": "service", "name": "Shop", "summary": "Shop", "status": "critical"}
    assert mapped(service=service).service == mapped().service == "Shop"


def test_a_description_is_found_wherever_it_stands() -> None:
    assert description_of({"body": {"details": "text"}}) == "text"
    assert description_of({"body": {"details": {"host": "db-07", "load": 9}}}) == "host: db-07\nload: 9"
    assert (
        description_of({"first_trigger_log_entry": {"channel": {"details": "from the channel"}}}) == "from the channel"
    )
    assert description_of({"first_trigger_log_entry": {"event_details": {"description": "event"}}}) == "event"
    assert description_of(ROW) == ""


def test_only_an_incident_that_tells_all_stands_for_a_read() -> None:
    assert is_whole(ROW)
    assert not is_whole(ref("incident", "Q1", "x"))
    assert not is_whole({name: value for name, value in ROW.items() if name != "priority"})


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.lists(st.one_of(st.none(), st.text(max_size=5), st.dictionaries(st.text(max_size=4), st.none())), max_size=3),
    st.dictionaries(st.sampled_from(["id", "type", "summary", "name", "at", "x"]), st.integers(), max_size=3),
)


@st.composite
def mutilated(draw: st.DrawFn) -> dict[str, Any]:
    """The row with some fields gone and some replaced, at any depth."""
    row = copy.deepcopy(ROW)
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
            places.append((value, key))
            walk(value[key])

    walk(row)
    for holder, key in draw(st.lists(st.sampled_from(places), max_size=12, unique_by=id)):
        if isinstance(holder, dict) and key in holder and draw(st.booleans()):
            del holder[key]
        elif isinstance(holder, list) or key in holder:
            holder[key] = draw(JUNK)
    row["id"] = "Q1"
    return row


@given(row=mutilated())
@settings(max_examples=300, deadline=None)
def test_a_mutilated_incident_is_never_lost_and_breaks_nothing(row: dict[str, Any]) -> None:
    incident = incident_of(row, FRAME)
    assert incident is not None
    assert incident.id == "Q1"
    assert incident.number
    for moment in (incident.created_at, incident.updated_at, incident.acknowledged_at, incident.resolved_at):
        assert moment is None or moment.utcoffset() is not None
    assert incident.priority in (None, 1, 2, 3, 4, 5)
    version_of(row), bridge_of(row), description_of(row), is_whole(row)


ENTRY = {
    "id": "R1",
    "type": "annotate_log_entry",
    "summary": "Annotated.",
    "created_at": "2026-11-24T05:00:00-05:00",
    "agent": ref("user", "PBO", "Bo Lund"),
    "channel": {"type": "note", "summary": "looked at it"},
    "event_details": {"description": "x"},
    "incident": ref("incident", "Q1", "x"),
}


@given(name=st.sampled_from(sorted(ENTRY)), junk=JUNK)
@settings(deadline=None)
def test_a_mutilated_line_of_the_log_breaks_nothing(name: str, junk: Any) -> None:
    entry = {**ENTRY, name: junk}
    assert _entry(entry).at.utcoffset() is not None
    assert _note({**entry, "content": junk}).text is not None
    assert isinstance(words_in(entry), list)
    holds_words(entry, "looked at it")


def test_lines_of_unknown_types_show_their_summary() -> None:
    assert _entry({**ENTRY, "type": "brand_new_log_entry", "summary": "Something new."}).text == "Something new."


@pytest.mark.parametrize(
    ("body", "words", "code"),
    [
        (
            '{"error":{"message":"Invalid Input Provided","code":2001,"errors":["Title cannot be empty."]}}',
            "Title",
            2001,
        ),
        ('{"error":{"message":"Not Found","code":2100}}', "Not Found", 2100),
        ('{"error":{"message":"Invalid Input Provided","code":2001,"errors":"one text"}}', "one text", 2001),
        ('{"error":["first","second"]}', "first; second", 0),
        ('{"error":"plain"}', "plain", 0),
        ("", "", 0),
        ("<html><title>502</title></html>", "502", 0),
        ("[1]", "", 0),
    ],
)
def test_refusals_are_read_in_each_form_they_come_in(body: str, words: str, code: int) -> None:
    found, number = told(Answer(400, httpx.Headers(), body.encode(), "PUT /incidents/Q1"))
    assert words in found
    assert number == code


@given(body=st.one_of(st.text(max_size=80), JUNK.map(lambda junk: json.dumps({"error": junk}))))
@settings(deadline=None)
def test_no_refusal_is_too_odd_to_be_read(body: str) -> None:
    words, code = told(Answer(400, httpx.Headers(), body.encode("utf-8", "replace"), "PUT /x"))
    assert isinstance(words, str)
    assert isinstance(code, int)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1001, TransitionError),
        (1006, TransitionError),
        (1012, TransitionError),
        (2010, ForbiddenError),
        (1008, ForbiddenError),
        (2100, NotFoundError),
        (2001, InvalidError),
        (1020, InvalidError),
        (0, InvalidError),
    ],
)
def test_a_code_is_the_error_that_it_stands_for(code: int, kind: type[AdapterError]) -> None:
    assert type(as_error(Refusal("words", code))) is kind


def test_texts_are_sent_without_controls() -> None:
    assert clean("a\x00b\r\nc\td\x1b[0m\ud800") == "ab\nc\td[0m?"
