"""`vagt doctor`: what it says, how it ends, and that a bundle for a bug report holds no secret."""

from __future__ import annotations

import base64
import json
import socket
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli_driver import EMPTY_DESK, Said, Vagt

CANARY = "canary-7f3a9c"


@pytest.fixture(autouse=True)
def without_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fail:
        priority = 0

    nothing = types.SimpleNamespace(get_keyring=Fail, get_password=lambda *_: None)
    monkeypatch.setitem(sys.modules, "keyring", nothing)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def vagt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vagt:
    return Vagt(tmp_path, monkeypatch, capsys)


def rt(url: str, more: str = "") -> str:
    return f'[[backends]]\nname = "rt"\nadapter = "rt"\nurl = "{url}"\ntimeout = 2\n{more}\n'


def dead_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as soon_gone:
        port = soon_gone.getsockname()[1]
        assert isinstance(port, int)
        return port


def checks(said: Said) -> dict[tuple[str | None, str], dict[str, Any]]:
    return {(check["backend"], check["name"]): check for check in said.json["checks"]}


def test_all_is_well(vagt: Vagt) -> None:
    vagt.created("t")
    said = vagt("doctor")
    assert said.code == 0, said.out
    assert said.out.startswith("This machine\n  ok       config")
    assert "\ndesk\n" in said.out
    assert said.out.endswith("All is well.\n")
    assert "→" not in said.out


def test_json_has_one_object_for_each_check(vagt: Vagt) -> None:
    vagt.created("t")
    said = vagt("doctor", "--json")
    assert (said.code, said.json["errors"]) == (0, [])
    for check in said.json["checks"]:
        assert check.keys() == {"name", "backend", "status", "message", "remedy", "details"}
        assert check["status"] in ("ok", "warning", "problem", "skipped")
    names = [check["name"] for check in said.json["checks"] if check["backend"] is None]
    assert names == [
        "config", "keyring", "data folder", "file modes", "writing", "disk space", "store", "outbox", "audit log",
        "consoles", "terminal",
    ]  # fmt: skip
    about = checks(said)
    assert about["desk", "sign-in"]["message"].startswith("anna (Anna Holm) on ")
    assert about["desk", "permissions"]["message"].startswith("can acknowledge, take")
    assert about[None, "audit log"]["message"].endswith("each one follows from the one before")


def test_looking_makes_nothing(vagt: Vagt) -> None:
    said = vagt("doctor")
    assert said.code == 0, said.out
    assert not (vagt.folder / "data").exists()


