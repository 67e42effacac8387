"""Chats, pushes and pagers through Apprise, on real HTTP receivers that stand where the vendors would."""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import apprise.plugins.pagerduty as pagerduty_plugin
import pytest
from apprise.manager_plugins import NotificationManager

from tests.doubles.web import Reply, Request
from tests.servers.receiver import Receiver, receiver
from tests.servers.tls import Authority
from tests.unit.channels.lines import channel, message
from vagt.adapters.protocol import AdapterError, AuthError, InvalidError, Seen, ThrottledError, UnavailableError
from vagt.channels.tame import quiet

SLACK = "T0AAAAAAA/B0AAAAAAA/abcdefghijklmnopqrstuvwx"
HOSTILE = "<!channel> <!here|x> <@U6TTX1F9R> @here @everyone @Channel <users/all> [a](http://evil.test) *b* {{ 7*7 }}"


@pytest.fixture
def vendors(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets the vendors' addresses be a receiver's."""

    def at(web: Receiver) -> None:
        manager = NotificationManager()  # type: ignore[no-untyped-call]
        here = f"http://{web.host}"
        monkeypatch.setattr(manager["slack"], "webhook_url", f"{here}/services")
        monkeypatch.setattr(manager["discord"], "notify_url", f"{here}/api/webhooks")
        monkeypatch.setattr(manager["tgram"], "notify_url", f"{here}/bot")
        monkeypatch.setattr(pagerduty_plugin, "PAGERDUTY_API_LOOKUP", {"us": f"{here}/v2/enqueue"})

    return at


def text_of(request: Request) -> str:
    """All words of a request, as whoever gets it reads them."""
    return " ".join(_strings(request.json()))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(item)


async def test_slack_mentions_nobody_for_what_an_incident_says(vendors: Any) -> None:
    async with receiver() as web:
        web.success = Reply(200, b"ok")
        vendors(web)
        await channel("slack://{secret}", SLACK).tell(message(title=HOSTILE, text=HOSTILE))
        (request,) = web.requests
        assert request.path == f"/services/{SLACK}"
        words = text_of(request)
        assert "<!" not in words and "<@" not in words and "@here" not in words and "@everyone" not in words
        assert "*b*" in words and "{{ 7*7 }}" in words, "read as it was written"
        assert request.json()["mrkdwn"] is False


async def test_teams_gets_a_card_in_which_markdown_of_others_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority.new("Acme")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.pem(tmp_path)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.server(tmp_path))
    async with receiver(context) as web:
        web.success = Reply(202)
        url = f"workflow://{web.host}/{{secret}}"
        await channel(url, "0123456789abcdef0123456789abcdef/sIgNaTuRe0123456789abcdef").tell(
            message(title="[a](http://evil.test)", text="**b** <at>all</at> @everyone")
        )
        words = text_of(web.requests[0])
        assert "[a](http" not in words and "**b**" not in words and "@everyone" not in words
        assert "<at>" not in words


async def test_discord_telegram_and_mattermost(vendors: Any) -> None:
    async with receiver() as web:
        web.success = Reply(200, b'{"ok": true, "result": {}}', {"Content-Type": "application/json"})
        vendors(web)
        await channel("discord://{secret}", "1234567890/abcdefghijklmnop").tell(message(text="@everyone <@&5> hi"))
        await channel("tgram://{secret}/99", "123456789:abcdefg_hijklmnop").tell(message(text="<b>bold</b> & more"))
        await channel(f"mmost://{web.host}/{{secret}}", "3ccdd113474722377935511fc85d3dd4").tell(
            message(text="@all hi")
        )
        discord, telegram, mattermost = web.requests
        assert discord.path == "/api/webhooks/1234567890/abcdefghijklmnop"
        assert "@everyone" not in text_of(discord) and "<@" not in text_of(discord)
        assert telegram.path.startswith("/bot123456789:abcdefg_hijklmnop/")
        assert "<b>bold" not in text_of(telegram) and "bold" in text_of(telegram)
        assert "@all" not in text_of(mattermost) and "Mail is down" in text_of(mattermost)


async def test_ntfy_gets_it_under_its_topic() -> None:
    async with receiver() as web:
        await channel(f"ntfy://{web.host}/noc?priority=high").tell(message(purpose="escalation"))
        (body,) = web.bodies()
        assert (body["topic"], body["title"], body["message"]) == ("noc", "Mail is down", message().text)
        assert web.requests[0].headers["x-priority"] == "high"


async def test_pagerduty_knows_a_repeat_by_its_key(vendors: Any) -> None:
    async with receiver() as web:
        web.success = Reply(202, b'{"status": "success"}', {"Content-Type": "application/json"})
        vendors(web)
        line = channel("pagerduty://{secret}@apikey", "R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY00")
        await line.tell(message())
        await line.tell(message(again=True))
        assert [body["dedup_key"] for body in web.bodies()] == ["5f0c8e2a", "5f0c8e2a"]
        assert await line.seen(message(), message().at) is Seen.NO, "it can go again: no second alert is opened"


async def test_xml_and_form_webhooks_carry_the_key_too() -> None:
    async with receiver() as web:
        await channel(f"xml://{web.host}/x").tell(message(title="<a>&"))
        await channel(f"form://{web.host}/f").tell(message())
        xml, form = web.requests
        assert xml.headers["idempotency-key"] == form.headers["idempotency-key"] == "5f0c8e2a"
        assert b"&lt;a&gt;&amp;" in xml.body
        assert parse_qs(form.body.decode())["title"] == ["Mail is down"]


async def test_a_long_text_is_split_and_nothing_is_lost(vendors: Any) -> None:
    async with receiver() as web:
        web.success = Reply(204)
        vendors(web)
        text = "\n".join(f"line {number} of many" for number in range(250))
        await channel("discord://{secret}", "1234567890/abcdefghijklmnop").tell(message(text=text))
        assert len(web.requests) == 3
        whole = " ".join(text_of(request) for request in web.requests)
        assert all(f"line {number} of" in whole for number in range(250))


@pytest.mark.parametrize(
    ("status", "kind", "sent"),
    [
        (400, InvalidError, None),
        (401, AuthError, None),
        (429, ThrottledError, None),
        (500, UnavailableError, False),
        (502, UnavailableError, True),
    ],
)
async def test_what_an_answer_means(status: int, kind: type[AdapterError], sent: bool | None) -> None:
    async with receiver() as web:
        web.down = Reply(status, b'{"error": "the topic is closed"}', {"Content-Type": "application/json"})
        with pytest.raises(kind) as told:
            await channel(f"ntfy://{web.host}/noc").tell(message())
        assert getattr(told.value, "sent", None) is sent
        assert web.tries == 1
        assert str(status) in told.value.words


async def test_refused_is_told_from_cut_off_in_the_act() -> None:
    async with receiver() as web:
        web.web.lose_answers = 1
        line = channel(f"ntfy://{web.host}/noc", timeout=1.0)
        with pytest.raises(UnavailableError) as cut:
            await line.tell(message())
        assert cut.value.sent and len(web.requests) == 1
        assert await line.seen(message(), message().at) is Seen.UNKNOWN
        web.hang = True
        with pytest.raises(UnavailableError) as hung:
            await channel(f"ntfy://{web.host}/noc", timeout=0.3).tell(message())
        assert hung.value.sent and "timed out" in hung.value.words
        url = f"ntfy://{web.host}/noc"
    with pytest.raises(UnavailableError, match="refused") as refused:
        await channel(url).tell(message())
    assert not refused.value.sent and refused.value.words == f"{web.host}: Connection refused"
    with pytest.raises(UnavailableError) as nowhere:
        await channel("ntfy://no-such-host.invalid/noc").tell(message())
    assert not nowhere.value.sent


async def test_a_part_that_went_out_is_not_sent_twice(vendors: Any) -> None:
    async with receiver() as web:
        web.success = Reply(204)
        vendors(web)
        text = "x" * 3000

        taken = web.web._handler

        def second_fails(request: Request) -> Any:
            return Reply(400, b"no") if web.requests else taken(request)

        web.web._handler = second_fails
        with pytest.raises(UnavailableError, match="only a part") as partly:
            await channel("discord://{secret}", "1234567890/abcdefghijklmnop").tell(message(text=text))
        assert partly.value.sent


async def test_a_redirect_does_not_pass_for_success() -> None:
    async with receiver() as web:
        web.down = Reply(302, b"", {"Location": f"http://{web.host}/elsewhere"})
        with pytest.raises(AdapterError):
            await channel(f"ntfy://{web.host}/noc").tell(message())
        assert web.tries == 1


@pytest.mark.parametrize("url", ["nonsense://x", "slack://{secret}"])
async def test_an_address_that_apprise_does_not_know(url: str) -> None:
    with pytest.raises(InvalidError, match="does not understand") as refused:
        await channel(url, "c4nary-5ecret").tell(message())
    assert "c4nary" not in refused.value.words


async def test_no_log_and_no_error_holds_the_secret(vendors: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "T0CANARY0/B0CANARY0/canary0123456789abcdefgh"
    errors = []
    async with receiver() as web:
        vendors(web)
        for reply in (
            Reply(401, canary.encode()),
            Reply(500, f"token={canary}".encode()),
            Reply(200, b"invalid_token"),
        ):
            web.down = reply
            try:
                await channel("slack://{secret}", canary).tell(message())
            except AdapterError as error:
                errors.append(error)
        web.down = None
        web.web.lose_answers = 1
        with pytest.raises(AdapterError) as cut:
            await channel("slack://{secret}", canary).tell(message())
        errors.append(cut.value)
    logging.getLogger("apprise").warning("nobody takes this down")
    assert len(errors) >= 3
    for error in errors:
        chain: BaseException | None = error
        while chain is not None:
            told = f"{chain!r} {json.dumps(str(chain))}"
            assert "anary0123" not in told and "B0CANARY0" not in told
            chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    assert "anary0123" not in caplog.text and "B0CANARY0" not in caplog.text


def test_addresses_and_prose_are_left_alone() -> None:
    plain = "mail bo@all.test, 3 < 4, a<b, see @anna and user@hereabouts.test"
    assert quiet(plain) == plain


@pytest.mark.parametrize("word", ["everyone", "here"])
def test_what_discord_finds_within_a_word_is_broken_there_too(word: str) -> None:
    for text in (f"x@{word}", f"stop.@{word}", f"_@{word}_"):
        assert f"@{word}" not in quiet(text)


async def test_what_is_called_plain_text_and_shown_as_markdown_hides_no_link(vendors: Any) -> None:
    told = "[Reset](https://evil.test/a_b) **b** `c`\n# head\n- item\n1. one\nsee https://acme.test/x_y"
    shown = "\\[Reset\\](https://evil.test/a_b) \\*\\*b\\*\\* \\`c\\`\n\\# head\n\\- item\n1\\. one\nsee https://acme.test/x_y"
    async with receiver() as web:
        web.success = Reply(200, b"{}", {"Content-Type": "application/json"})
        vendors(web)
        await channel("discord://{secret}", "1234567890/abcdefghijklmnop").tell(message(title="*T*", text=told))
        await channel(f"mmost://{web.host}/{{secret}}", "3ccdd113474722377935511fc85d3dd4").tell(message(text=told))
        for request in web.requests:
            assert shown in text_of(request)
        assert "\\*T\\*" in text_of(web.requests[0])
