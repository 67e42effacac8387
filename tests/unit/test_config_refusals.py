"""A config that cannot be used is refused with exit 2 and one sentence: file, line, key, remedy."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from vagt.cli.main import run

BACKEND = '[[backends]]\nname = "desk"\nadapter = "embedded"\n'
RT = '[[backends]]\nname = "rt"\nadapter = "rt"\nurl = "https://rt.example"\n'


@dataclass(frozen=True)
class Bad:
    """A config and what the refusal must say."""

    name: str
    text: str
    line: int | None
    says: tuple[str, ...]


BAD = (
    Bad("option out of reach", RT + "[backends.options]\npage_size = 700\n", 6, ("page_size", "1 to 100")),
    Bad(
        "options that do not fit together",
        RT.replace("rt", "ivanti") + 'username = "a"\n[backends.options.impact_values]\n1 = "High"\n',
        6,
        ("impact_values", '"1" (high), "2" and "3" (low)'),
    ),
    Bad("unknown key", BACKEND + "timout = 3\n", 4, ("timout", "did you mean “timeout”")),
    Bad("key of another table", "[console]\nsecret_command = ['x']\n", 2, ("secret_command", "[[backends]]")),
    Bad("key outside every table", "refresh = 3\n", 1, ("refresh", "[console]")),
    Bad("unknown table", "[consol]\nrefresh = 3\n", 1, ("consol", "did you mean “console”")),
    Bad("table of a later version", "[relay]\nport = 1\n", 1, ("relay", "this version")),
    Bad("wrong type", '[console]\nrefresh = "often"\n', 2, ("console.refresh", "90s")),
    Bad("flag as text", '[console]\n\nread_only = "yes"\n', 3, ("console.read_only", "true or false, not text")),
    Bad("number as flag", "[console]\nundo = true\n", 2, ("console.undo", "seconds")),
    Bad("one bracket too few", '[backends]\nname = "a"\n', 1, ("[[backends]]",)),
    Bad("one bracket too many", "[[console]]\nrefresh = 3\n", 1, ("[console]",)),
    Bad("duplicate backend", BACKEND + BACKEND, 5, ("desk", "its own")),
    Bad(
        "duplicate view",
        '[[views]]\nname = "a"\nquery = ""\n[[views]]\nname = "a"\nquery = ""\n',
        5,
        ("views[2].name", "its own"),
    ),
    Bad("name with a capital", '[[backends]]\nname = "Desk"\nadapter = "embedded"\n', 2, ("Desk", "small letters")),
    Bad("missing key", '[[backends]]\nname = "desk"\n', 1, ("has no `adapter`",)),
    Bad("bad TOML", "[console]\nrefresh = \n", None, ("TOML", "line 2")),
    Bad("key given twice", "[console]\nundo = 1\nundo = 2\n", None, ("TOML", "line 3")),
    Bad("password", BACKEND + 'password = "hunter2"\n', 4, ("password", "vagt secret set", "$VAGT_SECRET_")),
    Bad("token in options", BACKEND + '[backends.options]\napi_token = "hunter2"\n', 5, ("api_token", "keyring")),
    Bad("secret deep inside", BACKEND + '[backends.options.people]\nsecret = "hunter2"\n', 5, ("secret", "keyring")),
    Bad(
        "credentials in the address",
        '[[backends]]\nname = "rt"\nadapter = "rt"\nurl = "https://anna:hunter2@rt.example"\n',
        4,
        ("backends[1].url", "username"),
    ),
    Bad("no address", '[[backends]]\nname = "rt"\nadapter = "rt"\nauth = "token"\n', 1, ("has no `url`",)),
    Bad("address that is none", RT.replace("https://rt.example", "rt.example"), 4, ("backends[1].url", "https://")),
    Bad("unknown adapter", BACKEND.replace("embedded", "embeded"), 3, ("embeded", "did you mean “embedded”")),
    Bad("way of signing in not offered", RT + 'auth = "tokn"\n', 5, ("tokn", "did you mean “token”")),
    Bad("user name missing", RT + 'auth = "basic"\n', 1, ("username", "basic")),
    Bad("authority not there", RT + 'ca_bundle = "nowhere.pem"\n', 5, ("ca_bundle", "nowhere.pem", "No such file")),
    Bad("authority that is none", RT + 'ca_bundle = "config.toml"\n', 5, ("ca_bundle", "PEM")),
    Bad("unknown option", BACKEND + "[backends.options]\nshit = true\n", 5, ("shit", "did you mean “shift”")),
    Bad("option of a wrong type", BACKEND + '[backends.options]\nshift = "yes"\n', 5, ("true or false",)),
    Bad("command as one text", RT + 'secret_command = "pass show x"\n', 5, ("secret_command", "list", "shell")),
    Bad("query of a view", '[[views]]\nname = "a"\nquery = "is:opne"\n', 3, ("views[1].query", "is:opne")),
    Bad("order of a view", '[[views]]\nname = "a"\nquery = ""\nsort = "prioity"\n', 4, ("views[1].sort", "priority")),
    Bad("query of the bell", '[console]\nbell = "p<=("\n', 2, ("console.bell",)),
    Bad("unknown action", '[keys]\nacknowlege = "x"\n', 2, ("acknowlege", "did you mean “acknowledge”")),
    Bad("key with two meanings", '[keys]\ntake = "a"\n', 2, ("“a”", "take", "acknowledge")),
    Bad("key that is none", '[keys]\ntake = "entr"\n', 2, ("entr", "did you mean “enter”")),
    Bad("matrix too small", "[priorities]\nmatrix = [[1, 2], [2, 3]]\n", 2, ("priorities.matrix", "three")),
    Bad("four deadlines", '[slas]\nresponse = ["1m", "2m", "3m", "4m"]\n', 2, ("slas.response", "5 entries")),
    Bad("duration without unit", '[comms]\nfirst = "5"\n', 2, ("comms.first", "15m")),
    Bad("calendar that is not there", '[slas]\ncalendar = "offce"\n', 2, ("calendar", "offce")),
    Bad(
        "time zone that is none",
        '[[calendars]]\nname = "o"\ntimezone = "Europe/Copenhagn"\nhours = []\n',
        3,
        ("Europe/Copenhagn", "did you mean “Europe/Copenhagen”"),
    ),
    Bad("person in a rota", '[[rotas]]\nname = "n"\nteam = "N"\npeople = ["ana"]\nstart = 2026-01-05T08:00:00\n'
        'every = "7d"\n',
        4, ("no person is called “ana”",)),
    Bad("manager in a circle", '[[people]]\nname = "a"\nmanager = "b"\n[[people]]\nname = "b"\nmanager = "a"\n',
        3, ("a → b → a",)),
    Bad("token in a channel", '[[channels]]\nname = "c"\nurl = "slack://T1JJ3T3L2A1B2C3D4E5F6/x"\n', 3, ("{secret}",)),
    Bad("password in a channel", '[[channels]]\nname = "c"\nurl = "mailto://a:hunter2@b.example"\n', 3, ("{secret}",)),
    Bad(
        "step to nowhere",
        '[[escalations]]\nname = "p"\nquery = "p<=1"\nsteps = [\n  { after = "0m", to = "manager" },\n'
        '  { after = "5m", to = "channel:nix" },\n]\n',
        6,
        ("escalations[1].steps[2].to", "no channel is called “nix”"),
    ),
    Bad(
        "an inside audience where outsiders read",
        '[[audiences]]\nname = "u"\nquery = ""\npublic = false\nchannels = ["comment"]\n',
        5,
        ("“u” is inside", "“comment”", "[[channels]]"),
    ),
    Bad("channel of an audience", '[[audiences]]\nname = "u"\nquery = ""\nchannels = ["coment"]\n', 4, ("comment",)),
    Bad("steps out of order", '[[escalations]]\nname = "p"\nquery = ""\nsteps = [{ after = "5m", to = "manager" }, '
        '{ after = "1m", to = "backend" }]\n', 4, ("order",)),
)  # fmt: skip

_AS_PROGRAM = 20
"""So many of them are tried on the whole program, the rest without starting one for each."""


def vagt(tmp_path: Path, *arguments: str, config: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the program as a person would."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VAGT_")}
    environment["VAGT_DATA_DIR"] = str(tmp_path / "data")
    if config is not None:
        environment["VAGT_CONFIG"] = str(config)
    return subprocess.run(
        [sys.executable, "-m", "vagt", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


def refused(run: subprocess.CompletedProcess[str]) -> str:
    """Checks that the call was refused with one sentence, and returns it."""
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    assert run.stdout == ""
    assert run.stderr.count("\n") == 1
    assert "hunter2" not in run.stderr
    return run.stderr


def explained(bad: Bad, config: Path, said: str) -> None:
    """Checks that the refusal points to the place and tells the remedy."""
    assert said.startswith(f"vagt: {config}:{bad.line}: " if bad.line else f"vagt: {config}: ")
    for words in bad.says:
        assert words in said


@pytest.mark.parametrize("bad", BAD[:_AS_PROGRAM], ids=lambda bad: bad.name)
def test_the_program_refuses_a_bad_config_in_words(bad: Bad, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(bad.text, encoding="utf-8")
    explained(bad, config, refused(vagt(tmp_path, "list", config=config)))


@pytest.mark.parametrize("bad", BAD[_AS_PROGRAM:], ids=lambda bad: bad.name)
def test_a_bad_config_is_refused_in_words(
    bad: Bad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(bad.text, encoding="utf-8")
    monkeypatch.setenv("VAGT_DATA_DIR", str(tmp_path / "data"))
    code = run(["list", "--config", str(config)])
    said = capsys.readouterr()
    explained(bad, config, refused(subprocess.CompletedProcess([], code, said.out, said.err)))


def test_a_config_that_is_named_but_missing(tmp_path: Path) -> None:
    said = refused(vagt(tmp_path, "list", config=tmp_path / "nix.toml"))
    assert "nix.toml: there is no such file" in said and "vagt init" in said


def test_a_config_that_is_a_folder(tmp_path: Path) -> None:
    assert "cannot be read: Is a directory" in refused(vagt(tmp_path, "list", "--config", str(tmp_path)))


def test_a_config_that_is_not_utf_8(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_bytes(b"[console]\n\ntheme = '\xe6'\n")
    assert f"{config}:3: is not UTF-8" in refused(vagt(tmp_path, "list", config=config))


def test_the_option_wins_over_the_environment(tmp_path: Path) -> None:
    good = tmp_path / "good.toml"
    good.write_text("[consol]\n", encoding="utf-8")
    said = refused(vagt(tmp_path, "--config", str(good), "list", config=tmp_path / "other.toml"))
    assert "good.toml:1" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_config_that_we_may_not_read(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("", encoding="utf-8")
    config.chmod(0)
    assert "Permission denied" in refused(vagt(tmp_path, "list", config=config))


def test_a_file_without_an_end_is_no_config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    endless = tmp_path / "config.toml"
    with endless.open("wb") as file:
        file.truncate(1 << 40)  # a hole: it takes no room
    assert run(["list", "--config", str(endless)]) == 2
    assert "is larger than 8 MiB; is that the config?" in capsys.readouterr().err
