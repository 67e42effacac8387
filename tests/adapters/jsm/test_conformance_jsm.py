"""The conformance kit over real HTTP: Cloud with Operations, Data Center, and two sites that are awkward."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.jsm.conftest import MakeRig
from vagt.adapters.conformance import CHECKS, Check, Level, NotApplicable

AWKWARD: dict[str, dict[str, Any]] = {
    "cloud that says little": {
        "names_account": False,
        "foreign_words": True,
        "short_pages": 7,
        "expands_properties": True,
        "no_count": True,
        "one_start": True,
    },
    "data center of an older line": {
        "deployment": "dc",
        "dc_major": 10,
        "no_epoch": True,
        "no_jsd_public": True,
        "dc_rate_headers": True,
        "no_resolution_screen": True,
    },
}


@pytest.mark.parametrize("check", CHECKS, ids=str)
@pytest.mark.parametrize("deployment", ["cloud", "dc"])
async def test_jira_conforms(check: Check, deployment: str, rigs: MakeRig) -> None:
    try:
        await check.run(await rigs(deployment=deployment))
    except NotApplicable as why:
        pytest.skip(str(why))


_HERE = [check for check in CHECKS if check.level is not Level.TRUSTED and check.name != "a-crowd-is-listed-in-time"]


@pytest.mark.parametrize("check", _HERE, ids=str)
@pytest.mark.parametrize("site", AWKWARD)
async def test_an_awkward_site_is_read_and_acted_on_all_the_same(check: Check, site: str, rigs: MakeRig) -> None:
    rig = await rigs(**AWKWARD[site])
    try:
        await check.run(rig)
    except NotApplicable as why:
        pytest.skip(str(why))
