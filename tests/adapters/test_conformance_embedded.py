"""The embedded backend keeps every promise that the console relies on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.embedded_rig import EmbeddedRig
from vagt.adapters.conformance import CHECKS, Check, NotApplicable


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[EmbeddedRig]:
    made = EmbeddedRig(tmp_path)
    yield made
    await made.close()


@pytest.mark.parametrize("check", CHECKS, ids=str)
async def test_embedded_conforms(check: Check, rig: EmbeddedRig) -> None:
    try:
        await check.run(rig)
    except NotApplicable as why:
        pytest.skip(str(why))
