"""Runs commands as a script would, without starting a process for each, and reads what they answer."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vagt.__main__ import main

EMPTY_DESK = """
[[backends]]
name = "desk"
adapter = "embedded"
username = "anna"
[backends.options]
people = { anna = "Anna Holm <anna@acme.example>", bo = "Bo Friis <bo@acme.example>" }
teams = { NOC = "anna, bo" }
services = { Mail = "NOC" }
"""


@dataclass(frozen=True)
class Said:
    """What one call answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        document = json.loads(self.out)
        assert isinstance(document, dict)
        assert document["schema"] == 1
        return document

    @property
    def statuses(self) -> list[str]:
        return [result["status"] for result in self.json["results"]]


class Vagt:
    """The command line on a config and data folder of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        for name in ("VAGT_CONFIG", "VAGT_DATA_DIR", "CREDENTIALS_DIRECTORY"):
            monkeypatch.delenv(name, raising=False)
        self.configure(EMPTY_DESK)

    def configure(self, text: str) -> None:
        (self.folder / "config.toml").write_text(text, encoding="utf-8")

    def __call__(self, *words: str, stdin: str = "") -> Said:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        where = ["--config", str(self.folder / "config.toml"), "--data-dir", str(self.folder / "data")]
        self._capsys.readouterr()
        code = main([*where, *words])
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err
        return Said(code, said.out, said.err)

    def created(self, title: str, *more: str, backend: str = "desk") -> str:
        """Registers an incident; its reference."""
        said = self("create", "--backend", backend, "--title", title, *more, "--json")
        assert said.statuses == ["done"], said
        ref = said.json["results"][0]["ref"]
        assert isinstance(ref, str)
        return ref

    def incident(self, ref: str) -> dict[str, Any]:
        found = self("show", ref, "--json").json["incident"]
        assert isinstance(found, dict)
        return found
