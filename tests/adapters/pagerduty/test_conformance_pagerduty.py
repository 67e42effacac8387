"""The adapter keeps every promise that the console relies on, on a plain account and on an awkward one."""

from __future__ import annotations

import pytest

from tests.adapters.pagerduty.conftest import MakeRig
from tests.adapters.pagerduty.rig import PdRig
from vagt.adapters.conformance import CHECKS, Check, NotApplicable
from vagt.adapters.conformance.checks import Level

AWKWARD = {
    "slim_log_incidents": True,
    "oldest_first": True,
    "server_caps": 7,
    "snooze_needs_ack": True,
    "level_alone_unacks": False,
    "users_by_name_only": True,
    "update_words_in_log": False,
    "flat_targets": True,
    "untold": {"title", "priority"},
    "odd_errors": "string",
}
"""Small pages, a log that leaves out and only refers, a search by names, other forms where the pages leave it open."""


@pytest.mark.parametrize("check", CHECKS, ids=str)
async def test_pagerduty_conforms(check: Check, rig: PdRig) -> None:
    try:
        await check.run(rig)
    except NotApplicable as why:
        pytest.skip(str(why))


@pytest.mark.parametrize("check", [check for check in CHECKS if check.level is not Level.TRUSTED], ids=str)
async def test_an_awkward_account_is_handled_all_the_same(check: Check, rigs: MakeRig) -> None:
    rig = await rigs(way="account key", **AWKWARD)
    rig.page_size, rig.requests_a_page, rig.crowd = 7, 3, 200
    try:
        await check.run(rig)
    except NotApplicable as why:
        pytest.skip(str(why))
