"""Rotas and holidays as rota tools export them: recurring, moved, cancelled, in their own zones."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from vagt.config.response import PersonSettings
from vagt.escalation.ical import CalendarError, Shifts, days, shifts
from vagt.escalation.people import People
from vagt.escalation.roster import duties_at, next_change

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
PEOPLE = People(
    (
        PersonSettings(name="anna", full_name="Anna Holm", aliases=("anna@acme.example",)),
        PersonSettings(name="bo", full_name="Bo Friis"),
    )
)


def calendar(*events: str) -> str:
    body = "".join(f"BEGIN:VEVENT\r\n{event.strip()}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\n{body}END:VCALENDAR\r\n".replace(
        "\n", "\r\n"
    ).replace("\r\r\n", "\r\n")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).astimezone(UTC)


def named(words: tuple[str, ...]) -> str:
    for word in words:
        person = PEOPLE.named_in(word)
        if person is not None:
            return person.name
    return words[0]


def roster(text: str, around: str = "2026-11-25T12:00") -> Shifts:
    return Shifts(shifts(text, COPENHAGEN, local(around), named))


WEEKLY = """
UID:1
SUMMARY:On call: Anna Holm (NOC)
DTSTART;TZID=Europe/Copenhagen:20261005T080000
DTEND;TZID=Europe/Copenhagen:20261012T080000
RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20270101T000000Z
EXDATE;TZID=Europe/Copenhagen:20261116T080000
"""
OTHER_WEEK = """
UID:2
SUMMARY:Primary
ATTENDEE;CN=Bo Friis:mailto:bo@acme.example
DTSTART;TZID=Europe/Copenhagen:20261012T080000
DTEND;TZID=Europe/Copenhagen:20261019T080000
RRULE:FREQ=WEEKLY;INTERVAL=2
"""


def test_recurring_turns_keep_their_hour_over_the_clock_change() -> None:
    both = roster(calendar(WEEKLY, OTHER_WEEK))
    assert both.people_at(local("2026-10-20T12:00")) == ("anna",)
    (duty,) = duties_at(both, local("2026-10-22T12:00"))
    assert (duty.who, duty.until) == ("anna", local("2026-10-26T08:00")), "the week with 169 hours"
    assert both.people_at(local("2026-10-26T08:00")) == ("bo",)


def test_an_exception_leaves_nobody() -> None:
    both = roster(calendar(WEEKLY, OTHER_WEEK))
    assert both.people_at(local("2026-11-18T12:00")) == ()
    assert next_change(both, local("2026-11-18T12:00")) == local("2026-11-23T08:00")


def test_a_rule_ends_where_it_says() -> None:
    both = roster(calendar(WEEKLY), "2027-01-20T12:00")
    assert both.people_at(local("2026-12-29T12:00")) == ("anna",)
    assert both.people_at(local("2027-01-12T12:00")) == ()


def test_one_turn_that_was_moved_replaces_the_one_of_the_rule() -> None:
    moved = """
UID:1
RECURRENCE-ID;TZID=Europe/Copenhagen:20261019T080000
SUMMARY:Bo Friis
DTSTART;TZID=Europe/Copenhagen:20261020T080000
DTEND;TZID=Europe/Copenhagen:20261026T080000
"""
    both = roster(calendar(WEEKLY, moved))
    assert both.people_at(local("2026-10-19T12:00")) == ()
    assert both.people_at(local("2026-10-21T12:00")) == ("bo",)


def test_a_cancelled_event_is_none() -> None:
    assert roster(calendar(WEEKLY + "STATUS:CANCELLED\n")).people_at(local("2026-10-20T12:00")) == ()


def test_two_at_once_are_called_in_the_order_in_which_they_began() -> None:
    early = "UID:3\nSUMMARY:bo\nDTSTART:20261125T060000Z\nDURATION:PT12H"
    late = "UID:4\nSUMMARY:anna\nDTSTART:20261125T070000Z\nDURATION:PT12H"
    assert roster(calendar(late, early)).people_at(local("2026-11-25T12:00")) == ("bo", "anna")


def test_times_without_a_zone_and_whole_days_are_local_to_the_rota() -> None:
    floating = "UID:5\nSUMMARY:anna\nDTSTART:20261125T080000\nDTEND:20261125T160000"
    whole = "UID:6\nSUMMARY:bo\nDTSTART;VALUE=DATE:20261126\nDTEND;VALUE=DATE:20261128"
    found = roster(calendar(floating, whole))
    assert found.people_at(local("2026-11-25T08:00")) == ("anna",)
    assert found.people_at(local("2026-11-27T23:59")) == ("bo",)
    assert found.people_at(local("2026-11-28T00:00")) == ()


def test_whom_the_config_does_not_know_is_called_as_the_calendar_says() -> None:
    stranger = "UID:7\nSUMMARY:Dora Lund\nDTSTART:20261125T060000Z\nDURATION:PT12H"
    assert roster(calendar(stranger)).people_at(local("2026-11-25T12:00")) == ("Dora Lund",)


def test_holidays_are_the_days_that_events_cover() -> None:
    text = calendar(
        "UID:8\nSUMMARY:Jul\nDTSTART;VALUE=DATE:20251224\nDTEND;VALUE=DATE:20251227\nRRULE:FREQ=YEARLY",
        "UID:9\nSUMMARY:Grundlovsdag\nDTSTART;VALUE=DATE:20270605",
    )
    found = days(text, COPENHAGEN, local("2026-11-25T12:00"))
    assert {date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 26), date(2027, 6, 5)} <= found
    assert date(2026, 12, 27) not in found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no calendar",
        "<html>sign in</html>",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        calendar("UID:1\nSUMMARY:anna\nDTSTART:20261125T060000Z\nDURATION:PT1M\nRRULE:FREQ=MINUTELY"),
    ],
)
def test_what_is_no_rota_is_refused_in_words(text: str) -> None:
    with pytest.raises(CalendarError):
        shifts(text, COPENHAGEN, local("2026-11-25T12:00"))


def test_a_calendar_of_very_many_shifts_is_asked_quickly() -> None:
    from datetime import timedelta

    from vagt.escalation.ical import Shift, Shifts
    from vagt.escalation.roster import duties_at, next_change

    looked = 0

    class Counted(Shift):
        def __getattribute__(self, name: str) -> object:
            nonlocal looked
            looked += name in ("start", "until")
            return super().__getattribute__(name)

    begin = local("2026-01-01T00:00")
    hours = [begin + timedelta(hours=number) for number in range(10_000)]
    found = Shifts(Counted(hour, hour + timedelta(hours=1), "anna") for hour in hours)
    looked = 0
    noon = local("2026-10-20T12:30")
    assert next_change(found, noon) is None
    assert [duty.who for duty in duties_at(found, noon)] == ["anna"]
    assert looked < 5000
