"""What `vagt doctor` says of rotas, calendars and paths: one line each, and what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli_driver import Vagt
from vagt.checkup.finding import Finding, Status
from vagt.cli import duty_check
from vagt.config.response import (
    CalendarSettings,
    ChannelSettings,
    EscalationSettings,
    OverrideSettings,
    PersonSettings,
    RotaSettings,
    StepSettings,
)
from vagt.config.settings import BackendSettings, Settings
from vagt.domain.clock import ManualClock
from vagt.escalation.feeds import FeedError

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ANNA = PersonSettings(name="anna", full_name="Anna Holm", manager="bo", channels=("hook",))
BO = PersonSettings(name="bo", full_name="Bo Friis", channels=("hook",))
MUTE = PersonSettings(name="carl", full_name="Carl Berg")
ROTA = RotaSettings(name="noc", team="NOC", people=("anna", "bo"), start=datetime(2026, 11, 23, 8), every=7 * 86400.0)
ICAL = RotaSettings(name="db", team="Databases", ical="https://calendar.example/secret-path/db.ics")


def shift(title: str, day: str, until: str) -> str:
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", f"UID:{title}{day}", f"SUMMARY:{title}")
    more = (f"DTSTART:{day}T080000Z", f"DTEND:{until}T080000Z", "END:VEVENT", "END:VCALENDAR", "")
    return "\r\n".join((*lines, *more))


async def found(*, fetched: str | Exception = "", **tables: Any) -> tuple[Finding, ...]:
    async def fetch(_: str) -> str:
        if isinstance(fetched, Exception):
            raise fetched
        return fetched

    settings = Settings(
        backends=(BackendSettings(name="desk", adapter="embedded"),),
        people=tables.pop("people", (ANNA, BO)),
        channels=(ChannelSettings(name="hook", url="json://127.0.0.1/"),),
        **tables,
    )
    return await duty_check.findings(settings, ManualClock(NOW), fetch=fetch)


async def one(**tables: Any) -> Finding:
    (finding,) = await found(**tables)
    return finding


async def test_a_rota_tells_who_is_on_call_now_and_from_the_next_hand_over_on() -> None:
    told = await one(rotas=(ROTA,))
    assert told.status is Status.OK
    assert told.message.startswith("noc: Anna Holm now; from 30 Nov ")
    assert told.message.endswith(" Bo Friis")


async def test_nobody_now_is_a_problem_that_says_when_that_ends() -> None:
    told = await one(rotas=(replace(ROTA, start=datetime(2026, 11, 26, 8)),))
    assert told.status is Status.PROBLEM
    assert "NOBODY is on call for NOC (rota noc); from 26 Nov" in told.message
    assert "override" in told.remedy


async def test_nobody_after_the_next_hand_over_is_a_warning() -> None:
    told = await one(rotas=(ICAL,), fetched=shift("Anna Holm", "20261125", "20261126"))
    assert told.status is Status.WARNING
    assert told.message.startswith("db: Anna Holm now; from 26 Nov ")
    assert told.message.endswith(" nobody")


async def test_a_calendar_that_cannot_be_read_is_a_problem_and_its_address_is_not_shown() -> None:
    for trouble in (FeedError("https://calendar.example/… answers 404"), "no calendar at all"):
        told = await one(rotas=(ICAL,), fetched=trouble)
        assert (told.status, told.trouble.value) == (Status.PROBLEM, "away")
        assert "secret-path" not in told.message + told.remedy
        assert "`ical`" in told.remedy


async def test_who_is_in_a_calendar_and_not_in_the_config_is_named() -> None:
    told = await one(rotas=(ICAL,), fetched=shift("Zoe Lind", "20261125", "20270101"))
    assert told.status is Status.WARNING
    assert "not in the config: Zoe Lind" in told.message
    assert "aliases" in told.remedy


async def test_who_can_be_told_nothing_is_named_wherever_in_the_rota_they_stand() -> None:
    override = OverrideSettings(start=datetime(2026, 12, 24), until=datetime(2026, 12, 26), who="bo")
    rota = replace(ROTA, people=("anna", "carl"), overrides=(override,))
    told = await one(rotas=(rota,), people=(ANNA, BO, MUTE))
    assert told.status is Status.WARNING
    assert "without a channel, so never told: carl" in told.message


@pytest.mark.parametrize(
    ("holidays", "status", "words"),
    [
        ((date(2026, 12, 25), date(2026, 4, 3)), Status.OK, "the next holiday is 2026-12-25"),
        ((date(2025, 12, 25),), Status.WARNING, "all holidays that it knows lie back"),
        ((), Status.OK, "no holidays"),
        (("https://calendar.example/h.ics",), Status.OK, "the next holiday is 2026-12-31"),
        (("nowhere.ics",), Status.PROBLEM, "its holidays cannot be read"),
    ],
)
async def test_calendars(holidays: tuple[Any, ...], status: Status, words: str) -> None:
    calendar = CalendarSettings(
        name="office", timezone="Europe/Copenhagen", hours=("Mon-Fri 08:00-16:00",), holidays=holidays
    )
    told = await one(calendars=(calendar,), fetched=shift("New Year", "20261231", "20270101"))
    assert told.status is status
    assert words in told.message
    assert bool(told.remedy) is (status is not Status.OK)


def path(*steps: StepSettings, name: str = "p1", query: str = "p<=1") -> EscalationSettings:
    return EscalationSettings(name=name, query=query, steps=steps)


TELLS = StepSettings(after=0, to="channel:hook")


@pytest.mark.parametrize(
    ("step", "status", "words"),
    [
        (TELLS, Status.OK, "p1: 1 step, each to somebody who is there"),
        (StepSettings(after=0, to="user:anna"), Status.OK, "1 step"),
        (StepSettings(after=0, to="user:carl"), Status.WARNING, "carl: has no channel, so is never told"),
        (StepSettings(after=0, to="manager", kind="hierarchical"), Status.OK, "1 step"),
        (StepSettings(after=0, to="team:NOC", kind="hierarchical"), Status.PROBLEM, "nobody is told"),
        (StepSettings(after=0, to="team:NOC"), Status.OK, "1 step"),
        (StepSettings(after=0, to="backend"), Status.OK, "1 step"),
    ],
)
async def test_whom_a_step_reaches(step: StepSettings, status: Status, words: str) -> None:
    told = await one(escalations=(path(step),), people=(ANNA, BO, MUTE))
    assert told.status is status
    assert words in told.message
    assert bool(told.remedy) is (status is not Status.OK)


async def test_a_manager_whom_the_config_does_not_name() -> None:
    told = await one(escalations=(path(StepSettings(after=0, to="manager")),), people=(BO,))
    assert told.status is Status.PROBLEM
    assert "step 1, the manager: the config names none" in told.message
    two = path(StepSettings(after=0, to="manager"), StepSettings(after=60, to="manager"))
    told = await one(escalations=(two,))
    assert "step 2, the manager 2 levels up: the config names none" in told.message


@pytest.mark.parametrize("first", ["p<=1", "", "is:open", "p<=1"])
async def test_a_path_that_an_earlier_one_hides_says_so(first: str) -> None:
    earlier = path(TELLS, name="all", query=first)
    _, told = await found(escalations=(earlier, path(TELLS, query="p<=1 team:noc" if first == "p<=1" else "p<=1")))
    assert told.status is Status.PROBLEM
    assert "all its incidents climb all, which stands before it" in told.message


async def test_a_wider_path_after_a_narrow_one_is_in_order() -> None:
    told = await found(escalations=(path(TELLS, query="p<=1 team:noc"), path(TELLS, name="rest", query="p<=1")))
    assert [each.status for each in told] == [Status.OK, Status.OK]


def test_doctor_tells_it_all_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    vagt = Vagt(tmp_path, monkeypatch, capsys)
    vagt.configure(
        """
[[backends]]
name = "desk"
adapter = "embedded"
[[people]]
name = "anna"
[[rotas]]
name = "noc"
team = "NOC"
people = ["anna"]
start = 2026-01-05T08:00:00
every = "7d"
[[escalations]]
name = "p1"
query = "p<=1"
steps = [{ after = "0m", to = "manager" }]
"""
    )
    said = vagt("doctor", "--json")
    told = {check["name"]: check for check in said.json["checks"] if check["name"] in ("rota", "escalation")}
    assert {name: check["status"] for name, check in told.items()} == {"rota": "warning", "escalation": "problem"}
    assert all(check["remedy"] for check in told.values())
    human = vagt("doctor").out
    assert "problem  escalation" in human
    assert "→ give people a `manager` in [[people]]" in human
