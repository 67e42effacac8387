"""Runs a program in a pseudo-terminal and reads what it shows through an emulator."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyte

ROOT = Path(__file__).resolve().parents[3]
# The emulator prints the tails of sequences that it does not know: kitty keyboard, mode queries.
_UNKNOWN = re.compile(rb"\x1b\[[<>=][0-9;]*[@-~]|\x1b\[\?[0-9;]*\$[@-~]")


class PtyRun:
    """One program with its terminal; a context manager that never leaves it running."""

    def __init__(
        self,
        *argv: str,
        columns: int = 60,
        rows: int = 12,
        ignore_hangup: bool = False,
        through: Sequence[str] = (),
        **environ: str,
    ) -> None:
        """`through`: a program with its arguments that starts Python, as in `setpriv …`."""
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.output = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if ignore_hangup:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            env = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **environ}
            for name in ("TMUX", "COLUMNS", "LINES"):  # of the terminal that the tests run in
                env.pop(name, None)
            whole = [*through, sys.executable, *argv]
            os.execve(whole[0], whole, env)

    def __enter__(self) -> PtyRun:
        return self

    def __exit__(self, *_: Any) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self.fd >= 0:
            os.close(self.fd)

    def read(self, seconds: float) -> None:
        """Take in what comes within so many seconds."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left)[0]:
                return
            try:
                data = os.read(self.fd, 65_536)
            except OSError:
                return
            self.output += data
            self._stream.feed(_UNKNOWN.sub(b"", data))

    def wait_for(self, text: str, seconds: float = 20.0) -> str:
        """Until `text` is on the screen; the screen comes back."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            shown = "\n".join(self.screen.display)
            if text in shown:
                return shown
            self.read(0.05)
        raise AssertionError(f"{text!r} did not appear:\n" + "\n".join(self.screen.display))

    def wait_for_bytes(self, data: bytes, seconds: float = 20.0) -> None:
        """Until `data` has been written since `output` was last emptied."""
        until = time.monotonic() + seconds
        while data not in self.output:
            assert time.monotonic() < until, f"{data!r} was not written: {self.output!r}"
            self.read(0.05)

    def type(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def hang_up(self) -> None:
        """The terminal goes away."""
        os.close(self.fd)
        self.fd = -1

    def exit_within(self, seconds: float) -> tuple[int, float]:
        """(exit code, seconds that it took); an error where it lives on."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if self.fd >= 0:
                self.read(0.01)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status), time.monotonic() - began
            time.sleep(0.01)
        raise AssertionError(f"still running after {seconds} s")
