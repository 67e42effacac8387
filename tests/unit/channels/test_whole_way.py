"""From the outbox to real servers and back: once each, killed in the act, down and up again, to the next channel."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.doubles.web import Reply
from tests.servers.mailbox import Mailbox, mailbox
from tests.servers.receiver import Receiver, receiver
from tests.waiting import DEADLINE, until
from vagt.adapters.checked import load_checked
from vagt.config.secrets import secret_of
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Notify
from vagt.engine.engine import Engine
from vagt.engine.intent import Intent, Stage
from vagt.engine.request import Request

CANARY = "c4nary-9f8e7d6c"


def config(folder: Path, box: Mailbox, web: Receiver) -> Path:
    path = folder / "config.toml"
    path.write_text(
        f"""
[[backends]]
name = "desk"
adapter = "embedded"

[[channels]]
name = "mail"
url = "{box.url()}"
timeout = 2

[[channels]]
name = "page"
url = "json://{web.host}/page?+Authorization=Bearer%20{{secret}}"
timeout = 2

[[channels]]
name = "keyed"
url = "json://{web.host}/keyed"
drops_repeats = true
timeout = 2
""",
        encoding="utf-8",
    )
    return path


@asynccontextmanager
async def console(path: Path) -> AsyncIterator[Engine]:
    engine = await Engine.open(
        load_checked(path),
        path.parent / "data",
        clock=SystemClock(),
        operator="anna",
        secrets=secret_of,
        load=False,
    )
    await engine.start(poll=False)
    try:
        yield engine
    finally:
        await engine.stop()


async def told(engine: Engine, change: Notify, timeout: float = DEADLINE) -> Intent:
    (intent,) = await engine.submit([Request.notify(change)], undo=False)
    (settled,) = await engine.settled([intent.command.id], timeout)
    return settled


async def killed(path: Path, channel: str, id: str, arrived: Callable[[], object]) -> None:
    """Let another console tell it, and kill that once the server has it but has not answered."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.unit.channels.telling_process",
        str(path),
        str(path.parent / "data"),
        channel,
        id,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    try:
        await until(arrived, "what arrives")
    finally:
        process.kill()
        await process.wait()


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAGT_SECRET_PAGE", CANARY)


async def test_each_channel_gets_it_once(tmp_path: Path) -> None:
    async with mailbox() as box, receiver() as web, console(config(tmp_path, box, web)) as engine:
        for channel in ("mail", "page", "keyed"):
            assert (await told(engine, Notify(channel, "Mail is down", "We are on it."))).stage is Stage.DONE
        assert [mail.message["Subject"] for mail in box.mails] == ["Mail is down"]
        assert [request.path for request in web.requests] == ["/page", "/keyed"]
        assert web.requests[0].headers["authorization"] == f"Bearer {CANARY}"
        assert engine.channel_health("mail").startswith("took a message")


async def test_killed_in_the_act_a_mail_is_unknown_and_one_key_sends_it_again(tmp_path: Path) -> None:
    async with mailbox() as box, receiver() as web:
        path = config(tmp_path, box, web)
        box.fate = "hang after"
        await killed(path, "mail", "a" * 32, lambda: box.mails)
        box.fate = ""
        async with console(path) as engine:
            await until(
                lambda: [one for one in engine.intents() if one.stage is Stage.UNKNOWN],
                "one that is unknown",
                engine.intents,
            )
            assert len(box.mails) == 1, "not repeated by itself"
            await engine.retry("a" * 32)
            (settled,) = await engine.settled(["a" * 32], DEADLINE)
            assert settled.stage is Stage.DONE
        first, second = box.mails
        assert first.message["Message-ID"] == second.message["Message-ID"]


async def test_killed_in_the_act_a_webhook_that_knows_repeats_needs_nobody(tmp_path: Path) -> None:
    async with mailbox() as box, receiver() as web:
        path = config(tmp_path, box, web)
        web.hang = True
        await killed(path, "keyed", "b" * 32, lambda: web.requests)
        web.hang = False
        async with console(path) as engine:
            (settled,) = await engine.settled(["b" * 32], DEADLINE)
            assert settled.stage is Stage.DONE
        assert {request.headers["idempotency-key"] for request in web.requests} == {"b" * 32}
        assert web.requests[0].body == web.requests[1].body


async def test_killed_before_it_left_it_goes_once(tmp_path: Path) -> None:
    async with mailbox() as box, receiver() as web:
        path = config(tmp_path, box, web)
        await box.stop()
        await killed(path, "mail", "c" * 32, (path.parent / "data" / "outbox.sqlite").exists)
        await box.start()
        async with console(path) as engine:
            await engine.submit(
                [Request.notify(Notify("mail", "Mail is down", "We are on it."), id="c" * 32)], undo=False
            )
            await engine.settled(["c" * 32], DEADLINE)
        assert len(box.mails) == 1


async def test_down_then_up_again(tmp_path: Path) -> None:
    async with mailbox() as box, receiver() as web, console(config(tmp_path, box, web)) as engine:
        await box.stop()
        web.down = Reply(503, b"later")
        intents = await engine.submit(
            [Request.notify(Notify(channel, "Mail is down", "We are on it.")) for channel in ("mail", "page")],
            undo=False,
        )
        await until(lambda: all(one.reason for one in engine.intents()), "a reason for each", engine.intents)
        assert {one.stage for one in engine.intents()} == {Stage.QUEUED}
        assert "in trouble" in engine.channel_health("mail")
        await box.start()
        web.down = None
        settled = await engine.settled([one.command.id for one in intents], DEADLINE)
        assert [one.stage for one in settled] == [Stage.DONE, Stage.DONE]
        assert (len(box.mails), len(web.requests)) == (1, 1)


async def test_what_one_channel_refuses_the_next_one_takes_and_no_secret_is_written_down(tmp_path: Path) -> None:
    async with mailbox() as box, receiver() as web, console(config(tmp_path, box, web)) as engine:
        web.down = Reply(401, f"bad token {CANARY}".encode())
        box.refuse = {"*": "550 no such user"}
        change = Notify("page", "Mail is down", "We are on it.", then=("mail", "keyed"), within=30)
        stuck = await told(engine, change)
        assert engine.intents() == (stuck,)
        assert stuck.command.channel == "keyed" and stuck.stage is Stage.REFUSED
        passed = [one.reason for one in engine.recent()]
        assert "passed on to keyed" in passed[0] and "no such user" in passed[0]
        assert "passed on to mail" in passed[1] and "vagt secret set page" in passed[1]
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), file.name
