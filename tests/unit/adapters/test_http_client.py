"""The HTTP client of all adapters: what it repeats, what it never repeats, and what it says went wrong."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from tests.servers.cutter import Cutter, http_answer
from vagt.adapters.http import HttpClient
from vagt.adapters.protocol import (
    AdapterError,
    AuthError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    ThrottledError,
    UnavailableError,
)
from vagt.adapters.redact import Redactor
from vagt.adapters.signin import SecretHeader, basic
from vagt.config.settings import BackendSettings
from vagt.domain.clock import SystemClock

SECRET = "s3cret-Token-42"
OK = http_answer("200 OK", '{"fine": true}')


class QuickClock(SystemClock):
    """The machine's time, with the pauses left out and counted."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
async def cutter() -> AsyncIterator[Cutter]:
    made = Cutter("127.0.0.1", 9)
    await made.start()
    yield made
    await made.stop()


Make = Callable[..., HttpClient]


@pytest.fixture
async def make(cutter: Cutter) -> AsyncIterator[Make]:
    made: list[HttpClient] = []

    def client(
        url: str = "", *, timeout: float = 2.0, secret: Callable[[], Awaitable[str]] | None = None
    ) -> HttpClient:
        async def same() -> str:
            return SECRET

        redact = Redactor()
        sign_in = SecretHeader(secret or same, lambda text: {"Authorization": f"token {text}"}, redact)
        settings = BackendSettings(name="b", adapter="x", url=url or cutter.url, timeout=timeout)
        made.append(HttpClient(settings, QuickClock(), base=url or cutter.url, sign_in=sign_in, redact=redact))
        return made[-1]

    yield client
    for one in made:
        await one.close()


async def error_of(awaitable: Awaitable[object]) -> AdapterError:
    with pytest.raises(AdapterError) as caught:
        await awaitable
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return caught.value


async def test_a_request_carries_our_name_and_no_cookie(cutter: Cutter, make: Make) -> None:
    client = make()
    cookie = http_answer("200 OK", "{}", "Set-Cookie: a=b; Path=/")
    with cutter.answering(cookie):
        await client.request("GET", "/one", params=[("q", "ü &"), ("q", "2")])
        answer = await client.request("POST", "/two", body={"text": "ø\ud800"})
    assert answer.status == 200
    first, second = cutter.requests
    assert first.startswith(b"GET /one?q=%C3%BC+%26&q=2 HTTP/1.1") or first.startswith(b"GET /one?q=%C3%BC%20%26&q=2 ")
    assert b"user-agent: vagt/" in first.lower()
    assert b"cookie:" not in second.lower()
    assert b'{"text": "\\u00f8\\ud800"}' in second


