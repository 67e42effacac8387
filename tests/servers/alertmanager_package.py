"""The distribution's package of Alertmanager, installed where it is missing and may be."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

PROGRAM = Path("/usr/bin/prometheus-alertmanager")
PACKAGE = "prometheus-alertmanager"


class CannotInstall(Exception):
    """This machine cannot have Alertmanager; the message says why."""

    def __init__(self, why: str, *, avoidable: bool = False) -> None:
        super().__init__(why)
        self.avoidable = avoidable
        """Somebody with more rights on this machine could."""


def cache() -> Path:
    """Where tests keep what is worth keeping from one run to the next."""
    base = os.environ.get("VAGT_TEST_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return Path(base) / "vagt-tests" if base else Path.home() / ".cache" / "vagt-tests"


def install() -> None:
    """Install the package where it is missing, without a service of the machine. Raises CannotInstall."""
    if PROGRAM.is_file():
        return
    if shutil.which("apt-get") is None:
        raise CannotInstall("there is no apt-get on this machine, and Alertmanager is not installed")
    if os.geteuid() != 0:
        raise CannotInstall(f"not root: `apt-get install {PACKAGE}` would make these tests run", avoidable=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "--no-install-recommends", PACKAGE]
    with _no_service():
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode != 0:
            subprocess.run(["apt-get", "update"], capture_output=True, check=False, env=environment)
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0 or not PROGRAM.is_file():
        raise CannotInstall("apt-get could not install it: " + (done.stderr.strip().splitlines() or ["?"])[-1])


@contextlib.contextmanager
def _no_service() -> Iterator[None]:
    """The package would be started now and with the machine: neither, for the tests start their own."""
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            policy.unlink()
    if shutil.which("systemctl"):
        subprocess.run(["systemctl", "disable", "--quiet", PACKAGE], capture_output=True, check=False)
