"""Points in time as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from vagt.domain import moments

CPH = ZoneInfo("Europe/Copenhagen")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("+30m", "2026-11-24T12:30:00+00:00"),
        ("30m", "2026-11-24T12:30:00+00:00"),
        ("1h 30m", "2026-11-24T13:30:00+00:00"),
        ("+1d2h", "2026-11-25T14:00:00+00:00"),
        ("14:15", "2026-11-24T13:15:00+00:00"),
        ("13:00", "2026-11-25T12:00:00+00:00"),
        ("9:05", "2026-11-25T08:05:00+00:00"),
        ("2026-12-24", "2026-12-23T23:00:00+00:00"),
        ("2026-07-01T08:00", "2026-07-01T06:00:00+00:00"),
        ("2026-12-24T08:00:00Z", "2026-12-24T08:00:00+00:00"),
        ("2026-12-24T08:00+05:30", "2026-12-24T02:30:00+00:00"),
    ],
)
def test_a_moment_is_read_in_the_zone_and_kept_in_utc(text: str, utc: str) -> None:
    assert moments.parse(text, NOW, CPH).isoformat() == utc


def test_a_time_of_day_keeps_its_meaning_when_the_clocks_change() -> None:
    before = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    assert moments.parse("08:00", before, CPH) == datetime(2026, 10, 25, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "+", "+soon", "30", "5x", "25:00", "14:60", "tomorrow", "2026-02-30", "2026-13-01T00:00", "+99999d"]
)
def test_what_is_no_moment_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(moments.MomentError, match=r"\+30m"):
        moments.parse(text, NOW, CPH)
