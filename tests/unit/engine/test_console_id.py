"""A data folder's own name: kept over restarts, shared by all processes on it, and by no copy of it."""

from __future__ import annotations

import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vagt.engine import console_id
from vagt.engine.console_id import FILE, bound_to


def name(folder: Path) -> str:
    return console_id.console_id(folder)


def test_it_is_made_once_and_for_nobody_else_to_read(tmp_path: Path) -> None:
    made = name(tmp_path)
    assert len(made) == 32
    assert name(tmp_path) == made
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_copy_is_another_and_the_first_stays_what_it_was(tmp_path: Path) -> None:
    (first := tmp_path / "first").mkdir()
    made = name(first)
    shutil.copytree(first, copy := tmp_path / "copy")
    other = name(copy)
    assert other != made
    assert (name(first), name(copy)) == (made, other), "and from then on each keeps its own"
    assert [path.name for path in copy.iterdir()] == [FILE]


@pytest.mark.parametrize("where", ["host", "machine"])
def test_a_copy_in_the_same_place_of_another_machine_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    made = name(tmp_path)
    if where == "host":
        monkeypatch.setattr(console_id.socket, "gethostname", lambda: "elsewhere")
    else:
        (other := tmp_path / "machine-id").write_text("0123456789abcdef")
        monkeypatch.setattr(console_id, "_MACHINE", (other,))
    assert name(tmp_path) not in ("", made)


def test_a_folder_that_was_put_back_from_a_copy_is_another(tmp_path: Path) -> None:
    (first := tmp_path / "first").mkdir()
    made = name(first)
    shutil.copytree(first, tmp_path / "saved")
    (keeps_the_number := tmp_path / "old").parent.mkdir(exist_ok=True)
    first.rename(keeps_the_number)
    shutil.copytree(tmp_path / "saved", first)
    assert name(first) != made


def test_a_name_from_before_it_was_bound_may_have_been_copied_already(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("0123456789abcdef0123456789abcdef")
    made = name(tmp_path)
    assert made not in ("", "0123456789abcdef0123456789abcdef")
    assert name(tmp_path) == made


@pytest.mark.parametrize("before", ["", "from-a-copy\nbound-elsewhere\n"])
def test_of_many_that_begin_at_once_all_have_the_same(tmp_path: Path, before: str) -> None:
    if before:
        (tmp_path / FILE).write_text(before)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(name, [tmp_path] * 16))) == 1


def test_a_damaged_one_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe")
    made = name(tmp_path)
    assert made and name(tmp_path) == made
    assert (tmp_path / FILE).read_text() == f"{made}\n{bound_to(tmp_path)}\n"
