"""Who is on call by the config's rotas: people in turn, calendars by path and address, nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.escalation.test_ical import OTHER_WEEK, WEEKLY, calendar, local
from vagt.config.response import OverrideSettings, PersonSettings, RotaSettings
from vagt.config.settings import Settings
from vagt.domain.clock import ManualClock
from vagt.escalation.duty import Duties, nobody
from vagt.escalation.feeds import FRESH, FeedError

NOON = local("2026-10-20T12:00")
ADDRESS = "https://rota.example/secret-path/noc.ics"
PEOPLE = (
    PersonSettings(name="anna", full_name="Anna Holm", channels=("anna-mail", "anna-ntfy")),
    PersonSettings(name="bo", full_name="Bo Friis"),
)
WEEKS = RotaSettings(
    name="noc",
    team="NOC",
    timezone="Europe/Copenhagen",
    people=("anna", "bo"),
    start=datetime(2026, 1, 5, 8),
    every=7 * 86400.0,
)


class Web:
    """An address that can be away."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.away = ""
        self.asked = 0

    async def __call__(self, address: str) -> str:
        assert address == ADDRESS
        self.asked += 1
        if self.away:
            raise FeedError(self.away)
        return self.text


def duties(tmp_path: Path, *rotas: RotaSettings, fetch: Web | None = None, clock: ManualClock | None = None) -> Duties:
    settings = Settings(rotas=rotas, people=PEOPLE, path=tmp_path / "config.toml")
    return Duties(settings, tmp_path / "data", clock or ManualClock(NOON), fetch=fetch)


async def test_it_tells_who_until_when_who_comes_then_and_how_they_are_reached(tmp_path: Path) -> None:
    (rota,) = await duties(tmp_path, WEEKS).at()
    (shift,) = rota.shifts
    assert (shift.who, shift.who_name, shift.contact) == ("bo", "Bo Friis", "")
    assert shift.until == rota.next_handover == local("2026-10-26T08:00")
    assert rota.then == ("anna",)
    (later,) = await duties(tmp_path, WEEKS).at(local("2026-10-27T12:00"))
    assert later.shifts[0].contact == "anna-mail, anna-ntfy"


async def test_by_team_or_by_name_in_any_case(tmp_path: Path) -> None:
    other = RotaSettings(name="db", team="Databases", people=("anna",), start=datetime(2026, 1, 5), every=86400.0)
    both = duties(tmp_path, WEEKS, other)
    assert [rota.settings.name for rota in await both.at(team="databases")] == ["db"]
    assert [rota.settings.name for rota in await both.at(team="NOC")] == ["noc"]
    assert [rota.settings.name for rota in await both.at(team="other")] == []


async def test_a_calendar_in_a_file_beside_the_config(tmp_path: Path) -> None:
    (tmp_path / "noc.ics").write_text(calendar(WEEKLY, OTHER_WEEK))
    rota = RotaSettings(name="noc", team="NOC", timezone="Europe/Copenhagen", ical="noc.ics")
    (found,) = await duties(tmp_path, rota).at()
    assert [shift.who for shift in found.shifts] == ["anna"]
    assert found.shifts[0].source == "calendar"
    assert found.problem == ""


async def test_a_calendar_that_is_away_is_the_last_good_one_with_a_word_about_it(tmp_path: Path) -> None:
    web = Web(calendar(WEEKLY, OTHER_WEEK))
    clock = ManualClock(NOON)
    rota = RotaSettings(name="noc", team="NOC", timezone="Europe/Copenhagen", ical=ADDRESS)
    first = duties(tmp_path, rota, fetch=web, clock=clock)
    assert (await first.at())[0].problem == ""
    await first.at()
    assert web.asked == 1, "what was read is good for a while"
    web.away = "the host is down"
    clock.advance(FRESH + 1)
    (found,) = await first.at()
    assert [shift.who for shift in found.shifts] == ["anna"]
    assert "the host is down" in found.problem
    (after_restart,) = await duties(tmp_path, rota, fetch=web).at()
    assert [shift.who for shift in after_restart.shifts] == ["anna"]
    web.away = ""
    clock.advance(FRESH + 1)
    assert (await first.at())[0].problem == ""


async def test_a_page_for_signing_in_does_not_replace_the_last_good_calendar(tmp_path: Path) -> None:
    web = Web(calendar(WEEKLY))
    clock = ManualClock(NOON)
    rota = RotaSettings(name="noc", team="NOC", timezone="Europe/Copenhagen", ical=ADDRESS)
    both = duties(tmp_path, rota, fetch=web, clock=clock)
    await both.at()
    web.text = "<html>sign in</html>"
    clock.advance(FRESH + 1)
    (found,) = await both.at()
    assert [shift.who for shift in found.shifts] == ["anna"]
    assert "no iCalendar" in found.problem


async def test_a_calendar_that_was_never_read_is_not_the_same_as_nobody(tmp_path: Path) -> None:
    rota = RotaSettings(name="noc", team="NOC", ical="missing.ics")
    (found,) = await duties(tmp_path, rota).at()
    assert not found.known
    assert "not known" in nobody(found)
    (before,) = await duties(tmp_path, WEEKS).at(datetime(2025, 1, 1, tzinfo=UTC))
    assert before.known
    assert nobody(before) == "NOBODY is on call for NOC (rota noc)"
    assert before.then == ("anna",)


async def test_an_override_stands_over_a_calendar_too(tmp_path: Path) -> None:
    (tmp_path / "noc.ics").write_text(calendar(WEEKLY))
    override = OverrideSettings(start=datetime(2026, 10, 20, 8), until=datetime(2026, 10, 21, 8), who="bo")
    rota = RotaSettings(name="noc", team="NOC", timezone="Europe/Copenhagen", ical="noc.ics", overrides=(override,))
    (found,) = await duties(tmp_path, rota).at()
    assert [(shift.who, shift.source) for shift in found.shifts] == [("bo", "override")]
    assert found.next_handover == local("2026-10-21T08:00")


async def test_the_address_of_a_calendar_is_not_told_in_full(tmp_path: Path) -> None:
    rota = RotaSettings(name="noc", team="NOC", ical="http://127.0.0.1:1/secret-path/noc.ics")
    (found,) = await duties(tmp_path, rota).at()
    assert found.problem
    assert "secret-path" not in found.problem


@pytest.mark.parametrize("text", ["BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "BEGIN:VCALENDAR\nEND:VCALENDAR\n"])
async def test_a_broken_or_empty_calendar_says_so_or_is_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "noc.ics").write_text(text)
    (found,) = await duties(tmp_path, RotaSettings(name="noc", team="NOC", ical="noc.ics")).at()
    assert found.shifts == ()
    assert nobody(found)


async def test_an_address_that_never_comes_to_an_end_is_left(tmp_path: Path) -> None:
    import asyncio

    async def drips(_: str) -> str:
        await asyncio.Event().wait()
        return ""

    rota = RotaSettings(name="noc", team="NOC", timezone="Europe/Copenhagen", ical=ADDRESS)
    settings = Settings(rotas=(rota,), people=PEOPLE, path=tmp_path / "config.toml")
    found = Duties(settings, tmp_path / "data", ManualClock(NOON), fetch=drips)
    found.feeds.patience = 0.05
    (told,) = await found.at()
    assert "does not come to an end" in told.problem


def test_a_webcal_address_is_https_by_another_name() -> None:
    from vagt.config.values import ical

    assert ical("webcal://rota.example/noc.ics") == "https://rota.example/noc.ics"
