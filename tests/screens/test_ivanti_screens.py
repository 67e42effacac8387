"""The whole console on the Ivanti double: what it requires or never allows is said before the question."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.adapters.ivanti.rig import IvantiRig
from tests.screens.queue.stage import Stage
from tests.screens.real_backend import SIZES, console_on, shows, until
from vagt.config.settings import BackendSettings


@pytest.fixture
async def rig() -> AsyncIterator[IvantiRig]:
    made = IvantiRig()
    await made.start()
    yield made
    await made.close()


def console(rig: IvantiRig, folder: Path, size: tuple[int, int]) -> AbstractAsyncContextManager[Stage]:
    backend = BackendSettings(name="ivanti", adapter="ivanti", url=rig.double.url, username="anna", options=rig.options)
    return console_on([backend], rig.secret, folder, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_major_incident_asks_for_the_impact_that_ivanti_requires(
    rig: IvantiRig, tmp_path: Path, size: tuple[int, int]
) -> None:
    (id,) = await rig.seed(["Mail queue stuck"])
    rig.update(id, Impact="Medium", Urgency="High")
    async with console(rig, tmp_path, size) as play:
        await play.press("6")
        await shows(play, "Mail queue stuck")

        await play.press("M")
        await shows(play, "Impact (required)")
        await shows(play, "Only an incident with high impact can be a master incident")
        assert "Declare a major incident?" not in play.text
        await play.press("escape")
        assert play.engine.intents() == ()

        await play.press("M")
        await shows(play, "Impact (required)")
        await play.press("ctrl+s")
        await until(play, lambda: rig.row(id)["IsMasterIncident"] is True, "the master incident")
        assert (rig.row(id)["Impact"], rig.row(id)["Priority"]) == ("High", "1")
        await until(play, lambda: not play.engine.intents(), "everything to be confirmed")

        # taken back, and declared again: nothing is missing now, so it is only confirmed
        await play.press("M")
        await shows(play, "No longer a major incident?")
        await play.press("y")
        await until(play, lambda: rig.row(id)["IsMasterIncident"] is False, "the flag to be gone")
        await until(play, lambda: not play.engine.intents(), "everything to be confirmed")
        await play.press("M")
        await shows(play, "Declare a major incident?")
        await play.press("n")
        assert play.engine.intents() == ()


async def test_a_child_is_no_major_incident_and_that_is_said_at_once(rig: IvantiRig, tmp_path: Path) -> None:
    child, master = await rig.seed(["Mail queue stuck", "All mail is down"])
    rig.update(child, MasterIncidentLink_RecID=master)
    async with console(rig, tmp_path, (80, 24)) as play:
        await play.press("6")
        await shows(play, "Mail queue stuck")
        await play.press("slash")
        await play.write("stuck")
        await play.press("enter")
        await until(play, lambda: "All mail" not in play.text, "the filter")
        await play.press("M")
        await shows(play, "it is part of a master incident itself")
        assert play.app.screen is play.queue and play.engine.intents() == ()


async def test_in_bulk_what_one_lacks_is_asked_and_what_the_others_have_stays(rig: IvantiRig, tmp_path: Path) -> None:
    whole, bare = await rig.seed(["Mail queue stuck", "Printer offline"])
    rig.update(whole, Owner="bo")
    rig.update(bare, Category=None)
    async with console(rig, tmp_path, (80, 24)) as play:
        await play.press("6")
        await shows(play, "Printer offline")
        await shows(play, "Mail queue stuck")
        await play.press("asterisk", "R")
        await shows(play, "Resolve · 2 incidents")
        await play.write("restarted")
        await play.press("tab", *"other", "enter", "tab", *"firewall", "enter")
        await shows(play, "Firewall")
        await play.press("ctrl+s")
        await until(play, lambda: rig.row(bare)["Status"] == rig.row(whole)["Status"] == "Resolved", "both resolved")
        assert (rig.row(bare)["Category"], rig.row(bare)["Owner"]) == ("Firewall", "anna")
        assert (rig.row(whole)["Category"], rig.row(whole)["Owner"]) == ("Connectivity", "bo")


async def test_nothing_is_asked_for_what_a_closed_incident_takes_no_more(rig: IvantiRig, tmp_path: Path) -> None:
    (id,) = await rig.seed(["Mail queue stuck"])
    await rig.finish(id)
    async with console(rig, tmp_path, (80, 24)) as play:
        await until(play, lambda: play.engine.health("ivanti").last_good, "the first listing")
        rig.update(id, Status="Closed")
        await play.engine.find(f"ivanti:{rig.row(id)['IncidentNumber']}")
        await play.press("6", "slash")
        await play.write("is:closed")
        await play.press("enter")
        await shows(play, "Mail queue stuck")
        for key, words in (("p", "Priority"), ("A", "Assign"), ("m", "Link"), ("F", "Attach"), ("U", "Reopen")):
            await play.press(key)
            await shows(play, f"{words}: it is closed: Ivanti Neurons for ITSM allows no such change any more")
            assert play.app.screen is play.queue
        await play.press("n")
        await shows(play, "INTERNAL note")
