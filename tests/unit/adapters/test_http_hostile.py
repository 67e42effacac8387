"""Answers that mean harm, and proxies written wrongly: bounded, told in words, and without a secret in them."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import traceback
import zlib
from collections.abc import AsyncIterator
from html import escape
from urllib.parse import quote, quote_plus

import pytest

from tests.servers.cutter import Cutter, http_answer
from vagt.adapters.http import HttpClient
from vagt.adapters.protocol import AdapterError, InvalidError, ProtocolError, UnavailableError
from vagt.adapters.redact import Redactor
from vagt.config.settings import BackendSettings
from vagt.domain.clock import SystemClock
from vagt.engine.log import Redactor as LogRedactor


class QuickClock(SystemClock):
    """The machine's time, with the pauses left out."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


def client_of(url: str) -> HttpClient:
    return HttpClient(BackendSettings(name="b", adapter="x", url=url, timeout=20.0), QuickClock(), base=url)


@pytest.fixture
async def cutter() -> AsyncIterator[Cutter]:
    made = Cutter("127.0.0.1", 9)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def client(cutter: Cutter) -> AsyncIterator[HttpClient]:
    made = client_of(cutter.url)
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b'{"a": 1}', mtime=0)),
        ("x-gzip", gzip.compress(b'{"a": 1}', mtime=0)),
        ("deflate", zlib.compress(b'{"a": 1}')),
        ("deflate", zlib.compress(b'{"a": 1}')[2:-4]),
        ("identity", b'{"a": 1}'),
        ("UTF-8", b'{"a": 1}'),
    ],
)
async def test_what_is_packed_is_unpacked(cutter: Cutter, client: HttpClient, encoding: str, packed: bytes) -> None:
    with cutter.answering(http_answer("200 OK", packed, f"Content-Encoding: {encoding}")):
        assert (await client.request("GET", "/x")).json() == {"a": 1}
    assert b"accept-encoding: gzip, deflate\r\n" in cutter.requests[0].lower()


async def test_gigabytes_in_a_few_bytes_are_not_unpacked(cutter: Cutter, client: HttpClient) -> None:
    inner = zlib.compressobj(9, zlib.DEFLATED, 31)
    once = b"".join(inner.compress(b"\0" * (1 << 20)) for _ in range(64)) + inner.flush()
    with cutter.answering(http_answer("200 OK", once, "Content-Encoding: gzip")), pytest.raises(ProtocolError) as large:
        await client.request("GET", "/x")
    assert "larger than 32 MiB" in large.value.words
    twice = http_answer("200 OK", gzip.compress(once), "Content-Encoding: gzip, gzip")
    with cutter.answering(twice), pytest.raises(UnavailableError) as packed:
        await client.request("POST", "/x", body={})
    assert "packed more than once" in packed.value.words and packed.value.sent


async def test_an_error_as_long_as_a_book_is_cut_before_anything_else(cutter: Cutter, client: HttpClient) -> None:
    client.redact.learn("hunter2-secret")
    book = http_answer("400 Bad", "no hunter2-secret " + "x " * (8 << 20))
    started = time.monotonic()
    with cutter.answering(book), pytest.raises(InvalidError) as caught:
        await client.request("GET", "/x")
    assert time.monotonic() - started < 20
    assert caught.value.words.startswith("no ••• x x")


def test_no_half_of_a_secret_is_left_where_a_long_text_is_cut() -> None:
    redact = Redactor()
    redact.learn("hunter2-secret")
    for blanks in range(39_980, 40_010):
        assert "hunter" not in redact.words(" " * blanks + "hunter2-secret")


@pytest.mark.parametrize(("status", "maybe_done"), [("302 Found", True), ("303 See Other", True), ("308 P", False)])
async def test_a_write_that_is_sent_elsewhere_may_have_been_done(
    cutter: Cutter, client: HttpClient, status: str, maybe_done: bool
) -> None:
    with cutter.answering(http_answer(status, "", "Location: /done")), pytest.raises(ProtocolError) as caught:
        await client.request("POST", "/x", body={})
    assert caught.value.sent is maybe_done


@pytest.mark.parametrize("body", ["<html><title>Sign in</title>", "so what"])
async def test_a_write_whose_answer_makes_no_sense_may_have_been_done(
    cutter: Cutter, client: HttpClient, body: str
) -> None:
    with cutter.answering(http_answer("200 OK", body)):
        for method, sent in (("GET", False), ("POST", True)):
            with pytest.raises(ProtocolError) as caught:
                (await client.request(method, "/x")).json()
            assert caught.value.sent is sent


PROXIES = [
    "http://user:pr0xy/Pass@127.0.0.1:1",
    "http://user:pr0xy#Pass@127.0.0.1:1",
    "http://user:pr0xy@Pass@127.0.0.1:1",
    "http://user:pr0xyPass@127.0.0.1:1",
    "http://user:pr0xyPass@127.0.0.1:99999",
    "http://user:pr0xyPass@[::1",
    "socks5://user:pr0xyPass@127.0.0.1:1",
    "gopher://user:pr0xyPass@127.0.0.1:1",
]


@pytest.mark.parametrize("proxy", PROXIES)
async def test_a_proxy_of_the_environment_keeps_its_password(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, proxy)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(AdapterError) as caught:
        await client_of("http://desk.example").request("POST", "/x", body={})
    shown = "".join(traceback.format_exception(caught.value))
    assert "pr0xy" not in shown and "Pass" not in shown
    assert "proxy in the environment" in caught.value.words or "through the proxy 127.0.0.1:" in caught.value.words


@pytest.mark.parametrize("proxy", PROXIES)
def test_nor_do_texts_and_the_log_show_it(proxy: str) -> None:
    for clean in (Redactor(), LogRedactor().clean):
        shown = clean(f"cannot use {proxy} for https://desk.example:8080/~anna/x@y")
        assert "Pass" not in shown and "pr0xy" not in shown
        assert "desk.example:8080/~anna/x@y" in shown


def test_the_log_hides_the_whole_of_a_secret_that_holds_another() -> None:
    redactor = LogRedactor()
    for secret in ("abcd", "abcdefgh", "abcdefghijkl"):
        redactor.learn(secret)
    assert redactor.clean("it was abcdefghijkl") == "it was ‹secret›"


def test_a_long_word_in_the_log_takes_no_time_that_grows_with_its_square() -> None:
    started = time.monotonic()
    LogRedactor().clean("a-" * 100_000 + "a://" * 10_000)
    assert time.monotonic() - started < 20  # it was minutes


@pytest.mark.parametrize("secret", ['se"cret/1&2', "pässword<1>", "back\\slash 99"])
def test_a_secret_that_an_answer_gives_back_in_its_own_way_is_hidden(secret: str) -> None:
    redact = Redactor()
    redact.learn(secret)
    log = LogRedactor()
    log.learn(secret)
    for shown in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)):
        for clean in (redact, log.clean):
            assert clean(f"bad: {shown}!").strip('bad: !"') in ("•••", "‹secret›")
    assert redact(f"<b>{escape(secret)}</b>") == "<b>•••</b>"
