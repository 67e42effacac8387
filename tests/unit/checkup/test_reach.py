"""What the doctor says of addresses, proxies and certificates, against real servers on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.servers.tls import Authority, TunnelProxy, https, self_signed
from vagt.adapters.http import HttpClient
from vagt.checkup.finding import Finding, Status, Trouble
from vagt.checkup.proxy import BadProxy, proxy_for
from vagt.checkup.reach import check_reach
from vagt.config.settings import BackendSettings
from vagt.domain.clock import SystemClock

WORD = "hunter2proxy"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.new("Acme authority")


@pytest.fixture
def proxy() -> Iterator[TunnelProxy]:
    running = TunnelProxy()
    yield running
    running.close()


def backend(url: str, *, ca_bundle: Path | None = None, timeout: float = 5.0) -> BackendSettings:
    return BackendSettings(name="desk", adapter="rt", url=url, ca_bundle=ca_bundle, timeout=timeout)


async def looked_at(settings: BackendSettings) -> dict[str, Finding]:
    found = await check_reach(settings, datetime.now(UTC))
    assert all(finding.backend == "desk" for finding in found)
    return {finding.name: finding for finding in found}


async def test_a_certificate_of_a_known_authority_is_well(tmp_path: Path, authority: Authority) -> None:
    with https(authority.server(tmp_path)) as port:
        found = await looked_at(backend(f"https://localhost:{port}", ca_bundle=authority.pem(tmp_path)))
    assert [finding.status for finding in found.values()] == [Status.OK, Status.OK]
    assert "(300 days)" in found["certificate"].message


async def test_one_that_ends_soon_is_worth_a_warning(tmp_path: Path, authority: Authority) -> None:
    for days, status in ((20, Status.WARNING), (21, Status.OK)):
        with https(authority.server(tmp_path, days=(-10, days))) as port:
            found = await looked_at(backend(f"https://localhost:{port}", ca_bundle=authority.pem(tmp_path)))
        assert found["certificate"].status is status
        assert f"({days} days)" in found["certificate"].message


@pytest.mark.parametrize(
    ("days", "host", "says"),
    [
        ((-30, -2), "localhost", "has expired"),
        ((2, 30), "localhost", "is not valid yet"),
        ((-10, 300), "other.example", "is for another name than localhost"),
    ],
)
async def test_what_is_wrong_with_a_certificate(
    days: tuple[int, int], host: str, says: str, tmp_path: Path, authority: Authority
) -> None:
    with https(authority.server(tmp_path, days=days, host=host)) as port:
        found = await looked_at(backend(f"https://localhost:{port}", ca_bundle=authority.pem(tmp_path)))
    assert found["address"].status is Status.OK
    assert (found["certificate"].status, found["certificate"].trouble) == (Status.PROBLEM, Trouble.AWAY)
    assert says in found["certificate"].message
    assert found["certificate"].remedy


async def test_an_unknown_authority_is_told_with_the_way_to_name_it(tmp_path: Path, authority: Authority) -> None:
    with https(self_signed(tmp_path)) as port:
        found = await looked_at(backend(f"https://localhost:{port}"))
    assert "authority that this machine does not know" in found["certificate"].message
    assert "`ca_bundle`" in found["certificate"].remedy
    other = Authority.new("Somebody else").pem(tmp_path, "other.pem")
    with https(authority.server(tmp_path)) as port:
        found = await looked_at(backend(f"https://localhost:{port}", ca_bundle=other))
    assert found["certificate"].status is Status.PROBLEM
    assert "other.pem" in found["certificate"].message
    assert str(other) in found["certificate"].remedy


async def test_http_where_https_is_expected(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        import threading

        def answer() -> None:
            client, _ = plain.accept()
            with client:
                client.recv(100)
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        found = await looked_at(backend(f"https://localhost:{plain.getsockname()[1]}"))
    assert "does not speak TLS" in found["certificate"].message
    assert "is it http?" in found["certificate"].remedy


async def test_nobody_listens_and_nobody_knows_the_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as soon_gone:
        port = soon_gone.getsockname()[1]
    refused = (await looked_at(backend(f"http://127.0.0.1:{port}")))["address"]
    assert refused.message == f"127.0.0.1:{port} refuses the connection"
    assert "is it running?" in refused.remedy
    unknown = (await looked_at(backend("https://desk.invalid")))["address"]
    assert "the name desk.invalid is not known" in unknown.message
    assert {refused.trouble, unknown.trouble} == {Trouble.AWAY}


async def test_one_that_does_not_answer_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        found = await looked_at(backend(url, timeout=0.3))
    assert "127.0.0.1" in found["address"].message
    assert "does not answer in TLS within 0.3 s" in found["certificate"].message
    assert "is it http?" in found["certificate"].remedy


async def test_one_whose_connection_does_not_come_about_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(asyncio, "open_connection", never)
    found = await looked_at(backend("https://127.0.0.1:9", timeout=0.1))
    assert "does not answer within 0.1 s" in found["address"].message
    assert "certificate" not in found


async def test_plain_http_is_well_on_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = await looked_at(backend(f"http://localhost:{port}"))
        assert found["certificate"].status is Status.OK
        named = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *rest, **more: named("127.0.0.1", *rest, **more))
        found = await looked_at(backend(f"http://desk.example:{port}"))
    assert found["certificate"].status is Status.WARNING
    assert "can read the secret" in found["certificate"].message


async def test_a_backend_without_address_has_nothing_to_reach() -> None:
    assert (await looked_at(backend("")))["address"].status is Status.SKIPPED


async def test_the_proxy_of_the_environment_is_used_and_named(
    tmp_path: Path, authority: Authority, proxy: TunnelProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://anna:{WORD}@127.0.0.1:{proxy.port}")
    with https(authority.server(tmp_path)) as port:
        settings = backend(f"https://localhost:{port}", ca_bundle=authority.pem(tmp_path))
        found = await looked_at(settings)
        assert found["certificate"].status is Status.OK
        assert f"through the proxy http://127.0.0.1:{proxy.port} ($HTTPS_PROXY)" in found["address"].message
        assert WORD not in repr(found)
        mine = list(proxy.asked)
        client = HttpClient(settings, SystemClock(), base=settings.url)
        await client.request("GET", "/")
        await client.close()
    # the HTTP client goes the same way, with the same sign-in
    assert proxy.asked[len(mine) :] == mine
    assert mine[0] == f"CONNECT localhost:{port} HTTP/1.1"


async def test_a_host_that_no_proxy_names_is_asked_directly(
    tmp_path: Path, authority: Authority, proxy: TunnelProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("no_proxy", "acme.example,localhost")
    with https(authority.server(tmp_path)) as port:
        settings = backend(f"https://localhost:{port}", ca_bundle=authority.pem(tmp_path))
        found = await looked_at(settings)
        client = HttpClient(settings, SystemClock(), base=settings.url)
        await client.request("GET", "/")
        await client.close()
    assert "proxy" not in found["address"].message
    assert proxy.asked == []


@pytest.mark.parametrize(("status", "says"), [(407, "user name and password"), (403, "have the proxy allow")])
async def test_a_proxy_that_refuses_is_told_apart_from_the_backend(
    status: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = TunnelProxy(status)
    monkeypatch.setenv("all_proxy", f"127.0.0.1:{proxy.port}")
    found = (await looked_at(backend("https://desk.example")))["address"]
    proxy.close()
    assert f"{status} No" in found.message
    assert says in found.remedy


async def test_a_proxy_that_is_down_or_of_another_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as soon_gone:
        port = soon_gone.getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
    found = (await looked_at(backend("https://desk.example")))["address"]
    assert "the proxy http://127.0.0.1" in found.message
    assert "$https_proxy" in found.remedy
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:1080")
    assert "of a kind that Vagt cannot use" in (await looked_at(backend("https://desk.example")))["address"].message
    monkeypatch.setenv("https_proxy", f"http://anna:{WORD}@host:port")
    found = (await looked_at(backend("https://desk.example")))["address"]
    assert found.message.startswith("$https_proxy does not hold an address")
    assert WORD not in repr(found)


@pytest.mark.parametrize(
    ("environ", "url", "variable"),
    [
        ({"HTTP_PROXY": "http://p"}, "http://a.example", "HTTP_PROXY"),
        ({"HTTP_PROXY": "http://p"}, "https://a.example", None),
        ({"http_proxy": "http://p", "HTTP_PROXY": "http://q"}, "http://a.example", "http_proxy"),
        ({"ALL_PROXY": "p:3128"}, "https://a.example", "ALL_PROXY"),
        ({"all_proxy": "p", "no_proxy": ".example"}, "https://a.example", None),
        ({"all_proxy": "p", "no_proxy": "b.example, a.example"}, "https://a.example", None),
        ({"all_proxy": "p", "no_proxy": "xa.example"}, "https://a.example", "all_proxy"),
        ({"all_proxy": "p", "no_proxy": "*"}, "https://a.example", None),
        ({}, "https://a.example", None),
    ],
)
def test_which_proxy(environ: dict[str, str], url: str, variable: str | None) -> None:
    found = proxy_for(url, environ)
    assert (found.variable if found else None) == variable


def test_a_variable_that_holds_no_address_is_named_without_what_it_holds() -> None:
    with pytest.raises(BadProxy) as raised:
        proxy_for("https://a.example", {"https_proxy": f"http://:{WORD}@"})
    assert WORD not in str(raised.value)
