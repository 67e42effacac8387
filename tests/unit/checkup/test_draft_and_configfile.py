"""A backend on its way into the config: answers are checked, and what a person wrote there stays letter by letter."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagt.adapters.protocol import OptionKind, OptionSpec
from vagt.adapters.registry import manifest
from vagt.checkup import configfile, draft
from vagt.checkup.draft import BadAnswer, Draft
from vagt.config.errors import ConfigError
from vagt.config.load import load

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
MINE = """\
# what I wrote, with my own spaces   
[console]
refresh   =  20      # seconds

[[backends]]   # the first one
name = "desk"
adapter = "embedded"
[backends.options]
shift = true"""


def rt(**more: object) -> Draft:
    return Draft(adapter="rt", name="rt", url="https://rt.example", auth="token", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("read", "text", "says"),
    [
        (lambda text: draft.name(text, ("rt",)), "rt", "called “rt” already"),
        (lambda text: draft.name(text, ()), "My RT", "small letters"),
        (draft.url, "rt.example", "must be an address like https://host"),
        (draft.url, "https://anna:hunter2@rt.example", "holds a user name or password"),
        (draft.url, "https://anna:hunter2@rt.example:port", "holds a user name or password"),
        (draft.url, "https://rt.example?token=hunter2", "a secret never stands in the config"),
        (draft.timeout, "soon", "duration"),
        (draft.timeout, "0", "at least 0.1 seconds"),
        (draft.certificates, "/no/such/file", "cannot read /no/such/file"),
        (draft.command, "hunter2 x", "there is no program of that name"),
        (draft.command, "echo hunter2", "would hold the secret itself"),
        (draft.command, "sh -c 'open", "quotation mark"),
        (draft.command, " ", "must name a program"),
        (draft.plain, "a\x1b[31mb", "control character"),
    ],
)
def test_wrong_answers_are_refused_with_the_reason(read: Callable[[str], object], text: str, says: str) -> None:
    with pytest.raises(BadAnswer, match=says) as raised:
        read(text)
    assert "hunter2" not in str(raised.value)


def test_options_are_read_as_their_kind_wants_them() -> None:
    facts = manifest("rt")
    assert draft.option(facts, "queues=Incidents, Network") == ("queues", ["Incidents", "Network"])
    assert draft.option(facts, 'queues=["A, B"]') == ("queues", ["A, B"])
    assert draft.option(facts, "priorities=1=80, 2=60") == ("priorities", {"1": "80", "2": "60"})
    assert draft.option(facts, 'priorities={"1"=80}') == ("priorities", {"1": 80})
    assert draft.option(facts, "page_size=50") == ("page_size", 50)
    assert draft.option(facts, "probe_rights=no") == ("probe_rights", False)
    assert draft.option(facts, "resolve_text=reply") == ("resolve_text", "reply")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pge_size=3", "did you mean “page_size”"),
        ("page_size", "NAME=VALUE"),
        ("page_size=many", "not a whole number"),
        ("probe_rights=perhaps", "true or false"),
        ("resolve_text=shout", "“shout” is not known"),
        ("priorities=high", "first=this"),
    ],
)
def test_options_that_do_not_do(text: str, says: str) -> None:
    with pytest.raises(BadAnswer, match=says):
        draft.option(manifest("rt"), text)


def test_a_duration_stays_as_it_was_written() -> None:
    spec = OptionSpec("every", OptionKind.DURATION, "")
    assert draft.option_value(spec, " 15m ") == "15m"
    with pytest.raises(BadAnswer, match="15m, 4h"):
        draft.option_value(spec, "15 weeks")


def test_choices_by_name_or_number() -> None:
    assert [draft.one_of(text, ("token", "basic")) for text in ("1", "2", "BASIC ", "token")] == [
        "token", "basic", "basic", "token",
    ]  # fmt: skip
    for text in ("0", "3", "", "²", "tokn"):
        with pytest.raises(BadAnswer):
            draft.one_of(text, ("token", "basic"))
    assert draft.free_name("rt", ("rt", "rt-2")) == "rt-3"


@given(
    query=st.text(st.characters(exclude_categories=["Cs"])),
    options=st.dictionaries(
        st.text(min_size=1, max_size=20),
        st.one_of(
            st.text(st.characters(exclude_categories=["Cs"])),
            st.booleans(),
            st.integers(-(2**63), 2**63 - 1),
            st.lists(st.text(st.characters(exclude_categories=["Cs"]))),
            st.dictionaries(st.text(min_size=1), st.text(st.characters(exclude_categories=["Cs"])), min_size=1),
        ),
    ),
)
def test_whatever_is_written_reads_back_as_it_was(query: str, options: dict[str, object]) -> None:
    text = MINE + "\n\n" + rt(query=query, options=options, secret_command=("pass", "show", "a b")).written()
    table = tomllib.loads(text)["backends"][1]
    assert table.get("query", "") == query
    assert table.get("options", {}) == options
    assert table["secret_command"] == ["pass", "show", "a b"]


def test_a_first_config(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    plan = configfile.planned(path, rt())
    assert not path.parent.exists()
    assert configfile.write(plan, NOW) is None
    assert [backend.name for backend in load(path).backends] == ["rt"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_what_stands_there_stays_and_a_copy_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(MINE)
    path.chmod(0o640)
    copy = configfile.write(configfile.planned(path, rt(options={"queues": ["A"]})), NOW)
    assert path.read_text().startswith(f'{MINE}\n\n[[backends]]\nname = "rt"\n')
    assert path.stat().st_mode & 0o777 == 0o640
    assert copy is not None
    assert copy.read_text() == MINE
    assert [backend.name for backend in load(path).backends] == ["desk", "rt"]
    again = configfile.write(configfile.planned(path, Draft(adapter="embedded", name="other")), NOW)
    assert again not in (None, copy)
    assert copy.read_text() == MINE
    assert {found.name for found in tmp_path.iterdir()} == {path.name, copy.name, again.name}  # type: ignore[union-attr]


def test_line_ends_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'[console]\r\ntheme = "vagt-dark"\r\n')
    configfile.write(configfile.planned(path, rt()), NOW)
    assert b"\n" not in path.read_bytes().replace(b"\r\n", b"")
    assert load(path).backend("rt").auth == "token"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "vagt.toml"
    real.parent.mkdir()
    real.write_text(MINE)
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    configfile.write(configfile.planned(link, rt()), NOW)
    assert link.is_symlink()
    assert "rt.example" in real.read_text()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('backends = [{ name = "desk", adapter = "embedded" }]\n', r"one list there.*\[\[backends\]\]"),
        ("[console]\nrefrsh = 3\n", "did you mean “refresh”"),
        ("[console\n", "not valid TOML"),
        ('[[backends]]\nname = "rt"\nadapter = "embedded"\n', "already"),
    ],
)
def test_a_config_that_would_not_load_is_left_alone(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=says):
        configfile.planned(path, rt())
    assert path.read_text() == text


def test_a_backend_that_does_not_fit_its_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown option"):
        configfile.planned(tmp_path / "config.toml", rt(options={"nonsense": 1}))


def test_what_somebody_else_wrote_meanwhile_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(MINE)
    plan = configfile.planned(path, rt())
    path.write_text(f"{MINE}\n# more\n")
    with pytest.raises(ConfigError, match="changed by somebody else"):
        configfile.write(plan, NOW)
    assert path.read_text() == f"{MINE}\n# more\n"


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text(MINE)
    plan = configfile.planned(path, rt())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(configfile.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        configfile.write(plan, NOW)
    assert [found.name for found in tmp_path.iterdir()] == ["config.toml"]
    assert path.read_text() == MINE
