"""What tells one data folder from every other: the owner of what a console claims through a timeline."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

FILE = "watch.id"


def console_id(folder: Path) -> str:
    """The folder's own name, made once: the same after a restart, and for all processes on it. Raises OSError."""
    place = folder / FILE
    if known := _known(place):
        return known
    fresh = folder / f"{FILE}.{uuid4().hex}"
    try:
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "w") as stream:
            stream.write(uuid4().hex)
        try:
            # of two processes that begin at once one makes it, and both have that one
            os.link(fresh, place)
        except FileExistsError:
            if not _known(place):
                fresh.replace(place)
    finally:
        with suppress(OSError):
            fresh.unlink()
    return _known(place)


def _known(place: Path) -> str:
    try:
        return place.read_text("ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
