"""Durations and moments are read back as they were written, and nonsense is refused in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagt.domain import durations, moments

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
ZONES = st.sampled_from([COPENHAGEN, ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")])
NOWS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


@given(st.integers(0, 3_000_000_000))
def test_a_duration_survives_writing(seconds: int) -> None:
    assert durations.parse(durations.written(seconds)) == seconds


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        assert durations.parse(text) >= 0
    except durations.DurationError as error:
        assert str(error)


@given(st.floats(-1e9, 1e9))
def test_a_spoken_duration_has_two_units_at_most(seconds: float) -> None:
    words = durations.spoken(seconds).lstrip("-").split()
    assert len(words) in (2, 4)
    assert all(words[index].isdigit() for index in range(0, len(words), 2))


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.9, "59 s"), (250, "4 m 10 s"), (15000, "4 h 10 m"), (-3600, "-1 h")]
)
def test_spoken_durations(seconds: float, words: str) -> None:
    assert durations.spoken(seconds) == words


@given(NOWS, st.integers(0, 10_000_000))
def test_a_plus_counts_from_now(now: datetime, seconds: int) -> None:
    assert moments.parse(f"+{durations.written(seconds)}", now) == now + timedelta(seconds=seconds)


@given(NOWS, st.integers(0, 23), st.integers(0, 59), ZONES)
def test_a_time_of_day_is_the_next_such(now: datetime, hour: int, minute: int, zone: ZoneInfo) -> None:
    found = moments.parse(f"{hour:02}:{minute:02}", now, zone)
    assert now < found <= now + timedelta(hours=26)
    there = found.astimezone(zone)
    # a clock that was moved over it shows another time
    assert (there.hour, there.minute) == (hour, minute) or there.utcoffset() != now.astimezone(zone).utcoffset()


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), NOWS)
def test_a_moment_survives_writing(moment: datetime, now: datetime) -> None:
    whole = moment.replace(microsecond=0, tzinfo=UTC)
    assert moments.parse(moments.rfc3339(whole), now) == whole


@given(st.text(max_size=20), NOWS)
def test_any_text_is_a_moment_in_utc_or_refused(text: str, now: datetime) -> None:
    try:
        assert moments.parse(text, now, COPENHAGEN).utcoffset() == timedelta(0)
    except moments.MomentError as error:
        assert str(error)


def test_local_time_keeps_daylight_saving() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert moments.parse("2026-01-05T08:00", now, COPENHAGEN) == datetime(2026, 1, 5, 7, tzinfo=UTC)
    assert moments.parse("2026-07-05T08:00", now, COPENHAGEN) == datetime(2026, 7, 5, 6, tzinfo=UTC)
