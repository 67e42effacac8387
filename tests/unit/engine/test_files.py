"""Files that are saved: never over another, never elsewhere than the operator said."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from vagt.engine.errors import SpoolError
from vagt.engine.files import safe_name, save, target_of


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("trace.txt", "trace.txt"),
        ("Ærø 東京.txt", "Ærø 東京.txt"),
        ("../../.ssh/authorized_keys", "authorized_keys"),
        ("/etc/passwd", "passwd"),
        ("C:\\windows\\win.ini", "win.ini"),
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        ("..", "file"),
        ("", "file"),
        ("a\x1b[31m\nb.txt", "a_[31m_b.txt"),
        ("photo\u202egnp.exe", "photo_gnp.exe"),
        ("two  blanks .txt ", "two blanks.txt"),
        ("x" * 300 + ".log", "x" * 116 + ".log"),
    ],
)
def test_a_name_from_a_backend_is_a_plain_name_here(theirs: str, ours: str) -> None:
    assert safe_name(theirs) == ours


@given(some.text(max_size=400))
def test_whatever_a_backend_calls_it_the_file_stays_in_its_folder(name: str) -> None:
    safe = safe_name(name)
    assert safe and safe == Path(safe).name and not safe.startswith((".", "-"))
    assert len(safe.encode()) <= 120
    assert safe.isprintable()


def test_a_saved_file_is_mine_alone_and_in_the_folder_that_was_named(tmp_path: Path) -> None:
    target = target_of(tmp_path, "../../a.txt")
    assert target == tmp_path / "a.txt"
    save(b"\x00x", target)
    assert target.read_bytes() == b"\x00x"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target_of(tmp_path / "other.txt", "a.txt") == tmp_path / "other.txt"


def test_nothing_is_overwritten_not_even_behind_a_link(tmp_path: Path) -> None:
    there = tmp_path / "there.txt"
    there.write_text("mine")
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nowhere")
    for target in (there, dangling):
        with pytest.raises(SpoolError, match="is there already; nothing is overwritten"):
            save(b"x", target)
    assert there.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(SpoolError, match="cannot be written: No such file or directory"):
        save(b"x", tmp_path / "no" / "such" / "folder")