def test_without_a_config_it_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from vagt.__main__ import main

    monkeypatch.delenv("VAGT_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    assert main(["doctor", "--data-dir", str(tmp_path / "d")]) == 0
    assert "`vagt init` connects a backend" in " ".join(capsys.readouterr().out.split())


def test_a_config_that_is_refused_is_told_with_everything_else_that_can_be_checked(vagt: Vagt) -> None:
    vagt.configure("[console]\nrefrsh = 3\n")
    said = vagt("doctor", "--json")
    assert said.code == 2
    about = checks(said)
    assert "config.toml:2: console.refrsh" in about[None, "config"]["message"]
    assert about[None, "config"]["remedy"]
    assert about[None, "backends"]["status"] == "skipped"
    assert about[None, "data folder"]["status"] == "ok"


def test_a_backend_that_is_away_ends_with_3_and_one_cause(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAGT_SECRET_RT", CANARY)
    port = dead_port()
    vagt.configure(rt(f"http://127.0.0.1:{port}"))
    said = vagt("doctor", "--json")
    assert said.code == 3
    about = checks(said)
    assert about["rt", "address"]["message"] == f"127.0.0.1:{port} refuses the connection"
    assert about["rt", "secret"]["message"] == "found: $VAGT_SECRET_RT"
    assert about["rt", "sign-in"]["status"] == "skipped"
    assert said.json["errors"] == [{"backend": "rt", "message": f"address: 127.0.0.1:{port} refuses the connection"}]
    assert CANARY not in said.out + said.err


def test_a_problem_here_weighs_more_than_a_backend_that_is_away(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAGT_SECRET_RT", CANARY)
    vagt.created("t")
    vagt.configure(rt(f"http://127.0.0.1:{dead_port()}"))
    assert vagt("doctor").code == 3
    (vagt.folder / "data" / "store.sqlite").chmod(0o644)
    assert vagt("doctor").code == 3
    audit = vagt.folder / "data" / "audit.jsonl"
    audit.write_text(audit.read_text().replace("create", "kreate"))
    said = vagt("doctor")
    assert said.code == 1, said.out
    assert "1 warning" in said.out.splitlines()[-1]


def test_a_warning_alone_is_not_all_well(vagt: Vagt) -> None:
    vagt.created("t")
    (vagt.folder / "data" / "store.sqlite").chmod(0o644)
    said = vagt("doctor")
    assert said.code == 1
    assert "→ chmod -R go-rwx" in said.out


def test_a_missing_secret_is_told_with_every_way_to_give_it(vagt: Vagt) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        vagt.configure(rt(f"http://127.0.0.1:{silent.getsockname()[1]}"))
        said = vagt("doctor", "--json")
    about = checks(said)
    assert said.code == 3
    assert "vagt secret set rt" in about["rt", "secret"]["message"]
    assert "$VAGT_SECRET_RT" in about[None, "keyring"]["remedy"]
    assert about["rt", "sign-in"]["message"] == "needs the secret put right first"


def test_an_option_that_the_adapter_refuses_is_the_configs_fault(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAGT_SECRET_RT", CANARY)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        vagt.configure(rt(url, "[backends.options]\npage_size = 5000"))
        said = vagt("doctor", "--json")
    assert said.code == 2
    assert "page_size" in checks(said)[None, "config"]["message"]


def test_one_backend_of_several(vagt: Vagt) -> None:
    vagt.configure(EMPTY_DESK + rt(f"http://127.0.0.1:{dead_port()}"))
    assert {check["backend"] for check in vagt("doctor", "--backend", "desk", "--json").json["checks"]} == {
        None, "desk",
    }  # fmt: skip
    said = vagt("doctor", "--backend", "dsk")
    assert (said.code, "did you mean “desk”" in said.err) == (2, True)


def test_a_bundle_holds_what_a_bug_report_needs_and_no_secret(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = [f"{CANARY}-{number}" for number in range(8)]
    pair = base64.b64encode(f"anna-the-admin:{secrets[0]}".encode()).decode()
    monkeypatch.setenv("VAGT_SECRET_RT", secrets[0])
    monkeypatch.setenv("VAGT_SECRET_OTHER", secrets[1])
    monkeypatch.setenv("https_proxy", f"http://proxyuser:{secrets[2]}@127.0.0.1:{dead_port()}")
    vagt.created("t")
    printing = [sys.executable, "-c", f"print('{secrets[3]}')"]
    vagt.configure(
        f"# the old password was {secrets[4]}\n"
        + EMPTY_DESK
        + rt("https://rt.acme.example", f'username = "anna-the-admin"\nquery = "{secrets[5]}"')
        + f'[[channels]]\nname = "chat"\nurl = "json://hooks.acme.example/{{secret}}"\n'
        f"secret_command = {json.dumps(printing)}\n"
    )
    log = vagt.folder / "data" / "vagt.log"
    with log.open("a") as file:
        file.write(
            json.dumps({"text": f"asked https://anna:{secrets[6]}@rt.acme.example with {secrets[0]}, {pair}"}) + "\n"
            + json.dumps({"text": f"chat got {secrets[3]}; password={secrets[7]}; mail bo@acme.example"}) + "\n"
            + json.dumps({"text": "a line that helps"}) + "\n"
        )  # fmt: skip
    bundle = vagt.folder / "bundle.txt"
    said = vagt("doctor", "--bundle", str(bundle))
    assert "No secret is in it" in said.out
    text = bundle.read_text(encoding="utf-8")
    assert bundle.stat().st_mode & 0o777 == 0o600
    for hidden in (CANARY, pair, "acme.example", "anna", "Anna Holm", "proxyuser"):
        assert hidden not in text, hidden
    for needed in (
        "vagt 0.", "Python 3", "SQLite", "textual", 'adapter = "rt"', 'url = "https://‹host›"', "timeout = 2",
        '"name": "sign-in"', "a line that helps", "audit.jsonl",
    ):  # fmt: skip
        assert needed in text, needed


def test_a_bundle_never_takes_the_place_of_a_file(vagt: Vagt) -> None:
    (vagt.folder / "bundle.txt").write_text("mine")
    said = vagt("doctor", "--bundle", str(vagt.folder / "bundle.txt"))
    assert (said.code, "exists already" in said.err) == (2, True)
    assert (vagt.folder / "bundle.txt").read_text() == "mine"
    assert vagt("doctor", "--bundle", str(vagt.folder / "no" / "b.txt")).code == 2


@pytest.mark.parametrize(
    "text", [f'[console]\npassword = "{CANARY}"\n', f"[console\n{CANARY}", f'[unknown]\nthing = "{CANARY}"\n']
)
def test_a_bundle_of_a_refused_config_shows_nothing_of_it_either(text: str, vagt: Vagt) -> None:
    vagt.configure(text)
    assert vagt("doctor", "--bundle", str(vagt.folder / "b.txt")).code == 2
    assert CANARY not in (vagt.folder / "b.txt").read_text(encoding="utf-8")


def test_the_documentation_names_every_check(vagt: Vagt) -> None:
    vagt.created("t")
    page = (Path(__file__).parents[2] / "docs" / "connecting.md").read_text(encoding="utf-8")
    told = {
        name for line in page.splitlines() if line.startswith("| ") for name in line.split("|")[1].strip().split(", ")
    }
    assert {check["name"] for check in vagt("doctor", "--json").json["checks"]} <= told
