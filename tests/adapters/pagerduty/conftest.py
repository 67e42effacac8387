"""A rig of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.adapters.pagerduty.rig import PdRig

MakeRig = Callable[..., Any]


@pytest.fixture
async def rigs() -> AsyncIterator[MakeRig]:
    """Makes started rigs and stops them."""
    made: list[PdRig] = []

    async def make(**given: Any) -> PdRig:
        rig = PdRig(**given)
        await rig.start()
        made.append(rig)
        return rig

    yield make
    for rig in made:
        await rig.stop()


@pytest.fixture
async def rig(rigs: MakeRig) -> PdRig:
    made: PdRig = await rigs()
    return made
