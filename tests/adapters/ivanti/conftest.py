"""A stand-in tenant of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.ivanti.rig import IvantiRig


@pytest.fixture
async def rig() -> AsyncIterator[IvantiRig]:
    made = IvantiRig()
    yield made
    await made.close()
