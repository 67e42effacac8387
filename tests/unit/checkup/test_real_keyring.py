"""A real keyring (Secret Service): a secret goes in by init, is found by the doctor, and never shows."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from time import monotonic

import pytest

from tests.servers.keyring import CannotInstall, Keyring, install
from tests.servers.rt import RtServer
from tests.terminal.widgets.pty_run import PtyRun

WORD = "hunter2-öæ-keyring"
READ_BACK = "import keyring, sys; sys.stdout.write(repr(keyring.get_password('vagt', sys.argv[1])))"


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    try:
        install()
    except CannotInstall as why:
        if why.avoidable and os.environ.get("CI", "").lower() == "true" and os.geteuid() == 0:
            pytest.fail(f"CI must run the tests on a real keyring: {why}")
        pytest.skip(f"no real keyring: {why}")
    return Keyring(tmp_path)


def kept(keyring: Keyring, name: str) -> str:
    return keyring.run([sys.executable, "-c", READ_BACK, name]).stdout


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    return {"VAGT_CONFIG": str(tmp_path / "config.toml"), "VAGT_DATA_DIR": str(tmp_path / "data")}


INIT = ("init", "--yes", "--adapter", "rt", "--url", "http://127.0.0.1:9", "--secret-from-stdin")


def test_init_keeps_the_secret_in_the_keyring_and_the_doctor_finds_it(keyring: Keyring, places: dict[str, str]) -> None:
    said = [keyring.vagt(*INIT, "--no-test", stdin=f"{WORD}\n", **places)]
    assert said[-1].returncode == 0, said[-1].stderr
    assert "Its secret: the keyring (SecretService)." in said[-1].stdout
    assert kept(keyring, "rt") == repr(WORD)
    said += [keyring.vagt("secret", "check", "rt", **places)]
    assert "comes from the keyring" in said[-1].stdout
    said += [keyring.vagt("doctor", "--json", **places)]
    checks = {(check["backend"], check["name"]): check for check in json.loads(said[-1].stdout)["checks"]}
    assert checks[None, "keyring"]["status"] == "ok"
    assert checks[None, "keyring"]["message"] == "SecretService"
    assert checks["rt", "secret"]["message"] == "found: the keyring"
    assert said[-1].returncode == 3
    assert not any(WORD in one.stdout + one.stderr for one in said)
    assert WORD not in Path(places["VAGT_CONFIG"]).read_text()


def test_a_failed_test_keeps_neither_secret_nor_config(keyring: Keyring, places: dict[str, str]) -> None:
    said = keyring.vagt(*INIT, stdin=WORD, **places)
    assert said.returncode == 3
    assert "refuses the connection" in said.stderr
    assert "nothing was written" in said.stderr
    assert not Path(places["VAGT_CONFIG"]).exists()
    assert kept(keyring, "rt") == "None"


def test_a_config_that_cannot_be_written_takes_the_secret_back(keyring: Keyring, places: dict[str, str]) -> None:
    places["VAGT_CONFIG"] = "/proc/nowhere/config.toml"
    said = keyring.vagt(*INIT, "--no-test", stdin=WORD, **places)
    assert said.returncode == 1
    assert "cannot be written" in said.stderr
    assert "[[backends]]" in said.stdout
    assert kept(keyring, "rt") == "None"


class Person(PtyRun):
    """Somebody who answers on a terminal."""

    def __init__(self, command: list[str], environ: dict[str, str]) -> None:
        start = f"import os; os.execvp({command[0]!r}, {command!r})"
        super().__init__("-c", start, columns=100, rows=70, **environ)

    def answers(self, question: str, answer: str, *, time: int = 1) -> None:
        """Type `answer` once `question` stands there for the `time`-th time."""
        until = monotonic() + 30
        while " ".join("\n".join(self.screen.display).split()).count(question) < time:
            assert monotonic() < until, "\n".join(self.screen.display)
            self.read(0.05)
        self.read(0.3)  # a hidden question throws away what was typed before it
        self.type(f"{answer}\r")


def test_by_hand_on_a_real_rt(rt: RtServer, keyring: Keyring, places: dict[str, str]) -> None:
    command = keyring.command(sys.executable, "-m", "vagt", "init", "--adapter", "rt")
    with Person(command, keyring.environ(**places)) as person:
        person.answers("Name [rt]:", "")
        person.answers("Address:", "rt.example")
        person.wait_for("must be an address like https://host")
        person.answers("Address:", rt.url, time=2)
        person.answers("Number or name [token]:", "")
        person.answers("Query (empty", "")
        person.answers("kept in the keyring", WORD)
        person.wait_for("the secret holds characters that no header can carry", 40)
        person.answers("Number or name [secret]:", "")
        person.answers("kept in the keyring", rt.tokens["root"], time=2)
        person.wait_for("ok       permissions", 40)
        person.answers("Write it? [y]:", "")
        person.wait_for("Its secret: the keyring (SecretService).")
        assert person.exit_within(20)[0] == 0
        shown = person.output.decode()
    assert kept(keyring, "rt") == repr(rt.tokens["root"])
    assert rt.url in Path(places["VAGT_CONFIG"]).read_text()
    said = keyring.vagt("doctor", **places)
    assert said.returncode == 0, said.stdout
    assert "All is well." in said.stdout
    assert not any(word in shown + said.stdout + said.stderr for word in (rt.tokens["root"], WORD))
