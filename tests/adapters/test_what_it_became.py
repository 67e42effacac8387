"""What each backend's timeline says that an incident became: by that, consoles know that it came back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vagt.adapters.embedded.mapping import entry_of
from vagt.adapters.embedded.organisation import Organisation
from vagt.adapters.embedded.record import Entry
from vagt.adapters.ivanti.timeline import of_audit
from vagt.adapters.jsm.mapping import state_named
from vagt.adapters.jsm.options import JsmOptions
from vagt.adapters.jsm.options import read as jsm_options
from vagt.adapters.jsm.timeline import _became as jira_became
from vagt.adapters.pagerduty.timeline import _entry as pagerduty_entry
from vagt.adapters.rt.timeline import entries_of, named
from vagt.config.settings import BackendSettings
from vagt.domain.incident import State
from vagt.domain.timeline import EntryKind


def _jira(**options: object) -> JsmOptions:
    return jsm_options(
        BackendSettings(
            name="jira", adapter="jsm", url="https://acme.example", options={"projects": ["OPS"], **options}
        )
    )


NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "text", "became"),
    [
        (EntryKind.STATE, "Registered", State.NEW),
        (EntryKind.STATE, "Acknowledged", State.ACTIVE),
        (EntryKind.STATE, "On hold until Monday: the vendor", State.WAITING),
        (EntryKind.STATE, "Resolved: restarted", State.RESOLVED),
        (EntryKind.STATE, "Cancelled: a test", State.CLOSED),
        (EntryKind.STATE, "Reopened: it is back", State.ACTIVE),
        (EntryKind.ASSIGNMENT, "Assigned to nobody", State.NEW),
        (EntryKind.ASSIGNMENT, "Assigned to Databases, nobody", None),
        (EntryKind.NOTE, "Resolved?", None),
    ],
)
def test_the_desk_of_vagt_itself(kind: EntryKind, text: str, became: State | None) -> None:
    assert entry_of(Entry(NOON, "anna", kind, text), Organisation(people=(), teams=(), services=())).state is became


@pytest.mark.parametrize(
    ("type_", "became"),
    [
        ("trigger", State.NEW),
        ("acknowledge", State.ACTIVE),
        ("unacknowledge", State.NEW),
        ("resolve", State.RESOLVED),
        ("reopen", State.NEW),
        ("snooze", None),
        ("assign", None),
    ],
)
def test_pagerduty(type_: str, became: State | None) -> None:
    row = {"type": f"{type_}_log_entry", "created_at": "2026-11-25T12:00:00Z", "summary": "something", "id": "L1"}
    assert pagerduty_entry(row).state is became


def test_request_tracker() -> None:
    rows = [
        {"id": "1", "Type": "Status", "OldValue": "resolved", "NewValue": "open", "Created": "2026-11-25T12:00:00Z"},
        {
            "id": "2",
            "Type": "Set",
            "Field": "Owner",
            "OldValue": "27",
            "NewValue": "6",
            "Created": "2026-11-25T12:00:01Z",
        },
        {
            "id": "3",
            "Type": "Set",
            "Field": "Owner",
            "OldValue": "6",
            "NewValue": "27",
            "Created": "2026-11-25T12:00:02Z",
        },
    ]
    found = entries_of(rows, [], named({"user": {"27": "Anna"}}), {"open": State.ACTIVE}.get)
    assert [entry.state for entry in found] == [State.ACTIVE, State.NEW, None]


@pytest.mark.parametrize(
    ("field", "after", "became"),
    [
        ("resolution", "Done", State.RESOLVED),
        ("resolution", "", State.ACTIVE),
        ("status", "To Do", State.NEW),
        ("status", "Work in progress", State.ACTIVE),
        ("status", "Pending", State.WAITING),
        ("status", "Done", State.RESOLVED),
        ("status", "Canceled", State.CLOSED),
        ("status", "With the dragons", None),
        ("assignee", "", State.NEW),
        ("assignee", "Anna", None),
        ("priority", "High", None),
    ],
)
def test_jira(field: str, after: str, became: State | None) -> None:
    options = _jira()
    assert jira_became(field, {"field": field, "toString": after}, options) is became


def test_jira_by_the_states_of_the_config() -> None:
    options = _jira(states={"with the dragons": "waiting"})
    assert state_named("With the Dragons", "10001", options) is State.WAITING


def test_ivanti_by_its_audit() -> None:
    rows = [
        {
            "FieldName": "Status",
            "OldValue": "Resolved",
            "NewValue": "Active",
            "CreatedDateTime": "2026-11-25T12:00:00Z",
        },
        {"FieldName": "Owner", "OldValue": "anna", "NewValue": "", "CreatedDateTime": "2026-11-25T12:00:01Z"},
        {"FieldName": "Urgency", "OldValue": "Low", "NewValue": "High", "CreatedDateTime": "2026-11-25T12:00:02Z"},
    ]
    found = of_audit(rows, {}, {"Active": State.ACTIVE}.get)
    assert [entry.state for entry in found] == [State.ACTIVE, State.NEW, None]
