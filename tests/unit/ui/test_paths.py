"""Paths as people type and drop them, and how Tab goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from vagt.ui.screens.files.paths import Completion, completed, path_of, size_words


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("trace-1.txt", "trace-2.txt", "Ærø 1.txt", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "mx2.log").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        ("tr", Completion("trace-", ("trace-1.txt", "trace-2.txt"))),
        ("trace-1", Completion("trace-1.txt")),
        ("lo", Completion("logs/")),
        ("logs/", Completion("logs/mx2.log")),
        ("~", Completion("~/")),
        ("~/logs/m", Completion("~/logs/mx2.log")),
        ("Æ", Completion("Ærø 1.txt")),
        (".h", Completion(".hidden")),
        ("nothing", Completion("nothing")),
        ("no/such/folder/", Completion("no/such/folder/")),
        ("", Completion("", ("logs/", "trace-1.txt", "trace-2.txt", "Ærø 1.txt"))),
    ],
)
def test_tab_goes_as_far_as_it_is_certain(home: Path, typed: str, becomes: Completion) -> None:
    assert completed(typed) == becomes


@pytest.mark.parametrize(
    "typed",
    [
        "Ærø 1.txt",
        " Ærø 1.txt ",
        "'{0}/Ærø 1.txt'",
        "{0}/Ærø\\ 1.txt",
        "file://{0}/%C3%86r%C3%B8%201.txt",
        "~/Ærø 1.txt",
    ],
)
def test_a_path_is_understood_however_it_comes_into_the_terminal(home: Path, typed: str) -> None:
    assert path_of(typed.format(home)).samefile(home / "Ærø 1.txt")


def test_what_is_no_path_says_so(home: Path) -> None:
    with pytest.raises(ValueError, match="no path is given"):
        path_of("  ")
    assert path_of("'half a quote") == Path("'half a quote")


def test_sizes_in_few_letters() -> None:
    assert [size_words(size) for size in (0, 999, 3400, 25_000_000)] == ["0 B", "999 B", "3.4 kB", "25.0 MB"]
