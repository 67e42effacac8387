"""Mail to a real SMTP server: what arrives, what cannot be slipped in, and what each trouble means."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.servers.mailbox import mailbox
from tests.servers.tls import Authority
from tests.unit.channels.lines import channel, message
from vagt.adapters.protocol import AuthError, InvalidError, Seen, ThrottledError, UnavailableError


async def test_a_mail_arrives_with_an_id_of_its_own_and_no_absence_note_answers_it() -> None:
    async with mailbox() as box:
        await channel(box.url("bo@users.test,eva@users.test", name="NOC%20Acme")).tell(message())
        (mail,) = box.mails
        assert mail.recipients == ("bo@users.test", "eva@users.test")
        assert mail.sender == "vagt@noc.test"
        assert mail.text == "We are on it.\nNext word at 14:30.\n"
        headers = mail.message
        assert headers["Subject"] == "Mail is down"
        assert headers["Message-ID"] == "<5f0c8e2a@noc.test>"
        assert headers["From"] == "NOC Acme <vagt@noc.test>"
        assert headers["Auto-Submitted"] == "auto-generated"
        assert "desk:11" not in str(headers), "the reference is for those who work on it"


async def test_a_second_one_of_the_same_command_has_the_same_id_and_says_what_it_is() -> None:
    async with mailbox() as box:
        line = channel(box.url())
        await line.tell(message(html="<p>We are on it.</p>"))
        await line.tell(message(html="<p>We are on it.</p>", again=True))
        first, second = box.mails
        assert first.message["Message-ID"] == second.message["Message-ID"]
        assert second.text.startswith("Sent again: it is not known whether the first arrived.")
        html = second.message.get_body(("html",))
        assert html is not None and "Sent again" in html.get_content()


async def test_both_plain_and_html_leave_where_there_is_html() -> None:
    async with mailbox() as box:
        await channel(box.url()).tell(message(html="<p>Vi <b>arbejder</b> på det.</p>"))
        html = box.mails[0].message.get_body(("html",))
        assert html is not None and html.get_content().strip() == "<p>Vi <b>arbejder</b> på det.</p>"
        assert box.mails[0].text.startswith("We are on it.")


@pytest.mark.parametrize(
    "title",
    [
        "Down\r\nBcc: eve@evil.test\r\n\r\nOwned",
        "Down\nBcc: eve@evil.test",
        "Down\x0bBcc: eve@evil.test\x85X: y\u2028Z: q",
        "=?utf-8?q?Down=0ABcc:_eve@evil.test?=",
        "Ned: ærø " + "langt " * 80,
        "",
    ],
)
async def test_no_title_begins_a_header(title: str) -> None:
    async with mailbox() as box:
        await channel(box.url()).tell(message(title=title, text=".\n.\nBcc: eve@evil.test\n\n.\r\n.\r\nQUIT\r\n"))
        (mail,) = box.mails
        assert mail.recipients == ("bo@users.test",)
        assert mail.message["Bcc"] is None and mail.message["X"] is None and mail.message["Z"] is None
        assert mail.text.startswith(".\n.\nBcc: eve@evil.test\n\n.\n.\nQUIT")
        assert sorted({name.lower() for name in mail.message}) == [
            "auto-submitted", "content-transfer-encoding", "content-type", "date", "from", "message-id",
            "mime-version", "references", "subject", "to", "x-auto-response-suppress", "x-peer",
        ] or "x-peer" not in mail.message  # fmt: skip


async def test_it_signs_in_over_tls_with_a_secret_full_of_signs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority.new("Acme")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.pem(tmp_path)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.server(tmp_path))
    secret = "p@ss:w/o%20rd?#&+=%41"
    async with mailbox(secret, context, "localhost") as box:
        line = channel(box.url(), secret)
        await line.tell(message())
        assert len(box.mails) == 1
        assert await line.check() == f"localhost:{box.port} takes mail as vagt"
        with pytest.raises(AuthError, match="does not accept the secret") as refused:
            await channel(box.url(), "wrong-secret-1").tell(message())
        assert "wrong-secret-1" not in str(refused.value) and "vagt secret set noc" in refused.value.words
        assert len(box.mails) == 1


async def test_an_untrusted_certificate_ends_it(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Authority.new("Stranger").server(tmp_path))
    async with mailbox("secret-1", context, "localhost") as box:
        with pytest.raises(UnavailableError, match="is not trusted") as refused:
            await channel(box.url(), "secret-1").tell(message())
        assert not refused.value.sent


async def test_nobody_there() -> None:
    async with mailbox() as box:
        url = box.url()
    with pytest.raises(UnavailableError, match="refused") as away:
        await channel(url).tell(message())
    assert not away.value.sent


async def test_one_recipient_who_is_refused_is_told_and_the_others_get_it() -> None:
    async with mailbox() as box:
        box.refuse = {"eva@users.test": "550 no such user"}
        words = await channel(box.url("bo@users.test,eva@users.test")).tell(message())
        assert words == "not to eva@users.test: no such user"
        assert box.mails[0].recipients == ("bo@users.test",)


async def test_all_recipients_refused_is_a_refusal() -> None:
    async with mailbox() as box:
        box.refuse = {"*": "550 no such user"}
        with pytest.raises(InvalidError, match="550 no such user"):
            await channel(box.url()).tell(message())
        assert box.mails == []


async def test_a_recipient_who_is_to_wait_makes_all_wait() -> None:
    async with mailbox() as box:
        box.refuse = {"eva@users.test": "450 greylisted"}
        with pytest.raises(ThrottledError, match="greylisted"):
            await channel(box.url("bo@users.test,eva@users.test")).tell(message())
        assert box.mails == [], "nobody would want it twice"


@pytest.mark.parametrize(
    ("answer", "kind"), [("554 spam", InvalidError), ("451 later", ThrottledError), ("421 going", UnavailableError)]
)
async def test_the_servers_answer_to_the_text_decides(answer: str, kind: type[Exception]) -> None:
    async with mailbox() as box:
        box.text_answers = [answer]
        with pytest.raises(kind, match=answer[4:]) as refused:
            await channel(box.url()).tell(message())
        assert not getattr(refused.value, "sent", False)


@pytest.mark.parametrize("fate", ["cut before", "cut after", "hang after"])
async def test_cut_off_once_the_text_has_left_nobody_can_tell(fate: str) -> None:
    async with mailbox() as box:
        box.fate = fate
        line = channel(box.url(), timeout=0.5)
        with pytest.raises(UnavailableError) as cut:
            await line.tell(message())
        assert cut.value.sent
        assert await line.seen(message(), message().at) is Seen.UNKNOWN
        assert await channel(box.url(), drops_repeats=True).seen(message(), message().at) is Seen.NO


async def test_checking_sends_nothing() -> None:
    async with mailbox() as box:
        assert await channel(box.url()).check() == (f"127.0.0.1:{box.port} takes mail without signing in, unencrypted")
        assert box.mails == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mailto://127.0.0.1:1?from=x@y.test&to=nobody", "names nobody"),
        ("mailto://127.0.0.1:1?to=bo@users.test", "does not understand"),
        ("mailtos://127.0.0.1:1?from=x@y.test&to=bo@users.test&verify=no", "always checked"),
        ("mailto://127.0.0.1:1?from=x@y.test&to=bo@users.test&pgp=encrypt", "pgp"),
    ],
)
async def test_an_address_that_does_not_do_says_why(url: str, words: str) -> None:
    with pytest.raises(InvalidError, match=words):
        await channel(url).tell(message())
