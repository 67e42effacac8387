"""A real SSH daemon on a loopback port, with keys of its own, that lets in whoever runs the tests."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from tests.servers.keyring import CannotInstall

PACKAGES = ("openssh-server", "openssh-client")
_CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {home}/host
AuthorizedKeysFile {home}/client.pub
PidFile {home}/sshd.pid
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
AcceptEnv VAGT_*
"""


def install() -> None:
    """Install the packages where they are missing. Raises CannotInstall."""
    if _daemon() and shutil.which("ssh"):
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise CannotInstall(f"`apt-get install {' '.join(PACKAGES)}` would make these tests run", avoidable=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        subprocess.run(["apt-get", "update"], capture_output=True, check=False, env=environment)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0 or not _daemon():
        last = (done.stderr.strip().splitlines() or ["?"])[-1]
        raise CannotInstall(f"apt-get could not install it: {last}", avoidable=True)


def _daemon() -> str | None:
    return shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class SshServer:
    """One daemon; a context manager that takes it and its sessions down again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        for name in ("host", "client"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / name)], check=True)
        (home / "config").write_text(_CONFIG.format(port=self.port, home=home), encoding="utf-8")
        if os.geteuid() == 0:
            # The daemon wants its empty folder, which the package makes only where a service manager runs.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        daemon = _daemon()
        assert daemon is not None
        self._log = (home / "log").open("wb")
        self._process = subprocess.Popen([daemon, "-D", "-e", "-f", str(home / "config")], stderr=self._log)

    def __enter__(self) -> SshServer:
        until = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                assert self._process.poll() is None, (self.home / "log").read_text(encoding="utf-8")
                assert time.monotonic() < until, "the daemon does not listen"
                time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._log.close()

    def client(self, command: str) -> list[str]:
        """The command line of a client that runs `command` there, in a terminal."""
        return [
            "ssh", "-tt", "-F", "none", "-p", str(self.port), "-i", str(self.home / "client"),
            "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={self.home / 'known'}",
            "-o", "LogLevel=ERROR", "-o", "BatchMode=yes", f"{getpass.getuser()}@127.0.0.1", command,
        ]  # fmt: skip
