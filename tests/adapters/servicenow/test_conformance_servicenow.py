"""The adapter keeps every promise that the console relies on, on a plain instance and on an awkward one."""

from __future__ import annotations

import pytest

from tests.adapters.servicenow.conftest import MakeRig
from tests.adapters.servicenow.rig import SnowRig
from vagt.adapters.conformance import CHECKS, Check, NotApplicable
from vagt.adapters.conformance.checks import Level

AWKWARD = {
    "async_rule": True,
    "hide_journal": True,
    "strict_query": True,
    "count_no_op": True,
    "session_sticky": True,
    "user_date_format": "MM/dd/yyyy hh:mm:ss a",
    "sla_delay": 1.0,
}
"""Rules that save again, a closed journal in another country's format, strict queries, clocks that come late."""


@pytest.mark.parametrize("check", CHECKS, ids=str)
async def test_servicenow_conforms(check: Check, rig: SnowRig) -> None:
    try:
        await check.run(rig)
    except NotApplicable as why:
        pytest.skip(str(why))


@pytest.mark.parametrize("check", [check for check in CHECKS if check.level is not Level.TRUSTED], ids=str)
async def test_an_awkward_instance_is_read_and_acted_on_all_the_same(check: Check, rigs: MakeRig) -> None:
    try:
        await check.run(await rigs(**AWKWARD))
    except NotApplicable as why:
        pytest.skip(str(why))
