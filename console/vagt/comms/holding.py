"""Which terminal writes which draft: each holds its own, and no draft is ever written over by another terminal."""

from __future__ import annotations

import fcntl
import json
import os
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vagt.comms.drafts import Draft, Drafts
from vagt.comms.record import moment_of
from vagt.domain import moments
from vagt.domain.incident import Key
from vagt.engine.lease import asked_of_holder

_HELD = ".open"
"""At the end of the name of the file that says who writes a draft; locked for as long as they do."""
_TRIES, _LOOK = 3, 0.002
"""How often a lock is tried, and seconds between."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody who has a draft open. Times are UTC."""

    who: str
    where: str
    """The terminal, as the system calls it."""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One draft on an incident, as it is on disk."""

    path: Path
    draft: Draft
    opened: Opened | None = None
    """Who is writing it just now in another terminal."""


def here() -> str:
    """How the system calls this terminal, and from where somebody has come to it."""
    place = f"process {os.getpid()}"
    for file in (0, 1, 2):
        with suppress(OSError):
            place = os.ttyname(file).removeprefix("/dev/")
            break
    came = os.environ.get("SSH_CONNECTION", "").split()
    return f"{place}, from {came[0]}" if came else place


class Hold:
    """One composer's own place among the drafts of an incident. Close it, or let it go: the lock ends with it."""

    def __init__(self, drafts: Drafts, key: Key, who: str, now: datetime) -> None:
        self._drafts = drafts
        self._key = key
        self._me = Opened(who, here(), now)
        self._path: Path | None = None
        self._state: tuple[int, ...] | None = None
        """Of the file as this terminal left it."""
        self._locked: weakref.finalize[[int], Hold] | None = None

    @property
    def path(self) -> Path | None:
        """Where this composer's draft is kept; None before `take`."""
        return self._path

    def versions(self) -> tuple[Version, ...]:
        """All drafts on the incident but this composer's, the newest first."""
        found = [
            Version(path, draft, _reader(_held(path)))
            for path in self._drafts.files(self._key)
            if path != self._path and (draft := self._drafts.load(self._key, path)) is not None
        ]
        return tuple(sorted(found, key=_saved, reverse=True))

    def others(self) -> tuple[Opened, ...]:
        """Who else has a draft on the incident open, with or without a word in it yet."""
        main = self._drafts.path(self._key)
        mine = None if self._path is None else _held(self._path)
        found = []
        for path in sorted(main.parent.glob(f"{main.stem}*{_HELD}")):
            if path == mine:
                continue
            if (one := _reader(path)) is not None:
                found.append(one)
            elif not (draft := path.with_name(path.name.removesuffix(_HELD))).exists() and draft != main:
                # a killed terminal left it behind, and had written nothing
                with suppress(OSError):
                    path.unlink()
        return tuple(found)

    def take(self, version: Version | None) -> Draft | None:
        """Go on with a draft: as it is where nobody else writes it, else with a copy; None begins a new one."""
        self._release()
        if version is None:
            main = self._drafts.path(self._key)
            self._path = main if not main.exists() and self._lock(main) else self._beside()
            self._state = None
            return None
        if version.opened is None and self._lock(version.path):
            self._path, self._state = version.path, _state(version.path)
            # another terminal may have gone on with it, and left, since it was read
            return self._drafts.load(self._key, version.path) or version.draft
        self._path, self._state = self._beside(), None
        return version.draft.copy()

    def is_strange(self) -> bool:
        """Whether somebody else has written into this composer's file, where locks mean nothing."""
        return self._path is not None and _state(self._path) not in (self._state, None)

    def move_aside(self) -> None:
        """Go on in a file of one's own; what is in this one stays."""
        self._release()
        self._path, self._state = self._beside(), None

    def save(self, draft: Draft, now: datetime) -> None:
        """On disk when the call returns. Raises OSError."""
        self._drafts.save(self._key, draft, now, self._path)
        if self._path is not None:
            self._state = _state(self._path)

    def drop(self) -> None:
        """It was given up."""
        self._drafts.drop(self._key, self._path)
        self._state = None

    def close(self) -> None:
        """Let other terminals have it. Safe to call twice."""
        self._release()

    def _beside(self) -> Path:
        path = self._drafts.beside(self._key)
        self._lock(path)
        return path

    def _lock(self, path: Path) -> bool:
        """Hold it against other terminals; False where one has it. On a disk without locks everybody has it."""
        place = _held(path)
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return True
        if not _locks(file):
            os.close(file)
            return False
        since = "" if self._me.since is None else moments.rfc3339(self._me.since)
        with suppress(OSError):
            os.ftruncate(file, 0)
            os.write(file, json.dumps({"who": self._me.who, "where": self._me.where, "since": since}).encode())
        self._locked = weakref.finalize(self, os.close, file)
        return True

    def _release(self) -> None:
        if self._locked is not None and self._path is not None:
            with suppress(OSError):
                _held(self._path).unlink()
            self._locked()
        self._locked = None


def _held(path: Path) -> Path:
    return path.with_name(f"{path.name}{_HELD}")


def _locks(file: int) -> bool:
    """Try to lock it; also True on a disk that knows no locks."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # whoever only looks who has it lets go at once
            time.sleep(_LOOK)
        except OSError:
            return True
        else:
            return True
    return False


def _reader(place: Path) -> Opened | None:
    """Who holds a draft; None where nobody does."""
    return asked_of_holder(place, lambda file: _told(os.pread(file, 4096, 0)))


def _told(body: bytes) -> Opened:
    try:
        data = json.loads(body)
        return Opened(str(data["who"]), str(data["where"]), moment_of(str(data["since"])))
    except (ValueError, TypeError, KeyError):
        return Opened("somebody", "another terminal")


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _saved(version: Version) -> int:
    # the draft's own time is to the second
    state = _state(version.path)
    return 0 if state is None else state[1]
