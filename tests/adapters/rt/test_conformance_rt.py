"""A real Request Tracker 5 keeps every promise that the console relies on."""

from __future__ import annotations

import pytest

from tests.adapters.rt.rig import RtRig
from vagt.adapters.conformance import CHECKS, Check, NotApplicable


@pytest.mark.parametrize("check", CHECKS, ids=str)
async def test_rt_conforms(check: Check, rig: RtRig) -> None:
    try:
        await check.run(rig)
    except NotApplicable as why:
        pytest.skip(str(why))
