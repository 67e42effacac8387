"""The data folder and what lies in it: modes, room, damage, stuck actions, a changed audit log, open consoles."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vagt.checkup import kept
from vagt.checkup.finding import Finding, Status
from vagt.checkup.folder import check_folder
from vagt.domain.clock import ManualClock
from vagt.domain.commands import Acknowledge, Command
from vagt.domain.incident import Key
from vagt.engine.audit import AuditLog
from vagt.engine.intent import Intent, Stage
from vagt.engine.lease import Lease
from vagt.engine.outbox import Outbox
from vagt.engine.schema import OUTBOX
from vagt.engine.store import Store

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
Usage = namedtuple("Usage", "total used free")


def by_name(folder: Path) -> dict[str, Finding]:
    return {finding.name: finding for finding in check_folder(folder)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.mkdir(mode=0o700)
    return path


def test_a_folder_in_order(folder: Path) -> None:
    found = by_name(folder)
    assert {finding.status for finding in found.values()} == {Status.OK}
    assert list(found) == ["data folder", "file modes", "writing", "disk space"]
    assert list(folder.iterdir()) == []


def test_one_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    found = by_name(tmp_path / "later" / "data")
    assert found["data folder"].status is Status.OK
    assert "makes it when it is first opened" in found["data folder"].message
    assert not (tmp_path / "later").exists()


def test_one_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    assert by_name(tmp_path / "data")["data folder"].status is Status.PROBLEM


def test_what_others_can_read_is_named_with_the_command_that_closes_it(folder: Path) -> None:
    for name in ("store.sqlite", "a", "b", "c"):
        (folder / name).touch(mode=0o600)
    (folder / "store.sqlite").chmod(0o644)
    found = by_name(folder)["file modes"]
    assert (found.status, found.message) == (Status.WARNING, "others on this machine have access to store.sqlite")
    subprocess.run(found.remedy.split(), check=True)
    assert by_name(folder)["file modes"].status is Status.OK
    folder.chmod(0o777)
    assert by_name(folder)["file modes"].status is Status.PROBLEM


@pytest.mark.parametrize(("free", "status"), [(10, Status.PROBLEM), (200, Status.WARNING), (5000, Status.OK)])
def test_room_on_the_disk(free: int, status: Status, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, free << 20))
    found = by_name(folder)["disk space"]
    assert found.status is status
    assert bool(found.remedy) is (status is not Status.OK)


def test_a_folder_that_cannot_be_written_to() -> None:
    found = by_name(Path("/proc/self"))["writing"]
    assert found.status is Status.PROBLEM
    assert "nothing can be written to /proc/self" in found.message


def test_a_folder_of_somebody_else(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    found = by_name(folder)["data folder"]
    assert found.status is Status.WARNING
    assert "and you are user 54321" in found.message


def intent(stage: Stage, *, backend: str = "desk", minutes: float = 1) -> Intent:
    at = NOW - timedelta(minutes=minutes)
    key = Key(backend, "7")
    command = Command(
        id=f"{stage}-{backend}-{minutes}", backend=backend, subject=key, ref=f"{backend}:7", change=Acknowledge(),
        at=at, by="anna",
    )  # fmt: skip
    return Intent(command=command, stage=stage, seq=0, not_before=at)


async def filled(folder: Path, *intents: Intent) -> None:
    outbox = Outbox(folder / kept.OUTBOX_FILE, ManualClock(NOW))
    await outbox.open()
    await outbox.append(intents)
    await outbox.close()


def outbox(folder: Path, backends: list[str] | None = None) -> Finding:
    return kept.check_outbox(folder, ["desk"] if backends is None else backends, NOW)


async def test_an_outbox_tells_what_waits_and_since_when(folder: Path) -> None:
    assert outbox(folder).status is Status.SKIPPED
    await filled(folder)
    assert outbox(folder).message == "empty: everything has arrived"
    await filled(folder, intent(Stage.QUEUED), intent(Stage.QUEUED, minutes=12))
    found = outbox(folder)
    assert found.status is Status.OK
    assert found.message == "2 actions on the way, 0 need a person, the oldest from 12m ago"


async def test_what_needs_a_person_is_told(folder: Path) -> None:
    await filled(folder, intent(Stage.CONFLICT), intent(Stage.QUEUED))
    found = outbox(folder)
    assert found.status is Status.WARNING
    assert found.message.startswith("1 action on the way, 1 need a person")
    assert "vagt outbox list" in found.remedy


async def test_what_waits_for_hours_and_what_has_no_backend_any_more(folder: Path) -> None:
    await filled(folder, intent(Stage.QUEUED, minutes=180))
    assert outbox(folder).status is Status.WARNING
    found = outbox(folder, ["other"])
    assert "some are for desk, which the config does not have" in found.message
    assert kept.check_outbox(folder, None, NOW).message == found.message.partition(";")[0]


async def test_damage_is_found_and_nothing_is_thrown_away(folder: Path) -> None:
    await filled(folder, *(intent(Stage.QUEUED, minutes=number) for number in range(200)))
    store = Store(folder / kept.STORE_FILE, ManualClock(NOW))
    await store.open([("desk", "x", "")])
    await store.close()
    assert kept.check_store(folder).status is Status.OK
    for name in (kept.STORE_FILE, kept.OUTBOX_FILE):
        path = folder / name
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        data = bytearray(path.read_bytes())
        data[5000:9000] = b"\xff" * 4000
        path.write_bytes(data)
        before = path.read_bytes()
        found = kept.check_store(folder) if name == kept.STORE_FILE else outbox(folder)
        assert "is damaged" in found.message, found
        assert found.status is (Status.WARNING if name == kept.STORE_FILE else Status.PROBLEM)
        assert path.read_bytes() == before
    assert "may hold actions not yet sent" in outbox(folder).remedy


async def test_a_file_from_a_newer_version_is_told_as_that(folder: Path) -> None:
    await filled(folder)
    with sqlite3.connect(folder / kept.OUTBOX_FILE) as connection:
        connection.execute(f"PRAGMA user_version={OUTBOX.version + 1}")
    found = outbox(folder)
    assert found.status is Status.PROBLEM
    assert "written by a newer Vagt" in found.message
    assert "start the newer Vagt" in found.remedy


def test_the_audit_log_is_followed_line_by_line(folder: Path) -> None:
    assert kept.check_audit(folder).status is Status.SKIPPED
    log = AuditLog(folder / kept.AUDIT_FILE)
    for number in range(4):
        log.append([{"what": "acknowledge", "ref": f"desk:{number}"}])
    found = kept.check_audit(folder)
    assert (found.status, found.message) == (Status.OK, "4 lines, each one follows from the one before")
    path = folder / kept.AUDIT_FILE
    path.write_text(path.read_text().replace("desk:1", "desk:9"))
    found = kept.check_audit(folder)
    assert found.status is Status.PROBLEM
    assert "line 3 does not follow line 2" in found.message
    assert "keep a copy" in found.remedy


def test_which_process_works_on_the_folder(folder: Path) -> None:
    assert kept.check_lease(folder, ["desk"]).message == "none is open on this data folder"
    code = (
        "import sys; from pathlib import Path; from vagt.engine.lease import Lease; "
        f"lease = Lease(Path({str(folder / 'poll-desk.lock')!r})); assert lease.acquire(); print('held', flush=True); "
        "sys.stdin.read()"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None
    other.stdout.readline()
    try:
        found = kept.check_lease(folder, ["desk"])
        assert f"process {other.pid} asks the backends" in found.message
        mine = Lease(folder / "poll-desk.lock")
        assert not mine.acquire()
    finally:
        other.communicate()
    # looking has not taken it away from anybody
    assert mine.acquire()
    mine.release()
