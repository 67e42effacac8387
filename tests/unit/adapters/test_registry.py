"""Adapters of other people's packages: listed without being imported, and told in words where they are broken."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli_driver import Vagt
from vagt.adapters import registry
from vagt.adapters.registry import BrokenAdapter, UnknownAdapter, installed, manifest

SOUND = """
import builtins
builtins.imported_acme = True
from vagt.adapters.protocol import AuthMethod, Manifest
MANIFEST = Manifest(name="acme", title="Acme Desk", session="acme_session:connect", auth=(AuthMethod("none"),),
                    capabilities=frozenset())
"""


class Packages:
    """A folder on the path, in which packages are installed as an installer would leave them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(
        self, package: str, adapter: str, source: str | None, *, version: str = "1.0", points: str | None = None
    ) -> None:
        module = package.replace("-", "_") + "_manifest"
        if source is not None:
            (self.folder / f"{module}.py").write_text(source, encoding="utf-8")
        info = self.folder / f"{package.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
        (info / "METADATA").write_text(metadata, encoding="utf-8")
        text = f"[vagt.adapters]\n{adapter} = {module}:MANIFEST\n" if points is None else points
        (info / "entry_points.txt").write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        registry._offers.cache_clear()


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Packages]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    registry._offers.cache_clear()
    before = set(sys.modules)
    yield Packages(folder)
    registry._offers.cache_clear()
    for name in set(sys.modules) - before:
        if name.endswith("_manifest"):
            del sys.modules[name]


@pytest.fixture
def vagt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vagt:
    return Vagt(tmp_path, monkeypatch, capsys)


def on_acme(vagt: Vagt) -> None:
    vagt.configure('[[backends]]\nname = "a"\nadapter = "acme"\nurl = "https://acme.example"\n')


def test_a_strangers_adapter_is_listed_without_being_imported(packages: Packages, vagt: Vagt) -> None:
    packages.install("vagt-acme", "acme", SOUND, version="2.3")
    out = vagt("adapters").out
    assert "acme" in out and "vagt-acme 2.3" in out
    assert "vagt_acme_manifest" not in sys.modules
    (told,) = [one for one in vagt("adapters", "--json").json["adapters"] if one["name"] == "acme"]
    assert (told["distribution"], told["version"], told["loaded"], told["problem"]) == ("vagt-acme", "2.3", False, None)
    assert told["title"] is None
    assert "vagt_acme_manifest" not in sys.modules
    named = vagt("adapters", "acme")
    assert "Acme Desk, from vagt-acme 2.3" in named.out
    assert "vagt_acme_manifest" in sys.modules


BROKEN = {
    "no such module": (None, "No module named 'vagt_acme_manifest'"),
    "raises": ("1 / 0", "ZeroDivisionError"),
    "leaves": ("import sys; sys.exit(3)", "SystemExit"),
    "no MANIFEST": ("x = 1", "MANIFEST"),
    "not a Manifest": ("MANIFEST = {'name': 'acme'}", "names no Manifest but dict"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_adapter_is_told_in_words_and_breaks_nothing_else(packages: Packages, vagt: Vagt, kind: str) -> None:
    source, words = BROKEN[kind]
    ref = vagt.created("mail is slow")
    packages.install("vagt-acme", "acme", source)
    assert vagt("list", "--json").json["incidents"][0]["ref"] == ref
    assert vagt("adapters").code == 0
    said = vagt("adapters", "acme", "embedded")
    assert said.code == 1
    assert words in said.out and "vagt-acme 1.0" in said.out
    assert "Embedded, from vagt" in said.out
    on_acme(vagt)
    used = vagt("list")
    assert used.code == 2
    assert words in used.err and "mend or remove the package" in used.err


def test_a_query_is_refused_where_the_adapter_has_no_filter_language(packages: Packages, vagt: Vagt) -> None:
    packages.install("vagt-acme", "acme", SOUND)
    vagt.configure('[[backends]]\nname = "a"\nadapter = "acme"\nurl = "https://acme.example"\nquery = "team=noc"\n')
    said = vagt("list")
    assert said.code == 2
    assert "Acme Desk has no filter language of its own" in said.err and "config.toml:5" in said.err


def test_two_packages_with_one_name_are_told_and_neither_is_used(packages: Packages, vagt: Vagt) -> None:
    packages.install("vagt-acme", "acme", SOUND)
    packages.install("acme-for-vagt", "acme", SOUND)
    said = vagt("adapters")
    assert said.code == 1
    assert "acme-for-vagt 1.0 and vagt-acme 1.0 both claim the name “acme”" in said.out
    assert "Request Tracker" in said.out
    assert not [name for name in sys.modules if name.endswith("acme_manifest")]
    on_acme(vagt)
    assert "both claim" in vagt("list").err
    with pytest.raises(BrokenAdapter, match="both claim"):
        manifest("acme")


def test_nobody_takes_the_place_of_an_adapter_of_ours(packages: Packages, vagt: Vagt) -> None:
    packages.install("better-rt", "rt", SOUND)
    assert manifest("rt").title == "Request Tracker 5"
    assert "better_rt_manifest" not in sys.modules
    said = vagt("adapters", "--json")
    (told,) = [one for one in said.json["adapters"] if one["name"] == "rt"]
    assert told["distribution"] == "vagt" and told["title"] == "Request Tracker 5"
    assert told["problem"] == "better-rt 1.0 claims this name too and is not used"


def test_one_package_found_twice_on_the_path_is_one(packages: Packages, tmp_path: Path) -> None:
    packages.install("vagt-acme", "acme", SOUND)
    again = tmp_path / "again"
    again.mkdir()
    sys.path.append(str(again))
    try:
        Packages(again).install("Vagt_Acme", "acme", SOUND, version="0.9")
        (found,) = [info for info in installed() if info.name == "acme"]
    finally:
        sys.path.remove(str(again))
    assert (found.version, found.problem) == ("1.0", "")


def test_a_package_with_damaged_metadata_hides_no_other(packages: Packages) -> None:
    packages.install("broken", "x", None, points="[vagt.adapters]\nno equals sign\n")
    packages.install("vagt-acme", "acme", SOUND)
    assert {"acme", "embedded", "rt"} <= {info.name for info in installed()}


def test_an_unknown_name_is_told_with_the_nearest(packages: Packages, vagt: Vagt) -> None:
    said = vagt("adapters", "embeded")
    assert said.code == 2
    assert "did you mean “embedded”" in said.err
    with pytest.raises(UnknownAdapter, match=r"installed are: .*embedded"):
        manifest("nope")
