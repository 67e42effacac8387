"""`vagt init`: by options for scripts, by questions for people; all of it is written, or nothing."""

from __future__ import annotations

import io
import os
import signal
import sys
import types
from pathlib import Path

import pytest

from tests.servers.tls import Authority, https
from tests.terminal.widgets.pty_run import PtyRun
from tests.unit.cli_driver import EMPTY_DESK, Vagt
from vagt.cli import ask
from vagt.config.load import load

WORD = "hunter2-init"
RT = ("init", "--adapter", "rt", "--url", "http://127.0.0.1:9", "--no-test")
DESK = ("init", "--adapter", "embedded", "--name", "second")


class Keyring:
    """A keyring in memory, as the package's module."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.priority_of = 5

    def get_keyring(self) -> object:
        return type("Memory", (), {"priority": self.priority_of, "__module__": "keyring.backends.Memory"})()

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[service, name] = value

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    keyring = Keyring()
    module = types.SimpleNamespace(
        **{name: getattr(keyring, name) for name in dir(keyring) if name.endswith(("password", "keyring"))}
    )
    monkeypatch.setitem(sys.modules, "keyring", module)
    return keyring


@pytest.fixture
def vagt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], keyring: Keyring) -> Vagt:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return Vagt(tmp_path, monkeypatch, capsys)


def config(vagt: Vagt) -> Path:
    return vagt.folder / "config.toml"


def test_by_options_a_backend_is_tested_and_comes_behind_what_stands_there(vagt: Vagt) -> None:
    before = config(vagt).read_text()
    said = vagt(*DESK, "--username", "bo", "--option", "teams=NOC=bo", "--json")
    assert said.code == 0, said.err
    found = said.json["connected"]
    assert (found["backend"], found["tested"], found["login"]) == ("second", True, "bo")
    assert "acknowledge" in found["able"]
    assert Path(found["before"]).read_text() == before
    assert config(vagt).read_text().startswith(before)
    assert load(config(vagt)).backend("second").options == {"teams": {"NOC": "bo"}}
    # trying it has made no data
    assert not (vagt.folder / "data").exists()
    assert vagt("list", "--backend", "second").code == 0


def test_the_first_backend_makes_the_config(vagt: Vagt) -> None:
    config(vagt).unlink()
    said = vagt(*DESK)
    assert said.code == 0, said.err
    assert "“second” is in" in said.out
    assert "practice shift is over" in said.out
    assert config(vagt).stat().st_mode & 0o777 == 0o600


def test_the_secret_comes_by_standard_input_and_goes_to_the_keyring(vagt: Vagt, keyring: Keyring) -> None:
    said = vagt(*RT, "--secret-from-stdin", stdin=f"{WORD}\n")
    assert said.code == 0, said.err
    assert keyring.kept == {("vagt", "rt"): WORD}
    assert "Its secret: the keyring (Memory)." in said.out
    assert WORD not in said.out + said.err + config(vagt).read_text()


def test_without_a_keyring_the_other_ways_are_told_and_nothing_is_written(vagt: Vagt, keyring: Keyring) -> None:
    keyring.priority_of = 0
    before = config(vagt).read_text()
    said = vagt(*RT, "--secret-from-stdin", stdin=WORD)
    assert said.code == 1
    for way in ("$VAGT_SECRET_RT", "systemd", "--secret-command", "nothing was written"):
        assert way in said.err
    assert config(vagt).read_text() == before
    said = vagt(*RT, "--secret-command", f"{sys.executable} -c 'print(1)'")
    assert said.code == 0
    assert load(config(vagt)).backend("rt").secret_command == (sys.executable, "-c", "print(1)")


def test_a_secret_that_cannot_be_kept_leaves_the_config_alone(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(WORD)

    monkeypatch.setattr(sys.modules["keyring"], "set_password", broken)
    before = config(vagt).read_text()
    said = vagt(*RT, "--secret-from-stdin", stdin=WORD)
    assert (said.code, "nothing was written" in said.err) == (1, True)
    assert WORD not in said.err
    assert config(vagt).read_text() == before


def test_a_config_that_cannot_be_written_gives_back_the_secret(
    vagt: Vagt, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.kept["vagt", "rt"] = "the old one"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "config.toml")

    monkeypatch.setattr(os, "replace", full)
    said = vagt(*RT, "--secret-from-stdin", stdin=WORD)
    assert said.code == 1
    assert "No space left on device" in said.err
    assert "[[backends]]" in said.out
    assert keyring.kept == {("vagt", "rt"): "the old one"}
    assert [path.name for path in vagt.folder.iterdir()] == ["config.toml"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "--adapter is missing; installed are: alertmanager, embedded"),
        (("--adapter", "rtt"), "did you mean “rt”"),
        (("--adapter", "rt"), "also needs --url (The address of RT's start page"),
        (("--adapter", "rt", "--url", "rt.example"), "--url: “rt.example” must be an address"),
        (("--adapter", "rt", "--url", "http://a", "--auth", "basic"), "--username (signing in by “basic”"),
        (("--adapter", "rt", "--url", "http://a", "--auth", "tokn"), "did you mean “token”"),
        (("--adapter", "rt", "--url", "http://a", "--name", "desk"), "--name: there is a backend called “desk”"),
        (("--adapter", "rt", "--url", "http://a", "--option", "x=1"), "--option: unknown option “x”"),
        (("--adapter", "rt", "--url", "http://a"), "there is no secret to test “rt” with"),
        (("--adapter", "rt", "--url", "http://a", "--secret-from-stdin"), "standard input held no secret"),
    ],
)
def test_what_is_wrong_or_missing_is_named_with_its_option(words: tuple[str, ...], says: str, vagt: Vagt) -> None:
    before = config(vagt).read_text()
    said = vagt("init", *words)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert config(vagt).read_text() == before


def test_a_test_that_fails_writes_nothing_unless_told_to(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAGT_SECRET_RT", WORD)
    before = config(vagt).read_text()
    said = vagt(*RT[:-1], "--json")
    assert said.code == 3
    assert said.json["connected"] is None
    assert "refuses the connection; is it running?" in said.json["errors"][0]["message"]
    assert config(vagt).read_text() == before
    assert vagt(*RT).code == 0


def test_a_config_that_does_not_load_is_put_right_first(vagt: Vagt) -> None:
    vagt.configure("[console]\nrefrsh = 3\n")
    said = vagt(*DESK)
    assert (said.code, "did you mean “refresh”" in said.err) == (2, True)
    assert config(vagt).read_text() == "[console]\nrefrsh = 3\n"


def test_a_certificate_of_an_unknown_authority(vagt: Vagt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAGT_SECRET_RT", WORD)
    authority = Authority.new("Acme")
    (tmp_path / "tls").mkdir()
    with https(authority.server(tmp_path / "tls")) as port:
        url = ("init", "--adapter", "rt", "--url", f"https://localhost:{port}")
        said = vagt(*url)
        assert said.code == 3
        assert "name the file" in said.err
        assert "`ca_bundle`" in said.err
        said = vagt(*url, "--ca-bundle", str(authority.pem(tmp_path / "tls")))
        # trusted now; that this is no RT is another matter
        assert "does not answer as RT" in said.err


class Terminal(io.StringIO):
    """Answers, one a line, as a terminal would give them."""

    def isatty(self) -> bool:
        return True


def answers(monkeypatch: pytest.MonkeyPatch, vagt: Vagt, lines: list[str], hidden: list[str], *words: str) -> int:
    """The exit code of an `init` whose questions are answered so."""
    from vagt.__main__ import main

    monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{line}\n" for line in lines)))
    left = list(hidden)
    monkeypatch.setattr(ask.getpass, "getpass", lambda *_, **__: left.pop(0))
    where = ["--config", str(config(vagt)), "--data-dir", str(vagt.folder / "data")]
    code = main([*where, "init", *words])
    assert left == []
    return code


def test_by_questions_a_wrong_answer_is_asked_again_with_the_reason(
    vagt: Vagt, monkeypatch: pytest.MonkeyPatch, keyring: Keyring, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        "9",
        "rt",
        "Desk",
        "desk",
        "rt-2",
        "",
        "rt.example",
        "http://127.0.0.1:9",
        "basic",
        "",
        "anna",
        "Queue = 1",
    ]
    code = answers(monkeypatch, vagt, [*lines, "perhaps", "y"], [WORD], "--no-test")
    said = capsys.readouterr()
    assert code == 0, said.err
    for reason in (
        "that is none of them", "small letters", "called that already", "this one is needed",
        "must be an address", "answer y or n",
    ):  # fmt: skip
        assert reason in said.err
    assert "TicketSQL" in said.err
    added = load(config(vagt)).backend("rt-2")
    assert (added.auth, added.username, added.query) == ("basic", "anna", "Queue = 1")
    assert keyring.kept == {("vagt", "rt-2"): WORD}
    assert WORD not in said.err + said.out


def test_a_wrong_answer_is_never_repeated_for_it_may_be_a_secret(
    vagt: Vagt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], keyring: Keyring
) -> None:
    keyring.priority_of = 0
    lines = [
        WORD, "rt", WORD.upper(), "", WORD, f"https://anna:{WORD}@rt.example", f"https://rt.example?token={WORD}",
        "http://127.0.0.1:9", WORD, "basic", "anna", "", WORD, "program", WORD, f"echo {WORD}",
        f"{sys.executable} -c 'print(1)'", WORD, "leave",
    ]  # fmt: skip
    assert answers(monkeypatch, vagt, lines, []) == 3
    said = capsys.readouterr()
    assert WORD not in (said.err + said.out).lower()
    assert said.err.count("that ") > 4


def test_a_file_that_does_not_do_is_asked_for_again_and_not_repeated(
    vagt: Vagt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    authority = Authority.new("Acme")
    lines = ["", "", "", "authority", WORD, f"/etc/{WORD}", "/dev/null", str(authority.pem(tmp_path)), "leave"]
    assert answers(monkeypatch, vagt, lines, [WORD], "--adapter", "rt", "--url", "https://127.0.0.1:9") == 3
    said = capsys.readouterr().err
    assert "that holds no certificate" in said
    assert said.count("cannot read") == 2
    assert WORD not in said


def test_a_way_of_signing_in_asks_for_the_options_that_it_needs_and_can_be_changed_after_a_failed_test(
    vagt: Vagt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    servicenow = ("--adapter", "servicenow", "--url", "http://127.0.0.1:9")
    said = vagt("init", *servicenow, "--no-test")
    assert (said.code, "--option client_id=…" in said.err) == (2, True)
    code = answers(monkeypatch, vagt, ["", "", "", "", "app1", "y"], [WORD], *servicenow, "--no-test")
    assert code == 0, capsys.readouterr().err
    assert load(config(vagt)).backend("servicenow").options == {"client_id": "app1"}
    lines = ["snow", "", "", "app1", "way", "basic", "anna", "write", "y"]
    assert answers(monkeypatch, vagt, lines, [WORD, "another"], *servicenow) == 0
    added = load(config(vagt)).backend("snow")
    assert (added.auth, added.username) == ("basic", "anna")
    assert "As whom to sign in to ServiceNow?" in capsys.readouterr().err


def test_no_at_the_end_writes_nothing(
    vagt: Vagt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], keyring: Keyring
) -> None:
    before = config(vagt).read_text()
    code = answers(monkeypatch, vagt, ["", "", "", "n"], [WORD], *RT[1:])
    assert (code, "nothing was written" in capsys.readouterr().err) == (1, True)
    assert config(vagt).read_text() == before
    assert keyring.kept == {}


def test_without_a_keyring_a_person_chooses_where_the_secret_comes_from(
    vagt: Vagt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], keyring: Keyring
) -> None:
    keyring.priority_of = 0
    code = answers(monkeypatch, vagt, ["", "", "", "systemd", ""], [""], *RT[1:])
    said = capsys.readouterr()
    assert code == 0, said.err
    for way in ("pass show vagt/rt", "VAGT_SECRET_RT=", "LoadCredential=rt:/etc/vagt/rt"):
        assert way in said.err
    assert "Its secret: LoadCredential=rt:PATH in the unit." in said.out
    assert not load(config(vagt)).backend("rt").secret_command
    code = answers(
        monkeypatch, vagt, ["other", "", "", "1", "no-such-program-here", f"{sys.executable} -c 'print(1)'", ""], [],
        *RT[1:],
    )  # fmt: skip
    assert code == 0
    assert "no program of that name" in capsys.readouterr().err
    assert load(config(vagt)).backend("other").secret_command == (sys.executable, "-c", "print(1)")


def test_after_a_failed_test_one_thing_is_changed_and_it_is_tried_again(
    vagt: Vagt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    authority = Authority.new("Acme")
    (tmp_path / "tls").mkdir()
    with https(authority.server(tmp_path / "tls")) as port:
        lines = ["", "", "", "", f"https://localhost:{port}", "", str(authority.pem(tmp_path / "tls")), "leave"]
        code = answers(monkeypatch, vagt, lines, [WORD], *RT[1:-1])
    said = capsys.readouterr().err
    assert code == 3
    assert said.count("What now?") == 3
    assert "refuses the connection" in said
    assert "Number or name [address]" in said
    assert "Number or name [authority]" in said
    assert "trusted, valid until" in said
    assert config(vagt).read_text() == EMPTY_DESK


def test_the_input_may_end_at_any_question(
    vagt: Vagt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for count in range(5):
        assert answers(monkeypatch, vagt, ["rt", "", "http://a", "", ""][:count], []) == 2
        assert "the input ended; nothing was written" in capsys.readouterr().err
    assert config(vagt).read_text() == EMPTY_DESK


@pytest.mark.terminal
@pytest.mark.parametrize("question", ["Which kind of system?", "Address:", "Secret of rt"])
def test_ctrl_c_ends_it_at_once_and_leaves_everything_as_it_was(question: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(EMPTY_DESK)
    more = ["--adapter", "rt", "--name", "rt"] if question != "Which kind of system?" else []
    more += ["--url", "http://127.0.0.1:9", "--query", "", "--auth", "token", "--no-secret"] * (question[:3] == "Sec")
    places = {"VAGT_CONFIG": str(path), "VAGT_DATA_DIR": str(tmp_path / "data")}
    with PtyRun("-m", "vagt", "init", *more, columns=90, rows=30, **places) as run:
        run.wait_for(question)
        run.read(0.3)
        run.type("\x03")
        code, seconds = run.exit_within(10)
    assert code == 130
    assert seconds < 5
    assert b"stopped; nothing was written" in run.output
    assert b"Traceback" not in run.output
    assert path.read_text() == EMPTY_DESK
    assert {found.name for found in tmp_path.iterdir()} == {"config.toml"}


@pytest.mark.terminal
def test_ctrl_c_at_a_hidden_question_of_secret_set(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(EMPTY_DESK)
    keyring = "keyring.backends.null.Keyring"  # one that can be asked, and keeps nothing
    with PtyRun(
        "-m", "vagt", "secret", "set", "desk", columns=90, VAGT_CONFIG=str(path), PYTHON_KEYRING_BACKEND=keyring
    ) as run:
        run.wait_for("Secret of desk (not shown)")
        run.read(0.3)
        run.type(f"{WORD}\x03")
        code, _ = run.exit_within(10)
    assert code == 130
    assert WORD.encode() not in run.output


def test_a_question_gives_ctrl_c_back_to_whoever_had_it() -> None:
    before = signal.getsignal(signal.SIGINT)
    with ask.interruptible():
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is before
