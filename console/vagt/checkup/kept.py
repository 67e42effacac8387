"""What the data folder holds: store, outbox, audit log, and who works on them; looked at without changing any."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from vagt.checkup.finding import Finding, ok, problem, skipped, warning
from vagt.domain import durations
from vagt.engine.audit import AuditLog
from vagt.engine.codec import Undecodable
from vagt.engine.database import is_damage, words_of
from vagt.engine.intent import Intent
from vagt.engine.lease import asked_of_holder
from vagt.engine.outbox_rows import outstanding
from vagt.engine.schema import OUTBOX, STORE, Schema

STORE_FILE = "store.sqlite"
OUTBOX_FILE = "outbox.sqlite"
AUDIT_FILE = "audit.jsonl"
PATIENCE = 20.0
"""Seconds that the reading of one file may take."""
_OLD = 3600.0
"""Seconds after which an action that still waits is worth a word."""
_STEPS = 100_000
_JOBS = ("poll", "send")


def check_store(folder: Path) -> Finding:
    """Whether the last snapshot can be read. Nothing in it is lost for ever: it can be read again."""
    path = folder / STORE_FILE
    if not path.exists():
        return skipped("store", "nothing was read from any backend yet")
    fault = _fault(path, STORE)
    if fault is None:
        return ok("store", "can be read, and is whole")
    words, damaged = fault
    if damaged:
        remedy = "open the console: it sets the file aside and reads everything from the backends again"
        return warning("store", words, remedy)
    return problem("store", words, _remedy(words, folder))


def check_outbox(folder: Path, backends: Collection[str] | None, now: datetime) -> Finding:
    """Which of the operator's actions have not arrived, and since when; `backends` are the config's, where known."""
    path = folder / OUTBOX_FILE
    if not path.exists():
        return skipped("outbox", "no action was taken yet")
    fault = _fault(path, OUTBOX)
    if fault is not None:
        words, damaged = fault
        remedy = f"move it away, with {OUTBOX_FILE}-wal beside it, and keep both: they may hold actions not yet sent"
        return problem("outbox", words, remedy if damaged else _remedy(words, folder))
    try:
        with _reading(path) as connection:
            intents = [intent for _, intent in outstanding(connection)]
    except (sqlite3.Error, Undecodable) as error:
        remedy = f"move {path} away and keep it: it may hold actions that were not sent"
        return problem("outbox", f"an action in it cannot be read ({error})", remedy)
    return _waiting(intents, backends, now)


def _waiting(intents: Sequence[Intent], backends: Collection[str] | None, now: datetime) -> Finding:
    if not intents:
        return ok("outbox", "empty: everything has arrived")
    stuck = [intent for intent in intents if intent.stage.needs_person]
    pending = len(intents) - len(stuck)
    age = max((now - intent.command.at).total_seconds() for intent in intents)
    words = f"{_actions(pending)} on the way, {len(stuck)} need a person, the oldest from {durations.short(age)} ago"
    lost = sorted({intent.command.backend for intent in intents} - set(backends or ())) if backends is not None else []
    if lost:
        remedy = "put it back into the config, or give them up: vagt outbox list, vagt outbox discard ID"
        return warning("outbox", f"{words}; some are for {', '.join(lost)}, which the config does not have", remedy)
    if stuck:
        return warning("outbox", words, "vagt outbox list tells why; then vagt outbox retry ID or discard ID")
    if age > _OLD:
        return warning("outbox", words, "vagt outbox list tells what they wait for; vagt outbox retry tries now")
    return ok("outbox", words)


def _actions(count: int) -> str:
    return f"{count} action" if count == 1 else f"{count} actions"


def check_audit(folder: Path) -> Finding:
    """Whether the log of who did what is as it was written."""
    path = folder / AUDIT_FILE
    if not path.exists():
        return skipped("audit log", "nothing was done yet")
    try:
        verdict = AuditLog(path).verify()
    except OSError as error:
        remedy = f"give yourself the right to read {path}"
        return problem("audit log", f"cannot be read: {error.strerror or error}", remedy)
    if not verdict.ok:
        remedy = f"something other than Vagt has changed {path}: keep a copy and compare it with a backup"
        return problem("audit log", f"{verdict.problem}; lines up to there are as they were written", remedy)
    torn = f"; a crash cut {len(verdict.torn)} of them short" if verdict.torn else ""
    return ok("audit log", f"{verdict.lines} lines, each one follows from the one before{torn}")


def check_lease(folder: Path, backends: Collection[str]) -> Finding:
    """Which process polls the backends and sends what is in the outbox."""
    holders: dict[str, None] = {}
    for name in sorted(backends):
        for job in _JOBS:
            if (holder := _holder(folder / f"{job}-{name}.lock")) is not None:
                holders[holder] = None
    if not holders:
        return ok("consoles", "none is open on this data folder")
    words = f"{' and '.join(holders)} asks the backends and sends from this data folder; others follow, and take over"
    return ok("consoles", words)


def _holder(path: Path) -> str | None:
    """Who holds this lock file, in words; None where nobody does."""
    return asked_of_holder(path, lambda file: _process(os.fstat(file).st_ino))


def _process(inode: int) -> str:
    pid = _pid_of(inode)
    return f"process {pid}" if pid else "another process"


def _pid_of(inode: int) -> str:
    """Who has this file locked, as Linux tells (proc(5), /proc/locks); empty elsewhere."""
    try:
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    for line in lines:
        words = line.split()
        if len(words) > 5 and words[1] == "FLOCK" and words[5].rpartition(":")[2] == str(inode):
            return words[4]
    return ""


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, opened for reading only, and no longer than PATIENCE at one question."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)) as connection:
        end = time.monotonic() + PATIENCE
        connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        yield connection


def _fault(path: Path, schema: Schema) -> tuple[str, bool] | None:
    """(what is wrong, whether the file itself is damaged); None where nothing is."""
    try:
        with _reading(path) as connection:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version > schema.version:
                return f"{path} was written by a newer Vagt (format {version}; this one knows {schema.version})", False
            told = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
            if told != ["ok"]:
                return f"{path} is damaged: {told[0].splitlines()[-1]}", True
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            return f"{path} could not be read through within {PATIENCE:g} s: the disk is slow", False
        return words_of(error, path), is_damage(error)
    return None


def _remedy(words: str, folder: Path) -> str:
    if "newer Vagt" in words:
        return "start the newer Vagt, or choose another folder with --data-dir"
    return f"look after the disk of {folder}, then try again"
