"""A group of alerts as an incident: what its labels, annotations and silences make of it."""

from __future__ import annotations

import copy
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.alertmanager.makers import NOON, alert, case, frame, options, silence
from vagt.adapters.alertmanager.cases import cases_of
from vagt.adapters.alertmanager.mapping import incident_of
from vagt.adapters.alertmanager.wire import groups_of, silences_of
from vagt.domain.incident import State


def test_one_alert_is_told_in_its_own_words() -> None:
    one = alert(
        severity="critical",
        team="db",
        service="orders",
        instance="db-1",
        annotations={"summary": "disk 95% ü 🔥", "description": "It fills.", "runbook_url": "https://rb.example/1"},
        source="http://prom.example/graph?g0",
    )
    incident = incident_of(case(one, alertname="DiskFull", instance="db-1"), frame())
    assert incident.title == "disk 95% ü 🔥"
    assert incident.priority == 1
    assert (incident.team, incident.service, incident.category) == ("db", "orders", "DiskFull")
    assert (incident.state, incident.native_state) == (State.NEW, "active")
    assert (incident.created_at, incident.updated_at, incident.assignee) == (NOON, NOON, None)
    assert incident.description.splitlines() == [
        "It fills.",
        "",
        "Runbook: https://rb.example/1",
        "Source: http://prom.example/graph?g0",
        "",
        "1 alert fires:",
        "● DiskFull · since 2026-11-25 12:00 UTC",
    ]
    assert incident.url == (
        "http://am.example/#/alerts?filter=%7Balertname%3D%22DiskFull%22%2Cinstance%3D%22db-1%22%7D"
    )


def test_several_alerts_are_counted_and_told_one_by_one() -> None:
    alerts = [
        alert(instance="db-1", severity="warning", annotations={"summary": "db-1 is full"}, source="http://p/1"),
        alert(instance="db-2", severity="critical", annotations={"summary": "db-2 is full"}, source="http://p/2"),
        alert(instance="db-3", severity="warning", silenced_by=("s1",), annotations={"summary": "db-3 is full"}),
    ]
    incident = incident_of(case(*alerts, alertname="DiskFull", cluster="aarhus"), frame(silence()))
    assert incident.title == "DiskFull: aarhus (2 of 3 firing)"
    assert incident.priority == 1, "the worst one that fires"
    assert incident.state is State.NEW
    assert incident.snoozed_until is None
    lines = incident.description.splitlines()
    assert lines[0] == "3 alerts, 2 of 3 firing:"
    assert lines[1:4] == [
        "● instance=db-2, severity=critical · since 2026-11-25 12:00 UTC",
        "  db-2 is full",
        "  http://p/2",
    ]
    assert "○ instance=db-3, severity=warning · since 2026-11-25 12:00 UTC · silenced" in lines
    assert dict(incident.extra)["Silence"] == "olga until 2026-11-25 13:00 UTC: disk being replaced (s1)"


def test_what_all_say_is_the_title_of_all() -> None:
    alerts = [alert(instance=f"db-{n}", annotations={"summary": "A disk is full"}) for n in range(3)]
    assert incident_of(case(*alerts), frame()).title == "A disk is full (3 firing)"


def test_a_long_group_is_not_told_to_its_last_alert() -> None:
    alerts = [alert(instance=f"db-{n}") for n in range(500)]
    incident = incident_of(case(*alerts), frame())
    assert incident.title == "DiskFull (500 firing)"
    assert incident.description.endswith("… and 460 more")


@pytest.mark.parametrize(
    ("labels", "title"),
    [
        ({"instance": "db-1"}, "DiskFull: db-1"),
        ({"pod": "shop-7f", "severity": "critical"}, "DiskFull: shop-7f"),
        ({}, "DiskFull"),
    ],
)
def test_without_a_summary_the_labels_are_the_title(labels: dict[str, str], title: str) -> None:
    assert incident_of(case(alert(**labels)), frame()).title == title


def test_an_alert_without_a_name_still_has_a_title() -> None:
    assert incident_of(case(alert("", job="node"), job="node"), frame()).title == "node"
    assert incident_of(case(alert("", severity="x"), severity="x"), frame()).title == "an alert without a name"


def test_all_silenced_waits_until_the_first_of_them_is_heard_again() -> None:
    alerts = [alert(instance="1", silenced_by=("s1", "s2")), alert(instance="2", silenced_by=("s2",))]
    later = NOON + timedelta(hours=5)
    incident = incident_of(case(*alerts), frame(silence("s1", ends=later), silence("s2", by="bo", comment="known")))
    assert (incident.state, incident.native_state) == (State.WAITING, "silenced")
    assert incident.waiting_until == incident.snoozed_until == NOON + timedelta(hours=1)
    assert incident.waiting_reason == "olga: disk being replaced; bo: known"
    assert incident.title == "DiskFull (2 silenced)"
    assert incident.updated_at == NOON + timedelta(minutes=1), "the silencing was the last that happened"
    assert incident.updated_by in ("olga", "bo")
    assert incident.assignee is None, "who silences has not taken it"


def test_a_silence_that_is_not_known_yet_hides_nothing() -> None:
    incident = incident_of(case(alert(silenced_by=("s9",))), frame())
    assert (incident.state, incident.snoozed_until, incident.waiting_reason) == (State.WAITING, None, "silenced")


def test_inhibited_alerts_wait_for_the_one_that_inhibits_them() -> None:
    incident = incident_of(case(alert(inhibited_by=("f1",))), frame(names={"f1": "HostDown"}))
    assert (incident.state, incident.native_state) == (State.WAITING, "inhibited")
    assert (incident.waiting_reason, incident.snoozed_until) == ("inhibited by HostDown", None)
    muted = incident_of(case(alert(muted_by=("weekend",))), frame())
    assert (muted.native_state, muted.waiting_reason) == ("muted", "muted by weekend")


