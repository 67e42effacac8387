"""A rig of its own for each test: two fresh queues in the session's Request Tracker."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.rt.rig import RtRig
from tests.servers.rt import RtServer


@pytest.fixture
async def rig(rt: RtServer) -> AsyncIterator[RtRig]:
    made = RtRig(rt)
    await made.start()
    yield made
    await made.stop()