@pytest.mark.parametrize("status", ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"])
async def test_reads_are_tried_again_while_the_way_is_blocked(cutter: Cutter, make: Make, status: str) -> None:
    client = make()
    with cutter.answering(http_answer(status, "")):
        error = await error_of(client.request("GET", "/x"))
    assert isinstance(error, UnavailableError) and not error.sent
    assert len(cutter.requests) == 3


async def test_a_read_succeeds_once_the_way_is_free(cutter: Cutter, make: Make) -> None:
    client = make()
    task = asyncio.ensure_future(client.request("GET", "/x"))
    with cutter.answering(http_answer("502 Bad Gateway", ""), times=1):
        while not cutter.requests:
            await asyncio.sleep(0.001)
    with cutter.answering(OK):
        assert (await task).json() == {"fine": True}


@pytest.mark.parametrize("status", ["500 Oops", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"])
async def test_writes_are_never_repeated(cutter: Cutter, make: Make, status: str) -> None:
    client = make()
    with cutter.answering(http_answer(status, "", "Retry-After: 5")):
        error = await error_of(client.request("POST", "/x", body={}))
    assert isinstance(error, UnavailableError) and error.sent
    assert len(cutter.requests) == 1


async def test_a_refused_connection_sent_nothing(make: Make) -> None:
    client = make("http://127.0.0.1:9")
    error = await error_of(client.request("POST", "/x", body={}))
    assert isinstance(error, UnavailableError) and not error.sent
    assert "127.0.0.1:9 cannot be reached: the connection was refused; is it running" in error.words


async def test_a_name_that_nobody_has_is_told(make: Make) -> None:
    error = await error_of(make("http://nosuchhost.invalid").request("POST", "/x", body={}))
    assert isinstance(error, UnavailableError) and not error.sent
    assert "nosuchhost.invalid cannot be reached: its name is not known; is the VPN up" in error.words


@pytest.mark.parametrize("lost", ["answer", "request"])
async def test_a_connection_that_dies_after_the_request_may_have_brought_it(
    cutter: Cutter, make: Make, lost: str
) -> None:
    client = make()
    with cutter.losing_requests(lambda line: True):
        write = await error_of(client.request("PUT", "/x", body={}))
        assert isinstance(write, UnavailableError) and write.sent
        assert len(cutter.requests) == 1
        read = await error_of(client.request("GET", "/x"))
    assert isinstance(read, UnavailableError) and not read.sent


async def test_silence_is_told_in_seconds_and_may_have_brought_it(make: Make) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = make(f"http://127.0.0.1:{port}", timeout=1.0)
    write = await error_of(client.request("POST", "/x", body={}))
    assert isinstance(write, UnavailableError) and write.sent
    assert "1 s" in write.words
    server.close()


async def test_an_answer_that_drips_is_cut_off_in_time(make: Make) -> None:
    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(dripping, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = make(f"http://127.0.0.1:{port}", timeout=1.0)
    # all of it would take 20 s
    error = await asyncio.wait_for(error_of(client.request("POST", "/x", body={})), 15)
    assert isinstance(error, UnavailableError) and error.sent
    server.close()


async def test_an_answer_without_end_is_refused(make: Make, monkeypatch: pytest.MonkeyPatch, cutter: Cutter) -> None:
    monkeypatch.setattr("vagt.adapters.http._LARGEST", 1000)
    with cutter.answering(http_answer("200 OK", "x" * 2000)):
        error = await error_of(make().request("POST", "/x", body={}))
    assert isinstance(error, ProtocolError) and error.sent


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400 Bad Request", InvalidError),
        ("401 Unauthorized", AuthError),
        ("403 Forbidden", ForbiddenError),
        ("404 Not Found", NotFoundError),
        ("410 Gone", NotFoundError),
        ("415 Unsupported Media Type", InvalidError),
        ("500 Internal Server Error", UnavailableError),
        ("301 Moved Permanently", ProtocolError),
    ],
)
async def test_each_status_is_its_error_with_the_backends_words(
    cutter: Cutter, make: Make, status: str, kind: type[AdapterError]
) -> None:
    body = f'{{"message": "It says: \\u001b[31mno, {SECRET} and api_key=abcdef"}}'
    with cutter.answering(http_answer(status, body, "Location: https://elsewhere.example/a?token=1")):
        error = await error_of(make().request("POST", "/x", body={}))
    assert type(error) is kind
    if kind is ProtocolError:
        assert error.words == "it redirects to elsewhere.example/a; is the address right?"
    else:
        assert error.words == "It says: [31mno, ••• and api_key=•••"


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "408 Request Timeout", "425 Too Early"])
async def test_what_was_not_even_looked_at_is_good_for_another_time(cutter: Cutter, make: Make, status: str) -> None:
    with cutter.answering(http_answer(status, '{"message": "later"}')):
        error = await error_of(make().request("POST", "/x", body={}))
    assert isinstance(error, UnavailableError) and not error.sent
    assert error.words == ("the proxy wants a sign-in: later" if status.startswith("407") else "later")


async def test_half_a_character_is_replaced_and_a_whole_one_kept(cutter: Cutter, make: Make) -> None:
    body = r'{"title": "cut \ud83d", "all": ["\ud83d\ude00", {"\udc00": "\\ud800"}], "n": 1}'
    with cutter.answering(http_answer("200 OK", body)):
        answer = await make().request("GET", "/x")
    assert answer.json() == {"title": "cut \ufffd", "all": ["\U0001f600", {"\ufffd": "\\ud800"}], "n": 1}
    assert Redactor().words("a \ud83d b") == "a b"


