"""Signing in: each way, whose name it is in, expiry, what a key may do, and secrets that show nowhere."""

from __future__ import annotations

import logging

import pytest

from tests.adapters.pagerduty.acts import act, mirrored, one
from tests.adapters.pagerduty.conftest import MakeRig
from tests.adapters.pagerduty.rig import ANNA, BO, WAYS, PdRig
from tests.doubles.pagerduty.world import USER_KEY
from vagt.adapters.conformance import CHECKS
from vagt.adapters.protocol import AuthError, ForbiddenError, InvalidError, ThrottledError
from vagt.domain.capability import Capability
from vagt.domain.commands import Note


@pytest.mark.parametrize("way", ["user key", "account key", "token", "oauth"])
async def test_each_way_of_signing_in_works(rigs: MakeRig, way: str) -> None:
    rig: PdRig = await rigs(way=way)
    (id,) = await rig.seed(["signed"])
    session = await rig.connect()
    account = await session.probe()
    assert account.login == ANNA
    assert account.name == "Anna Holm"
    assert account.teams == ("Operations",)
    await act(session, id, Note("signed"))
    assert rig.incident(id).notes[0].user == rig.account.world.users["anna"]


KEPT = (
    "trouble-keeps-secrets",
    "objects-keep-secrets",
    "dead-credentials-are-signed-out",
    "a-lost-answer-is-found-out",
)


@pytest.mark.parametrize("way", ["token", "oauth"])
@pytest.mark.parametrize("check", [check for check in CHECKS if check.name in KEPT], ids=str)
async def test_tokens_keep_the_promises_of_trouble(rigs: MakeRig, way: str, check: object) -> None:
    await check.run(await rigs(way=way))  # type: ignore[attr-defined]


