"""However mutilated RT's answers are, no ticket with a number is lost and nothing raises."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from vagt.adapters.rt.mapping import Frame, incident_of, version_of
from vagt.adapters.rt.options import quoted, read
from vagt.adapters.rt.timeline import entries_of, named, user_ids
from vagt.adapters.rt.wire import actions_of, clean, cut_bytes, may
from vagt.config.settings import BackendSettings
from vagt.domain.incident import Incident, State

OPTIONS = read(
    BackendSettings(
        name="rt",
        adapter="rt",
        options={
            "impact_field": "Impact",
            "urgency_field": "Urgency",
            "major_field": "Major",
            "service_field": "Service",
        },
    )
)
FRAME = Frame(
    backend="rt",
    web="https://rt.example",
    options=OPTIONS,
    now=datetime(2026, 11, 24, tzinfo=UTC),
    descriptions={},
    active={},
)

_words = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "new",
            "resolved",
            "1970-01-01T00:00:00Z",
            "2026-11-24T10:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "50",
            "Nobody",
            "7",
        ]
    ),
)
_scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _words)
_anything = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_words, inner, max_size=4)),
    max_leaves=8,
)
_reference = st.one_of(
    _anything, st.fixed_dictionaries({}, optional={"id": _anything, "Name": _anything, "Lifecycle": _anything})
)
_link = st.fixed_dictionaries(
    {},
    optional={
        "ref": st.one_of(st.sampled_from(["lifecycle", "child", "depends-on", "comment"]), _anything),
        "id": _anything,
        "to": _anything,
        "label": _anything,
        "update": _anything,
        "type": st.one_of(st.sampled_from(["ticket", "external"]), _anything),
        "_url": _anything,
    },
)
_field = st.fixed_dictionaries(
    {},
    optional={
        "id": _anything,
        "name": st.one_of(st.sampled_from(["Impact", "Major", "Service"]), _anything),
        "values": st.one_of(st.lists(_anything, max_size=3), _anything),
    },
)
_NAMES = ("Subject", "Status", "Priority", "Created", "Started", "Starts", "Resolved", "LastUpdated", "Due", "SLA")
_tickets = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(_NAMES, _anything),
        "Owner": _reference,
        "Queue": _reference,
        "LastUpdatedBy": _reference,
        "Requestor": st.one_of(_anything, st.lists(_reference, max_size=2)),
        "CustomFields": st.one_of(_anything, st.lists(_field, max_size=3)),
        "_hyperlinks": st.one_of(_anything, st.lists(_link, max_size=4)),
    },
)
_transactions = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "id": _anything,
            "Type": st.one_of(
                st.sampled_from(["Create", "Comment", "Set", "Status", "AddLink", "CustomField", "AddWatcher"]),
                _anything,
            ),
            "Field": st.one_of(st.sampled_from(["Owner", "Queue", "Due", "Priority"]), _anything),
            "OldValue": _anything,
            "NewValue": _anything,
            "Creator": _reference,
            "Created": _anything,
        },
    ),
    max_size=5,
)
_bodies = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "TransactionId": _anything,
            "ContentType": st.one_of(st.sampled_from(["text/plain", "text/html; charset=x"]), _anything),
            "Content": st.one_of(st.text(alphabet="<>&;/abp \n#x0!-", max_size=60), _anything),
            "Filename": _anything,
        },
    ),
    max_size=5,
)


@settings(max_examples=400, deadline=None)
@given(_tickets, st.integers(1, 10**12), st.booleans())
def test_a_ticket_with_a_number_is_always_an_incident(row: dict[str, Any], id: int, as_text: bool) -> None:
    incident = incident_of(row | {"id": str(id) if as_text else id}, FRAME)
    assert isinstance(incident, Incident)
    assert incident.id == str(id)
    assert isinstance(incident.state, State)
    assert incident.priority in (None, 1, 2, 3, 4, 5)
    assert incident.impact in (None, 1, 2, 3)
    assert isinstance(incident.title, str) and isinstance(incident.native_state, str)
    for moment in (incident.created_at, incident.updated_at, incident.acknowledged_at, incident.resolved_at):
        assert moment is None or moment.utcoffset() == UTC.utcoffset(None)
    assert incident == incident_of(row | {"id": id}, FRAME)
    hash(incident)


@settings(max_examples=200, deadline=None)
@given(_anything)
def test_anything_at_all_is_a_ticket_or_none(value: Any) -> None:
    row = value if isinstance(value, dict) else {"id": value}
    incident = incident_of(row, FRAME)
    assert incident is None or incident.id.isdigit()
    assert isinstance(version_of(row), str)
    assert isinstance(may(row, "comment"), bool)
    actions_of(row)


@settings(max_examples=300, deadline=None)
@given(_transactions, _bodies)
def test_any_history_is_a_timeline_in_order(history: list[dict[str, Any]], bodies: list[dict[str, Any]]) -> None:
    entries = entries_of(history, bodies, named({"user": {"27": "Anna"}}))
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert len(entries) <= len(history)
    assert all(id.isdigit() for id in user_ids(history))


@given(st.text())
def test_cleaned_text_can_be_sent_and_stays_clean(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned
    assert not any(ord(c) < 32 and c not in "\n\t" for c in cleaned)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",))), st.integers(0, 50))
def test_cutting_by_bytes_keeps_a_beginning(text: str, limit: int) -> None:
    cut = cut_bytes(text, limit)
    assert text.startswith(cut)
    assert len(cut.encode()) <= limit


@given(st.text())
def test_a_quoted_string_ends_where_it_should(text: str) -> None:
    inner = quoted(text)[1:-1]
    unescaped, escaped = "", False
    for letter in inner:
        if not escaped and letter == "\\":
            escaped = True
            continue
        assert escaped or letter != "'"
        unescaped, escaped = unescaped + letter, False
    assert not escaped and unescaped == text
