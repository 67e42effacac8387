"""A rig of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.adapters.servicenow.rig import SnowRig

MakeRig = Callable[..., Any]


@pytest.fixture
async def rigs() -> AsyncIterator[MakeRig]:
    """Makes started rigs and stops them."""
    made: list[SnowRig] = []

    async def make(**given: Any) -> SnowRig:
        rig = SnowRig(**given)
        await rig.start()
        made.append(rig)
        return rig

    yield make
    for rig in made:
        await rig.stop()


@pytest.fixture
async def rig(rigs: MakeRig) -> SnowRig:
    made: SnowRig = await rigs()
    return made
