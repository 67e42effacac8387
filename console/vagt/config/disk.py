"""Whether a disk has room, for words that name the cause."""

from __future__ import annotations

import os
from pathlib import Path

_LEAST = 64 * 1024
"""Bytes below which SQLite cannot even make its shared memory."""


def is_full(folder: Path) -> bool:
    """Whether the disk that holds `folder` has no room left; False where that cannot be found out."""
    try:
        state = os.statvfs(folder)
    except OSError:
        return False
    return state.f_bavail * state.f_frsize < _LEAST
