"""`vagt update` killed with kill -9 while it sends, on real mail and web servers: started again, nothing goes twice."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.web import Reply
from tests.servers.mailbox import Mailbox, mailbox
from tests.servers.receiver import Receiver, receiver
from tests.waiting import until

_SETS = ("--set", "service=Mail", "--set", "impact_text=It cannot be used.", "--set", "impact_text.da=Det virker ikke.")


@dataclass
class Site:
    """A desk with one incident, and where its audiences are."""

    folder: Path
    box: Mailbox
    web: Receiver
    ref: str = ""

    def configure(self, more: str = "") -> None:
        (self.folder / "config.toml").write_text(
            f"""
[[backends]]
name = "desk"
adapter = "embedded"
username = "anna"

[[channels]]
name = "boss-mail"
url = "{self.box.url("bosses@acme.test")}"
timeout = 5

[[channels]]
name = "page"
url = "json://{self.web.host}/page"
timeout = 5
{more}

[[channels]]
name = "spare-mail"
url = "{self.box.url("abroad@acme.test")}"
timeout = 5

[[audiences]]
name = "users"
query = ""
language = "da"
timezone = "Europe/Copenhagen"
channels = ["comment"]

[[audiences]]
name = "managers"
query = ""
public = false
language = "en"
channels = ["boss-mail"]

[[audiences]]
name = "abroad"
query = ""
language = "en"
timezone = "UTC"
channels = ["page"]
fallback = ["spare-mail"]
""",
            encoding="utf-8",
        )

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        where = ("--config", str(self.folder / "config.toml"), "--data-dir", str(self.folder / "data"))
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "vagt", *where, *words,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONWARNINGS": "default"},
        )  # fmt: skip

    async def run(self, *words: str) -> Any:
        process = await self.start(*words, "--json")
        out, err = await process.communicate()
        assert out, err.decode()
        return json.loads(out)

    def update(self, template: str = "still-working") -> tuple[str, ...]:
        audiences = [word for name in ("users", "managers", "abroad") for word in ("--audience", name)]
        sets = (*_SETS, "--set", "next_update=2099-01-01T12:00:00Z")
        return ("update", self.ref, "--template", template, *audiences, *sets, "--send")

    async def comments(self) -> list[str]:
        timeline = (await self.run("show", self.ref))["timeline"]
        return [entry["text"] for entry in timeline if entry["kind"] == "comment"]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        made = Site(tmp_path, await stack.enter_async_context(mailbox()), await stack.enter_async_context(receiver()))
        made.configure()
        created = await made.run("create", "--backend", "desk", "--title", "Mail is down")
        made.ref = created["results"][0]["ref"]
        yield made


async def test_killed_while_a_server_thinks_the_rest_goes_once_and_that_one_is_asked_about(site: Site) -> None:
    site.web.hang = True
    process = await site.start(*site.update())
    await until(lambda: site.web.requests and site.box.mails, "a request and a mail", lambda: site.box.mails)
    process.kill()
    await process.wait()
    site.web.hang = False
    said = await site.run(*site.update())
    found = {one["audience"]: (one["status"], one["message"]) for one in said["deliveries"]}
    assert found["users"][0] == found["managers"][0] == "sent"
    assert found["abroad"][0] == "failed" and "cannot say whether it arrived" in found["abroad"][1]
    texts = {one["audience"]: one["text"] for one in said["messages"]}
    assert await site.comments() == [texts["users"]]
    assert [mail.text.strip() for mail in site.box.mails] == [texts["managers"]]
    assert [body["message"] for body in site.web.bodies()] == [texts["abroad"]]
    assert "Det virker ikke." in texts["users"] and "It cannot be used." in texts["abroad"]


async def test_a_receiver_that_drops_repeats_gets_the_same_key_again_and_it_is_settled(site: Site) -> None:
    site.configure("drops_repeats = true")
    site.web.hang = True
    process = await site.start(*site.update())
    await until(lambda: site.web.requests and site.box.mails, "a request and a mail", lambda: site.box.mails)
    process.kill()
    await process.wait()
    site.web.hang = False
    said = await site.run(*site.update())
    assert {one["status"] for one in said["deliveries"]} == {"sent"}, said
    assert len({request.headers["idempotency-key"] for request in site.web.requests}) == 1
    assert len(site.box.mails) == 1 and len(await site.comments()) == 1


async def test_what_one_channel_refuses_is_sent_by_the_next_once(site: Site) -> None:
    site.web.down = Reply(400, b'{"error": "no"}', {"Content-Type": "application/json"})
    said = await site.run(*site.update())
    found = {one["audience"]: (one["status"], one["message"]) for one in said["deliveries"]}
    assert found["abroad"] == ("sent", "page failed; sent by spare-mail instead")
    assert sorted(mail.recipients[0] for mail in site.box.mails) == ["abroad@acme.test", "bosses@acme.test"]
    timeline = (await site.run("show", site.ref))["timeline"]
    assert "abroad: page failed, sent by spare-mail instead" in timeline[-1]["text"]


async def test_a_mail_server_that_is_away_gets_it_when_it_is_back(site: Site) -> None:
    await site.box.stop()
    process = await site.start(*site.update())
    await until(lambda: site.web.requests, "a request")
    await asyncio.sleep(0.3)
    await site.box.start()
    out, _ = await process.communicate()
    assert process.returncode == 0, out
    assert len(site.box.mails) == 1 and len(site.web.requests) == 1 and len(await site.comments()) == 1


async def test_a_title_that_attacks_does_nothing_on_its_way_to_mail_and_web(site: Site) -> None:
    title = "Down {{ 7*7 }} <script>x</script> <!channel> @here\nBcc: all@acme.test"
    created = await site.run("create", "--backend", "desk", "--title", title.replace("\n", " "))
    ref = created["results"][0]["ref"]
    attack = "It is **down** {{ title }}\r\nBcc: all@acme.test\r\n<img src=x onerror=y> <!channel> @everyone"
    said = await site.run(
        "update", ref, "--template", "still-working", "--audience", "managers", "--audience", "abroad", "--send",
        "--set", f"impact_text={attack}", "--set", f"service={title}", "--set", "next_update=2099-01-01T12:00:00Z",
    )  # fmt: skip
    assert {one["status"] for one in said["deliveries"]} == {"sent"}, said
    (mail,) = site.box.mails
    assert mail.recipients == ("bosses@acme.test",)
    assert mail.message["Bcc"] is None and "\n" not in mail.message["Subject"]
    assert "{{ 7*7 }}" in mail.message["Subject"], "it is read, not run"
    html = mail.message.get_body(("html",))
    assert html is not None
    shown = str(html.get_content())
    assert "<script" not in shown and "<img" not in shown and "&lt;img src=x" in shown
    assert "**down**" in mail.text, "not made bold: it is data"
    (body,) = site.web.bodies()
    for words in (body["title"], body["message"], mail.text):
        assert not any(one in words for one in ("<!channel>", "@here", "@everyone", "49"))
