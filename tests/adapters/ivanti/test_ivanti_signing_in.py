"""Signing in with a key, a session id or a token; what ends, what is renewed once, and what never shows."""

from __future__ import annotations

import asyncio
import logging
import traceback

import pytest

from tests.adapters.ivanti.acts import do, one, refused
from tests.adapters.ivanti.rig import IvantiRig
from tests.doubles.ivanti import Quirks
from vagt.adapters.http import Answer
from vagt.adapters.ivanti.wire import words_of
from vagt.adapters.protocol import AdapterError, AuthError, ForbiddenError, ThrottledError, UnavailableError
from vagt.domain.commands import Note, Take


@pytest.mark.parametrize("jwt", [False, True])
async def test_a_session_that_ends_is_opened_once_more(jwt: bool) -> None:
    rig = IvantiRig(Quirks(jwt=jwt), auth="session")
    (id,) = await rig.seed(["still there"])
    session = await rig.connect()
    await session.probe()
    (old,) = rig.tenant.sessions
    assert (old.count("#") == 2) is not jwt
    rig.quirks.revoked.add(old)
    found = await asyncio.gather(*(one(session, id) for _ in range(4)))
    assert {incident.id for incident in found} == {id}
    assert len(rig.tenant.sessions) == 2
    await do(session, await one(session, id), Note(text="written"))
    assert len(rig.tenant.sessions) == 2
    await rig.close()


async def test_a_password_that_no_longer_works_is_signed_out_and_not_tried_over_and_over() -> None:
    rig = IvantiRig(auth="session")
    session = await rig.connect()
    await session.probe()
    rig.quirks.revoked |= set(rig.tenant.sessions)
    rig.tenant.passwords["anna"] = "another"
    before = rig.requests()
    with pytest.raises(AuthError, match="check the tenant, the password"):
        await session.changes(None)
    logins = [entry for entry in rig.double.web.log[before:] if "login" in entry.path]
    assert len(logins) == 1
    await rig.close()


async def test_a_wrong_role_or_tenant_is_told_in_ivantis_words() -> None:
    rig = IvantiRig(auth="session")
    session = await rig.connect(role="Emperor")
    with pytest.raises(AuthError, match="Authentication failed"):
        await session.probe()
    await rig.close()


async def test_a_key_that_was_replaced_is_picked_up(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["still there"])
    session = await rig.connect()
    await session.probe()
    rig.tenant.api_key = "F" * 32
    assert (await one(session, id)).id == id


async def test_a_deactivated_key_is_signed_out(rig: IvantiRig) -> None:
    session = await rig.connect()
    await session.probe()
    rig.quirks.revoked.add(rig.tenant.api_key)
    with pytest.raises(AuthError, match="Authentication required"):
        await session.changes(None)


async def test_a_missing_right_is_400_and_forbidden(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["not mine to change"])
    session = await rig.connect()
    rig.quirks.forbid_writes = True
    error = await refused(session, await one(session, id), Take())
    assert isinstance(error, ForbiddenError) and "Role ServiceDeskAnalyst" in error.words


async def test_a_pause_that_is_asked_for_is_kept(rig: IvantiRig) -> None:
    session = await rig.connect()
    await session.probe()
    rig.quirks.busy = 30
    with pytest.raises(ThrottledError) as caught:
        await session.changes(None)
    assert 25 <= caught.value.wait <= 30
    before = rig.requests()
    with pytest.raises(ThrottledError):
        await session.changes(None)
    assert rig.requests() == before


@pytest.mark.parametrize("auth", ["api-key", "session"])
async def test_nothing_that_signs_in_shows_anywhere(auth: str, caplog: pytest.LogCaptureFixture) -> None:
    rig = IvantiRig(auth=auth)
    (id,) = await rig.seed(["canary"])
    session = await rig.connect()
    shown: list[str] = []
    with caplog.at_level(logging.DEBUG):
        await session.probe()
        base = await one(session, id)
        for quirk, value in (("broken", True), ("web_page", True), ("forbid_writes", True), ("throttle", 5.0)):
            setattr(rig.quirks, quirk, value)
            for asked in (session.changes(None), do(session, base, Note(text="x")), session.timeline(id)):
                try:
                    await asked
                except AdapterError as error:
                    shown += ["".join(traceback.format_exception(error)), repr(error), str(vars(error))]
            setattr(rig.quirks, quirk, type(value)())
        shown += [repr(session), *(repr(part) for part in vars(session).values())]
        batch = await session.changes(None) if not session._http.pacer.wait else None
    shown += [caplog.text, batch.cursor if batch else ""]
    assert len(shown) > 10
    for secret in (*rig.secrets, rig.tenant.api_key):
        assert secret not in "\n".join(shown)
    assert any("Unhandled system exception" in text for text in shown)
    await rig.close()


def test_a_session_id_of_somebody_else_in_a_500_is_masked() -> None:
    import httpx

    leaked = "t.example#OV9HPH7EERP139GCVVLPNR5F8B1SDS64#2"
    body = f'{{"code":"ISM_5000","message":["Unhandled system exception: {leaked} &lt;x&gt;"]}}'.encode()
    words = words_of(Answer(500, httpx.Headers(), body, "GET /x"))
    assert "OV9HPH7" not in words and "Unhandled" in words


async def test_a_server_that_fails_while_writing_may_have_done_it(rig: IvantiRig) -> None:
    (id,) = await rig.seed(["perhaps"])
    session = await rig.connect()
    base = await one(session, id)
    rig.double.web.lose_answers = 1
    error = await refused(session, base, Take())
    assert isinstance(error, UnavailableError) and error.sent
