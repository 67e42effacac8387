"""Which of several processes on one data folder does a job: the one that holds its lock file."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class Lease:
    """A lock that the system lets go of when its holder ends, however it ends (flock(2))."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    @property
    def held(self) -> bool:
        return self._file is not None

    def acquire(self) -> bool:
        """Try to get it, without waiting. Raises OSError where the folder cannot be written to."""
        if self._file is not None:
            return True
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        except OSError:
            os.close(file)
            raise
        self._file = file
        return True

    def release(self) -> None:
        """Let go of it. Safe to call twice."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def asked_of_holder(path: Path, ask: Callable[[int], T]) -> T | None:
    """What `ask` makes of the open lock file while another process holds it; None where nobody does."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return ask(file)
    except OSError:
        return None
    else:
        return None
    finally:
        os.close(file)
