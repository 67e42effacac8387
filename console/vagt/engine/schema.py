"""How a file's tables came to be, step by step, and what to do with files from another version."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vagt.engine.errors import DataError

Step = Sequence[str]
"""Statements that lead from one version to the next."""


@dataclass(frozen=True, slots=True)
class Schema:
    """All steps since the first version; the number of steps is the present version."""

    steps: tuple[Step, ...]

    @property
    def version(self) -> int:
        return len(self.steps)

    def prepare(self, connection: sqlite3.Connection, path: Path) -> None:
        """Create the tables or bring them up to date. Raises DataError where the file is newer than we are."""
        if self._version_of(connection, path) == self.version:
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have done it while we waited for the lock.
            for number in range(self._version_of(connection, path), self.version):
                for statement in self.steps[number]:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version={self.version}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _version_of(self, connection: sqlite3.Connection, path: Path) -> int:
        found = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if found > self.version:
            raise DataError(
                f"{path} was written by a newer Vagt (format {found}; this one knows {self.version}): "
                "start the newer one, or choose another data folder with --data-dir"
            )
        return found


_REVISION: Step = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO meta VALUES ('rev', 0)",
)

STORE = Schema(
    steps=(
        (
            *_REVISION,
            """CREATE TABLE backends (
                name TEXT PRIMARY KEY, system TEXT NOT NULL, scope TEXT NOT NULL, cursor TEXT,
                generation INTEGER NOT NULL DEFAULT 0, complete_at REAL, last_good REAL,
                loaded INTEGER NOT NULL DEFAULT 0, total INTEGER, condition TEXT, problem TEXT NOT NULL DEFAULT '',
                next_try REAL, account BLOB,
                rev INTEGER NOT NULL DEFAULT 0, writer TEXT NOT NULL DEFAULT '') WITHOUT ROWID""",
            """CREATE TABLE incidents (
                id INTEGER PRIMARY KEY, backend TEXT NOT NULL, native_id TEXT NOT NULL, number TEXT NOT NULL,
                open INTEGER NOT NULL, rank INTEGER NOT NULL, updated REAL NOT NULL, generation INTEGER NOT NULL,
                read_at REAL NOT NULL, rev INTEGER NOT NULL, writer TEXT NOT NULL, body BLOB NOT NULL,
                UNIQUE (backend, native_id))""",
            "CREATE INDEX incidents_number ON incidents (backend, number)",
            "CREATE INDEX incidents_open ON incidents (open, rank, id)",
            "CREATE INDEX incidents_updated ON incidents (open, updated)",
            "CREATE INDEX incidents_generation ON incidents (backend, open, generation)",
            "CREATE INDEX incidents_rev ON incidents (rev)",
            """CREATE TABLE gone (backend TEXT NOT NULL, native_id TEXT NOT NULL, rev INTEGER NOT NULL,
                writer TEXT NOT NULL, PRIMARY KEY (backend, native_id)) WITHOUT ROWID""",
            """CREATE TABLE snoozes (backend TEXT NOT NULL, native_id TEXT NOT NULL, until REAL NOT NULL,
                rev INTEGER NOT NULL, writer TEXT NOT NULL, PRIMARY KEY (backend, native_id)) WITHOUT ROWID""",
            """CREATE TABLE unseen (backend TEXT NOT NULL, native_id TEXT NOT NULL, mark TEXT NOT NULL,
                PRIMARY KEY (backend, native_id)) WITHOUT ROWID""",
            """CREATE TABLE chosen (backend TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
                times INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (backend, kind, id)) WITHOUT ROWID""",
        ),
    )
)
"""The snapshot: can be thrown away and read again."""

OUTBOX = Schema(
    steps=(
        (
            *_REVISION,
            """CREATE TABLE intents (
                seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, backend TEXT NOT NULL,
                subject TEXT, stage TEXT NOT NULL, bulk TEXT, not_before REAL NOT NULL, ended REAL,
                rev INTEGER NOT NULL, writer TEXT NOT NULL, body BLOB NOT NULL)""",
            "CREATE INDEX intents_subject ON intents (backend, subject)",
            "CREATE INDEX intents_stage ON intents (stage)",
            "CREATE INDEX intents_ended ON intents (ended)",
            "CREATE INDEX intents_rev ON intents (rev)",
        ),
        # The tables are as they were, but an older Vagt cannot read deliveries through channels.
        (),
    )
)
"""The operator's intentions: never thrown away."""
