"""The database file: its tables, and how it is opened."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
import uuid
from dataclasses import fields
from datetime import datetime
from pathlib import Path

from vagt.adapters.embedded.record import Row

VERSION = 2

COLUMNS = tuple(field.name for field in fields(Row))
TIMES = frozenset(name for name in COLUMNS if name.endswith(("_at", "_due", "_until")) or name == "clock_start")
FLAGS = frozenset({"major", "operated"})
_WHOLE = frozenset(
    {"seq", "version", "impact", "urgency", "priority", "level", "duplicate_of"} | TIMES | FLAGS,
)


def _column(name: str) -> str:
    if name == "pk":
        return "pk INTEGER PRIMARY KEY AUTOINCREMENT"
    return f"{name} {'INTEGER' if name in _WHOLE else 'TEXT'}"


_TABLES = (
    f"CREATE TABLE incident ({', '.join(_column(name) for name in COLUMNS)})",
    "CREATE INDEX incident_seq ON incident(seq)",
    "CREATE INDEX incident_open ON incident(pk) WHERE state IN ('new', 'active', 'waiting')",
    "CREATE INDEX incident_wake ON incident(wake_at) WHERE wake_at IS NOT NULL",
    "CREATE INDEX incident_created ON incident(created_at)",
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, incident INTEGER NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL,"
    " kind TEXT NOT NULL, public INTEGER NOT NULL, text TEXT NOT NULL)",
    "CREATE INDEX entry_incident ON entry(incident, at, id)",
    "CREATE TABLE link (incident INTEGER NOT NULL, kind TEXT NOT NULL, other INTEGER, record TEXT)",
    "CREATE UNIQUE INDEX link_once ON link(incident, kind, ifnull(other, 0), ifnull(record, ''))",
    "CREATE INDEX link_other ON link(other)",
    "CREATE TABLE record (number TEXT PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL)",
    "CREATE TABLE command (id TEXT PRIMARY KEY, incident INTEGER NOT NULL, at INTEGER NOT NULL)",
    "CREATE TABLE tombstone (id TEXT PRIMARY KEY, seq INTEGER NOT NULL)",
    "CREATE INDEX tombstone_seq ON tombstone(seq)",
    "CREATE TABLE operator (login TEXT PRIMARY KEY)",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE step (id INTEGER PRIMARY KEY, due INTEGER NOT NULL, incident INTEGER NOT NULL, deed TEXT NOT NULL,"
    " detail TEXT NOT NULL)",
    "CREATE INDEX step_due ON step(due, id)",
)
_FILES = (
    "CREATE TABLE file (id INTEGER PRIMARY KEY AUTOINCREMENT, incident INTEGER NOT NULL, at INTEGER NOT NULL,"
    " by TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL)",
    "CREATE INDEX file_incident ON file(incident, id)",
)
"""Since version 2."""


class WrongFile(Exception):
    """The file is not one of ours, or was written by a newer program; the message says which."""


def open_database(path: Path, timeout: float, now: datetime) -> sqlite3.Connection:
    """Open the file, making it (owner only) and its tables where they are missing.

    Several processes may have it open; each waits up to `timeout` seconds for another's write.
    Raises sqlite3.Error, OSError or WrongFile.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _make(path)
    db = sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
    try:
        _write_ahead(db, timeout)
        db.execute("PRAGMA synchronous = NORMAL")
        _prepare(db, path, now)
    except BaseException:
        db.close()
        raise
    return db


def _make(path: Path) -> None:
    """An empty file for its owner only, where there is none.

    Made under another name: closing a file lets go of all locks that this process has on it, also
    those of another session.
    """
    if path.exists():
        path.chmod(0o600)
        return
    handle, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        os.link(made, path)
    except FileExistsError:
        # Another process was first.
        return
    finally:
        Path(made).unlink()


def _write_ahead(db: sqlite3.Connection, timeout: float) -> None:
    """Switch to the write-ahead log; SQLite does not wait for a lock here, so we do."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _prepare(db: sqlite3.Connection, path: Path, now: datetime) -> None:
    if _version(db) == 0:
        db.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have been first while we waited for the lock.
            if _version(db) == 0:
                if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    raise WrongFile(f"{path} is a database, but not one of this backend")
                for statement in (*_TABLES, *_FILES):
                    db.execute(statement)
                db.executemany(
                    "INSERT INTO meta VALUES (?, ?)",
                    (("seq", "0"), ("epoch", uuid.uuid4().hex[:12]), ("created", now.isoformat())),
                )
                db.execute(f"PRAGMA user_version = {VERSION}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
    if _version(db) == 1:
        _add_files(db)
    if _version(db) > VERSION:
        raise WrongFile(f"{path} was written by a newer version of this program")


def _add_files(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        if _version(db) == 1:
            for statement in _FILES:
                db.execute(statement)
            db.execute("PRAGMA user_version = 2")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
