"""Channels on the command line: what waits in the outbox, what the doctor finds, where their secrets are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.mailbox import Mailbox, mailbox
from tests.servers.receiver import Receiver, receiver
from tests.unit.cli_driver import EMPTY_DESK, Said, Vagt
from vagt.adapters.checked import load_checked
from vagt.config.secrets import secret_of
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Notify
from vagt.engine.engine import Engine
from vagt.engine.request import Request

CANARY = "canary-7f3a9c-secret"


@pytest.fixture
def vagt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vagt:
    monkeypatch.setenv("VAGT_SECRET_STATUS", CANARY)
    monkeypatch.setenv("VAGT_SECRET_MAIL", CANARY)
    return Vagt(tmp_path, monkeypatch, capsys)


@pytest.fixture
async def web() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox(CANARY) as made:
        yield made


def config(vagt: Vagt, web: Receiver, box: Mailbox, more: str = "") -> None:
    vagt.configure(
        f"""{EMPTY_DESK}
[[channels]]
name = "status"
url = "json://{web.host}/?+Authorization=Bearer%20{{secret}}"
timeout = 2

[[channels]]
name = "mail"
url = "{box.url(mode="insecure")}"
timeout = 1
{more}"""
    )


async def asked(vagt: Vagt, *words: str) -> Said:
    """A command that meets servers of this loop, so from beside it."""
    return await asyncio.to_thread(vagt, *words)


async def told(vagt: Vagt, change: Notify) -> str:
    """Tell it as another console would, until it is settled; its id."""
    engine = await Engine.open(
        load_checked(vagt.folder / "config.toml"),
        vagt.folder / "data",
        clock=SystemClock(),
        operator="anna",
        secrets=secret_of,
        load=False,
    )
    try:
        (intent,) = await engine.submit([Request.notify(change)], undo=False)
        await engine.start(poll=False)
        await engine.settled([intent.command.id], 10)
    finally:
        await engine.stop()
    return intent.command.id


def checks(said: Said) -> dict[tuple[str | None, str], dict[str, Any]]:
    return {(check["backend"], check["name"]): check for check in said.json["checks"]}


async def test_what_may_have_arrived_goes_again_only_by_its_id(vagt: Vagt, web: Receiver, box: Mailbox) -> None:
    config(vagt, web, box)
    box.fate = "cut after"
    id = await told(vagt, Notify("mail", "Mail is down", "We are on it."))
    box.fate = ""
    (action,) = (await asked(vagt, "outbox", "list", "--json")).json["actions"]
    assert (action["stage"], action["channel"], action["backend"]) == ("unknown", "mail", "channel:mail")
    assert "cannot say whether it arrived" in action["reason"]
    shown = (await asked(vagt, "outbox", "list")).out
    assert "update via mail" in shown and "unknown" in shown
    assert (await asked(vagt, "outbox", "retry", "--json")).json["actions"] == []
    assert len(box.mails) == 1
    again = await asked(vagt, "outbox", "retry", id[:8], "--json")
    assert (again.code, again.json["actions"][0]["stage"]) == (0, "done")
    assert [mail.message["Message-ID"] for mail in box.mails] == [f"<{id}@noc.test>"] * 2


async def test_a_refused_message_is_put_right_and_sent_by_retry(vagt: Vagt, web: Receiver, box: Mailbox) -> None:
    config(vagt, web, box)
    box.refuse = {"*": "550 no such user"}
    await told(vagt, Notify("mail", "Mail is down", "We are on it."))
    (action,) = (await asked(vagt, "outbox", "list", "--json")).json["actions"]
    assert action["stage"] == "refused" and "no such user" in action["reason"]
    box.refuse = {}
    assert (await asked(vagt, "outbox", "retry")).code == 0
    assert len(box.mails) == 1


async def test_the_doctor_reaches_channels_and_tells_nobody(vagt: Vagt, web: Receiver, box: Mailbox) -> None:
    config(vagt, web, box)
    said = await asked(vagt, "doctor", "--json")
    found = checks(said)
    assert found["channel:status", "secret"]["message"] == "found: $VAGT_SECRET_STATUS"
    assert found["channel:status", "channel"]["message"] == f"{web.host} answers, unencrypted"
    assert found["channel:mail", "channel"]["message"] == f"127.0.0.1:{box.port} takes mail as vagt, unencrypted"
    assert (web.tries, box.mails) == (0, [])
    assert CANARY not in said.out + said.err
    assert "channel:status" not in (await asked(vagt, "doctor", "--backend", "desk")).out


async def test_the_doctor_says_what_is_wrong_with_a_channel(
    vagt: Vagt, web: Receiver, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = '[[channels]]\nname = "odd"\nurl = "nonsense://x"\n[[channels]]\nname = "bare"\nurl = "slack://{secret}"\n'
    config(vagt, web, box, more)
    monkeypatch.setenv("VAGT_SECRET_MAIL", "another-secret-1")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    await web.web.stop()
    found = checks(await asked(vagt, "doctor", "--json"))
    assert "does not accept the secret" in found["channel:mail", "channel"]["message"]
    assert "vagt secret check mail" in found["channel:mail", "channel"]["remedy"]
    assert found["channel:status", "channel"]["status"] == "problem"
    assert "does not understand" in found["channel:odd", "channel"]["message"]
    assert "docs/channels.md" in found["channel:odd", "channel"]["remedy"]
    assert found["channel:bare", "secret"]["status"] == "problem"
    assert found["channel:bare", "channel"]["status"] == "skipped"


async def test_secrets_of_channels(vagt: Vagt, web: Receiver, box: Mailbox) -> None:
    config(vagt, web, box, '[[channels]]\nname = "open"\nurl = "ntfys://ntfy.example/noc"\n')
    found = await asked(vagt, "secret", "check", "status", "--json")
    assert (found.code, found.json["secret"]["source"]) == (0, "$VAGT_SECRET_STATUS")
    assert CANARY not in found.out
    assert (await asked(vagt, "secret", "check", "open")).out == "“open” needs no secret\n"
    assert (await asked(vagt, "secret", "check", "smoke")).code == 2


async def test_channels_in_the_config_are_in_use(vagt: Vagt, web: Receiver, box: Mailbox) -> None:
    config(vagt, web, box)
    assert "[[channels]]" not in (await asked(vagt, "list")).err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('url = "slack://T0AAAAAAA/B0AAAAAAA/abcdefgh1234567890uvwx"', "holds a token"),
        ('url = "mailtos://x:hunter22@mail.example"', "holds a password"),
        ('url = "jsons://x.example?verify=no"', "always checked"),
        ('url = "jsons://x.example"\ntimeout = 0', "at least"),
        ('url = "slack://{secret}"\n[channels.payload]\ntext = "{text}"', "json"),
        ('url = "jsons://x.example"\n[channels.payload]\ntoken = "x"', "looks like a secret"),
    ],
)
def test_a_channel_that_does_not_do_is_refused(vagt: Vagt, line: str, says: str) -> None:
    vagt.configure(f'{EMPTY_DESK}\n[[channels]]\nname = "noc"\n{line}\n')
    said = vagt("list")
    assert said.code == 2
    assert says in said.err
