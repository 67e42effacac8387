"""Several sessions and processes on one file of the embedded backend, and what happens to the file itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.adapters.embedded import ORGANISATION, connection, desk
from vagt.adapters.embedded.session import connect
from vagt.adapters.protocol import ConflictError, ProtocolError, Seen, UnavailableError
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Create, Note, Take
from vagt.domain.incident import Incident

WRITER = """
import asyncio, sys
from pathlib import Path
from tests.adapters.embedded import ORGANISATION, connection
from vagt.adapters.embedded.session import connect
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Command, Note
from vagt.domain.incident import Key

async def main(folder, who, id, count):
    clock = SystemClock()
    session = await connect(connection(Path(folder), clock, operator=who, options=dict(ORGANISATION)))
    for number in range(int(count)):
        command = Command(id=f"{who}-{number}", backend="desk", subject=Key("desk", id), ref="desk",
                          change=Note(f"{who} {number}"), by=who, at=clock.now())
        await session.perform(command, None)
    await session.close()

asyncio.run(main(*sys.argv[1:]))
"""
SHIFT = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from tests.adapters.embedded import MORNING, desk
from vagt.domain.clock import ManualClock

async def main(folder, seconds):
    clock = ManualClock(MORNING)
    async with desk(Path(folder), clock=clock, shift=True) as opened:
        for _ in range(int(seconds) // 15):
            clock.advance(15)
            await opened.poll()

asyncio.run(main(*sys.argv[1:]))
"""


def run(code: str, *arguments: object) -> subprocess.Popen[bytes]:
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stderr=subprocess.PIPE,
    )


def ended_well(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()


async def test_two_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    async with desk(tmp_path) as anna:
        incident = await anna.opened()
        await asyncio.to_thread(
            ended_well, run(WRITER, tmp_path, "anna", incident.id, 60), run(WRITER, tmp_path, "bo", incident.id, 60)
        )
        told = await anna.told(incident.id)
        for who in ("anna", "bo"):
            assert [text for text in told if text.startswith(who)] == [f"{who} {number}" for number in range(60)]
        assert (await anna.now(incident.id)).version == "121"


async def test_two_processes_watch_one_shift_and_it_happens_once(tmp_path: Path) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    await asyncio.to_thread(ended_well, run(SHIFT, alone, 900))
    await asyncio.to_thread(ended_well, run(SHIFT, together, 900), run(SHIFT, together, 900))
    assert content(together) == content(alone)


def content(folder: Path) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(folder / "embedded-desk.sqlite")) as db:
        return db.execute(
            "SELECT incident.pk, title, entry.at, entry.by, entry.text FROM incident JOIN entry ON incident = pk"
            " ORDER BY incident.pk, entry.id"
        ).fetchall()


async def test_of_two_who_take_the_same_one_has_a_conflict(tmp_path: Path) -> None:
    async with desk(tmp_path) as anna, desk(tmp_path, clock=anna.clock, operator="bo") as bo:
        incident = await anna.opened()
        outcomes = await asyncio.gather(
            anna.does(Take(), incident.id, expected=incident.version),
            bo.does(Take(), incident.id, expected=incident.version),
            return_exceptions=True,
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ConflictError", "Done"]
        conflict = next(outcome for outcome in outcomes if isinstance(outcome, ConflictError))
        assert isinstance(conflict.theirs, Incident)
        assert conflict.theirs.assignee == (await anna.now(incident.id)).assignee


async def test_the_loop_runs_on_while_another_process_holds_the_lock(tmp_path: Path) -> None:
    async with desk(tmp_path) as anna:
        incident = await anna.opened()
        with contextlib.closing(sqlite3.connect(tmp_path / "embedded-desk.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            writing = asyncio.create_task(anna.does(Note("Waits"), incident.id))
            longest, last = 0.0, time.perf_counter()
            for _ in range(40):
                await asyncio.sleep(0.005)
                longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
            assert not writing.done()
            assert longest < 2, "the database waits for its lock for longer than that"
            other.execute("ROLLBACK")
            await writing
        assert (await anna.told(incident.id))[-1] == "Waits"


async def test_a_write_that_is_cancelled_ends_whole_and_can_be_asked_for(tmp_path: Path) -> None:
    async with desk(tmp_path) as anna:
        incident = await anna.opened()
        with contextlib.closing(sqlite3.connect(tmp_path / "embedded-desk.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            command = anna.command(Note("Cancelled?"), incident.id)
            writing = asyncio.create_task(anna.session.perform(command, None))
            await asyncio.sleep(0.05)
            writing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writing
            other.execute("ROLLBACK")
        assert await anna.session.seen(command, anna.clock.now()) is Seen.YES
        assert (await anna.told(incident.id)).count("Cancelled?") == 1


async def test_a_lock_that_is_never_let_go_is_unavailable_and_nothing_was_done(tmp_path: Path) -> None:
    made = connection(tmp_path, SystemClock(), options=dict(ORGANISATION))
    object.__setattr__(made.settings, "timeout", 0.1)
    session = await connect(made)
    async with desk(tmp_path) as anna:
        command = anna.command(Create(title="x"))
        with contextlib.closing(sqlite3.connect(tmp_path / "embedded-desk.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(UnavailableError, match="locked") as refused:
                await session.perform(command, None)
            assert not refused.value.sent
            other.execute("ROLLBACK")
        assert await session.seen(command, anna.clock.now()) is Seen.NO
    await session.close()
    await session.close()
    with pytest.raises(UnavailableError, match="closed"):
        await session.changes(None)


async def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with desk(folder) as anna:
        await anna.opened()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        files = sorted(path.name for path in folder.iterdir())
        assert "embedded-desk.sqlite" in files
        for path in folder.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


async def test_a_file_that_is_none_of_ours_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "embedded-desk.sqlite"
    path.write_bytes(b"not a database, but somebody's novel\n" * 100)
    with pytest.raises(ProtocolError, match="not a database"):
        async with desk(tmp_path):
            pass
    assert path.read_bytes().startswith(b"not a database")


async def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "embedded-desk.sqlite")) as db:
        db.execute("CREATE TABLE theirs (x)")
    with pytest.raises(ProtocolError, match="not one of this backend"):
        async with desk(tmp_path):
            pass


async def test_a_file_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    async with desk(tmp_path):
        pass
    with contextlib.closing(sqlite3.connect(tmp_path / "embedded-desk.sqlite")) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ProtocolError, match="newer version"):
        async with desk(tmp_path):
            pass


async def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="cannot be opened"):
        async with desk(tmp_path / "file" / "data"):
            pass
