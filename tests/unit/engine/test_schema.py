"""Files of an older version are brought up to date whole or not at all, and keep what they hold."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.engine.fakes import START, World, incident, opened, settle
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Note
from vagt.domain.incident import Key
from vagt.engine import outbox, store
from vagt.engine.request import Request
from vagt.engine.schema import OUTBOX, STORE, Schema

ONE = Key("desk", "1")


def later(schema: Schema, table: str) -> Schema:
    """What a later version of the program might bring."""
    return Schema((*schema.steps, (f"ALTER TABLE {table} ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'",)))


async def test_an_older_store_and_outbox_are_migrated_and_keep_what_they_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(ManualClock(START))
    world.put(incident("1"))
    async with opened(tmp_path, world) as bench:
        await settle()
        await bench.engine.submit([Request("desk", ONE, Note("from the older one"))])
    monkeypatch.setattr(store, "STORE", later(STORE, "incidents"))
    monkeypatch.setattr(outbox, "OUTBOX", later(OUTBOX, "intents"))
    async with opened(tmp_path, world, start=False) as bench:
        assert bench.engine.board.get(ONE) is not None
        (intent,) = bench.engine.intents()
        assert intent.command.change == Note("from the older one")
        assert bench.engine.problems() == ()
    for name, table, schema in (("store", "incidents", STORE), ("outbox", "intents", OUTBOX)):
        with closing(sqlite3.connect(tmp_path / f"{name}.sqlite")) as database:
            assert database.execute("PRAGMA user_version").fetchone() == (schema.version + 1,)
            assert database.execute(f"SELECT colour FROM {table}").fetchall() == [("blue",)]


def test_a_migration_that_fails_half_way_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        STORE.prepare(database, path)
        broken = Schema((*STORE.steps, ("CREATE TABLE half (x)", "CREATE TABLE half (x)")))
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            broken.prepare(database, path)
        assert database.execute("PRAGMA user_version").fetchone() == (STORE.version,)
        assert database.execute("SELECT name FROM sqlite_master WHERE name = 'half'").fetchall() == []
        STORE.prepare(database, path)


def test_of_two_that_migrate_at_once_one_does_it(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    newer = later(STORE, "incidents")
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        STORE.prepare(database, path)
    failures: list[Exception] = []
    start = threading.Barrier(4)

    def migrate() -> None:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as database:
            start.wait()
            try:
                newer.prepare(database, path)
            except sqlite3.Error as error:
                failures.append(error)

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (newer.version,)
