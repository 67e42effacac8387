"""From rows to incidents: fields, states, links, clocks; and however mutilated a row is, nothing is lost or raised."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vagt.adapters.http import Answer
from vagt.adapters.servicenow.choices import _grouped
from vagt.adapters.servicenow.errors import mandatory, refusal, told_of
from vagt.adapters.servicenow.journal import entry_of
from vagt.adapters.servicenow.mapping import FIELDS, Frame, children_of, incident_of, state_of
from vagt.adapters.servicenow.options import read
from vagt.adapters.servicenow.sla import FIELDS as SLA_FIELDS
from vagt.adapters.servicenow.sla import clocks_of
from vagt.adapters.servicenow.wire import clean, rows_of, words_of
from vagt.config.settings import BackendSettings
from vagt.domain.incident import ClockState, Incident, LinkKind, State

OPTIONS = read(BackendSettings(name="snow", adapter="servicenow", options={"extra_fields": ["u_site"]}))
FRAME = Frame(backend="snow", web="https://acme.service-now.com", options=OPTIONS)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ID = "0123456789abcdef0123456789abcdef"


def cell(value: str, shown: str = "") -> dict[str, str]:
    return {"value": value, "display_value": shown or value}


ROW: dict[str, Any] = {
    "sys_id": cell(ID),
    "number": cell("INC0010002"),
    "short_description": cell("Mail is late"),
    "state": cell("3", "On Hold"),
    "active": cell("true"),
    "hold_reason": cell("4", "Awaiting Vendor"),
    "impact": cell("1", "1 - High"),
    "urgency": cell("2", "2 - Medium"),
    "priority": cell("2", "2 - High"),
    "assignment_group": cell("g" * 32, "Network"),
    "assigned_to": cell("a" * 32, "Anna Holm"),
    "assigned_to.user_name": cell("anna"),
    "caller_id": cell("c" * 32, "Carla Caller"),
    "business_service": cell("s" * 32, "E-mail"),
    "opened_at": cell("2026-11-24 08:00:00", "24/11/2026 09:00:00"),
    "closed_at": cell("2026-11-20 08:00:00"),
    "sys_updated_on": cell("2026-11-24 09:30:00", "24/11/2026 10:30:00"),
    "sys_updated_by": cell("bo"),
    "sys_mod_count": cell("7"),
    "follow_up": cell("2026-11-25 08:00:00"),
    "major_incident_state": cell("accepted", "Accepted"),
    "problem_id": cell("p" * 32, "PRB0000001"),
    "rfc": cell("r" * 32, "CHG0000001"),
    "parent_incident": cell("i" * 32, "INC0010001"),
    "u_site": cell("aarhus", "Aarhus"),
}


def test_every_field_has_its_place() -> None:
    incident = incident_of(ROW, FRAME)
    assert incident is not None
    assert (incident.id, incident.number, incident.title) == (ID, "INC0010002", "Mail is late")
    assert (incident.state, incident.native_state) == (State.WAITING, "On Hold")
    assert (incident.priority, incident.impact, incident.urgency, incident.major) == (2, 1, 2, True)
    assert (incident.team, incident.team_id) == ("Network", "g" * 32)
    assert (incident.assignee, incident.assignee_name) == ("anna", "Anna Holm")
    assert (incident.caller, incident.service, incident.version) == ("Carla Caller", "E-mail", "7")
    assert incident.created_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert incident.updated_at == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert (incident.waiting_reason, incident.waiting_until) == (
        "Awaiting Vendor",
        datetime(2026, 11, 25, 8, tzinfo=UTC),
    )
    assert incident.closed_at is None and incident.resolved_at is None
    assert {(link.kind, link.ref) for link in incident.links} == {
        (LinkKind.PARENT, "snow:INC0010001"),
        (LinkKind.PROBLEM, "snow:PRB0000001"),
        (LinkKind.CHANGE, "snow:CHG0000001"),
    }
    assert incident.url == f"https://acme.service-now.com/nav_to.do?uri=incident.do%3Fsys_id%3D{ID}"
    assert ("u_site", "Aarhus") in incident.extra


def test_a_hidden_login_leaves_the_person_known_by_id() -> None:
    row = {name: held for name, held in ROW.items() if name != "assigned_to.user_name"}
    incident = incident_of(row, FRAME)
    assert incident is not None and (incident.assignee, incident.assignee_name) == ("a" * 32, "Anna Holm")


def test_a_vanished_person_and_a_name_for_an_id_are_kept() -> None:
    incident = incident_of(ROW | {"assigned_to": cell("glide.maint"), "assigned_to.user_name": cell("")}, FRAME)
    assert incident is not None and incident.assignee == "glide.maint"


@pytest.mark.parametrize(
    ("raw", "label", "active", "state"),
    [
        ("1", "New", True, State.NEW),
        ("2", "Bearbejdes", True, State.ACTIVE),
        ("4", "Awaiting Problem", True, State.WAITING),
        ("6", "Resolved", True, State.RESOLVED),
        ("7", "Closed", False, State.CLOSED),
        ("8", "Canceled", False, State.CLOSED),
        ("10", "Awaiting Parts", True, State.WAITING),
        ("11", "With second line", True, State.ACTIVE),
        ("11", "With second line", False, State.CLOSED),
        ("12", "Resolved by vendor", True, State.RESOLVED),
        ("", "", True, State.ACTIVE),
        ("2", "In Progress", False, State.CLOSED),
    ],
)
def test_states_by_number_label_and_activity(raw: str, label: str, active: bool, state: State) -> None:
    assert state_of(raw, label, active, OPTIONS) is state


def test_a_level_beyond_ours_is_shown_in_its_own_words() -> None:
    incident = incident_of(ROW | {"impact": cell("5", "5 - Single user")}, FRAME)
    assert incident is not None and incident.impact is None and ("Impact", "5 - Single user") in incident.extra


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, ClockState.RUNNING),
        ({"planned_end_time": "2026-11-24 11:00:00"}, ClockState.BREACHED),
        ({"has_breached": "true"}, ClockState.BREACHED),
        ({"stage": "breached"}, ClockState.BREACHED),
        ({"stage": "paused", "planned_end_time": "2026-11-24 11:00:00"}, ClockState.PAUSED),
        ({"stage": "completed", "active": "false", "end_time": "2026-11-24 12:30:00"}, ClockState.MET),
        ({"stage": "completed", "active": "false", "end_time": "2026-11-24 14:30:00"}, ClockState.BREACHED),
    ],
)
def test_clocks_by_stage_and_end(changes: dict[str, str], state: ClockState) -> None:
    row = {
        "task": ID,
        "sla": cell("x" * 32, "P2 resolution"),
        "sla.target": "resolution",
        "sla.type": "SLA",
        "stage": "in_progress",
        "active": "true",
        "has_breached": "false",
        "start_time": "2026-11-24 08:00:00",
        "planned_end_time": "2026-11-24 14:00:00",
    }
    (clock,) = clocks_of([row | changes], NOW)[ID]
    assert (clock.name, clock.state) == ("resolution", state)
    assert clocks_of([row | {"stage": "cancelled"}], NOW) == {}
    assert clocks_of([row | {"sla.type": "OLA"}], NOW)[ID][0].name == "P2 resolution"


def test_a_field_that_cannot_be_read_is_dropped_with_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    incident = incident_of(ROW | {"opened_at": cell("yesterday"), "priority": ["2"]}, FRAME)
    assert incident is not None and incident.created_at is None and incident.priority is None
    assert "opened_at" in caplog.text and "priority" in caplog.text and "yesterday" not in caplog.text


def test_errors_are_told_whatever_their_form() -> None:
    assert told_of({"error": {"message": "A", "detail": "B"}}) == "A: B"
    assert told_of({"error": {"message": "A", "detail": None}}) == "A"
    assert told_of({"error": "server_error", "error_description": "access_denied"}) == "server_error: access_denied"
    both = "Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes"
    assert mandatory(both) == ("Resolution code", "Resolution notes")
    assert mandatory("Operation Failed: Data Policy Exception: Resolution code is mandatory") == ("Resolution code",)


def test_the_words_of_a_server_are_not_read_for_seconds() -> None:
    begun = time.process_time()
    mandatory("Data Policy Exception: " + "x" * 20 + " Data Policy Exception: " * 5000)
    assert time.process_time() - begun < 1


_scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))
_known = st.sampled_from(["1", "6", "true", "2026-11-24 08:00:00", "0001-01-01 00:00:00", "9" * 30, "x" * 3000, ID])
_anything = st.recursive(
    st.one_of(_scalars, _known),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)
_cell = st.one_of(
    _anything, st.fixed_dictionaries({}, optional={"value": _anything, "display_value": _anything, "link": _anything})
)


def _rows(fields: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=dict.fromkeys(fields, _cell))


@settings(max_examples=300, deadline=None)
@given(_rows((*FIELDS, "u_site")))
def test_a_row_with_a_sys_id_is_always_an_incident(row: dict[str, Any]) -> None:
    incident = incident_of(row | {"sys_id": cell(ID)}, FRAME)
    assert isinstance(incident, Incident) and incident.id == ID
    assert isinstance(incident.state, State)
    assert incident.priority in (None, 1, 2, 3, 4, 5) and incident.impact in (None, 1, 2, 3)
    assert all(isinstance(text, str) for text in (incident.title, incident.number, incident.native_state))
    for moment in (incident.created_at, incident.updated_at, incident.resolved_at, incident.waiting_until):
        assert moment is None or moment.tzinfo is UTC
    assert len(incident.title) <= 10_000


@settings(max_examples=150, deadline=None)
@given(_rows(FIELDS))
def test_a_row_without_a_sys_id_breaks_nothing(row: dict[str, Any]) -> None:
    incident_of({name: held for name, held in row.items() if name != "sys_id"}, FRAME)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(_rows(SLA_FIELDS), max_size=3),
    st.lists(_rows(("name", "element", "value", "label")), max_size=3),
    _rows(("sys_id", "element", "value", "sys_created_on", "sys_created_by")),
    _anything,
)
def test_other_rows_break_nothing(
    clocks: list[dict[str, Any]], choices: list[dict[str, Any]], entry: dict[str, Any], anything: object
) -> None:
    clocks_of(clocks, NOW)
    children_of(clocks, "snow")
    _grouped(choices)
    words_of(clean(entry_of(entry).text))
    rows_of(anything)
    if isinstance(anything, dict):
        told_of(anything)
    refusal(str(anything))


def test_an_answer_shows_neither_headers_nor_body() -> None:
    import httpx

    answer = Answer(200, httpx.Headers({"set-cookie": "JSESSIONID=CANARY"}), b"canary", "GET /x")
    assert "CANARY" not in repr(answer) and "canary" not in repr(answer)