async def test_a_web_page_is_recognised(cutter: Cutter, make: Make) -> None:
    page = http_answer("200 OK", "<!DOCTYPE html><head><title>Log in &amp; go</title></head>", content_type="text/html")
    with cutter.answering(page):
        answer = await make().request("GET", "/data")
    with pytest.raises(ProtocolError, match="Log in & go"):
        answer.json()
    gateway = http_answer(
        "403 Forbidden", "<html><body><h1>Blocked</h1> by WAF</body></html>", content_type="text/html"
    )
    with cutter.answering(gateway):
        assert (await error_of(make().request("GET", "/data"))).words == "Blocked by WAF"


async def test_words_are_cut_to_a_readable_length(cutter: Cutter, make: Make) -> None:
    with cutter.answering(http_answer("400 Bad Request", "many words " * 1000, content_type="text/plain")):
        error = await error_of(make().request("GET", "/x"))
    assert len(error.words) == 300


async def test_a_throttle_holds_for_all_that_follow_and_sends_nothing(cutter: Cutter, make: Make) -> None:
    client = make()
    with cutter.answering(http_answer("429 Too Many Requests", '{"message": "slow down"}', "Retry-After: 40")):
        for _ in range(3):
            error = await error_of(client.request("GET", "/x"))
            assert isinstance(error, ThrottledError)
            assert 39 < error.wait <= 40
            assert error.words == "slow down"
    assert len(cutter.requests) == 1


async def test_a_read_that_is_told_to_come_back_later_is_throttled(cutter: Cutter, make: Make) -> None:
    with cutter.answering(http_answer("503 Service Unavailable", "", "Retry-After: 9")):
        error = await error_of(make().request("GET", "/x"))
    assert isinstance(error, ThrottledError) and 8 < error.wait <= 9
    assert len(cutter.requests) == 1


async def test_a_rotated_secret_is_asked_for_once_and_the_write_sent_again(cutter: Cutter, make: Make) -> None:
    secrets = ["old-secret-1", "new-secret-2", "new-secret-2"]

    async def rotating() -> str:
        return secrets.pop(0)

    client = make(secret=rotating)
    with cutter.answering(http_answer("401 Unauthorized", "{}"), times=1):
        task = asyncio.ensure_future(client.request("POST", "/x", body={}))
        while not cutter.requests:
            await asyncio.sleep(0.001)
    with cutter.answering(OK):
        assert (await task).status == 200
    assert [b"new-secret-2" in request for request in cutter.requests] == [False, True]


async def test_a_dead_secret_is_tried_once_only(cutter: Cutter, make: Make) -> None:
    with cutter.answering(http_answer("401 Unauthorized", '{"message": "Unauthorized"}')):
        error = await error_of(make().request("GET", "/x"))
    assert isinstance(error, AuthError)
    assert len(cutter.requests) == 1


@pytest.mark.parametrize("secret", ["", "line\nbreak"])
async def test_a_secret_that_cannot_be_one_is_told(make: Make, secret: str) -> None:
    async def broken() -> str:
        return secret

    assert isinstance(await error_of(make(secret=broken).request("GET", "/x")), AuthError)


async def test_basic_authentication_is_utf_8() -> None:
    async def secret() -> str:
        return "pä:ss"

    redact = Redactor()
    headers: Mapping[str, str] = await basic(secret, "änna", redact).headers()
    assert headers["Authorization"] == "Basic w6RubmE6cMOkOnNz"
    assert "w6RubmE6cMOkOnNz" not in redact("it was w6RubmE6cMOkOnNz")
    assert "w6RubmE6cMOkOnNz" not in repr(headers)


async def test_not_more_at_once_than_the_backend_bears(make: Make) -> None:
    now, most = 0, 0

    async def counting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal now, most
        await reader.readuntil(b"\r\n\r\n")
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1
        writer.write(OK)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(counting, "127.0.0.1", 0)
    client = make(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await asyncio.gather(*(client.request("GET", f"/{n}") for n in range(20)))
    assert most == 4
    server.close()


async def test_certificates_are_always_verified(tmp_path: Path) -> None:
    settings = BackendSettings(name="b", adapter="x", url="https://example.org", ca_bundle=tmp_path / "none.pem")
    with pytest.raises(InvalidError, match=r"none\.pem"):
        HttpClient(settings, SystemClock(), base=settings.url)
