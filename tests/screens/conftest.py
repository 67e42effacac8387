"""For all tests of what stands on a screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.screens.idle import patient_pilots


@pytest.fixture(autouse=True, scope="package")
def _patient_pilots() -> Iterator[None]:
    with patient_pilots():
        yield
