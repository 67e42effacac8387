"""Files from the command line, against a real backend."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.unit.cli_driver import Vagt

CONTENT = bytes(range(256))


@pytest.fixture
def vagt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vagt:
    return Vagt(tmp_path, monkeypatch, capsys)


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace.bin"
    path.write_bytes(CONTENT)
    return path


def test_what_is_attached_is_listed_and_comes_back_whole(vagt: Vagt, trace: Path, tmp_path: Path) -> None:
    ref = vagt.created("t")
    other = tmp_path / "other.txt"
    other.write_text("x")
    said = vagt("attach", ref, str(trace), str(other), "--json")
    assert (said.code, said.statuses) == (0, ["done", "done"])
    assert [result["message"] for result in said.json["results"]] == ["trace.bin", "other.txt"]
    files = vagt("files", ref, "--json").json["files"]
    assert [(file["name"], file["size"], file["by"]) for file in files] == [
        ("trace.bin", 256, "anna"),
        ("other.txt", 1, "anna"),
    ]
    folder = tmp_path / "saved"
    folder.mkdir()
    said = vagt("files", ref, "--save", files[0]["id"], "--to", str(folder), "--json")
    assert said.json["saved"] == str(folder / "trace.bin")
    assert (folder / "trace.bin").read_bytes() == CONTENT
    assert stat.S_IMODE((folder / "trace.bin").stat().st_mode) == 0o600
    assert not list((tmp_path / "data" / "spool").iterdir())


def test_nothing_is_overwritten(vagt: Vagt, trace: Path) -> None:
    ref = vagt.created("t")
    assert vagt("attach", ref, str(trace)).out == f"{ref}: done: trace.bin\n"
    before = trace.stat().st_mtime_ns
    said = vagt("files", ref, "--save", "trace.bin", "--to", str(trace))
    assert (said.code, said.out) == (1, "")
    assert "is there already; nothing is overwritten" in said.err
    assert trace.stat().st_mtime_ns == before


def test_what_cannot_be_attached_is_told_before_anything_is_sent(vagt: Vagt, trace: Path, tmp_path: Path) -> None:
    ref = vagt.created("t")
    said = vagt("attach", ref, str(trace), str(tmp_path / "none"), "--json")
    assert said.code == 2
    assert "none cannot be read" in said.json["errors"][0]["message"]
    assert vagt("files", ref, "--json").json["files"] == []
    assert not list((tmp_path / "data" / "spool").iterdir())
    assert vagt("attach", ref).code == 2
    assert vagt("attach", "nix", str(trace)).code == 1


def test_a_file_may_be_left_in_the_outbox_and_leaves_with_the_next_command(
    vagt: Vagt, trace: Path, tmp_path: Path
) -> None:
    ref = vagt.created("t")
    assert vagt("attach", ref, str(trace), "--no-wait", "--json").statuses == ["queued"]
    assert len(list((tmp_path / "data" / "spool").iterdir())) == 1
    trace.unlink()
    assert vagt("note", ref, "--text", "see the trace").code == 0
    assert [file["name"] for file in vagt("files", ref, "--json").json["files"]] == ["trace.bin"]


def test_a_file_that_is_not_there_is_told_with_those_that_are(vagt: Vagt, trace: Path) -> None:
    ref = vagt.created("t")
    assert vagt("files", ref).out == f"no files hang on {ref}\n"
    vagt("attach", ref, str(trace))
    vagt("attach", ref, str(trace))
    assert "there are: f1 (trace.bin), f2 (trace.bin)" in vagt("files", ref, "--save", "none").err
    assert "2 files are called “trace.bin”" in vagt("files", ref, "--save", "trace.bin").err
    assert vagt("files", ref, "--to", ".").code == 2
    assert vagt("files", "nix", "--json").code == 1
