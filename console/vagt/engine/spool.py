"""The copies of files that wait to be attached: on disk before anything is said of them, and gone afterwards."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from vagt.domain.commands import Attach
from vagt.engine.errors import SpoolError

MOST = 25 * 1024 * 1024
"""Bytes of one file: what backends and mail take as a rule, and what a console can hold in memory."""
_PART = ".part"
_CHUNK = 1 << 20
_STALE = 3600.0
"""Seconds after which what a copy that was broken off has left is nobody's any more."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A copy that belongs to no action yet."""

    change: Attach
    part: Path


class Spool:
    """One folder, 0700, of files, 0600, each called after the SHA-256 of its content.

    `place` and `sweep` must run inside a transaction of the outbox: its lock keeps another process
    from sweeping away what this one is just about to need.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def stage(self, source: Path) -> Staged:
        """Copy a file of the operator's to disk, all of it. Raises SpoolError in words, and leaves nothing behind."""
        try:
            given = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except (OSError, ValueError) as error:
            raise SpoolError(f"{source} cannot be read: {_words(error)}") from None
        kind = os.fstat(given)
        if not stat.S_ISREG(kind.st_mode):
            os.close(given)
            raise SpoolError(f"{source} is {'a folder' if stat.S_ISDIR(kind.st_mode) else 'no file'}")
        with os.fdopen(given, "rb") as file:
            _check_size(source.name, kind.st_size)
            part = self._part()
            try:
                digest, size = self._copy(file, part)
                _check_size(source.name, size)
            except OSError as error:
                part.unlink(missing_ok=True)
                raise SpoolError(f"{source.name} cannot be copied to {self._folder}: {_words(error)}") from None
            except SpoolError:
                part.unlink(missing_ok=True)
                raise
        return Staged(Attach(_plain(source.name), size, digest), part)

    def _part(self) -> Path:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise SpoolError(f"{self._folder} cannot be made: {_words(error)}") from None
        return self._folder / f"{uuid4().hex}{_PART}"

    def _copy(self, source: BinaryIO, part: Path) -> tuple[str, int]:
        digest = hashlib.sha256()
        size = 0
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as target:
            while size <= MOST and (piece := source.read(_CHUNK)):
                digest.update(piece)
                size += len(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        return digest.hexdigest(), size

    def place(self, staged: Sequence[Staged]) -> None:
        """Give the copies their names, for good. Raises OSError."""
        for one in staged:
            one.part.replace(self._folder / one.change.digest)
        if staged:
            _sync(self._folder)

    def drop(self, staged: Sequence[Staged]) -> None:
        """They were not needed after all."""
        for one in staged:
            with suppress(OSError):
                one.part.unlink(missing_ok=True)

    def content(self, change: Attach) -> bytes:
        """The copy, whole and as it was. Raises SpoolError where it is gone or damaged."""
        try:
            found = (self._folder / change.digest).read_bytes()
        except OSError:
            raise SpoolError(f"the copy of {change.name} in the data folder is gone; attach it again") from None
        if hashlib.sha256(found).hexdigest() != change.digest:
            raise SpoolError(f"the copy of {change.name} in the data folder is damaged; attach it again")
        return found

    def has(self, change: Attach) -> bool:
        """Whether there is a copy of it."""
        return (self._folder / change.digest).is_file()

    def names(self) -> frozenset[str]:
        """The digests that there are copies of; empty where the folder was never needed."""
        try:
            return frozenset(entry.name for entry in os.scandir(self._folder) if not entry.name.endswith(_PART))
        except OSError:
            return frozenset()

    def sweep(self, needed: Collection[str], now: datetime) -> None:
        """Remove every copy but those needed, and what broken-off copies have left."""
        with suppress(OSError):
            for entry in list(os.scandir(self._folder)):
                if entry.name.endswith(_PART):
                    # whoever writes it just now may be another process
                    gone = now.timestamp() - entry.stat().st_mtime > _STALE
                else:
                    gone = entry.name not in needed
                if gone:
                    with suppress(OSError):
                        Path(entry.path).unlink()


def _check_size(name: str, size: int) -> None:
    if size > MOST:
        raise SpoolError(f"{name} is larger than {MOST >> 20} MiB, which is the most that Vagt attaches")
    if not size:
        raise SpoolError(f"{name} is empty")


def _plain(name: str) -> str:
    """A name that can stand in JSON and in a form: bytes that are no text become U+FFFD."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
