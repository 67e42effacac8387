"""The whole console on a real Alertmanager: what little can be done is easy, and what cannot says why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.adapters.alertmanager.rig import AlertmanagerRig
from tests.screens.queue.stage import Stage
from tests.screens.real_backend import SIZES, console_on, shows, until
from tests.servers.alertmanager import PASSWORD, USER, Alertmanager
from vagt.config.settings import BackendSettings


@pytest.fixture
async def rig(alertmanager: Alertmanager) -> AsyncIterator[AlertmanagerRig]:
    made = AlertmanagerRig(alertmanager)
    await made.start()
    yield made
    await made.stop()


def console(rig: AlertmanagerRig, folder: Path, size: tuple[int, int]) -> AbstractAsyncContextManager[Stage]:
    backend = BackendSettings(
        name="am", adapter="alertmanager", url=rig.cutter.url, auth="basic", username=USER, query=rig.filter
    )
    return console_on([backend], PASSWORD, folder, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_night_with_alerts(rig: AlertmanagerRig, tmp_path: Path, size: tuple[int, int]) -> None:
    disk, _ = await rig.seed(["disk full on db-1", "certificate ends"])
    await rig.change(disk)
    async with console(rig, tmp_path, size) as play:
        await play.press("6")
        await shows(play, "certificate ends")
        await shows(play, "(2 firing)")
        await play.press("g")

        # nobody can acknowledge here, and what can be done instead is said and shown
        await play.press("a")
        await shows(play, "a snooze silences it for all")
        await play.press("escape")
        await shows(play, "z Snooze")

        # a snooze asks why
        at = play.app.queue.rows.cursor
        assert at is not None
        await play.press("z", "2")
        await shows(play, "Reason (required)")
        await play.press("ctrl+s")
        await shows(play, "Reason")
        assert play.engine.intents() == ()
        await play.write("known")
        await play.press("ctrl+s")
        await until(play, lambda: rig.held(at.id), "the silence")
        (silence,) = rig.held(at.id)
        assert (silence["createdBy"], silence["comment"]) == ("anna", "known")

        # out of sight, and found again with who and why
        await play.press("6", "slash")
        await play.write("is:snoozed")
        await play.press("enter")
        await play.press("enter")
        await shows(play, "anna: known")
        await play.press("escape", "escape")

        # what is over leaves the queue by itself
        for id in rig.labels:
            await rig.finish(id)
        await play.press("6", "r")
        await shows(play, "All open 0")
