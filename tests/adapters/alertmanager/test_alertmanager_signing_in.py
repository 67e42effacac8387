"""Ways in: none, a password, a token behind a proxy; and what is said where the way is another one."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.alertmanager.rig import AlertmanagerRig
from tests.servers import alertmanager as am
from tests.servers.alertmanager_package import CannotInstall
from tests.servers.cutter import Cutter, http_answer
from vagt.adapters.alertmanager.session import AlertmanagerSession, open_session
from vagt.adapters.protocol import AdapterError, AuthError, Connection, InvalidError, NotFoundError, ProtocolError
from vagt.config.settings import BackendSettings, OptionValue
from vagt.domain.capability import Capability
from vagt.domain.clock import SystemClock
from vagt.domain.priority import PriorityMatrix

TOKEN = "tok-7f3a-canary-9b1c"


async def session_to(url: str, auth: str = "", username: str = "", **options: OptionValue) -> AlertmanagerSession:
    async def secret() -> str:
        return TOKEN

    settings = BackendSettings(
        name="am", adapter="alertmanager", url=url, auth=auth, username=username, options=options, timeout=5
    )
    return await open_session(
        Connection(
            settings=settings,
            secret=secret,
            clock=SystemClock(),
            matrix=PriorityMatrix(),
            data_dir=Path("/nonexistent"),
            operator="login",
            thorough=True,
        )
    )


@pytest.fixture
async def cutter(alertmanager: am.Alertmanager) -> AsyncIterator[Cutter]:
    made = Cutter("127.0.0.1", alertmanager.port)
    await made.start()
    yield made
    await made.stop()


async def test_without_a_sign_in_one_is_who_one_is_on_this_machine(cutter: Cutter) -> None:
    session = await session_to(cutter.url)
    account = await session.probe()
    await session.close()
    assert account.login == "login"
    assert account.product.startswith("Alertmanager 0.")
    assert account.capabilities.able == {Capability.SNOOZE, Capability.TIMELINE}
    assert any("can silence everything" in note for note in account.notes)
    assert account.clock_skew is not None and abs(account.clock_skew) < 2
    for capability in set(Capability) - account.capabilities.able:
        assert account.capabilities.reason(capability)


async def test_a_wrong_password_is_signed_out(rig: AlertmanagerRig) -> None:
    session = await session_to(rig.cutter.url, "basic", "anna")
    with pytest.raises(AuthError, match="Unauthorized"):
        await session.probe()
    await session.close()


async def test_a_token_goes_along_with_every_request_and_is_seen_nowhere(
    cutter: Cutter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    session = await session_to(cutter.url, "token", "anna")
    await session.probe()
    await session.changes(None)
    assert all(b"authorization: bearer " + TOKEN.encode() in request.lower() for request in cutter.requests)
    refused = http_answer("401 Unauthorized", f'"no such token {TOKEN}"')
    with cutter.answering(refused), pytest.raises(AuthError) as error:
        await session.changes(None)
    await session.close()
    assert TOKEN not in f"{error.value!r} {error.value.words} {session!r} {caplog.text}"


@pytest.mark.parametrize(
    ("location", "error", "words"),
    [
        ("https://sso.example/oauth2/sign_in?rd=x", AuthError, "it leads to a sign-in: sso.example/oauth2/sign_in"),
        ("https://am.example/", ProtocolError, "redirects to am.example/"),
    ],
)
async def test_a_proxy_that_leads_to_its_sign_in_page_is_signed_out(
    cutter: Cutter, location: str, error: type[AdapterError], words: str
) -> None:
    session = await session_to(cutter.url)
    with cutter.answering(http_answer("302 Found", "", f"Location: {location}")), pytest.raises(error, match=words):
        await session.probe()
    await session.close()


async def test_an_address_that_is_something_else_is_said(cutter: Cutter) -> None:
    session = await session_to(cutter.url)
    with (
        cutter.answering(http_answer("200 OK", '{"status":"ok"}')),
        pytest.raises(ProtocolError, match="address right"),
    ):
        await session.probe()
    await session.close()
    wrong = await session_to(f"{cutter.url}/am")
    with pytest.raises(NotFoundError):
        await wrong.probe()
    await wrong.close()


async def test_a_route_prefix_belongs_to_the_address() -> None:
    try:
        with am.running(prefix="/am") as server:
            for address in (server.url, f"{server.url}/", f"{server.url}/api/v2"):
                session = await session_to(address)
                assert (await session.probe()).product
                assert (await session.changes(None)).complete
                await session.close()
    except CannotInstall as why:
        pytest.skip(str(why))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"incidents": "rows"}, "groups or alerts"),
        ({"default_priority": 7}, "1 to 5"),
        ({"priorities": {"bad": 9}}, "“bad” means a number"),
        ({"web_url": "am.example"}, "begins with http"),
        ({"after_restart": "soon"}, "not a duration"),
    ],
)
async def test_options_that_cannot_be_used_are_named(options: dict[str, OptionValue], words: str) -> None:
    with pytest.raises(InvalidError, match=words):
        await session_to("http://am.example", **options)


async def test_the_person_who_checks_is_told_what_the_options_do_not_explain(rig: AlertmanagerRig) -> None:
    rig.server.sign_in(False)
    rig.server.fire(
        [
            rig.alert("odd", "c1", severity="wakeup"),
            rig.alert("none", "c2", severity=""),
            rig.alert("lump", "c3", lump="yes"),
        ]
    )
    session = await session_to(rig.cutter.url)
    notes = " ".join((await session.probe()).notes)
    await session.close()
    assert "does not explain severity “wakeup”" in notes
    assert "have no label severity" in notes
    assert "groups by nothing" in notes


async def test_a_cluster_and_a_wrong_clock_are_told(cutter: Cutter) -> None:
    body = (
        '{"cluster":{"name":"x","status":"settling","peers":[{"name":"a"},{"name":"b"}]},'
        '"uptime":"2026-11-24T02:47:03.259Z","versionInfo":{"version":"0.34.0"}}'
    )
    session = await session_to(cutter.url)
    wrong = http_answer("200 OK", body, "Date: Tue, 24 Nov 2020 10:00:00 GMT")
    with cutter.answering(wrong, lambda line: "/status" in line):
        account = await session.probe()
    await session.close()
    notes = " ".join(account.notes)
    assert "settling" in notes and "one of 2 peers" in notes and "behind this machine's" in notes
    assert account.product == "Alertmanager 0.34.0"
