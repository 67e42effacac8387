"""The whole console on the Jira double: what a workflow does not allow is said before anything is filled in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.adapters.jsm.rig import JsmRig
from tests.screens.queue.stage import Stage
from tests.screens.real_backend import SIZES, console_on, shows, until
from vagt.config.settings import BackendSettings


@pytest.fixture(params=["cloud", "dc"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[JsmRig]:
    made = JsmRig(deployment=request.param)
    await made.start()
    yield made
    await made.stop()


def console(
    rig: JsmRig, folder: Path, size: tuple[int, int], *more: BackendSettings
) -> AbstractAsyncContextManager[Stage]:
    return console_on([rig.settings(), *more], rig.secret, folder, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_closing_what_is_open_is_refused_before_the_question(
    rig: JsmRig, tmp_path: Path, size: tuple[int, int]
) -> None:
    (id,) = await rig.seed(["Mail queue stuck"])
    async with console(rig, tmp_path, size) as play:
        await play.press("6")
        await shows(play, "Mail queue stuck")
        await play.press("C")
        await shows(play, "resolve it first")
        assert play.app.screen is play.queue
        assert play.engine.intents() == ()

        # resolved here, and closed before Jira has heard of that: both leave in this order
        await play.press("R")
        await shows(play, "What was done (required)")
        await play.write("restarted")
        await play.press("ctrl+s")
        await play.press("slash")
        await play.write("is:resolved")
        await play.press("enter")
        await shows(play, "Mail queue stuck")
        await play.press("C")
        await shows(play, "Close jira:OPS-1?")
        await play.press("y")
        await until(play, lambda: rig.issue(id).fields["status"] == "6", "the closed state in Jira")
        assert rig.words(id, public=True) == ()


async def test_of_several_those_that_can_be_closed_are_asked_about(rig: JsmRig, tmp_path: Path) -> None:
    still, done = await rig.seed(["Mail queue stuck", "VPN drops"])
    async with console(rig, tmp_path, (80, 24)) as play:
        await play.press("6")
        await shows(play, "VPN drops")
        await rig.finish(done)
        await play.press("r", "slash")
        await play.write("is:open or is:resolved")
        await play.press("enter")
        await shows(play, "2 fit")
        await play.press("asterisk", "C")
        await shows(play, "Left out: 1")
        await shows(play, "jira:OPS-1 resolve it first")
        await shows(play, "Close jira:OPS-2?")
        await play.press("y")
        await until(play, lambda: rig.issue(done).fields["status"] == "6", "the closed state in Jira")
        assert rig.issue(still).fields["status"] == "1"


async def test_a_public_comment_says_whom_jira_mails(rig: JsmRig, tmp_path: Path) -> None:
    await rig.seed(["Mail queue stuck"])
    async with console(rig, tmp_path, (80, 24)) as play:
        await play.press("6")
        await shows(play, "Mail queue stuck")
        await play.press("W")
        await shows(play, "The customer and the participants")


async def test_what_cannot_be_linked_is_said_in_one_line(rig: JsmRig, tmp_path: Path) -> None:
    await rig.seed(["Mail queue stuck"])
    async with console(rig, tmp_path, (80, 24), replace(rig.settings(), name="twin")) as play:
        await play.press("6")
        await until(play, lambda: play.text.count("Mail queue stuck") == 2, "the incident of both backends")
        await play.press("asterisk", "m")
        await shows(play, "Only incidents of one backend can be linked together.")
        assert play.app.screen is play.queue
