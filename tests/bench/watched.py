"""A program in a pseudo-terminal, timed from outside: what it writes is stamped on arrival, and looked at later."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import pyte

# The emulator prints the tails of sequences that it does not know: kitty keyboard, mode queries.
_UNKNOWN = re.compile(rb"\x1b\[[<>=][0-9;]*[@-~]|\x1b\[\?[0-9;]*\$[@-~]|\x1b[\]P][^\x07\x1b]*(?:\x07|\x1b\\)")
_SILENCE = 0.3
"""Seconds without output after which what came is looked at."""
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Reaction:
    """What followed a key. Milliseconds since the key was written."""

    first: float
    """Until its first byte came."""
    last: float
    """Until the last byte before a silence."""
    bytes: int
    cpu: float
    """Processor milliseconds of the program until the silence."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What the program did while nobody did anything."""

    seconds: float
    bytes: int
    writes: int
    vain: int
    """Writes after which the screen was as before."""
    cpu: float
    """Processor seconds."""


class Watched:
    """One program with its terminal; a context manager that never leaves it running.

    The emulator is slower than most programs, so it never runs while something is timed: chunks are kept
    with the moment at which they came, and replayed once nothing is measured.
    """

    def __init__(self, argv: Sequence[str], *, columns: int, rows: int, environment: Mapping[str, str]) -> None:
        self.chunks: list[tuple[float, bytes]] = []
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._replayed = 0
        environment = {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        environment.pop("TMUX", None)
        master, slave = pty.openpty()
        # The size stands before the program can ask for it.
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.began = time.perf_counter()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(master)
            os.login_tty(slave)
            os.execve(argv[0], list(argv), environment)
        os.close(slave)
        self._fd = master

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0
        os.close(self._fd)

    # Reading

    def _take(self, seconds: float) -> bool:
        """Wait for one chunk."""
        if not select.select([self._fd], [], [], max(0.0, seconds))[0]:
            return False
        try:
            data = os.read(self._fd, 65_536)
        except OSError:
            data = b""
        if not data:
            raise EOFError("the program ended:\n" + self.shown())
        self.chunks.append((time.perf_counter(), data))
        return True

    def listen(self, *, quiet: float, longest: float = 60.0) -> None:
        """Until nothing came for `quiet` seconds, at most `longest`."""
        end = time.perf_counter() + longest
        while time.perf_counter() < end and self._take(quiet):
            continue

    def _listen_for(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._take(left)

    def write(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    # Looking

    def shown(self) -> str:
        """The screen after everything that came so far."""
        self._replay(len(self.chunks))
        return "\n".join(self._screen.display)

    def _replay(self, upto: int) -> None:
        while self._replayed < upto:
            self._stream.feed(_UNKNOWN.sub(b"", self.chunks[self._replayed][1]))
            self._replayed += 1

    def until(self, fits: Callable[[str], bool], *, within: float = 60.0) -> float:
        """Seconds from the start until the screen fitted for the first time; fails where it does not `within`."""
        end = time.perf_counter() + within
        while True:
            # Looked at in a silence only: the emulator must not take the processor from what is measured.
            self.listen(quiet=_SILENCE, longest=within)
            while self._replayed < len(self.chunks):
                self._replay(self._replayed + 1)
                if fits("\n".join(self._screen.display)):
                    return self.chunks[self._replayed - 1][0] - self.began
            if time.perf_counter() > end:
                raise AssertionError("this did not come:\n" + self.shown())

    # Measuring

    def press(self, key: str, *, quiet: float = 0.08, patience: float = 10.0) -> Reaction:
        """Press a key and wait for what it does on the screen. Fails where it does nothing."""
        before, cpu = len(self.chunks), self.cpu()
        at = time.perf_counter()
        self.write(key)
        if not self._take(patience):
            raise AssertionError(f"{key!r} did nothing:\n{self.shown()}")
        self.listen(quiet=quiet, longest=patience)
        cpu = self.cpu() - cpu
        came = self.chunks[before:]
        return Reaction(
            (came[0][0] - at) * 1000, (came[-1][0] - at) * 1000, sum(len(data) for _, data in came), cpu * 1000
        )

    def press_and_see(self, key: str, part: Callable[[str], object], *, seconds: float) -> tuple[float, float]:
        """Press a key and watch for so long; milliseconds until its first byte, and until `part` of the screen
        changed for the last time. Fails where it did not change."""
        self._replay(len(self.chunks))
        before, last = part("\n".join(self._screen.display)), None
        start, at = len(self.chunks), time.perf_counter()
        self.write(key)
        self._listen_for(seconds)
        for number in range(start, len(self.chunks)):
            self._replay(number + 1)
            now = part("\n".join(self._screen.display))
            if now != before:
                before, last = now, self.chunks[number][0]
        if last is None:
            raise AssertionError(f"{key!r} changed nothing:\n{self.shown()}")
        return (self.chunks[start][0] - at) * 1000, (last - at) * 1000

    def rest(self, seconds: float) -> Rest:
        """Leave it alone for so long."""
        self._replay(len(self.chunks))
        before, cpu = len(self.chunks), self.cpu()
        self._listen_for(seconds)
        cpu = self.cpu() - cpu
        vain = 0
        for number in range(before, len(self.chunks)):
            was = self._cells()
            self._replay(number + 1)
            vain += self._cells() == was
        came = self.chunks[before:]
        return Rest(seconds, sum(len(data) for _, data in came), len(came), vain, cpu)

    def _cells(self) -> list[list[object]]:
        screen = self._screen
        return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]

    def cpu(self) -> float:
        """Processor seconds of the program so far, all its threads, those that ended too."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii", errors="replace").rsplit(")", 1)[1].split()
        whole = (int(fields[11]) + int(fields[12])) / _TICK
        exact = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                exact += int((task / "schedstat").read_text(encoding="ascii").split()[0])
            except (OSError, IndexError):
                continue
        return max(exact / 1e9, whole - 1 / _TICK)

    def memory(self) -> float:
        """Resident MiB (VmRSS)."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8", errors="replace")
        found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        assert found is not None
        return int(found[1]) / 1024
