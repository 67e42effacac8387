"""The log file: JSON lines in the data folder, rotated, without secrets, shared by several processes."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import traceback
from datetime import UTC, datetime
from pathlib import Path

from vagt.adapters.redact import USERINFO, spellings

HIDDEN = "‹secret›"
_LIMIT = 2_000_000
_KEPT = 3
_SHORTEST = 4
_PATTERNS = (
    re.compile(
        r"(?i)\b((?:proxy-)?authorization['\"]?\s*[:=]\s*['\"]?)(?:(?:basic|bearer|token|rest_api_key=)\s*)?[^\s,;'\"}]+"
    ),
    re.compile(
        r"(?i)\b((?:password|passwd|secret|token|api[_-]?key|session[_-]?key|cookie)['\"]?\s*[:=]\s*['\"]?)[^\s&,;'\"}]+"
    ),
    USERINFO,
)


class Redactor:
    """Takes secrets out of a text: those that it was told, and what looks like one."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def learn(self, secret: str) -> None:
        """Never let this be seen. Very short ones are left to the patterns: they would hide ordinary words."""
        if len(secret) >= _SHORTEST:
            self._known |= spellings(secret)

    def clean(self, text: str) -> str:
        # The longest first: one may be a part of another, whose rest would stay.
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        for pattern in _PATTERNS:
            text = pattern.sub(lambda match: f"{match[1]}{HIDDEN}", text)
        return text


class JsonLines(logging.Handler):
    """Appends one JSON object a line; turns the file over when it has grown too long. Never raises."""

    def __init__(self, path: Path, redactor: Redactor, *, limit: int = _LIMIT) -> None:
        super().__init__()
        self._path = path
        self._redactor = redactor
        self._limit = limit

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._write((self._line(record) + "\n").encode("utf-8", "replace"))
        except Exception:  # a log that cannot be written must not stop what it tells of
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing: the screen belongs to the console, and there is no other place to say it."""

    def _line(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "text": self._redactor.clean(record.getMessage()),
            "pid": record.process,
        }
        if record.exc_info and record.exc_info[1] is not None:
            entry["trace"] = self._redactor.clean("".join(traceback.format_exception(record.exc_info[1])))
        return json.dumps(entry, ensure_ascii=False)

    def _write(self, line: bytes) -> None:
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, line)
            full = os.fstat(file).st_size > self._limit
            if full:
                self._turn_over(file)
        finally:
            os.close(file)

    def _turn_over(self, file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file).st_ino != self._path.stat().st_ino:
            return  # another process was faster
        for number in range(_KEPT - 1, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            if older.exists():
                older.replace(self._path.with_name(f"{self._path.name}.{number + 1}"))
        self._path.replace(self._path.with_name(f"{self._path.name}.1"))


def begin(path: Path, redactor: Redactor) -> JsonLines:
    """Let everything under `vagt` be logged to `path`; give it to `end` when done."""
    handler = JsonLines(path, redactor)
    root = logging.getLogger("vagt")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    root.propagate = False
    return handler


def end(handler: JsonLines) -> None:
    logging.getLogger("vagt").removeHandler(handler)
