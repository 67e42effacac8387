"""A rig of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.adapters.jsm.rig import JsmRig

MakeRig = Callable[..., Any]


@pytest.fixture
async def rigs() -> AsyncIterator[MakeRig]:
    """Makes started rigs and stops them."""
    made: list[JsmRig] = []

    async def make(**given: Any) -> JsmRig:
        rig = JsmRig(**given)
        await rig.start()
        made.append(rig)
        return rig

    yield make
    for rig in made:
        await rig.stop()


@pytest.fixture
async def rig(rigs: MakeRig) -> JsmRig:
    """Cloud."""
    made: JsmRig = await rigs()
    return made


@pytest.fixture
async def dc(rigs: MakeRig) -> JsmRig:
    """Data Center."""
    made: JsmRig = await rigs(deployment="dc")
    return made
