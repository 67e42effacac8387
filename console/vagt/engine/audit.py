"""The audit log: who did what, when, on what, with what result; one JSON object a line, chained by hashes."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

GENESIS = "0" * 64
"""The `prev` of the first line."""
_TAIL = 64 * 1024


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the whole log found."""

    lines: int
    problem: str = ""
    """Which line is not as it was written, in words; empty where all are."""
    torn: tuple[int, ...] = ()
    """Numbers of lines that a crash cut short; they are kept as they are."""

    @property
    def ok(self) -> bool:
        return not self.problem


class AuditLog:
    """Appends under a lock, so that several processes can write to one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, records: Sequence[Mapping[str, object]]) -> None:
        """Write these lines at the end, each with the SHA-256 of the line before it. Raises OSError."""
        with self._locked() as file:
            previous, torn = _last_line(file)
            lines: list[bytes] = []
            if torn:
                # The rest of a line that a crash cut short stays, ended and named by the next one.
                lines.append(b"")
                records = ({"what": "recovered", "torn": True}, *records)
            for record in records:
                text = json.dumps({**record, "prev": previous}, ensure_ascii=False, separators=(",", ":"))
                line = text.encode("utf-8", "replace")
                previous = hashlib.sha256(line).hexdigest()
                lines.append(line)
            _write_all(file, b"\n".join(lines) + b"\n")

    def verify(self) -> Verdict:
        """Read it from the start and check the chain. Raises OSError."""
        if not self._path.exists():
            return Verdict(0)
        previous = GENESIS
        torn: list[int] = []
        number = 0
        with self._path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                line = raw.rstrip(b"\n")
                record = _parsed(line)
                if record is None or not raw.endswith(b"\n"):
                    torn.append(number)
                elif record.get("prev") != previous:
                    return Verdict(number, f"line {number} does not follow line {number - 1}", tuple(torn))
                elif record.get("torn") is not True and torn and torn[-1] == number - 1:
                    return Verdict(number, f"line {number - 1} is not readable", tuple(torn))
                previous = hashlib.sha256(line).hexdigest()
        return Verdict(number, "", tuple(torn))

    @contextmanager
    def _locked(self) -> Iterator[int]:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def records_since(path: Path, since: datetime) -> Iterator[dict[str, object]]:
    """The records of a log from a moment on, oldest first; what cannot be read is left out. No log, no records."""
    try:
        with path.open("rb") as file:
            for raw in file:
                record = _parsed(raw)
                if record is not None and _at(record) >= since:
                    yield record
    except OSError:
        return


def _at(record: Mapping[str, object]) -> datetime:
    try:
        return datetime.fromisoformat(str(record.get("at")))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _last_line(file: int) -> tuple[str, bool]:
    """(hash of the last line, whether it was cut short)."""
    size = os.fstat(file).st_size
    if size == 0:
        return GENESIS, False
    span = _TAIL
    while True:
        start = max(0, size - span)
        tail = os.pread(file, size - start, start)
        torn = not tail.endswith(b"\n")
        body = tail if torn else tail[:-1]
        cut = body.rfind(b"\n")
        if cut >= 0 or start == 0:
            return hashlib.sha256(body[cut + 1 :]).hexdigest(), torn
        span *= 4


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _parsed(line: bytes) -> dict[str, object] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
