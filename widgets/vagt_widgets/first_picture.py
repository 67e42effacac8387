"""Shows the last picture of the previous run at once, before anything slow is imported.

Imports nothing but what every Python process has loaded already, or nearly so: keep it that way.
"""

from __future__ import annotations

import atexit
import os
import sys
import termios
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_MAGIC = b"picture-1"
_ENTER = b"\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?7l\x1b[H"
_LEAVE = b"\x1b[m\x1b[?7h\x1b[?2004l\x1b[?1049l\x1b[?25h"
_LIMIT = 4_000_000


class Shown:
    """A picture is on the terminal's alternate screen, echo is off, and what is typed waits to be read.

    Either Textual takes over (`terminal_driver(shown=…)` calls `taken_over`), or `restore` puts everything back;
    at the end of the process that happens by itself.
    """

    __slots__ = ("_fd_in", "_fd_out", "_pending", "attributes")

    def __init__(self, fd_in: int, fd_out: int, attributes: list[object]) -> None:
        self._fd_in = fd_in
        self._fd_out = fd_out
        self._pending = True
        self.attributes = attributes
        """The terminal's settings as they were before."""
        atexit.register(self.restore)

    @property
    def pending(self) -> bool:
        """Nobody has taken over yet."""
        return self._pending

    def taken_over(self) -> None:
        """Somebody else now answers for leaving the screen as it was."""
        self._pending = False
        atexit.unregister(self.restore)

    def restore(self) -> None:
        """Put the terminal back as it was, unless somebody has taken over; may be called again."""
        if not self._pending:
            return
        self.taken_over()
        try:
            _write(self._fd_out, _LEAVE)
            termios.tcsetattr(self._fd_in, termios.TCSANOW, self.attributes)  # type: ignore[arg-type]
        except (OSError, termios.error):
            # The terminal has gone away: there is nothing left to put back.
            return


def paint(path: str, note: Callable[[float | None], str], *, fd_in: int = 0, fd_out: int = 1) -> Shown | None:
    """Enter the alternate screen and paint the picture kept in `path`, marked with `note` in its first line.

    `note` gets the time of the picture (seconds since 1970) or None where there is none that fits the terminal's
    size; then the note stands alone. None comes back, and nothing is done, where this is no terminal.
    """
    try:
        if not (os.isatty(fd_in) and os.isatty(fd_out)) or os.environ.get("TERM", "") in {"", "dumb"}:
            return None
        attributes = termios.tcgetattr(fd_in)
        width, height = os.get_terminal_size(fd_out)
    except (OSError, termios.error):
        return None
    saved_at, picture = _load(path, width, height)
    shown = Shown(fd_in, fd_out, list(attributes))
    try:
        _quiet(fd_in)
        text = "".join(character for character in note(saved_at) if character.isprintable())[: max(0, width - 2)]
        mark = f"\x1b[m\x1b[1;1H\x1b[7m {text} \x1b[m".encode("utf-8", "replace")
        _write(fd_out, _ENTER + (picture or b"\x1b[2J") + mark)
    except (OSError, termios.error):
        shown.restore()
        return None
    return shown


def _quiet(fd: int) -> None:
    """No echo, no line editing, Enter arrives as Enter: what is typed now must read as if typed a second later."""
    attributes = termios.tcgetattr(fd)
    attributes[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON | termios.IXOFF)
    attributes[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    attributes[6][termios.VMIN] = 1
    attributes[6][termios.VTIME] = 0
    termios.tcsetattr(fd, termios.TCSANOW, attributes)


def _load(path: str, width: int, height: int) -> tuple[float | None, bytes]:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  pathlib is slow to import
            head = file.readline(200).split()
            if len(head) != 5 or head[0] != _MAGIC or (int(head[1]), int(head[2])) != (width, height):
                return None, b""
            picture = file.read(_LIMIT)
            return (float(head[3]), picture) if len(picture) == int(head[4]) else (None, b"")
    except (OSError, ValueError):
        return None, b""


def save(path: str, picture: str, width: int, height: int, *, now: float | None = None) -> bool:
    """Keep a picture (`DiffDisplay.picture()`) for the next run, for its owner only; False where it cannot be.

    Replaces the file whole, so that a crash leaves the old one. Never worth failing for: the disk may be full.
    """
    if not picture:
        return False
    data = picture.encode("utf-8", "replace")
    head = b"%s %d %d %.0f %d\n" % (_MAGIC, width, height, time.time() if now is None else now, len(data))
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            _write(fd, head + data)
        finally:
            os.close(fd)
        os.replace(temporary, path)  # noqa: PTH105
    except OSError:
        return False
    return True


def _write(fd: int, data: bytes) -> None:
    sys.stdout.flush()
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
