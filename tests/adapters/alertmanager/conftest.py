"""A rig of its own for each test: a fresh world in the session's Alertmanager."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.alertmanager.rig import AlertmanagerRig
from tests.servers.alertmanager import Alertmanager


@pytest.fixture
async def rig(alertmanager: Alertmanager) -> AsyncIterator[AlertmanagerRig]:
    made = AlertmanagerRig(alertmanager)
    await made.start()
    yield made
    await made.stop()
