"""The program as a whole: help, version, secrets, commands of later versions, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import types
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli_driver import EMPTY_DESK, Vagt
from vagt.__main__ import main
from vagt.cli import docs, parser, secret

ROOT = Path(__file__).parents[2]


@pytest.fixture
def vagt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vagt:
    return Vagt(tmp_path, monkeypatch, capsys)


def test_the_version(vagt: Vagt) -> None:
    said = vagt("--version")
    assert said.code == 0
    assert said.out.startswith("vagt 0.")


@pytest.mark.parametrize("command", sorted(parser.LATER))
def test_commands_of_later_versions_say_so_and_stay_out_of_help(command: str, vagt: Vagt) -> None:
    said = vagt(command, "desk:1", "--whatever")
    assert said.code == 2
    assert said.err.startswith("vagt: this version of Vagt cannot ")
    assert said.out == ""
    assert f"\n    {command} " not in vagt("--help").out


def test_help_tells_every_command_and_exit_code(vagt: Vagt) -> None:
    said = vagt("--help")
    assert said.code == 0
    for command in parser.documented():
        assert f"\n    {command.name} " in said.out
    assert "exit codes:" in said.out
    assert "--reason" in vagt("hold", "--help").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--json", "--csv"], "--csv and --json do not go together"),
        (["link", "desk:1", "--to", "desk:2", "--as", "friend"], "--as cannot be “friend”; it is one of 'problem'"),
        (["note", "desk:1"], "what is missing: --text"),
        (["note", "desk:1", "--text"], "--text wants a value"),
        (["priority", "desk:1", "--set", "9"], "--set: “9” is not a whole number from 1 to 5"),
        (["list", "more"], "not known here: more"),
    ],
)
def test_wrong_usage_is_told_in_plain_words(words: list[str], said: str, vagt: Vagt) -> None:
    answer = vagt(*words)
    assert answer.code == 2
    assert answer.err.startswith(f"vagt: {said}")
    assert " --help” tells how it is used" in answer.err


def test_a_command_that_is_none(vagt: Vagt) -> None:
    said = vagt("lst")
    assert (said.code, said.err) == (2, "vagt: there is no command “lst”; did you mean “list”?\n")
    assert vagt("xyzzy").code == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("options", [[], ["--csv"], ["--json"]])
def test_an_old_locale_gets_what_it_can_show(encoding: str, options: list[str], vagt: Vagt) -> None:
    vagt("create", "--backend", "desk", "--title", "Gdańsk: 田中 — 5 €")
    said = _in_a_process(vagt.folder, "list", *options, PYTHONIOENCODING=encoding)
    assert (said.returncode, said.stderr) == (0, b"")
    assert (b"Gda\\u0144sk" if options == ["--json"] else b"Gda?sk") in said.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_output_to_a_full_disk_is_told_in_a_sentence(vagt: Vagt) -> None:
    vagt("create", "--backend", "desk", "--title", "One to list")
    with Path("/dev/full").open("wb") as full:
        said = _in_a_process(vagt.folder, "list", stdout=full)
    assert said.returncode == 1
    assert said.stderr == b"vagt: the answer cannot be written: No space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("words", [["list", "--backend", "nobody", "--json"], ["--version"]])
def test_nor_does_a_full_disk_bring_a_traceback_where_there_is_little_to_say(vagt: Vagt, words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        said = _in_a_process(vagt.folder, *words, stdout=full)
        mute = subprocess.run(_line(vagt.folder, *words), stdout=full, stderr=full, check=False, timeout=60)
    assert said.returncode == mute.returncode == (1 if words == ["--version"] else 2)
    assert said.stderr.endswith(b"vagt: the answer cannot be written: No space left on device\n")
    assert b"Traceback" not in said.stderr


@pytest.mark.parametrize("options", [[], ["--json"], ["--csv"]])
def test_an_output_that_is_closed_is_no_fault(vagt: Vagt, options: list[str]) -> None:
    ref = vagt.created("One to list")
    shell = 'exec "$@" >&- <&-'
    for words in (["list", *options], ["note", ref, "--text", "noted all the same"]):
        said = subprocess.run(
            ["sh", "-c", shell, "sh", *_line(vagt.folder, *words)], stderr=subprocess.PIPE, check=False, timeout=60
        )
        assert (said.returncode, said.stderr) == (0, b"")
    assert vagt("show", ref, "--json").json["timeline"][-1]["text"] == "noted all the same"


def test_ctrl_c_ends_the_wait_for_the_text_at_once(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = vagt.created("One to note")

    class Interrupted:
        """A terminal at which somebody presses Ctrl-C instead of writing."""

        def read(self, most: int = -1) -> str:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
            return "it went on waiting"

    options = ["--config", str(vagt.folder / "config.toml"), "--data-dir", str(vagt.folder / "data")]
    monkeypatch.setattr(sys, "stdin", Interrupted())
    assert main([*options, "note", ref, "--text", "-"]) == 130
    assert not [entry for entry in vagt("show", ref, "--json").json["timeline"] if "waiting" in entry["text"]]


def test_bytes_that_are_no_text_stand_as_such(vagt: Vagt) -> None:
    ref = vagt.created("One to note")
    said = subprocess.run(
        _line(vagt.folder, "note", ref, "--text", "-"),
        input=b"caf\xe9\n",
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (said.returncode, said.stderr) == (0, b"")
    assert vagt("show", ref, "--json").json["timeline"][-1]["text"] == "caf\ufffd"


def test_no_core_file_is_left_that_could_hold_a_secret(vagt: Vagt) -> None:
    told = (
        "import resource, vagt.__main__ as m; m.main(['--version']); print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    )
    said = subprocess.run(
        ["sh", "-c", 'ulimit -S -c "$(ulimit -H -c)"; exec "$0" -c "$1"', sys.executable, told],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert said.stdout.split()[-1] == b"0", said


def test_commands_of_later_versions_say_so_in_json_too(vagt: Vagt) -> None:
    said = vagt("report", "desk:1", "--json")
    assert said.code == 2
    assert said.json["report"] is None and said.json["errors"]


def test_a_fault_of_our_own_is_a_sentence_without_secrets(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> object:
        raise RuntimeError("no idea; token=hunter2-secret")

    monkeypatch.setattr("vagt.cli.listing.answer", broken)
    said = vagt("list", "--json")
    assert said.code == 1
    assert said.err.startswith("vagt: Vagt itself failed (RuntimeError: no idea; token=")
    assert "hunter2" not in said.err + said.out and "Traceback" not in said.err
    assert said.json["incidents"] == [] and said.json["errors"]


def _line(folder: Path, *words: str) -> list[str]:
    options = ["--config", str(folder / "config.toml"), "--data-dir", str(folder / "data")]
    return [sys.executable, "-m", "vagt", *options, *words]


def _in_a_process(folder: Path, *words: str, stdout: Any = subprocess.PIPE, **environment: str) -> Any:
    return subprocess.run(
        _line(folder, *words),
        env={**os.environ, **environment},
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )


def test_options_for_all_may_stand_after_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "c.toml"
    config.write_text(EMPTY_DESK, encoding="utf-8")
    assert main(["list", "--config", str(config), f"--data-dir={tmp_path / 'd'}"]) == 0
    assert (tmp_path / "d").is_dir()


def test_files_are_for_their_owner_only(vagt: Vagt) -> None:
    vagt.created("t")
    for path in (vagt.folder / "data").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_usage_errors_are_json_too_where_json_is_asked_for(vagt: Vagt) -> None:
    said = vagt("ack", "deks:1", "--json")
    assert said.code == 2
    assert said.json["results"] == []
    assert "did you mean “desk”" in said.json["errors"][0]["message"]


def test_the_pages_of_the_documentation_are_up_to_date() -> None:
    for name, text in (("commands", docs.commands()), ("configuration", docs.configuration())):
        page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
        assert page.split() == text.split(), "run python -m vagt.cli.docs"


def test_adapters_are_listed_with_what_they_offer(vagt: Vagt) -> None:
    found = {adapter["name"]: adapter for adapter in vagt("adapters", "--json").json["adapters"]}
    assert found.keys() >= {"embedded", "rt"}
    assert "token" in [way["name"] for way in found["rt"]["auth"]]
    assert "acknowledge" in found["embedded"]["capabilities"]
    assert "Request Tracker" in vagt("adapters").out


def test_a_secret_goes_in_by_standard_input_and_never_comes_out(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[str, str], str] = {}
    fake = types.SimpleNamespace(
        get_password=lambda service, name: kept.get((service, name)),
        set_password=lambda service, name, value: kept.update({(service, name): value}),
        delete_password=lambda service, name: kept.pop((service, name)),
    )
    monkeypatch.setitem(sys.modules, "keyring", fake)
    vagt.configure('[[backends]]\nname = "desk"\nadapter = "rt"\nurl = "https://rt.example"\nauth = "token"\n')
    said = [vagt("secret", "check", "desk")]
    assert said[-1].code == 1
    said += [vagt("secret", "set", "desk", stdin="hunter2\n")]
    assert (said[-1].code, kept) == (0, {("vagt", "desk"): "hunter2"})
    said += [vagt("secret", "check", "desk", "--json")]
    assert said[-1].json["secret"]["source"] == "the keyring"
    said += [vagt("secret", "set", "desk", stdin="\n"), vagt("secret", "set", "dsk", stdin="hunter2")]
    assert [one.code for one in said[-2:]] == [2, 2]
    said += [vagt("secret", "delete", "desk"), vagt("secret", "delete", "desk")]
    assert ([one.code for one in said[-2:]], kept) == ([0, 1], {})
    assert not any("hunter2" in one.out + one.err for one in said)


def test_where_there_is_no_keyring_there_is_nothing_to_delete(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoKeyringError(Exception):
        """The keyring library's own, by its name."""

    def nothing(service: str, name: str) -> None:
        raise NoKeyringError(service)

    monkeypatch.setitem(sys.modules, "keyring", types.SimpleNamespace(get_password=nothing))
    said = vagt("secret", "delete", "desk")
    assert said.code == 1
    assert "this machine has no keyring" in said.err and "$VAGT_SECRET" not in said.err


