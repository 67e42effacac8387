"""Lengths of time: read, written, and short enough for a column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagt.domain import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("4h", 14400), ("2d", 172800), ("1h30m", 5400), (" 1H 30M ", 5400), ("0", 0)],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert durations.parse(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "m", "1m1h", "1h1h", "-5m", "1.5h", "٣m", "99999d9h", "soon"])
def test_what_is_no_duration_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(durations.DurationError, match=r"written like|hundred years"):
        durations.parse(text)


@given(st.integers(0, durations.LONGEST))
def test_what_is_written_is_read_as_the_same(seconds: int) -> None:
    assert durations.parse(durations.written(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (-0.4, "0s"),
        (59.9, "59s"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h00"),
        (15000, "4h10"),
        (-15000, "-4h10"),
        (36000, "10h"),
        (172799, "47h"),
        (172800, "2d"),
        (-86400 * 30, "-30d"),
    ],
)
def test_a_column_shows_it_in_few_characters(seconds: float, shown: str) -> None:
    assert durations.short(seconds) == shown


@given(st.floats(-999 * 86400, 999 * 86400))
def test_a_column_of_five_is_wide_enough(seconds: float) -> None:
    assert len(durations.short(seconds)) <= 5
