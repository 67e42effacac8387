"""Mutilated answers: a field is dropped with a line in the log, an incident is never lost, and nothing crashes."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagt.adapters.ivanti.clocks import clocks_of
from vagt.adapters.ivanti.mapping import (
    SHOWN,
    Frame,
    incident_of,
    looks_alike,
    note_text,
    readable,
    version_of,
)
from vagt.adapters.ivanti.options import IvantiOptions, read
from vagt.adapters.ivanti.quick import Catalogue
from vagt.adapters.ivanti.schema import read as read_schema
from vagt.adapters.protocol import ProtocolError
from vagt.config.settings import BackendSettings, OptionValue
from vagt.domain.incident import ClockState, State

ID = "003B58C0B4554E4BAA30DFD88876582A"
WHOLE: dict[str, object] = {
    "RecId": ID,
    "IncidentNumber": 10435,
    "Subject": "Mail queue stuck",
    "Symptom": "<p>12k on mx2 &amp; rising</p><p>since 08:00</p>",
    "Status": "Active",
    "Impact": "High",
    "Urgency": "Medium",
    "Priority": "2",
    "Owner": "JSmith",
    "OwnerTeam": "Service Desk",
    "ProfileFullName": "Aaron A Green",
    "Service": "E-mail Service",
    "Category": "Mail Queue",
    "CreatedDateTime": "2026-11-23T08:12:00Z",
    "LastModDateTime": "2026-11-23T01:20:00-07:00",
    "LastModBy": "InternalServices",
    "RespondedDateTime": "2026-11-23T08:15:00Z",
    "ResolvedDateTime": None,
    "ClosedDateTime": "0001-01-01T00:00:00Z",
    "ReadOnly": False,
    "IsMasterIncident": False,
    "ResolutionEscLink_RecID": "a2b21eb7891011e7810d0637ea1a00ce",
}


def options(**given: OptionValue) -> IvantiOptions:
    return read(BackendSettings(name="ivanti", adapter="ivanti", url="http://x", username="anna", options=given))


def frame(**given: OptionValue) -> Frame:
    return Frame(backend="ivanti", options=options(**given), names={"jsmith": "Jane Smith"})


def test_a_whole_incident_is_read_field_by_field() -> None:
    incident = incident_of(WHOLE, frame())
    assert incident is not None
    assert (incident.number, incident.title, incident.state) == ("10435", "Mail queue stuck", State.ACTIVE)
    assert (incident.priority, incident.impact, incident.urgency) == (2, 1, 2)
    assert (incident.assignee, incident.assignee_name, incident.team) == ("JSmith", "Jane Smith", "Service Desk")
    assert incident.description == "12k on mx2 & rising\n\nsince 08:00"
    assert incident.updated_at == datetime(2026, 11, 23, 8, 20, tzinfo=UTC)
    assert incident.closed_at is None and incident.resolved_at is None
    assert incident.acknowledged_at == datetime(2026, 11, 23, 8, 15, tzinfo=UTC)


_JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=50),
    st.sampled_from(["0001-01-01T00:00:00-07:00", "9999-12-31T23:59:59-14:00", "2026-13-45", "x" * 100_000, "10"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


@given(broken=st.dictionaries(st.sampled_from([*SHOWN[1:], "Symptom", "Resolution", "IsMasterIncident"]), _JUNK))
def test_no_answer_loses_an_incident(broken: dict[str, object]) -> None:
    row = {**WHOLE, **broken}
    incident = incident_of(row, frame())
    assert incident is not None and incident.id == ID and incident.number
    assert version_of(row, options()) == incident.version
    for moment in (incident.created_at, incident.updated_at, incident.closed_at, incident.acknowledged_at):
        assert moment is None or moment.utcoffset() == datetime.now(UTC).utcoffset()


@given(missing=st.sets(st.sampled_from(sorted(set(WHOLE) - {"RecId"}))))
def test_missing_keys_lose_no_incident(missing: set[str]) -> None:
    incident = incident_of({key: value for key, value in WHOLE.items() if key not in missing}, frame())
    assert incident is not None and incident.is_open


@given(
    watch=st.dictionaries(st.sampled_from(["ClockState", "BreachDateTime", "BreachPassed", "ResponseDateTime"]), _JUNK)
)
def test_no_clock_crashes(watch: dict[str, object]) -> None:
    row = {"RecId": str(WHOLE["ResolutionEscLink_RecID"]).upper(), **watch}
    for clock in clocks_of(WHOLE, [row], State.ACTIVE, None):
        assert clock.name == "resolution"


def test_an_unreadable_field_leaves_a_line_without_its_content(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        incident = incident_of({**WHOLE, "CreatedDateTime": "the day of the secret"}, frame())
    assert incident is not None and incident.created_at is None
    assert "CreatedDateTime" in caplog.text and "10435" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Logged", State.NEW),
        ("active", State.ACTIVE),
        ("Waiting for 3rd Party", State.WAITING),
        ("Waiting for the moon", State.WAITING),
        ("Cancelled", State.CLOSED),
        ("Ожидание", State.ACTIVE),
        ("", State.ACTIVE),
    ],
)
def test_what_a_status_means(status: str, state: State) -> None:
    incident = incident_of({**WHOLE, "Status": status}, frame())
    assert incident is not None and incident.state is state
    assert incident.native_state == (status or "?")


def test_the_config_says_what_other_words_mean() -> None:
    words = frame(states={"In Arbeit": "active", "Erledigt": "closed"}, priorities={"критический": 1, "P8": 5})
    row = {**WHOLE, "Status": "Erledigt", "Priority": "Критический"}
    incident = incident_of(row, words)
    assert incident is not None and (incident.state, incident.priority) == (State.CLOSED, 1)
    assert "Erledigt" in words.options.shut


@pytest.mark.parametrize(("native", "ours"), [("1", 1), ("2 - High", 2), ("10", None), ("none", None), (3, 3)])
def test_a_priority_is_text_or_number(native: object, ours: int | None) -> None:
    incident = incident_of({**WHOLE, "Priority": native}, frame())
    assert incident is not None and incident.priority == ours


def test_a_workflow_that_only_stamps_the_record_changes_the_version_and_not_what_matters() -> None:
    before = version_of(WHOLE, options())
    stamped = {**WHOLE, "LastModDateTime": "2026-11-23T08:20:09Z", "LastModBy": "InternalServices"}
    assert version_of(stamped, options()) != before
    assert looks_alike(before, stamped, options())
    assert not looks_alike(before, {**stamped, "Owner": "bo"}, options())


def test_the_same_moment_in_two_zones_is_one_version() -> None:
    assert version_of(WHOLE, options()) == version_of({**WHOLE, "LastModDateTime": "2026-11-23T08:20:00Z"}, options())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain <host.example.org> & more", "plain <host.example.org> & more"),
        ("a<br>b", "a\nb"),
        ("disk <90% free", "disk <90% free"),
        ("x &lt;tag&gt; y", "x <tag> y"),
    ],
)
def test_html_is_read_and_what_only_looks_like_it_stays(html: str, text: str) -> None:
    assert readable(html) == text


def test_a_note_is_plain_unless_it_begins_as_a_document() -> None:
    assert note_text("look at <b>this</b>\n  indented") == "look at <b>this</b>\n  indented"
    assert note_text("<p>look</p><p>here</p>") == "look\n\nhere"


@pytest.mark.parametrize(
    ("word", "breached", "answered", "reached"),
    [
        ("Run", False, None, ClockState.RUNNING),
        ("Run", True, None, ClockState.BREACHED),
        ("Pause", False, None, ClockState.PAUSED),
        ("Stop", False, None, ClockState.MET),
        ("Stop", True, None, ClockState.BREACHED),
        ("Zzz", False, None, ClockState.RUNNING),
        ("Zzz", False, "2026-11-23T09:00:00Z", ClockState.MET),
    ],
)
def test_what_a_clock_does(word: str, breached: bool, answered: str | None, reached: ClockState) -> None:
    watch = {
        "RecId": "A2B21EB7891011E7810D0637EA1A00CE",
        "ClockState": word,
        "BreachPassed": breached,
        "BreachDateTime": "2026-11-23T12:12:00Z",
        "ResponseDateTime": answered,
    }
    (clock,) = clocks_of(WHOLE, [watch], State.ACTIVE, None)
    assert clock.state is reached


def test_metadata_with_a_document_type_is_not_read() -> None:
    with pytest.raises(ProtocolError):
        read_schema(b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')


def test_a_default_value_may_stand_inside_the_annotation() -> None:
    schema = read_schema(
        b'<S><Action Name="Close_It"><Parameter Name="ActionId"><Annotation Term="D"><String>'
        b"3492dbcc-e502-44fd-9790-e3e45cb26c45</String></Annotation></Parameter></Action></S>"
    )
    assert schema.actions == {"Close_It": "3492dbcc-e502-44fd-9790-e3e45cb26c45"}


def test_a_catalogue_has_the_documented_keys() -> None:
    body = Catalogue(None, options()).body("guid", ID, "Close_It", {})  # type: ignore[arg-type]
    assert set(body) == {"ActionId", "ShouldSave", "ActionParams", "PromptParams"}
