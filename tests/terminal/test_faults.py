"""A disk that is full or read-only, a damaged store, a file of a newer version: in words, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.terminal.test_console import CONFIG, Console, number_in, vagt

pytestmark = pytest.mark.terminal
HOUR = CONFIG.replace("undo = 0.5", "undo = 3600.0")
FILES = ("outbox.sqlite", "audit.jsonl")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path, so that what is said of it fits on a line."""
    with tempfile.TemporaryDirectory(prefix="v") as made:
        (Path(made) / "config.toml").write_text(HOUR, encoding="utf-8")
        yield Path(made)


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A data folder on a disk of its own, of 6 MB."""
    data = folder / "data"
    data.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m,mode=0700", "tmpfs", str(data)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("no disk can be mounted here (that takes root)")
    try:
        yield data
    finally:
        subprocess.run(["umount", "-l", str(data)], check=True)


def acknowledged(folder: Path) -> str:
    """Open the console, acknowledge the first incident, leave; its number."""
    with Console(folder) as run:
        run.wait_for("▶")
        run.wait_for("desk 0 s")
        number = number_in(run.cursor_row())
        run.type("a")
        run.wait_for("outbox: 1 waits")
        run.type("q")
        assert run.exit_within(20)[0] == 0
    return number


def waiting(folder: Path) -> list[str]:
    """The incidents with something in the outbox."""
    told = vagt(folder, "outbox", "list", "--json")
    assert told.returncode == 0, told.stderr
    return [action["ref"] for action in json.loads(told.stdout)["actions"]]


def leave(run: Console) -> None:
    run.type("q")
    assert run.exit_within(20)[0] == 0


def full(disk: Path) -> Path:
    """Fill it to the last byte; the file that does."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 10, 1):
            try:
                while file.write(b"x" * size):
                    continue
            except OSError:
                continue
    return filler


def test_on_a_full_disk_no_action_is_taken_and_both_are_said_until_there_is_room(
    folder: Path, small_disk: Path
) -> None:
    number = acknowledged(folder)
    with Console(folder, columns=130) as run:
        run.wait_for("desk 0 s")
        filler = full(small_disk)
        run.type("jn")
        run.wait_for("ote")
        run.type("words\x13")
        run.wait_for("was not taken")
        assert "is full" in "\n".join(run.screen.display)
        run.type("\x1b\x1b")
        run.wait_for("is full", seconds=40)
        assert "outbox: 1 waits" in "\n".join(run.screen.display)
        filler.unlink()
        until = time.monotonic() + 60
        while "is full" in "\n".join(run.screen.display) and time.monotonic() < until:
            run.read(0.2)
        assert "is full" not in "\n".join(run.screen.display)
        run.type("a")
        run.wait_for("outbox: 2 wait")
        leave(run)
    assert f"desk:{number}" in waiting(folder)


def test_a_command_on_a_full_disk_says_that_nothing_was_done(folder: Path, small_disk: Path) -> None:
    number = acknowledged(folder)
    filler = full(small_disk)
    told = vagt(folder, "note", f"desk:{number}", "--text", "words")
    assert told.returncode != 0
    assert f"disk that holds {small_disk} is full" in told.stdout, told.stderr
    assert "Traceback" not in told.stderr
    told = vagt(folder, "outbox", "list")
    assert told.returncode == 2 and "the outbox cannot be read" in told.stderr, "which is not an empty one"
    filler.unlink()
    assert waiting(folder) == [f"desk:{number}"]


def test_a_data_folder_that_cannot_be_written_to_is_refused_in_words(folder: Path) -> None:
    acknowledged(folder)
    data = folder / "data"
    prefix: list[str] = []
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("root writes everywhere, and there is no setpriv to be less than that")
        # Without its capabilities root is bound to the modes of files like everybody else.
        prefix = [setpriv, "--bounding-set=-all", "--inh-caps=-all"]
    before = {name: (data / name).read_bytes() for name in FILES}
    for path in data.iterdir():
        path.chmod(0o400)
    data.chmod(0o500)
    try:
        refuses(folder, prefix)
    finally:
        data.chmod(0o700)
        for path in data.iterdir():
            path.chmod(0o600)
    assert {name: (data / name).read_bytes() for name in FILES} == before


def test_a_disk_that_has_become_read_only_is_refused_in_words(folder: Path, small_disk: Path) -> None:
    acknowledged(folder)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    refuses(folder, [])


def refuses(folder: Path, prefix: list[str]) -> None:
    """Command and console say that they cannot write there, and what else one can do."""
    arguments = ["--config", str(folder / "config.toml"), "--data-dir", str(folder / "data"), "list"]
    told = subprocess.run(
        [*prefix, sys.executable, "-m", "vagt", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert told.returncode == 2
    assert "cannot be used as data folder: no right to write there; choose" in told.stderr
    with Console(folder, columns=130, through=prefix) as run:
        code, _ = run.exit_within(20)
        run.read(0.2)
    assert code == 2
    assert b"no right to write there" in run.output


def test_a_damaged_store_is_set_aside_and_read_again_and_what_i_want_is_kept(folder: Path) -> None:
    number = acknowledged(folder)
    data = folder / "data"
    outbox = waiting(folder)
    audit = (data / "audit.jsonl").read_bytes()
    store = data / "store.sqlite"
    store.write_bytes(b"not a database" * 4096)
    for path in data.glob("store.sqlite-*"):
        path.unlink()
    kept = data / "kept"
    kept.write_bytes(store.read_bytes())
    told = vagt(folder, "outbox", "list")
    assert told.returncode == 0 and "store.sqlite was damaged: kept as" in told.stderr
    for path in data.glob("store.sqlite*"):
        path.unlink()
    kept.rename(store)
    with Console(folder, columns=130) as run:
        run.wait_for("store.sqlite was damaged: kept as store.sqlite.damaged-")
        run.wait_for("desk 0 s")
        run.wait_for("outbox: 1 waits")
        run.wait_for("P1")
        leave(run)
    assert waiting(folder) == outbox == [f"desk:{number}"]
    assert (data / "audit.jsonl").read_bytes() == audit
    (aside,) = (path for path in data.glob("store.sqlite.damaged-*") if path.suffix not in (".sqlite-wal",))
    assert aside.read_bytes() == b"not a database" * 4096


@pytest.mark.parametrize("name", ["store", "outbox"])
def test_a_file_of_a_newer_version_is_refused_in_words_and_left_alone(folder: Path, name: str) -> None:
    acknowledged(folder)
    path = folder / "data" / f"{name}.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
    for arguments in (("list",), ("ack", "desk:10001"), ("outbox", "list")):
        told = vagt(folder, *arguments)
        assert told.returncode == 2, told.stderr
        assert f"{name}.sqlite was written by a newer Vagt" in told.stderr
        assert "--data-dir" in told.stderr and "Traceback" not in told.stderr
    with Console(folder, columns=130) as run:
        code, _ = run.exit_within(20)
        run.read(0.2)
    assert code == 2
    assert b"was written by a newer Vagt" in run.output.split(b"\x1b[?1049l")[-1]
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (99,)
