"""What tells one data folder from every other: the owner of what a console claims through a timeline.

A folder that was copied, with a home or into an image, is another console. So the name is bound to
what no copy shares: this machine, where the folder lies, and its own number in the file system.
"""

from __future__ import annotations

import hashlib
import os
import socket
from contextlib import suppress
from pathlib import Path
from uuid import NAMESPACE_OID, uuid4, uuid5

FILE = "watch.id"
_MACHINE = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


def console_id(folder: Path) -> str:
    """The folder's own name, made once: the same after a restart, and for all processes on it. Raises OSError.

    Where the folder is a copy, or was moved, it is another name than before.
    """
    place, here = folder / FILE, bound_to(folder)
    known, bound = _known(place)
    if known and bound == here:
        return known
    if known:
        # of two processes that find it so at once both come to the same name
        _write(folder, (made := uuid5(NAMESPACE_OID, f"{known} {here}").hex), here).replace(place)
        return made
    fresh = _write(folder, uuid4().hex, here)
    try:
        try:
            # of two processes that begin at once one makes it, and both have that one
            os.link(fresh, place)
        except FileExistsError:
            if not _known(place)[0]:
                fresh.replace(place)
    finally:
        with suppress(OSError):
            fresh.unlink()
    return _known(place)[0]


def bound_to(folder: Path) -> str:
    """What this folder shares with no copy of it. Raises OSError where there is no such folder."""
    machine = ""
    for path in _MACHINE:
        with suppress(OSError):
            machine = machine or _text(path)
    parts = (machine, socket.gethostname(), str(folder.resolve()), str(folder.stat().st_ino))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _write(folder: Path, name: str, here: str) -> Path:
    fresh = folder / f"{FILE}.{uuid4().hex}"
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "w") as stream:
        stream.write(f"{name}\n{here}\n")
    return fresh


def _known(place: Path) -> tuple[str, str]:
    """The name, and what it is bound to; both empty where there is none."""
    name, _, bound = _text(place).partition("\n")
    return name.strip(), bound.strip()


def _text(place: Path) -> str:
    try:
        return place.read_text("ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
