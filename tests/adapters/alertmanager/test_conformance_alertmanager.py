"""A real Alertmanager keeps every promise that the console relies on, as far as it can do anything."""

from __future__ import annotations

import pytest

from tests.adapters.alertmanager.rig import AlertmanagerRig
from vagt.adapters.conformance import CHECKS, Check, NotApplicable


@pytest.mark.parametrize("check", CHECKS, ids=str)
async def test_alertmanager_conforms(check: Check, rig: AlertmanagerRig) -> None:
    try:
        await check.run(rig)
    except NotApplicable as why:
        pytest.skip(str(why))
