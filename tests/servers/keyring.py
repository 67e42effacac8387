"""A real keyring: GNOME's, on a message bus of its own, unlocked with an empty password; gone with its bus."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("gnome-keyring", "dbus")
_START = """\
printf '\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
i=0
while [ $i -lt 100 ]; do
  dbus-send --session --dest=org.freedesktop.secrets --print-reply /org/freedesktop/secrets \
    org.freedesktop.DBus.Peer.Ping >/dev/null 2>&1 && break
  i=$((i+1)); sleep 0.05
done
exec "$@"
"""


class CannotInstall(Exception):
    """This machine cannot have a keyring; the message says why."""

    def __init__(self, why: str, *, avoidable: bool) -> None:
        super().__init__(why)
        self.avoidable = avoidable


def install() -> None:
    """Install the packages where they are missing. Raises CannotInstall."""
    if _is_installed():
        return
    if shutil.which("apt-get") is None:
        raise CannotInstall("there is no apt-get on this machine, and no gnome-keyring", avoidable=False)
    if os.geteuid() != 0:
        why = f"not root: `apt-get install {' '.join(PACKAGES)}` would make these tests run"
        raise CannotInstall(why, avoidable=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        subprocess.run(["apt-get", "update"], capture_output=True, check=False, env=environment)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0 or not _is_installed():
        last = (done.stderr.strip().splitlines() or ["?"])[-1]
        raise CannotInstall(f"apt-get could not install it: {last}", avoidable=True)


def _is_installed() -> bool:
    return all(shutil.which(name) for name in ("gnome-keyring-daemon", "dbus-run-session", "dbus-send"))


@dataclass(frozen=True)
class Keyring:
    """A home with a keyring in it; each call has a bus and a daemon of its own, and finds what earlier ones kept."""

    home: Path

    def environ(self, **more: str) -> dict[str, str]:
        """What a process that uses it must see."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DBUS_", "VAGT_", "XDG_"))}
        folders = {"HOME": "home", "XDG_DATA_HOME": "share", "XDG_CONFIG_HOME": "config", "XDG_RUNTIME_DIR": "run"}
        for name in folders.values():
            (self.home / name).mkdir(mode=0o700, exist_ok=True)
        return kept | {variable: str(self.home / name) for variable, name in folders.items()} | more

    def command(self, *words: str) -> list[str]:
        """The command line that runs `words` with the keyring unlocked."""
        return ["dbus-run-session", "--", "sh", "-c", _START, "sh", *words]

    def vagt(self, *words: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """One call of the command line."""
        return self.run([sys.executable, "-m", "vagt", *words], stdin, **environ)

    def run(self, words: Sequence[str], stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            input=stdin, capture_output=True, text=True, timeout=90, check=False, env=self.environ(**environ),
        )  # fmt: skip
