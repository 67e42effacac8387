"""Files of incidents: whether one that we sent has arrived, and saving one without overwriting anything."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path

from vagt.adapters.protocol import Attachment, ForbiddenError, NotFoundError, Seen, Session, attaching
from vagt.domain.commands import Attach
from vagt.engine.errors import SpoolError

_MARGIN = timedelta(minutes=2)
"""So far a backend's clock, where it does not tell it, may be behind ours."""
_LOOKED_INTO = 20
_LONGEST = 120
"""Bytes of a file's name that every file system takes."""


async def arrived(session: Session, id: str, change: Attach, first_tried: datetime, skew: float | None) -> Seen:
    """Whether the file hangs on the incident: by name, size and time, and in the end by its content.

    A backend may have changed the name, so that newer ones of the same size are looked into as
    well. UNKNOWN where one could be ours and cannot be read.
    """
    files = attaching(session)
    since = first_tried + timedelta(seconds=skew or 0.0) - (_MARGIN if skew is None else timedelta(seconds=5))
    unread = False
    looked = 0
    for file in reversed(await files.attachments(id)):
        if not _could_be(file, change, since):
            continue
        if looked == _LOOKED_INTO:
            return Seen.UNKNOWN
        looked += 1
        try:
            content = await files.attached(id, file.id)
        except (NotFoundError, ForbiddenError):
            unread = True
            continue
        if hashlib.sha256(content).hexdigest() == change.digest:
            return Seen.YES
    return Seen.UNKNOWN if unread else Seen.NO


def _could_be(file: Attachment, change: Attach, since: datetime) -> bool:
    if file.size is not None and file.size != change.size:
        return False
    # One of the same name and content serves as well, however old: it is there.
    return file.name == change.name or file.at is None or file.at >= since


def safe_name(name: str) -> str:
    """A file's name as it can stand in a folder here: never a path, never hidden, without letters that nobody sees.

    What comes from a backend was chosen by a stranger.
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    seen = "".join("_" if unicodedata.category(letter)[0] == "C" or letter in ':*?"<>|' else letter for letter in last)
    kept = " ".join(seen.split()).lstrip(".-~ ").rstrip(". ")
    stem, dot, ending = kept.rpartition(".")
    tail = f".{ending}" if dot and stem and len(ending.encode()) <= 12 else ""
    body = kept.removesuffix(tail) if tail else kept
    room = _LONGEST - len(tail.encode())
    return (body.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + tail) or "file"


def target_of(path: Path, name: str) -> Path:
    """Where a file goes that is to be saved to `path`: there, or below its own name where that is a folder."""
    return path / safe_name(name) if path.is_dir() else path


def save(content: bytes, target: Path) -> None:
    """Write a new file, which only you can read; one that is there already stays. Raises SpoolError in words."""
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise SpoolError(f"{target} is there already; nothing is overwritten") from None
    except (OSError, ValueError) as error:
        raise SpoolError(f"{target} cannot be written: {getattr(error, 'strerror', '') or error}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError as error:
        target.unlink()
        raise SpoolError(f"{target} cannot be written: {error.strerror or error}") from None
