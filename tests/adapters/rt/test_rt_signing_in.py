"""Three ways of signing in to a real RT, and what happens when one ends."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from tests.adapters.rt.acts import do, one
from tests.adapters.rt.rig import RtRig
from tests.servers.cutter import http_answer
from tests.servers.rt import PASSWORD, RtServer
from vagt.adapters.protocol import AuthError, Connection, InvalidError, ProtocolError
from vagt.adapters.rt.session import open_session
from vagt.config.settings import BackendSettings
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Note
from vagt.domain.priority import PriorityMatrix


@pytest.mark.parametrize("auth", ["token", "basic", "session"])
async def test_each_way_reads_and_writes(rt: RtServer, auth: str) -> None:
    rig = RtRig(rt, auth=auth)
    await rig.start()
    try:
        (id,) = await rig.seed(["signed in"])
        session = await rig.connect()
        account = await session.probe()
        assert account.login == "anna"
        await do(session, await one(session, id), Note(text=f"by {auth}"))
        assert await rig.root.texts(id, "Comment") == [f"by {auth}"]
        lines = [exchange.line for exchange in rig.cutter.exchanges]
        assert not [line for line in lines if PASSWORD in line or rig.token in line]
        logins = [line for line in lines if "/NoAuth/Login" in line]
        assert len(logins) == (1 if auth == "session" else 0)
        with_cookie = [request for request in rig.cutter.requests if b"\r\ncookie:" in request.lower()]
        assert bool(with_cookie) is (auth == "session")
    finally:
        await rig.stop()


async def test_a_session_that_ended_is_opened_anew_without_a_word(rt: RtServer) -> None:
    rig = RtRig(rt, auth="session")
    await rig.start()
    try:
        session = await rig.connect()
        await session.probe()
        rt.forget_sessions()
        assert (await session.probe()).login == "anna"
        assert len([e for e in rig.cutter.exchanges if "/NoAuth/Login" in e.line]) == 2
    finally:
        await rig.stop()


async def test_a_replaced_token_is_picked_up_without_a_restart(rig: RtRig, rt: RtServer) -> None:
    (id,) = await rig.seed(["rotated"])
    session = await rig.connect()
    await session.probe()
    rt.ask("revoke", user="anna", token=rig.token)
    rig.token = rt.ask("token", user="anna")["token"]
    await do(session, await one(session, id), Note(text="with the new one"))
    assert await rig.root.texts(id, "Comment") == ["with the new one"]


@pytest.mark.parametrize("auth", ["token", "basic", "session"])
async def test_wrong_credentials_are_told_and_never_shown(rt: RtServer, auth: str) -> None:
    wrong = "1-27-0123456789abcdef0123456789abcdef" if auth == "token" else "wrong-Passw0rd"

    async def secret() -> str:
        return wrong

    settings = BackendSettings(name="rt", adapter="rt", url=rt.url, auth=auth, username="anna")
    session = await open_session(
        Connection(
            settings=settings,
            secret=secret,
            clock=SystemClock(),
            matrix=PriorityMatrix(),
            data_dir=Path("/nonexistent"),
            operator="x",
        )
    )
    try:
        for ask in (session.probe, lambda: session.changes(None), lambda: session.get(["1"])):
            with pytest.raises(AuthError) as caught:
                await ask()
            shown = "".join(traceback.format_exception(caught.value)) + repr(session.__dict__)
            assert wrong not in shown
    finally:
        await session.close()


async def test_a_redirect_is_told_and_not_followed(rig: RtRig) -> None:
    session = await rig.connect()
    moved = http_answer("302 Found", "", "Location: https://sso.example.org/login?next=token", content_type="text/html")
    with rig.cutter.answering(moved), pytest.raises(ProtocolError, match=r"sso\.example\.org/login") as caught:
        await session.probe()
    assert "next=" not in caught.value.words
    assert len(rig.cutter.exchanges) == 1


async def test_the_wrong_address_is_told(rig: RtRig) -> None:
    session = await rig.connect()
    other = http_answer("200 OK", '{"hello": "world"}')
    with rig.cutter.answering(other), pytest.raises(ProtocolError, match="address"):
        await session.probe()


@pytest.mark.parametrize("url", ["/", "/REST/2.0", "/REST/2.0/"])
async def test_the_address_may_be_given_with_or_without_its_tail(rig: RtRig, url: str) -> None:
    settings = BackendSettings(name="rt", adapter="rt", url=rig.cutter.url + url)

    async def secret() -> str:
        return rig.token

    session = await open_session(
        Connection(
            settings=settings,
            secret=secret,
            clock=SystemClock(),
            matrix=PriorityMatrix(),
            data_dir=Path("/nonexistent"),
            operator="x",
        )
    )
    assert (await session.probe()).login == "anna"
    await session.close()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"priorities": {"1": 10, "2": 50}}, "priorities"),
        ({"priorities": {"9": 10}}, "priorities"),
        ({"priority_values": {"1": 50}}, "priority_values"),
        ({"states": {"parked": "asleep"}}, "states"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": 500}, "page_size"),
        ({"resolve_text": "shout"}, "resolve_text"),
        ({"impact_values": {"1": "High"}}, "impact_values"),
    ],
)
async def test_options_that_make_no_sense_are_refused_by_name(options: dict[str, object], named: str) -> None:
    async def secret() -> str:
        return "x"

    settings = BackendSettings(name="rt", adapter="rt", url="http://127.0.0.1:9", options=options)  # type: ignore[arg-type]
    connection = Connection(
        settings=settings,
        secret=secret,
        clock=SystemClock(),
        matrix=PriorityMatrix(),
        data_dir=Path("/nonexistent"),
        operator="x",
    )
    with pytest.raises(InvalidError) as caught:
        await open_session(connection)
    assert dict(caught.value.fields).keys() == {named}