async def test_a_key_that_is_nobodys_asks_whom_to_act_as(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(way="account key")
    with pytest.raises(AuthError, match="username"):
        await (await rig.connect(username="")).probe()
    with pytest.raises(AuthError, match="knows no user"):
        await (await rig.connect(username="gone@acme.example")).probe()
    rig.account.quirks.hidden_users = True
    with pytest.raises(AuthError, match=r"users\.read"):
        await (await rig.connect(username=BO)).probe()


async def test_a_key_for_reading_shows_as_one(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(way="reading key")
    (id,) = await rig.seed(["look at me"])
    session = await rig.connect()
    account = await session.probe()
    assert account.capabilities.able == {Capability.ONCALL, Capability.TIMELINE}
    assert "only read" in account.capabilities.reason(Capability.ACKNOWLEDGE)
    assert id in (await mirrored(session)).open_ids
    with pytest.raises(ForbiddenError):
        await act(session, id, Note("no"))


async def test_what_pagerduty_does_not_have_says_what_to_do_instead(rig: PdRig) -> None:
    account = await (await rig.connect()).probe()
    assert "in a note" in account.capabilities.reason(Capability.ATTACH)
    assert "merges duplicates" in account.capabilities.reason(Capability.LINK)


async def test_finding_out_what_a_key_may_do_changes_nothing(rig: PdRig) -> None:
    await rig.seed(["untouched"])
    lines = len(rig.account.store.log)
    await (await rig.connect()).probe()
    assert len(rig.account.store.log) == lines


async def test_a_rotated_key_is_asked_for_once_more(rig: PdRig) -> None:
    (id,) = await rig.seed(["rotated"])
    session = await rig.connect()
    await session.probe()
    keys = rig.account.door.keys
    keys["u+new-key-2b"] = keys.pop(USER_KEY)
    rig.secret = "u+new-key-2b"
    assert (await one(session, id)).id == id
    assert len([line for line in rig.log if line.status == 401]) == 1


async def test_a_dead_key_is_signed_out_and_asked_no_more_than_once(rig: PdRig) -> None:
    session = await rig.connect()
    await session.probe()
    rig.account.door.shut = True
    before = len(rig.log)
    with pytest.raises(AuthError):
        await session.changes(None)
    assert len(rig.log) - before == 1


async def test_an_apps_token_is_renewed_when_its_day_is_over(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(way="oauth")
    session = await rig.connect()
    await session.probe()
    assert rig.account.door.logins == 1
    rig.account.store.skip(90000)
    await session.changes(None)
    assert rig.account.door.logins == 2


async def test_an_app_with_fewer_scopes_asks_for_fewer(rigs: MakeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = {"incidents.read", "users.read"}
    monkeypatch.setattr("tests.doubles.pagerduty.auth.GIVEN", fewer)
    rig: PdRig = await rigs(way="oauth")
    (id,) = await rig.seed(["read only"])
    with pytest.raises(AuthError, match="not given this scope"):
        await (await rig.connect()).probe()
    session = await rig.connect(scopes=sorted(fewer))
    account = await session.probe()
    assert account.capabilities.able == {Capability.TIMELINE}
    assert id in (await mirrored(session)).open_ids


async def test_a_wrong_client_secret_is_told_in_the_vendors_words(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(way="oauth")
    rig.secret = "wrong-secret-77"
    with pytest.raises(AuthError, match="Client authentication failed") as caught:
        await (await rig.connect()).probe()
    assert "wrong-secret-77" not in repr(caught.value)


@pytest.mark.parametrize("option", ["client_id", "account"])
async def test_oauth_says_what_it_lacks(rigs: MakeRig, option: str) -> None:
    from vagt.adapters.pagerduty.options import read
    from vagt.adapters.pagerduty.signin import sign_in_of
    from vagt.adapters.redact import Redactor
    from vagt.config.settings import BackendSettings

    given = {"client_id": "c", "account": "us.acme"}
    options = read(BackendSettings(name="pd", adapter="pagerduty", options={**given, option: ""}))
    rig: PdRig = await rigs()
    session = await rig.connect()
    with pytest.raises(InvalidError, match=option):
        sign_in_of(session._context.connection, options, "oauth", redact=Redactor(), identity=None)


async def test_a_scope_that_is_missing_is_forbidden_in_words(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(way="token")
    (id,) = await rig.seed(["scoped"])
    for account in rig.account.door.tokens.values():
        account.scopes = frozenset({"incidents.read", "users.read", "services.read"})
    session = await rig.connect()
    account = await session.probe()
    assert Capability.ONCALL not in account.capabilities
    assert Capability.NOTE not in account.capabilities
    assert (await one(session, id)).id == id


@pytest.mark.parametrize("quirk", [{"throttled": 9}, {"bare_429": True}])
async def test_a_limit_tells_its_wait_also_without_headers(rigs: MakeRig, quirk: dict[str, int]) -> None:
    rig: PdRig = await rigs()
    session = await rig.connect()
    await session.probe()
    rig.account.quirks.set(quirk)
    with pytest.raises(ThrottledError) as caught:
        await session.changes(None)
    assert 1 <= caught.value.wait <= 30


async def test_no_secret_shows_in_a_log_at_any_level(rigs: MakeRig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for way in WAYS:
        rig: PdRig = await rigs(way=way)
        (id,) = await rig.seed(["secrets"])
        session = await rig.connect()
        await session.probe()
        await session.changes(None)
        rig.account.quirks.read_only_account = True
        with pytest.raises(ForbiddenError) as caught:
            await act(session, id, Note("words"))
        for secret in rig.secrets:
            assert secret not in caplog.text
            assert secret not in repr(caught.value)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"page_size": 0}, "page_size"),
        ({"page_size": 101}, "page_size"),
        ({"urgency_priorities": {"medium": 1}}, "urgency_priorities"),
        ({"priorities": {"P1": 9}}, "priorities"),
        ({"urgencies": ["middle"]}, "urgencies"),
    ],
)
async def test_an_option_that_cannot_be_used_is_named(rig: PdRig, options: dict[str, object], name: str) -> None:
    with pytest.raises(InvalidError) as caught:
        await rig.connect(**options)  # type: ignore[arg-type]
    assert caught.value.fields[0][0] == name


async def test_a_person_who_checks_is_told_what_was_found(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(way="account key", abilities=["priorities"])
    session = await rig.connect(thorough=True, urgencies=["low"], status_template="Gone")
    notes = " ".join((await session.probe()).notes)
    assert "carries the address anna@acme.example" in notes
    assert "no responder requests" in notes
    assert "narrowed by urgencies" in notes
    assert "template" in notes
