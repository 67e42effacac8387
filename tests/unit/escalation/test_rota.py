"""Who has the duty by a rota: hand-overs on local clocks, overrides, and nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagt.config.response import OverrideSettings, RotaSettings
from vagt.escalation.roster import Roster, duties_at, next_change
from vagt.escalation.rota import roster_of

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
DAY = 86400.0


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).astimezone(UTC)


def rota(
    people: tuple[str, ...] = ("anna", "bo", "carl"),
    start: str = "2026-01-05T08:00",
    every: float = 7 * DAY,
    overrides: tuple[OverrideSettings, ...] = (),
) -> Roster:
    return roster_of(
        RotaSettings(
            name="noc",
            team="NOC",
            timezone="Europe/Copenhagen",
            people=people,
            start=datetime.fromisoformat(start),
            every=every,
            overrides=overrides,
        )
    )


CHRISTMAS = OverrideSettings(start=datetime(2026, 12, 24, 8), until=datetime(2026, 12, 26, 8), who="carl")


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("2026-01-05T08:00", "anna"),
        ("2026-01-12T07:59", "anna"),
        ("2026-01-12T08:00", "bo"),
        ("2026-01-19T08:00", "carl"),
        ("2026-01-26T08:00", "anna"),
    ],
)
def test_each_week_the_next_has_the_duty(at: str, who: str) -> None:
    assert rota().people_at(local(at)) == (who,)


def test_eight_in_the_morning_stays_eight_in_the_morning_when_the_clocks_change() -> None:
    weekly = rota(start="2026-03-23T08:00")
    assert weekly.people_at(local("2026-03-30T07:59")) == ("anna",)
    assert next_change(weekly, local("2026-03-25T12:00")) == local("2026-03-30T08:00")
    assert local("2026-03-30T08:00") == datetime(2026, 3, 30, 6, tzinfo=UTC)
    daily = rota(every=DAY, start="2026-10-20T08:00")
    assert next_change(daily, local("2026-10-24T12:00")) == local("2026-10-25T08:00")
    assert next_change(daily, local("2026-10-25T12:00")) == local("2026-10-26T08:00")


def test_a_hand_over_in_the_hour_that_comes_twice_happens_once() -> None:
    nightly = rota(every=DAY, start="2026-10-20T02:30")
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    before = nightly.people_at(datetime(2026, 10, 25, 0, 29, tzinfo=UTC))
    after = nightly.people_at(first)
    again = nightly.people_at(datetime(2026, 10, 25, 1, 10, tzinfo=UTC))
    assert before != after
    assert again == after, "02:10 the second time: whoever took over at 02:30 the first time still has it"


def test_follow_the_sun_hands_over_three_times_a_day() -> None:
    sun = rota(every=8 * 3600, start="2026-01-05T00:00")
    assert [sun.people_at(local(f"2026-01-05T{hour}:00"))[0] for hour in ("04", "12", "20")] == ["anna", "bo", "carl"]
    assert next_change(sun, local("2026-01-05T12:00")) == local("2026-01-05T16:00")
    assert sun.people_at(local("2026-03-29T12:00")) == ("bo",), "the short day has three turns as well"


def test_an_override_takes_over_and_gives_back() -> None:
    weekly = rota(start="2026-12-21T08:00", overrides=(CHRISTMAS,))
    assert weekly.people_at(local("2026-12-24T07:59")) == ("anna",)
    (duty,) = duties_at(weekly, local("2026-12-25T12:00"))
    assert (duty.who, duty.override) == ("carl", True)
    assert (duty.start, duty.until) == (local("2026-12-24T08:00"), local("2026-12-26T08:00"))
    assert weekly.people_at(local("2026-12-26T08:00")) == ("anna",)
    (before,) = duties_at(weekly, local("2026-12-22T12:00"))
    assert before.until == local("2026-12-24T08:00")


def test_an_override_in_favour_of_whoever_follows_is_one_long_turn() -> None:
    early = OverrideSettings(start=datetime(2026, 1, 11, 8), until=datetime(2026, 1, 12, 8), who="bo")
    (duty,) = duties_at(rota(overrides=(early,)), local("2026-01-13T12:00"))
    assert (duty.start, duty.until) == (local("2026-01-11T08:00"), local("2026-01-19T08:00"))


def test_of_two_overlapping_overrides_the_later_written_holds() -> None:
    second = OverrideSettings(start=datetime(2026, 12, 25, 8), until=datetime(2026, 12, 25, 20), who="bo")
    weekly = rota(start="2026-12-21T08:00", overrides=(CHRISTMAS, second))
    assert weekly.people_at(local("2026-12-25T12:00")) == ("bo",)
    assert weekly.people_at(local("2026-12-25T21:00")) == ("carl",)


def test_before_the_first_hand_over_nobody_is_on_call() -> None:
    weekly = rota()
    assert weekly.people_at(local("2026-01-05T07:59")) == ()
    assert next_change(weekly, local("2026-01-01T00:00")) == local("2026-01-05T08:00")


def test_a_rota_of_one_hands_over_to_nobody() -> None:
    assert next_change(rota(people=("anna",)), local("2026-05-01T00:00")) is None


@given(
    st.datetimes(datetime(2026, 1, 6), datetime(2028, 1, 1), timezones=st.just(UTC)), st.sampled_from([6, 8, 24, 168])
)
def test_somebody_has_the_duty_at_every_moment_and_knows_until_when(moment: datetime, hours: int) -> None:
    roster = rota(every=hours * 3600.0)
    (duty,) = duties_at(roster, moment)
    assert duty.start is not None and duty.until is not None
    assert duty.start <= moment < duty.until
    assert duty.until.astimezone(COPENHAGEN).minute == 0
    assert roster.people_at(duty.until) != (duty.who,)
