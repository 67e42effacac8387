"""Ends the process within a second once its terminal has gone away or somebody asks it to end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

OnGone = Callable[[str], None]

DEADLINE = 0.8
"""Seconds that a clean exit may take, counted from when the terminal was found gone."""


class TerminalWatch:
    """Hears SIGHUP and SIGTERM, and is told by the driver when reading or writing says that nobody is there.

    The first such news calls `on_gone(reason)`, in whatever thread it came; that must only start a clean exit
    (`loop.call_soon_threadsafe(app.exit)`) and return. Whether or not that works, the process is ended after
    `deadline` seconds. Where SIGHUP is ignored (nohup) it stays ignored: the end of the input tells.
    """

    def __init__(self, on_gone: OnGone, *, deadline: float = DEADLINE) -> None:
        self._on_gone = on_gone
        self._deadline = deadline
        self._lock = threading.Lock()
        self.reason: str | None = None
        """Why it ended; None while it has not."""

    def install(self) -> None:
        """Hear the signals; to be called in the main thread."""
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._signalled)
        signal.signal(signal.SIGTERM, self._signalled)

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        self.gone(signal.Signals(number).name, 128 + number)

    def gone(self, reason: str, exit_code: int = 128 + signal.SIGHUP) -> None:
        """Nobody is there any more, or we are to end; only the first call counts."""
        # A signal can arrive while this very thread holds the lock: then the first news is under way already.
        if not self._lock.acquire(blocking=False):
            return
        self.reason = reason
        killer = threading.Timer(self._deadline, os._exit, (exit_code,))
        killer.daemon = True
        killer.start()
        try:
            self._on_gone(reason)
        except Exception:  # nobody is left to tell, and the timer ends us
            self._deadline = 0.0
