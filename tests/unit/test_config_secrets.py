"""Where a backend's secret is found, what is said when it is not, and that it never shows."""

from __future__ import annotations

import logging
import pickle
import sys
import types
from pathlib import Path

import pytest

from vagt.config import secrets
from vagt.config.secretlike import looks_secret, secret_in_address
from vagt.config.secrets import Secret, SecretError, find, secret_of
from vagt.config.settings import BackendSettings

VALUE = "hunter2-öæ"


class Keyring(types.ModuleType):
    """A keyring in memory."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}
        self.problem: Exception | None = None

    def get_password(self, service: str, name: str) -> str | None:
        if self.problem:
            raise self.problem
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[service, name] = value

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    fake = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", fake)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    return fake


def printing(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"print({text!r})")


async def test_the_first_place_wins(keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.kept["vagt", "my-desk"] = "from the keyring"
    assert (await find("my-desk")).reveal() == "from the keyring"
    command = printing(" from the command ")
    assert (await find("my-desk", command)).reveal() == "from the command"
    (tmp_path / "my-desk").write_text("from systemd\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert (await find("my-desk", command)).reveal() == "from systemd"
    monkeypatch.setenv("VAGT_SECRET_MY_DESK", "from the environment")
    found = await find("my-desk", command)
    assert found.reveal() == "from the environment"
    assert found.source == "$VAGT_SECRET_MY_DESK"


async def test_the_backend_tells_its_command(keyring: Keyring) -> None:
    assert await secret_of(BackendSettings(name="a", adapter="rt", secret_command=printing(VALUE))) == VALUE


async def test_without_any_the_remedy_is_told(keyring: Keyring) -> None:
    with pytest.raises(SecretError, match=r"vagt secret set a.*\$VAGT_SECRET_A"):
        await find("a")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("no-such-program-here",), "there is no program “no-such-program-here”"),
        ((sys.executable, "-c", "raise SystemExit(3)"), "ended with 3"),
        ((sys.executable, "-c", "print()"), "printed nothing"),
        ((sys.executable, "-c", "import sys; sys.stdout.buffer.write(b'\\xff')"), "not UTF-8"),
        ((sys.executable, "-c", "print('x' * 100000)"), "more than a secret"),
    ],
)
async def test_a_command_that_fails_is_told_not_passed_over(
    command: tuple[str, ...], says: str, keyring: Keyring
) -> None:
    keyring.kept["vagt", "a"] = VALUE
    with pytest.raises(SecretError, match=says):
        await find("a", command)


async def test_a_command_that_hangs_is_ended(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "COMMAND_TIMEOUT", 0.2)
    with pytest.raises(SecretError, match="did not answer"):
        await find("a", (sys.executable, "-c", "import time; time.sleep(60)"))


async def test_no_shell_reads_the_command(keyring: Keyring, tmp_path: Path) -> None:
    echo = (sys.executable, "-c", "import sys; print(sys.argv[1])", f"$(touch {tmp_path}/made); x")
    assert (await find("a", echo)).reveal() == f"$(touch {tmp_path}/made); x"
    assert not (tmp_path / "made").exists()


async def test_a_command_cannot_ask_on_our_terminal(keyring: Keyring) -> None:
    asking = (sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))")
    assert (await find("a", asking)).reveal() == "''"


async def test_what_a_failing_command_says_is_not_repeated(keyring: Keyring, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SecretError) as raised:
        await find("a", (sys.executable, "-c", f"import sys; sys.exit({VALUE!r})"))
    assert VALUE not in str(raised.value) + capfd.readouterr().err


async def test_a_broken_keyring_is_told_with_other_places(keyring: Keyring) -> None:
    class KeyringLocked(Exception):
        pass

    keyring.problem = KeyringLocked(VALUE)
    with pytest.raises(SecretError, match=r"locked.*\$CREDENTIALS_DIRECTORY") as raised:
        await find("a")
    assert VALUE not in str(raised.value)


async def test_storing_and_forgetting(keyring: Keyring) -> None:
    await secrets.store("a", VALUE)
    assert keyring.kept == {("vagt", "a"): VALUE}
    assert await secrets.forget("a") is True
    assert await secrets.forget("a") is False


def test_a_secret_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(VALUE, "the keyring")
    logging.getLogger("x").warning("got %s %r", secret, secret)
    shown = f"{secret} {secret!r} {secret:>40} {caplog.text} {[secret]}"
    assert VALUE not in shown
    with pytest.raises(TypeError, match="not written"):
        pickle.dumps(secret)


@pytest.mark.parametrize(
    "key",
    ["password", "Password", "api_key", "apiKey", "api-key", "token", "auth_token", "client_secret", "secrets", "PWD"],
)
def test_keys_that_look_secret(key: str) -> None:
    assert looks_secret(key)


@pytest.mark.parametrize("key", ["secret_command", "token_url", "keys", "key", "secretary", "tokens_per_page_url"])
def test_keys_that_do_not(key: str) -> None:
    assert not looks_secret(key)


@pytest.mark.parametrize(
    "address",
    [
        "mailto://anna:hunter2@acme.example",
        "https://acme.example/hook?token=hunter2",
        "slack://T1JJ3T3L2A1B2C3D4/x",
        "tgram://123456789:abcdefg_hijklmnop1/12315544",
    ],
)
def test_addresses_with_a_secret(address: str) -> None:
    assert secret_in_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "slack://{secret}",
        "mailto://anna:{secret}@acme.example",
        "ntfys://ntfy.example/on-call-team-2026-night-shift",
        "https://acme.example/hook?token={secret}",
        "mailto://noc@acme.example",
    ],
)
def test_addresses_without(address: str) -> None:
    assert not secret_in_address(address)
