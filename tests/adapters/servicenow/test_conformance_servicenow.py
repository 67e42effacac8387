"""The adapter keeps every promise that the console relies on, however the account signs in."""

from __future__ import annotations

import pytest

from tests.adapters.servicenow.rig import SnowRig
from vagt.adapters.conformance import CHECKS, Check, NotApplicable


@pytest.mark.parametrize("check", CHECKS, ids=str)
async def test_servicenow_conforms(check: Check, rig: SnowRig) -> None:
    try:
        await check.run(rig)
    except NotApplicable as why:
        pytest.skip(str(why))
