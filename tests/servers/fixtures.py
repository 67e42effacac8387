"""Real servers as pytest fixtures, started once a session and only where a test asks for one."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.servers import alertmanager as am
from tests.servers import alertmanager_package as am_package
from tests.servers.rt import CannotInstall, RtServer, running


@pytest.fixture(scope="session")
def rt() -> Iterator[RtServer]:
    """A real Request Tracker 5. Where it cannot be installed, its tests are skipped with the reason."""
    try:
        with running() as server:
            yield server
    except CannotInstall as why:
        if why.avoidable and os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"CI must run the tests on a real Request Tracker: {why}")
        pytest.skip(f"no real Request Tracker 5: {why}")


@pytest.fixture(scope="session")
def alertmanager() -> Iterator[am.Alertmanager]:
    """A real Alertmanager. Where it cannot be installed, its tests are skipped with the reason."""
    try:
        with am.running() as server:
            yield server
    except am_package.CannotInstall as why:
        if why.avoidable and os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"CI must run the tests on a real Alertmanager: {why}")
        pytest.skip(f"no real Alertmanager: {why}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for the server carries its marker, so that `-m "not rt"` leaves it out.

    Of several processes that share the tests, one has all of these: one server is enough for the machine.
    """
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "rt" in names:
            item.add_marker(pytest.mark.rt)
            item.add_marker(pytest.mark.xdist_group("rt"))
        if "alertmanager" in names:
            item.add_marker(pytest.mark.alertmanager)
            if "rt" not in names:
                item.add_marker(pytest.mark.xdist_group("alertmanager"))
