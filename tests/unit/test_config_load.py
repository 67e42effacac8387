"""What a config in order becomes, and what a person is told about it."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from pathlib import Path

import pytest

from vagt.adapters.checked import checked, load_checked
from vagt.config import schema
from vagt.config.build import settings_of
from vagt.config.document import Document
from vagt.config.errors import ConfigError
from vagt.config.load import load
from vagt.config.settings import DEFAULT_VIEWS, PRACTICE, Settings

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def settings(text: str) -> Settings:
    return settings_of(Document.parse(text, Path("/etc/vagt.toml")))


@pytest.fixture(autouse=True)
def nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAGT_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_without_a_config_a_practice_shift_is_under_way() -> None:
    found = load_checked()
    assert found.path is None
    assert [(backend.name, backend.adapter) for backend in found.backends] == [("practice", "embedded")]
    assert found.backends[0].options["shift"] is True
    assert found.views == DEFAULT_VIEWS


def test_the_config_of_the_platform_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "vagt"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("[console]\ntheme = 'x'\n", encoding="utf-8")
    assert load().console.theme == "x"


def test_an_empty_config_has_the_defaults_and_practises() -> None:
    found = settings("")
    assert found.console == Settings().console
    assert found.backends == (PRACTICE,)
    assert any("no [[backends]]" in notice for notice in found.notices)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_what_windows_editors_write_is_read(tmp_path: Path, ends: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf" + ends.join(["[console]", "theme = 'x'", "oops = 1"]).encode())
    with pytest.raises(ConfigError, match=r"config\.toml:3: console\.oops: unknown key"):
        load(file)
    file.write_bytes(b"\xef\xbb\xbf" + ends.join(["[console]", "theme = 'x'"]).encode())
    assert load(file).console.theme == "x"


def test_seconds_are_numbers_or_durations() -> None:
    found = settings('[console]\nrefresh = "2m"\nundo = 2.5\n')
    assert found.console.refresh == 120
    assert found.console.undo == 2.5


def test_the_console_names_my_teams() -> None:
    assert settings('[console]\nteams = ["NOC", "DB"]\n').teams == ("NOC", "DB")


def test_a_path_is_meant_from_the_folder_of_the_config(tmp_path: Path) -> None:
    (tmp_path / "acme.pem").write_text("x", encoding="utf-8")
    text = '[[backends]]\nname = "a"\nadapter = "rt"\nca_bundle = "acme.pem"\n'
    found = settings_of(Document.parse(text, tmp_path / "config.toml"))
    assert found.backends[0].ca_bundle == tmp_path / "acme.pem"


def test_an_option_that_the_way_of_signing_in_needs_is_missed_before_anything_is_connected(tmp_path: Path) -> None:
    text = '[[backends]]\nname = "a"\nadapter = "servicenow"\nurl = "https://acme.example"\nauth = "oauth"\n'
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="has no option `client_id`, which signing in by “oauth” needs"):
        load_checked(tmp_path / "config.toml")
    checked(settings(text + 'options = { client_id = "app1" }\n'))
    checked(settings(text.replace("oauth", "token")))


def test_the_first_way_of_signing_in_is_filled_in() -> None:
    text = '[[backends]]\nname = "a"\nadapter = "rt"\nurl = "https://rt.example/"\n'
    found = checked(settings(text)).backends[0]
    assert found.auth == "token"
    assert found.url == "https://rt.example"


def test_keys_are_told_apart_by_the_names_of_the_toolkit() -> None:
    found = settings('[keys]\ntake = "Ctrl+T, ?"\nhelp = ["f1", "shift+j"]\nquit = ""\nreport = "P,f9"\n')
    assert dict(found.keys) == {"take": ("ctrl+t", "question_mark"), "help": ("f1", "J"), "quit": ()}
    assert any("report" in notice for notice in found.notices)


def test_names_that_people_chose_may_look_like_secrets() -> None:
    text = '[[backends]]\nname = "a"\nadapter = "embedded"\n[backends.options.services]\n"Password reset" = "noc"\n'
    assert settings(text).backends[0].options == {"services": {"Password reset": "noc"}}


def test_plain_http_is_told_of_unless_it_stays_on_this_machine() -> None:
    text = '[[backends]]\nname = "a"\nadapter = "rt"\nurl = "http://{}"\n'
    assert any("not encrypted" in notice for notice in settings(text.format("rt.example")).notices)
    assert not settings(text.format("127.0.0.1:8080")).notices


def test_every_table_of_the_example_is_read_and_none_is_without_effect() -> None:
    found = load(EXAMPLE)
    assert found.slas is not None
    assert found.slas.response == (900, 1800, 14400, 28800, 172800)
    assert found.calendars[0].holidays == (date(2026, 12, 25),)
    assert found.rotas[0].start == datetime(2026, 1, 5, 8)
    assert found.rotas[0].overrides[0].who == "bo"
    assert [step.after for step in found.escalations[0].steps] == [0, 600, 1500]
    assert found.audiences[0].public is True
    assert found.audiences[1].fallback == ("anna-ntfy",)
    assert not found.notices


def test_the_example_loads() -> None:
    found = load_checked(EXAMPLE)
    assert [backend.adapter for backend in found.backends] == ["embedded", "rt"]


def test_the_example_holds_every_key_and_no_other() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    # a key that needs a file on this machine stands there as a comment
    as_comment = set(re.findall(r"^# (\w+) = ", text, re.MULTILINE))
    data = tomllib.loads(text)
    for table in schema.TABLES:
        found = data[table.name] if table.many else [data[table.name]]
        there = {key for one in found for key in one}
        assert there | (as_comment & {"ca_bundle"}) - there >= {key.name for key in table.keys}, table.header
        assert there <= {key.name for key in table.keys}, table.header
        for key in table.keys:
            inner = schema.NESTED.get((table.name, key.name))
            if inner is not None:
                nested = {name for one in found for entry in one.get(key.name, []) for name in entry}
                assert nested == {key.name for key in inner.keys}
    assert set(data) == {table.name for table in schema.TABLES} | {"keys"}
    assert as_comment <= {"ca_bundle"}


def test_the_line_of_a_key_within_a_list_of_tables() -> None:
    text = '[[rotas]]\nname = "a"\nteam = "A"\nical = "a.ics"\noverrides = [\n  # who\n  { from = 1 },\n]\n'
    with pytest.raises(ConfigError, match=r"vagt\.toml:7: rotas\[1\]\.overrides\[1\]\.from"):
        settings(text)
