"""The embedded desk's rules: clocks that pause, deadlines that follow the priority, and what wakes up when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagt.adapters.embedded.organisation import Organisation, Service, Team, from_options
from vagt.adapters.embedded.record import Row, pk_of, pk_of_number
from vagt.adapters.embedded.rules import DeskRules, Targets, clocks, judged, moved, next_wake, opened
from vagt.adapters.embedded.transitions import fields_of, transitions_of
from vagt.domain.commands import Verb
from vagt.domain.incident import ClockState, State
from vagt.domain.priority import PriorityMatrix

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
RULES = DeskRules(PriorityMatrix(), Targets())
ORGANISATION = Organisation(people=(), teams=(), services=())


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def new(impact: int = 1, urgency: int = 1) -> Row:
    return opened(RULES, at=NINE, by="anna", title="Mail is slow", impact=impact, urgency=urgency)


def states(row: Row, at: datetime) -> tuple[ClockState, ClockState]:
    response, resolution = clocks(row, at)
    return response.state, resolution.state


def test_a_new_incident_has_both_clocks_running() -> None:
    row = new()
    assert states(row, NINE) == (ClockState.RUNNING, ClockState.RUNNING)
    assert (row.response_due, row.resolution_due) == (NINE + minutes(15), NINE + minutes(240))


@pytest.mark.parametrize(
    ("acknowledged", "looked", "expected"),
    [
        (15, 100, ClockState.MET),
        (15.01, 100, ClockState.BREACHED),
        (None, 15, ClockState.RUNNING),
        (None, 15.01, ClockState.BREACHED),
    ],
)
def test_the_response_is_met_up_to_its_time_and_not_after(
    acknowledged: float | None, looked: float, expected: ClockState
) -> None:
    row = new()
    if acknowledged is not None:
        row = moved(row, State.ACTIVE, NINE + minutes(acknowledged))
    assert states(row, NINE + minutes(looked))[0] is expected


def test_resolving_in_time_meets_and_stops_the_clock_for_good() -> None:
    row = moved(new(), State.RESOLVED, NINE + minutes(239))
    assert states(row, NINE + minutes(9999)) == (ClockState.BREACHED, ClockState.MET)
    assert states(moved(row, State.CLOSED, NINE + minutes(9999)), NINE + minutes(10_000))[1] is ClockState.MET


def test_resolving_late_stays_breached() -> None:
    row = moved(new(), State.RESOLVED, NINE + minutes(241))
    assert states(row, NINE + minutes(300))[1] is ClockState.BREACHED


def test_a_breach_before_a_hold_stays_one() -> None:
    row = moved(new(), State.WAITING, NINE + minutes(241))
    assert states(row, NINE + minutes(300))[1] is ClockState.BREACHED


def test_a_higher_priority_brings_both_deadlines_nearer() -> None:
    row = judged(RULES, new(3, 3), 1, 1)
    assert row.priority == 1
    assert (row.response_due, row.resolution_due) == (NINE + minutes(15), NINE + minutes(240))


def test_a_response_that_was_given_keeps_its_deadline() -> None:
    row = moved(new(3, 3), State.ACTIVE, NINE + minutes(60))
    assert clocks(judged(RULES, row, 1, 1), NINE + minutes(61))[0].state is ClockState.MET


def test_a_hold_of_a_new_incident_counts_as_seen() -> None:
    assert moved(new(), State.WAITING, NINE + minutes(5)).acknowledged_at == NINE + minutes(5)


@given(spans=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 3000)), max_size=12), last=st.integers(0, 400))
def test_only_time_at_work_counts(spans: list[tuple[int, int]], last: int) -> None:
    """However often it waits, it is breached exactly when the minutes at work exceed the allowed ones."""
    row, at, worked = moved(new(), State.ACTIVE, NINE), NINE, 0
    for working, waiting in spans:
        at, worked = at + minutes(working), worked + working
        was_late = worked > 240
        row = moved(row, State.WAITING, at)
        at += minutes(waiting)
        assert (clocks(row, at)[1].state is ClockState.BREACHED) is was_late
        row = moved(row, State.ACTIVE, at)
    at, worked = at + minutes(last), worked + last
    resolution = clocks(row, at)[1]
    assert (resolution.state is ClockState.BREACHED) is (worked > 240)
    assert resolution.due_at is not None and resolution.started_at is not None
    assert resolution.due_at - resolution.started_at == minutes(240)
    assert at - resolution.started_at == minutes(worked)


def test_what_wakes_first_is_next() -> None:
    row = new()
    assert next_wake(row, NINE) == NINE + minutes(15) + timedelta(microseconds=1)
    assert next_wake(row, NINE + minutes(16)) == NINE + minutes(240) + timedelta(microseconds=1)
    assert next_wake(row, NINE + minutes(241)) is None
    snoozed = replace(row, snoozed_until=NINE + minutes(3))
    assert next_wake(snoozed, NINE) == NINE + minutes(3)
    held = replace(moved(row, State.WAITING, NINE), waiting_until=NINE + minutes(7))
    assert next_wake(held, NINE) == NINE + minutes(7)
    assert next_wake(held, NINE + minutes(8)) == NINE + minutes(7), "overdue: at once"
    assert next_wake(moved(held, State.RESOLVED, NINE), NINE) is None


def test_every_state_but_a_merged_one_has_a_way_on() -> None:
    row = new()
    for state in State:
        ways = transitions_of(moved(row, state, NINE), ORGANISATION)
        assert ways
        assert len({way.id for way in ways}) == len(ways)
        assert all(way.native_to for way in ways)
    assert transitions_of(replace(moved(row, State.CLOSED, NINE), duplicate_of=4), ORGANISATION) == ()


def test_every_verb_that_takes_words_asks_for_them() -> None:
    for verb, name in ((Verb.RESOLVE, "text"), (Verb.NOTE, "text"), (Verb.COMMENT, "text"), (Verb.CREATE, "title")):
        assert next(spec for spec in fields_of(verb, None, ORGANISATION) if spec.name == name).required
    assert fields_of(Verb.ACKNOWLEDGE, None, ORGANISATION) == ()


@given(st.text())
def test_any_text_is_an_id_or_is_not(text: str) -> None:
    for read in (pk_of, pk_of_number):
        found = read(text)
        assert found is None or 0 <= found < 10**17


def test_an_empty_config_makes_an_organisation_one_can_work_in() -> None:
    made = from_options({}, "anna", NINE)
    assert made.teams_of("anna") == tuple(team.name for team in made.teams)
    assert all(made.team(service.team or "") for service in made.services)
    assert [duty.who for duty in made.on_call(NINE, made.teams[0], "desk")] == ["anna"] * 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"people": {"bo": "Bo"}, "teams": {"NOC": "bo, crl"}}, "“crl” of “NOC”"),
        ({"teams": {"NOC": "bo"}, "leads": {"NCO": "bo"}}, "did you mean “NOC”"),
        ({"teams": {"NOC": "bo"}, "services": {"Mail": "NCO"}}, "did you mean “NOC”"),
        ({"people": ["bo"]}, "a table is expected"),
        ({"categories": "x"}, "a list is expected"),
        ({"timezone": "Europe/Kopenhagen"}, "Europe/Kopenhagen"),
    ],
)
def test_tables_that_contradict_each_other_are_refused_in_words(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        from_options(options, "anna", NINE)


def test_own_teams_without_own_services_leave_services_to_nobody() -> None:
    made = from_options({"teams": {"noc": "anna"}}, "anna", NINE)
    assert {service.team for service in made.services} == {None}


def test_people_are_found_by_login_mail_and_name() -> None:
    made = from_options({"people": {"bo": "Bo Friis <bo@acme.example>"}, "teams": {"NOC": "bo"}}, "anna", NINE)
    assert [made.person(text) for text in ("BO", "bo@ACME.example", "bo friis")] == [made.people[0]] * 3
    assert made.person("nobody") is None
    assert (made.name_of("bo"), made.name_of("gone"), made.name_of(None)) == ("Bo Friis", "gone", None)


def test_the_on_call_week_keeps_its_local_hour_over_daylight_saving() -> None:
    made = Organisation(
        people=(),
        teams=(Team("NOC", ("a", "b")),),
        services=(Service("x", "X"),),
        timezone="Europe/Copenhagen",
        rota_start=datetime(2026, 10, 20, tzinfo=UTC),
    )
    start, until = made.week(datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert (start, until) == (datetime(2026, 10, 19, 6, tzinfo=UTC), datetime(2026, 10, 26, 7, tzinfo=UTC))
    before, after = datetime(2026, 10, 26, 6, 59, tzinfo=UTC), datetime(2026, 10, 26, 7, 0, tzinfo=UTC)
    assert [made.on_call(at, made.teams[0], "")[0].who for at in (before, after)] == ["a", "b"]
