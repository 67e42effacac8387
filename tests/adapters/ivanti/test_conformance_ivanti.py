"""Against a stand-in tenant the Ivanti adapter keeps every promise that the console relies on, however it signs in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.ivanti.rig import IvantiRig
from tests.doubles.ivanti import Quirks
from vagt.adapters.conformance import CHECKS, Check, NotApplicable

VARIANTS = {
    "key": lambda: IvantiRig(Quirks(odd_actions=False)),
    "session-heat-odd": lambda: IvantiRig(
        Quirks(
            base_paths=("/HEAT/api",),
            empty="blank",
            empty_relation="list",
            counts=False,
            offset_hours=-7,
            sentinel=True,
            clears_with_null=False,
            metadata=False,
            note_parent="Incident#",
            clocks_late=True,
        ),
        auth="session",
    ),
}


@pytest.fixture(params=sorted(VARIANTS))
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[IvantiRig]:
    made = VARIANTS[request.param]()
    yield made
    await made.close()


@pytest.mark.parametrize("check", CHECKS, ids=str)
async def test_ivanti_conforms(check: Check, rig: IvantiRig) -> None:
    try:
        await check.run(rig)
    except NotApplicable as why:
        pytest.skip(str(why))
