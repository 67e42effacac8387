"""The adapter keeps every promise that the console relies on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tidydesk_rig import TidyDeskRig
from vagt.adapters.conformance import CHECKS, Check, NotApplicable


@pytest.fixture
async def rig() -> AsyncIterator[TidyDeskRig]:
    made = TidyDeskRig()
    yield made
    await made.close()


@pytest.mark.parametrize("check", CHECKS, ids=str)
async def test_tidydesk_conforms(check: Check, rig: TidyDeskRig) -> None:
    try:
        await check.run(rig)
    except NotApplicable as why:
        pytest.skip(str(why))
