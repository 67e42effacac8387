"""Deadlines count only while the calendar is open, on local clocks, whatever those do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagt.domain.working_time import WorkingTime, working_time

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
OFFICE = working_time(["Mon-Fri 08:00-16:00"], COPENHAGEN, [date(2026, 12, 25)])
HOUR = 3600.0


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-25T09:00", 4, "2026-11-25T13:00"),
        ("2026-11-25T15:00", 4, "2026-11-26T11:00"),
        ("2026-11-27T15:00", 2, "2026-11-30T09:00"),
        ("2026-11-28T12:00", 1, "2026-11-30T09:00"),
        ("2026-11-25T06:00", 8, "2026-11-25T16:00"),
        ("2026-12-24T15:00", 2, "2026-12-28T09:00"),
    ],
)
def test_a_deadline_counts_only_open_hours(start: str, hours: float, due: str) -> None:
    assert OFFICE.due(local(start), hours * HOUR) == local(due)


def test_a_night_with_the_clock_change_has_the_hours_that_it_has() -> None:
    nights = working_time(["Mon-Sun 00:00-24:00"], COPENHAGEN)
    spring, autumn = local("2026-03-29T00:00"), local("2026-10-25T00:00")
    assert nights.seconds_between(spring, local("2026-03-30T00:00")) == 23 * HOUR
    assert nights.seconds_between(autumn, local("2026-10-26T00:00")) == 25 * HOUR
    assert nights.due(spring, 24 * HOUR) == local("2026-03-30T01:00")


def test_office_hours_keep_their_place_on_the_clock_over_a_clock_change() -> None:
    friday = local("2026-03-27T15:00")
    assert OFFICE.due(friday, 2 * HOUR) == local("2026-03-30T09:00")
    assert OFFICE.due(friday, 2 * HOUR) == datetime(2026, 3, 30, 7, tzinfo=UTC)


def test_a_calendar_that_never_opens_has_no_deadline() -> None:
    assert WorkingTime(UTC, ((),) * 7).due(local("2026-11-25T09:00"), 60) is None


def test_hours_written_twice_are_counted_once() -> None:
    twice = working_time(["Mon-Fri 08:00-12:00", "Wed 11:00-16:00"], COPENHAGEN)
    assert twice.seconds_between(local("2026-11-25T00:00"), local("2026-11-26T00:00")) == 8 * HOUR


def test_a_span_may_pass_the_weekend() -> None:
    weekend = working_time(["Sat-Mon 10:00-12:00"], COPENHAGEN)
    assert weekend.is_open(local("2026-11-30T11:00"))
    assert not weekend.is_open(local("2026-11-27T11:00"))
    assert not weekend.is_open(local("2026-11-28T12:00"))


def test_what_is_not_written_as_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="Noday"):
        working_time(["Noday 08:00-12:00"], UTC)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    st.floats(1, 60 * HOUR).map(round),
)
def test_between_start_and_due_lies_exactly_what_was_asked_for(start: datetime, seconds: int) -> None:
    due = OFFICE.due(start, seconds)
    assert due is not None
    assert OFFICE.seconds_between(start, due) == pytest.approx(seconds, abs=1e-3)
    assert OFFICE.seconds_between(start, due - timedelta(seconds=1)) < seconds