def test_without_a_keyring_no_secret_is_asked_for(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoKeyringError(Exception):
        """The keyring library's own, by its name."""

    def nothing(service: str, name: str) -> None:
        raise NoKeyringError(service)

    def asked(name: str) -> str:
        raise AssertionError(name)

    monkeypatch.setitem(sys.modules, "keyring", types.SimpleNamespace(get_password=nothing))
    monkeypatch.setattr(secret, "_typed", asked)
    said = vagt("secret", "set", "desk")
    assert said.code == 1
    assert "no keyring" in said.err and "$VAGT_SECRET_DESK" in said.err


def test_a_filter_where_none_is_taken_is_told_its_option(vagt: Vagt) -> None:
    assert "--query" in vagt("list", "disk").err
    assert "such as rt:10452" in vagt("ack").err


def test_a_backend_that_needs_no_secret_is_not_said_to_lack_one(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", types.SimpleNamespace(get_password=lambda service, name: None))
    said = vagt("secret", "check", "desk")
    assert said.code == 0
    assert "needs no secret" in said.out


def test_a_secret_is_never_an_argument(vagt: Vagt) -> None:
    for words in (
        ("secret", "set", "desk", "hunter2"), ("secret", "set", "desk", "--value=hunter2"),
        ("init", "--password", "hunter2"), ("init", "--adapter", "rt", "hunter2"),
    ):  # fmt: skip
        said = vagt(*words)
        assert said.code == 2
        assert "never an argument" in said.err
        assert "hunter2" not in said.err


def test_the_console_needs_a_terminal(vagt: Vagt) -> None:
    said = vagt()
    assert said.code == 2
    assert "needs a terminal" in said.err


@pytest.mark.parametrize("kind", ["dumb", "unknown"])
def test_the_console_needs_one_that_can_draw(vagt: Vagt, kind: str) -> None:
    ours, theirs = os.openpty()
    try:
        said = subprocess.run(
            _line(vagt.folder), stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, check=False, timeout=60,
            env={**os.environ, "TERM": kind},
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    assert said.returncode == 2
    assert said.stderr.decode() == (
        f"vagt: the console cannot be drawn on TERM={kind}; set TERM, as in TERM=xterm-256color\n"
    )


def start(tmp_path: Path, *words: str, url: str = "") -> subprocess.Popen[bytes]:
    config = tmp_path / "c.toml"
    silent = f'[[backends]]\nname = "slow"\nadapter = "rt"\nurl = "{url}"\ntimeout = 30\n' if url else EMPTY_DESK
    config.write_text(silent, encoding="utf-8")
    command = [sys.executable, "-m", "vagt", "--config", str(config), "--data-dir", str(tmp_path / "d"), *words]
    environment = {**os.environ, "VAGT_SECRET_SLOW": "hunter2"}
    # Started in the background, as the tests are when they share the work, a program would ignore Ctrl-C.
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    finally:
        signal.signal(signal.SIGINT, usual)


def test_ctrl_c_ends_it_quietly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        process = start(tmp_path, "list", url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        connection, _ = silent.accept()
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        connection.close()
    assert process.returncode == 130
    assert (out, err) == (b"", b"")
    assert time.monotonic() - begun < 15, "the backend's 30 s were not waited for"


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    process = start(tmp_path, "adapters", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(20) == 141
    process.stderr.close()
