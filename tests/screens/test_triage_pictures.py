"""The forms, the incident, the outbox and its conflict, as they stand in a narrow and in a wide terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.geometry import Region

from tests.adapters.embedded import Desk
from tests.screens.snapshot import assert_part_snapshot
from tests.screens.triage_stage import SIZES, Shift, shift
from vagt.domain.commands import Acknowledge, Comment, Hold, LinkTo, Note
from vagt.domain.incident import Incident, LinkKind


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times are told on this machine's clocks: let them be the same everywhere."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Night:
    """A mail outage with a history, its likely duplicate, and something else."""

    mail: Incident
    again: Incident

    async def __call__(self, bo: Desk) -> None:
        self.mail = await bo.opened(
            "Mail is slow in Aarhus",
            impact=1,
            urgency=2,
            service="E-mail",
            caller="Ole Hansen",
            description="Since two at night nobody in Aarhus gets mail.\n\nThe queue on mx-2 grows.",
        )
        bo.clock.advance(240)
        await bo.does(Note("mx-2: disk full, cleaning up.\nBack in ten minutes."), self.mail.id)
        await bo.does(LinkTo("PRB1", "desk:PRB1", LinkKind.PROBLEM), self.mail.id)
        bo.clock.advance(60)
        await bo.does(Comment("We know of it, and mail is on its way."), self.mail.id)
        self.again = await bo.opened("Mail slow again", impact=2, urgency=2, service="E-mail")
        await bo.opened("VPN is down", impact=3, urgency=3, service="VPN")
        held = await bo.opened("Printer out of paper", impact=3, urgency=2)
        await bo.does(Hold("caller"), held.id)


FORMS = {
    "note": ("n", "INTERNAL"),
    "comment": ("c", "PUBLIC"),
    "assign": ("A", "Dorte Bach"),
    "priority": ("p", "Urgency"),
    "state": ("s", "1 Hold"),
    "snooze": ("z", "30 minutes"),
    "resolve": ("R", "What restored"),
    "link": ("m", "likely the same"),
    "major": ("M", "Declare"),
    "register": ("N", "Title (required)"),
}


async def picture(anna: Shift, what: str, *widgets: str) -> None:
    """What these widgets of the screen on top show together, once it is at rest, reads as it was kept."""

    def part() -> Region:
        found = [widget.region for name in widgets for widget in anna.app.screen.query(name)]
        return Region.from_union(found) if found else Region()

    await assert_part_snapshot(anna.app, part, f"triage-{what}-{anna.app.size.width}x{anna.app.size.height}")


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "200x50"])
async def test_every_form_as_it_opens(tmp_path: Path, size: tuple[int, int]) -> None:
    night = Night()
    async with shift(tmp_path, night, size=size) as anna:
        await anna.point_at(night.mail)
        for name, (key, words) in FORMS.items():
            await anna.press(key)
            await anna.shows(words)
            await picture(anna, name, "#frame", "#dialog-box")
            await anna.press("escape")
            await anna.until(lambda: anna.app.screen is anna.queue, "the queue")


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "200x50"])
async def test_the_incident_and_who_is_on_call(tmp_path: Path, size: tuple[int, int]) -> None:
    night = Night()
    async with shift(tmp_path, night, size=size) as anna:
        await anna.point_at(night.mail)
        await anna.press("enter")
        await anna.until(lambda: "Timeline ·" in anna.text or "impact" in anna.text, "the incident")
        await anna.press("ctrl+d")
        await anna.shows("We know of it")
        await picture(anna, "incident", "IncidentPane")
        await anna.press("escape", "w")
        await anna.shows("Anna Holm (anna)")
        await picture(anna, "oncall", "#title", "#duty")


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "200x50"])
async def test_a_conflict_in_the_outbox(tmp_path: Path, size: tuple[int, int]) -> None:
    night = Night()
    async with shift(tmp_path, night, size=size) as anna:
        await anna.point_at(night.again)
        await anna.press("a")
        await anna.until(anna.real.intents, "her acknowledgement")
        await anna.bo.does(Acknowledge(), night.again.id)
        await anna.sent()
        await anna.until(anna.stuck, "the conflict")
        await anna.press("O")
        await anna.shows("Waiting for you")
        await picture(anna, "outbox", "#title", "#actions", "#detail")
        await anna.press("enter")
        await anna.shows("do mine anyway")
        await picture(anna, "conflict", "#frame")
