"""A ticket's JSON as an incident, without any server: what each field becomes, and what happens to nonsense."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from vagt.adapters.rt.context import Me
from vagt.adapters.rt.desk import rewound
from vagt.adapters.rt.mapping import Frame, fingerprint, incident_of, state_of, version_of
from vagt.adapters.rt.options import priority_of, quoted, read
from vagt.adapters.rt.timeline import entries_of, named
from vagt.adapters.rt.wire import actions_of, clean, cut_bytes
from vagt.config.settings import BackendSettings
from vagt.domain.incident import ClockState, State
from vagt.domain.timeline import EntryKind

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OPTIONS = read(BackendSettings(name="rt", adapter="rt"))
FRAME = Frame(backend="rt", web="https://rt.example", options=OPTIONS, now=NOW, descriptions={}, active={})


def ticket(**changed: object) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "7",
        "type": "ticket",
        "Subject": "db down",
        "Status": "open",
        "Priority": "50",
        "Queue": {"id": "3", "type": "queue", "Name": "Incidents", "Lifecycle": "default"},
        "Owner": {"id": "anna", "type": "user", "Name": "anna", "RealName": "Anna Holm"},
        "Requestor": [{"id": "cora", "type": "user", "RealName": "", "EmailAddress": "cora@example.org"}],
        "Created": "2026-11-24T08:00:00Z",
        "Started": "2026-11-24T08:30:00Z",
        "Resolved": "1970-01-01T00:00:00Z",
        "LastUpdated": "2026-11-24T09:00:00Z",
        "LastUpdatedBy": {"id": "bo"},
        "Due": "2026-11-24T13:00:00Z",
        "SLA": "gold",
        "CustomFields": [{"id": "4", "name": "Tags", "values": ["b", "a"]}],
        "_hyperlinks": [],
    }
    return row | changed


def test_nobody_and_1970_mean_nothing() -> None:
    row = ticket(Owner={"id": "Nobody"}, Due="1970-01-01T00:00:00Z", Started="1970-01-01T00:00:00Z")
    incident = incident_of(row, FRAME)
    assert incident is not None
    assert (incident.assignee, incident.assignee_name, incident.sla, incident.acknowledged_at) == (None, None, (), None)
    assert incident.caller == "cora@example.org"


@pytest.mark.parametrize(
    ("status", "due", "resolved", "state"),
    [
        ("open", "2026-11-24T13:00:00Z", None, ClockState.RUNNING),
        ("open", "2026-11-24T11:00:00Z", None, ClockState.BREACHED),
        ("stalled", "2026-11-24T13:00:00Z", None, ClockState.RUNNING),
        ("resolved", "2026-11-24T11:00:00Z", "2026-11-24T10:00:00Z", ClockState.MET),
        ("resolved", "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z", ClockState.BREACHED),
    ],
)
def test_due_is_the_one_clock(status: str, due: str, resolved: str | None, state: ClockState) -> None:
    incident = incident_of(ticket(Status=status, Due=due, Resolved=resolved), FRAME)
    assert incident is not None
    (clock,) = incident.sla
    assert (clock.name, clock.state, clock.started_at) == ("gold", state, datetime(2026, 11, 24, 8, tzinfo=UTC))


def test_a_deadline_without_a_level_is_called_due() -> None:
    incident = incident_of(ticket(SLA=""), FRAME)
    assert incident is not None and [clock.name for clock in incident.sla] == ["due"]


@pytest.mark.parametrize(
    ("status", "active", "state"),
    [
        ("new", None, State.NEW),
        ("Open", None, State.ACTIVE),
        ("stalled", None, State.WAITING),
        ("pending vendor", None, State.WAITING),
        ("on hold", True, State.WAITING),
        ("resolved", None, State.RESOLVED),
        ("rejected", None, State.CLOSED),
        ("Cancelled", False, State.CLOSED),
        ("frobbed", None, State.ACTIVE),
        ("frobbed", True, State.ACTIVE),
        ("frobbed", False, State.RESOLVED),
        ("pending", False, State.RESOLVED),
        ("closed", True, State.ACTIVE),
        ("", None, State.ACTIVE),
    ],
)
def test_states_by_name_where_that_fits_rts_own_notion(status: str, active: bool | None, state: State) -> None:
    assert state_of(status, active, OPTIONS) is state


@pytest.mark.parametrize(
    ("number", "ours"), [(1000, 1), (80, 1), (79, 2), (60, 2), (59, 3), (40, 3), (20, 4), (19, 5), (0, 5), (-4, 5)]
)
def test_priorities_by_threshold(number: int, ours: int) -> None:
    assert priority_of(OPTIONS, number) == ours


@pytest.mark.parametrize(
    "change",
    [
        {"Subject": None},
        {"Subject": {"x": 1}},
        {"Status": None},
        {"Status": []},
        {"Priority": "High"},
        {"Priority": []},
        {"Owner": None},
        {"Owner": "bo"},
        {"Owner": {"id": None}},
        {"Queue": None},
        {"Queue": "3"},
        {"Queue": [1]},
        {"Requestor": None},
        {"Requestor": {"id": "x"}},
        {"Requestor": [None]},
        {"Created": "yesterday"},
        {"Created": 5},
        {"Created": "9999-99-99T00:00:00Z"},
        {"LastUpdated": None},
        {"Due": "0000-00-00T00:00:00Z"},
        {"SLA": {}},
        {"CustomFields": None},
        {"CustomFields": [None, {"name": 1, "values": None}, {"name": "x", "values": [None, 3]}]},
        {"_hyperlinks": None},
        {"_hyperlinks": ["x", {"ref": "depends-on"}, {"ref": "child", "id": [], "type": "ticket"}]},
        {"Resolved": "x" * 100_000},
    ],
    ids=str,
)
def test_a_spoilt_field_costs_that_field_and_not_the_incident(change: dict[str, object]) -> None:
    incident = incident_of(ticket(**change), FRAME)
    assert incident is not None
    assert incident.id == "7"
    whole = incident_of(ticket(), FRAME)
    assert whole is not None
    if "Subject" not in change:
        assert incident.title == whole.title
    if "Priority" not in change:
        assert incident.priority == whole.priority


@pytest.mark.parametrize("name", sorted(ticket().keys() - {"id"}))
def test_a_missing_field_costs_nothing_else(name: str) -> None:
    row = ticket()
    del row[name]
    incident = incident_of(row, FRAME)
    assert incident is not None and incident.number == "7"


def test_what_is_dropped_leaves_a_trace_without_its_content(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        incident_of(ticket(Created="private words"), FRAME)
        assert incident_of(ticket(id=None), FRAME) is None
    assert "Created of ticket 7" in caplog.text
    assert "private" not in caplog.text


def test_a_title_of_a_million_letters_is_cut() -> None:
    incident = incident_of(ticket(Subject="x" * 1_000_000), FRAME)
    assert incident is not None and len(incident.title) == 10_000


def test_the_version_ignores_order_and_sees_every_field_that_matters() -> None:
    base = ticket()
    assert version_of(base) == version_of(dict(reversed(base.items())))
    for change in (
        {"Status": "new"}, {"Priority": "51"}, {"Subject": "x"}, {"Owner": {"id": "bo"}}, {"Queue": {"id": "4"}},
        {"Due": None}, {"CustomFields": [{"name": "Tags", "values": ["c"]}]}, {"LastUpdated": "2026-11-24T09:00:01Z"},
    ):  # fmt: skip
        assert version_of(ticket(**change)) != version_of(base), change


def test_actions_are_read_once_each() -> None:
    links = [
        {"ref": "lifecycle", "from": "new", "to": "open", "label": "Open It", "update": "Respond"},
        {"ref": "lifecycle", "from": "new", "to": "open", "label": "Again"},
        {"ref": "lifecycle", "from": "new", "to": "void"},
        {"ref": "comment"},
        {"ref": "lifecycle"},
        7,
    ]
    found = actions_of({"_hyperlinks": links})
    assert [(a.to, a.label, a.update) for a in found] == [("open", "Open It", "respond"), ("void", "void", "")]


def test_strings_of_a_query_are_escaped() -> None:
    assert quoted("it's \\ x") == "'it\\'s \\\\ x'"


def test_text_is_cleaned_and_cut_between_letters() -> None:
    assert clean("a\x00\x1b[0m\r\nb\tc\x7f\x9b") == "a[0m\nb\tc"
    assert cut_bytes("ø" * 150, 200) == "ø" * 100
    assert cut_bytes("aø" * 100, 200) == "aø" * 66 + "a"


def _row(id: int, type_: str, **more: object) -> dict[str, object]:
    return {"id": str(id), "Type": type_, "Creator": {"id": "bo"}, "Created": "2026-11-24T09:00:00Z", **more}


def test_a_timeline_says_what_happened() -> None:
    history = [
        _row(9, "Correspond"),
        _row(1, "Create"),
        _row(2, "EmailRecord"),
        _row(3, "Set", Field="Owner", OldValue="6", NewValue="27"),
        _row(4, "SetWatcher", Field="Owner", OldValue="6", NewValue="27"),
        _row(5, "Set", Field="Due", OldValue="1970-01-01 00:00:00", NewValue="2026-11-24 03:00:27"),
        _row(6, "AddLink", Field="DependsOn", NewValue="fsck.com-rt://x/ticket/14"),
        _row(7, "CustomField", Field="2", OldValue="", NewValue="S1"),
        _row(8, "Comment", Created="nonsense"),
        _row(10, "Frobnicate", Field="Gizmo"),
    ]
    bodies = [
        {"TransactionId": "1", "ContentType": "text/plain", "Content": "it broke"},
        {"TransactionId": "9", "ContentType": "text/html", "Content": "<p>we <b>know</b></p>"},
        {"TransactionId": "9", "ContentType": "text/plain", "Filename": "log.txt", "Content": "secret log"},
        {"TransactionId": "8", "ContentType": "text/plain", "Content": "inside\n"},
        {"TransactionId": None, "Content": 5},
    ]
    names = named({"user": {"27": "Anna", "bo": "Bo"}, "field": {"2": "Severity"}})
    told = [(entry.kind, entry.public, entry.text) for entry in entries_of(history, bodies, names)]
    assert told == [
        (EntryKind.NOTE, False, "inside"),
        (EntryKind.COMMENT, True, "it broke"),
        (EntryKind.ASSIGNMENT, False, "nobody → Anna"),
        (EntryKind.UPDATE, False, "Due: – → 2026-11-24 03:00 UTC"),
        (EntryKind.UPDATE, False, "depends on #14"),
        (EntryKind.UPDATE, False, "Severity: – → S1"),
        (EntryKind.COMMENT, True, "we know\n[log.txt]"),
        (EntryKind.OTHER, False, "Frobnicate Gizmo"),
    ]


def test_our_own_steps_can_be_taken_back_in_thought() -> None:
    before = ticket(
        Owner={"id": "Nobody"}, Status="new", Priority="10", CustomFields=[{"id": "2", "name": "Major", "values": []}]
    )
    after = ticket(Status="open", Priority="70", CustomFields=[{"id": "2", "name": "Major", "values": ["Yes"]}])
    me = Me(27, "anna", "Anna", "", "")
    row: Any = after
    for step in (
        _row(5, "CustomField", Field="2", OldValue="", NewValue="Yes"),
        _row(4, "Set", Field="Priority", OldValue="10", NewValue="70"),
        _row(3, "Status", Field="Status", OldValue="new", NewValue="open"),
        _row(2, "SetWatcher", Field="Owner", OldValue="6", NewValue="27"),
        _row(1, "Set", Field="Owner", OldValue="6", NewValue="27"),
    ):
        assert fingerprint(row) != fingerprint(before)
        row = rewound(row, step, me, {"2": "Major"})
    assert fingerprint(row) == fingerprint(before)
    due = rewound(ticket(), _row(1, "Set", Field="Due", OldValue="2026-11-24 10:00:00"), me, {})
    assert fingerprint(due) == fingerprint(ticket(Due="2026-11-24T10:00:00Z"))
    stolen = _row(1, "Set", Field="Owner", OldValue="99", NewValue="27")
    assert fingerprint(rewound(after, stolen, me, {})) == fingerprint(after)