@pytest.mark.parametrize(
    ("severity", "priority"),
    [("critical", 1), ("PAGE", 1), ("error", 2), (" Warning ", 3), ("info", 4), ("none", 5), ("wakeup", 5), ("", 5)],
)
def test_the_usual_words_are_understood(severity: str, priority: int) -> None:
    assert incident_of(case(alert(severity=severity)), frame()).priority == priority


def test_the_config_explains_its_own_words() -> None:
    using = options(severity_label="prio", priorities={"wakeup": 1, "info": 5}, default_priority=3)
    told = [
        incident_of(case(alert(prio=word)), frame(using=using)).priority for word in ("WakeUp", "info", "error", "?")
    ]
    assert told == [1, 5, 2, 3]


def test_the_receiver_is_the_team_where_no_label_says_it() -> None:
    assert incident_of(case(alert()), frame()).team == "pager"
    assert incident_of(case(alert(receiver="a label")), frame()).team == "a label"
    assert incident_of(case(alert()), frame(using=options(team_labels=["squad"]))).team is None


def test_sending_again_is_no_change_and_everything_else_is() -> None:
    plain = alert(instance="db-1")
    before = incident_of(case(plain), frame())
    again = replace(plain, updated_at=NOON + timedelta(minutes=9), ends_at=NOON + timedelta(minutes=14))
    assert incident_of(case(again), frame()) == before
    for changed in (
        replace(plain, annotations={"summary": "worse"}),
        replace(plain, starts_at=NOON + timedelta(minutes=1)),
        replace(plain, silenced_by=("s1",)),
        replace(plain, source="http://p/2"),
    ):
        assert incident_of(case(changed), frame()).version != before.version
    more = incident_of(case(plain, alert(instance="db-2")), frame())
    assert more.version != before.version
    held = case(replace(plain, silenced_by=("s1",)))
    short, long = frame(silence()), frame(silence(ends=NOON + timedelta(hours=9)))
    assert incident_of(held, short).version != incident_of(held, long).version


ROW: dict[str, Any] = {
    "labels": {"alertname": "DiskFull", "cluster": "c1"},
    "receiver": {"name": "pager"},
    "alerts": [
        {
            "fingerprint": "d3dd75f8a11cc483",
            "labels": {"alertname": "DiskFull", "cluster": "c1", "instance": "db\n-1\x1b[31m", "severity": "critical"},
            "annotations": {"summary": "disk 95% ü 🔥", "runbook_url": "https://rb.example/1"},
            "generatorURL": "http://prom.example/graph?g0",
            "startsAt": "2026-11-24T02:47:03.259Z",
            "endsAt": "2026-11-24T02:47:23.259Z",
            "updatedAt": "2026-11-24T02:47:03.259Z",
            "receivers": [{"name": "pager"}],
            "status": {"state": "suppressed", "silencedBy": ["s1"], "inhibitedBy": ["f1"], "mutedBy": []},
        }
    ],
}
SILENCE: dict[str, Any] = {
    "id": "s1",
    "matchers": [{"name": "alertname", "value": "DiskFull", "isRegex": False, "isEqual": True}],
    "startsAt": "2026-11-24T02:47:43Z",
    "endsAt": "2026-11-24T03:47:43Z",
    "updatedAt": "2026-11-24T02:47:43Z",
    "createdBy": "olga",
    "comment": "disk being replaced",
    "status": {"state": "active"},
}
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), st.text(max_size=20),
    st.just([]), st.just({}), st.just([None]), st.just({"name": 7}), st.just("9999-99-99T99:99:99Z"),
)  # fmt: skip


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        found += _places(inner, (*path, name))
    return found


@st.composite
def mutilated(draw: st.DrawFn, row: dict[str, Any]) -> dict[str, Any]:
    """The row with some of its values missing or replaced by something else."""
    changed = copy.deepcopy(row)
    for path in draw(st.lists(st.sampled_from(_places(row)), min_size=1, max_size=4)):
        holder: Any = changed
        try:
            for name in path[:-1]:
                holder = holder[name]
            if draw(st.booleans()) and isinstance(holder, dict):
                holder.pop(path[-1], None)
            else:
                holder[path[-1]] = draw(JUNK)
        except (KeyError, IndexError, TypeError):
            continue
    return changed


@given(mutilated(ROW), mutilated(SILENCE))
def test_nothing_that_a_server_sends_breaks_it_or_loses_an_alert(row: dict[str, Any], told: dict[str, Any]) -> None:
    logging.disable(logging.CRITICAL)
    try:
        cases = cases_of(groups_of([row, ROW]))
        known = {one.id: one for one in silences_of([told])}
        made = [incident_of(one, replace(frame(), silences=known)) for one in cases.values()]
    finally:
        logging.disable(logging.NOTSET)
    fingerprints = {alert.fingerprint for one in cases.values() for alert in one.alerts}
    assert "d3dd75f8a11cc483" in fingerprints
    for incident in made:
        assert incident.title and incident.number and incident.native_state
        assert incident.state in (State.NEW, State.WAITING)
        assert incident.priority in (1, 2, 3, 4, 5)
        for moment in (incident.created_at, incident.updated_at, incident.snoozed_until):
            assert moment is None or moment.utcoffset() == timedelta(0)


def test_a_time_that_cannot_be_read_is_left_out_with_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    row = copy.deepcopy(ROW)
    row["alerts"][0]["startsAt"] = "yesterday"
    (one,) = cases_of(groups_of([row])).values()
    assert incident_of(one, frame()).created_at is None
    assert "a time is unreadable" in caplog.text
    assert "yesterday" not in caplog.text, "what stands there may be private"
