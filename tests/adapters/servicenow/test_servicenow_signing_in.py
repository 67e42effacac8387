"""Signing in: each way, expiry, refresh, refusals that pass and those that stay, and secrets that show nowhere."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from tests.adapters.servicenow.acts import act, mirrored, one
from tests.adapters.servicenow.conftest import MakeRig
from tests.adapters.servicenow.rig import SnowRig
from tests.doubles.servicenow.auth import CLIENT_SECRET
from tests.doubles.servicenow.world import PASSWORD
from vagt.adapters.protocol import AuthError, InvalidError
from vagt.domain.commands import Note


@pytest.mark.parametrize(
    ("auth", "grant", "secret", "login"),
    [
        ("basic", "", PASSWORD, "anna"),
        ("api-key", "", "", "anna"),
        ("oauth", "client_credentials", CLIENT_SECRET, "vagt.svc"),
        ("oauth", "password", f"{CLIENT_SECRET} {PASSWORD}", "anna"),
    ],
)
async def test_each_way_of_signing_in_works(rigs: MakeRig, auth: str, grant: str, secret: str, login: str) -> None:
    rig: SnowRig = await rigs(auth=auth)
    rig.secret = secret or rig.secret
    (id,) = await rig.seed(["signed"])
    session = await rig.connect(**({"grant": grant} if grant else {}))
    assert (await session.probe()).login == login
    await act(session, id, Note(text="signed"))
    assert rig.instance.store.by("sys_journal_field", "element_id", id)[0]["sys_created_by"] == login
    assert rig.instance.door.logins == 1


@pytest.mark.parametrize("quirks", [{}, {"header_only_client": True}, {"oauth_flaky": 2}])
async def test_a_token_is_renewed_before_it_ends(rigs: MakeRig, quirks: dict[str, Any]) -> None:
    rig: SnowRig = await rigs(auth="oauth", **quirks)
    door = rig.instance.door
    door.token_life = 2.0
    session = await rig.connect()
    await session.probe()
    await asyncio.sleep(2.1)
    rejected = len([line for line in rig.log if line.status == 401 and "/api/" in line.target])
    await session.changes(None)
    assert len([line for line in rig.log if line.status == 401 and "/api/" in line.target]) == rejected
    assert len({token.access for token in door.tokens}) >= 2


async def test_a_revoked_token_is_replaced_once(rigs: MakeRig) -> None:
    rig: SnowRig = await rigs(auth="oauth")
    session = await rig.connect()
    await session.probe()
    rig.instance.door.revoke_all()
    await session.changes(None)
    assert len([line for line in rig.log if line.status == 401]) == 1


async def test_a_refresh_token_signs_in(rigs: MakeRig) -> None:
    rig: SnowRig = await rigs(auth="oauth")
    rig.secret = f"{CLIENT_SECRET} {PASSWORD}"
    await (await rig.connect(grant="password")).probe()
    refresh = rig.instance.door.tokens[0].refresh
    rig.secret = f"{CLIENT_SECRET} {refresh}"
    session = await rig.connect(grant="refresh_token")
    assert (await session.probe()).login == "anna"
    rig.instance.door.revoke_all()
    await session.changes(None)


@pytest.mark.parametrize(("grant", "most"), [("client_credentials", 6), ("password", 2), ("refresh_token", 6)])
async def test_a_wrong_secret_is_signed_out_and_locks_nobody(rigs: MakeRig, grant: str, most: int) -> None:
    rig: SnowRig = await rigs(auth="oauth")
    rig.secret = "canary-wrong canary-wrong-too"
    session = await rig.connect(grant=grant)
    with pytest.raises(AuthError, match="access_denied") as raised:
        await session.probe()
    assert rig.instance.door.token_requests <= most
    assert "canary" not in str(raised.value)


async def test_a_wrong_password_is_tried_twice_and_no_more(rig: SnowRig) -> None:
    rig.secret = "canary-wrong"
    session = await rig.connect()
    with pytest.raises(AuthError, match="Basic for accounts that log in interactively"):
        await session.probe()
    assert rig.instance.door.accounts["anna"].fails == 2
    with pytest.raises(AuthError):
        await session.changes(None)
    assert rig.instance.door.accounts["anna"].fails == 3


async def test_a_single_refusal_of_a_good_credential_is_survived(rigs: MakeRig) -> None:
    rig: SnowRig = await rigs()
    await rig.seed(["still here"])
    session = await rig.connect()
    await session.probe()
    rig.instance.quirks.flaky_401 = rig.instance.door.asked + 1
    assert (await session.changes(None)).items


async def test_a_gate_for_basic_is_told_with_its_reason(rigs: MakeRig) -> None:
    rig: SnowRig = await rigs(basic_gate=True)
    with pytest.raises(AuthError, match="User Not Authenticated"):
        await (await rig.connect()).probe()
    rig.instance.door.accounts["anna"].roles = ("itil", "snc_basic_auth_api_access")
    assert (await (await rig.connect()).probe()).login == "anna"


async def test_a_rotated_secret_is_picked_up(rig: SnowRig) -> None:
    session = await rig.connect()
    await session.probe()
    rig.instance.door.accounts["anna"].password = rig.secret = "canary-rotated"
    await session.changes(None)


async def test_a_session_that_masks_the_credential_is_dropped_with_it(rigs: MakeRig) -> None:
    rig: SnowRig = await rigs(session_sticky=True)
    session = await rig.connect()
    await session.probe()
    rig.instance.door.shut = True
    with pytest.raises(AuthError):
        await session.changes(None)
    assert not list(session._jar)


async def test_an_api_key_that_opens_the_tables_only_is_enough(rigs: MakeRig) -> None:
    rig: SnowRig = await rigs(auth="api-key")
    (id,) = await rig.seed(["by key"])
    session = await rig.connect()
    account = await session.probe()
    assert "oncall" in {missing.value for missing, _ in account.capabilities.unable}
    assert id in (await mirrored(session)).open_ids


@pytest.mark.parametrize(
    ("auth", "options", "field"),
    [
        ("oauth", {"client_id": ""}, "client_id"),
        ("basic", {"page_size": 0}, "page_size"),
        ("basic", {"grant": "x"}, "grant"),
        ("basic", {"states": {"Lab": "nowhere"}}, "states"),
        ("basic", {"extra_fields": ["a^b"]}, "extra_fields"),
    ],
)
async def test_a_config_that_cannot_work_is_refused_by_name(
    rigs: MakeRig, auth: str, options: dict[str, Any], field: str
) -> None:
    rig: SnowRig = await rigs(auth=auth)
    with pytest.raises(InvalidError) as raised:
        await rig.connect(**options)
    assert raised.value.fields[0][0] == field


@pytest.mark.parametrize("auth", ["basic", "api-key", "oauth"])
async def test_no_secret_and_no_session_shows_in_any_log(
    rigs: MakeRig, auth: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rig: SnowRig = await rigs(auth=auth)
    (id,) = await rig.seed(["secret"])
    session = await rig.connect()
    account = await session.probe()
    batch = await session.changes(None)
    incident = await one(session, id)
    rig.instance.door.revoke_all()
    rig.instance.door.shut = True
    with pytest.raises(AuthError) as raised:
        await session.changes(batch.cursor)
    written = f"{caplog.text}{account!r}{batch!r}{incident!r}{raised.value!r}{session!r}{vars(session)!r}"
    for secret in rig.secrets:
        assert secret not in written
    assert "CANARY" not in written and "canary" not in written
