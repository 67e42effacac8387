"""Signing in: each way, a token that dies at night, scopes, CAPTCHA, and secrets that show nowhere."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.jsm.acts import act, ask, mirrored, one
from tests.adapters.jsm.conftest import MakeRig
from tests.adapters.jsm.rig import SECRETS, JsmRig
from tests.doubles.jsm import world
from tests.waiting import until
from vagt.adapters.jsm.session import open_session
from vagt.adapters.protocol import AuthError, ForbiddenError, InvalidError, NotFoundError
from vagt.config.settings import BackendSettings, ConsoleSettings, Settings
from vagt.domain.capability import Capability
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Note, Resolve
from vagt.domain.incident import Key
from vagt.engine.engine import Engine
from vagt.engine.health import Condition

DEAD = "dead-token-0123456789"


@pytest.mark.parametrize(
    ("given", "secret", "options"),
    [
        ({}, world.API_TOKEN, {}),
        ({}, world.API_TOKEN, {"gateway": True}),
        ({}, world.SCOPED_TOKEN, {"gateway": True}),
        ({"auth": "token"}, world.SERVICE_TOKEN, {"gateway": True}),
        ({"deployment": "dc"}, world.PAT, {}),
        ({"deployment": "dc", "auth": "basic", "dc_major": 10}, world.PASSWORD, {}),
    ],
    ids=["api token", "by the gateway", "scoped token", "service account", "personal access token", "password"],
)
async def test_each_way_of_signing_in_works(
    rigs: MakeRig, given: dict[str, Any], secret: str, options: dict[str, Any]
) -> None:
    rig: JsmRig = await rigs(**given)
    rig.secret = secret
    rig.username = rig.username and ("anna@example.org" if rig.site.cloud else "anna")
    (id,) = await rig.seed(["signed"])
    session = await rig.connect(**options)
    account = await session.probe()
    assert (account.login, account.name) == (rig.identity("anna"), "Anna Andersson")
    await act(session, rig, id, Note(text="signed"))
    assert rig.issue(id).comments[0].author == "anna"
    assert id in (await mirrored(session)).open_ids


async def test_a_context_path_belongs_to_the_address(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(deployment="dc")
    rig.site.context = "/jira"
    (id,) = await rig.seed(["below a path"])
    session = await rig.connect()
    assert id in (await mirrored(session)).open_ids
    assert (await one(session, id)).url == f"{rig.proxy.url}/jira/browse/OPS-1"


# --- the token that dies at night
async def test_the_double_answers_a_dead_token_as_cloud_does(rig: JsmRig) -> None:
    await rig.seed(["still there"])
    found = await ask(rig, "POST", "/rest/api/3/search/jql", {"jql": "project = OPS"}, token=DEAD)
    assert (found.status_code, found.json()) == (200, {"issues": [], "isLast": True})
    assert found.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    assert (await ask(rig, "GET", "/rest/api/3/issue/OPS-1", token=DEAD)).status_code == 404
    assert (await ask(rig, "GET", "/rest/api/3/field", token=DEAD)).status_code == 200
    assert (await ask(rig, "GET", "/rest/api/3/myself", token=DEAD)).status_code == 401


SAID: tuple[dict[str, Any], ...] = (
    {},
    {"says_login_failed": False},
    {"says_login_failed": False, "names_account": False},
    {"deployment": "dc"},
    {"deployment": "dc", "dead_pat": "html"},
    {"deployment": "dc", "dead_pat": "302"},
)


@pytest.mark.parametrize(
    "quirks", SAID, ids=["told", "not told", "nothing told", "dc 401", "dc login page", "dc to sso"]
)
async def test_a_token_that_dies_is_signed_out_and_never_a_quiet_night(rigs: MakeRig, quirks: dict[str, Any]) -> None:
    rig: JsmRig = await rigs(**quirks)
    first, second = await rig.seed(["one", "another"])
    session = await rig.connect()
    await session.probe()
    mirror = await mirrored(session)
    rig.site.door.shut = True
    for asked in (
        lambda: session.changes(None),
        lambda: session.changes(mirror.cursor),
        lambda: session.get([first, second]),
        lambda: session.find("OPS-1"),
        lambda: session.search(include_closed=False, limit=10),
        lambda: session.timeline(first),
    ):
        with pytest.raises(AuthError):
            await asked()
    rig.site.door.shut = False
    await mirror.poll()
    assert mirror.open_ids == {first, second}


@pytest.mark.parametrize("quirks", SAID[:3], ids=["told", "not told", "nothing told"])
async def test_a_token_that_dies_between_two_pages_does_not_end_the_listing(
    rigs: MakeRig, quirks: dict[str, Any]
) -> None:
    """Believed, the empty page would be the last one, and all that was not listed yet would be gone."""
    rig: JsmRig = await rigs(**quirks)
    await rig.seed([f"row {n}" for n in range(rig.page_size + 5)])
    session = await rig.connect()
    batch = await session.changes(None)
    assert batch.more and not batch.complete
    rig.site.door.shut = True
    with pytest.raises(AuthError):
        await session.changes(batch.cursor)


async def test_an_empty_queue_of_a_living_token_is_believed(rigs: MakeRig) -> None:
    for quirks in ({}, {"names_account": False}, {"deployment": "dc"}):
        rig: JsmRig = await rigs(**quirks)
        session = await rig.connect()
        batch = await session.changes(None)
        assert batch.complete and not batch.items
        with pytest.raises(NotFoundError):
            await session.find("OPS-1")


async def test_a_dead_token_through_the_engine_says_signed_out_and_keeps_the_rows(tmp_path: Path, rig: JsmRig) -> None:
    ids = await rig.seed([f"held {n}" for n in range(25)])
    settings = Settings(console=ConsoleSettings(refresh=0.2, undo=0.0), backends=(rig.settings(),))

    async def secret(_: BackendSettings) -> str:
        return rig.secret

    engine = await Engine.open(settings, tmp_path, clock=SystemClock(), operator="anna", secrets=secret)
    try:
        await engine.start()
        await until(
            lambda: engine.health("jira").condition is Condition.FRESH and len(engine.board) == 25,
            "all 25",
            engine.healths,
        )
        rig.site.door.shut = True
        await until(lambda: engine.health("jira").condition is Condition.SIGNED_OUT, "signed out", engine.healths)
        health = engine.health("jira")
        assert "as to a stranger" in health.problem
        assert health.next_try is None, "only a person tries again"
        assert len(engine.board) == 25, "a quiet night it is not"
        assert all((held := engine.board.get(Key("jira", id))) is not None and held.is_open for id in ids)
        asked = rig.requests()
        await asyncio.sleep(0.5)
        assert rig.requests() == asked, "a dead credential is left alone"
        rig.site.door.shut = False
        engine.refresh()
        await until(lambda: engine.health("jira").condition is Condition.FRESH, "signed in", engine.healths)
        assert len(engine.board) == 25
    finally:
        await engine.stop()


# --- refusals that are something else
async def test_a_missing_scope_is_a_missing_right_and_no_dead_token(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(missing_scopes={"jira"})
    session = await rig.connect(gateway=True)
    with pytest.raises(ForbiddenError, match="lacks a scope"):
        await session.probe()


async def test_operations_without_its_scopes_takes_nothing_else_away(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(missing_scopes={"ops-alert"})
    (id,) = await rig.seed(["no alerts"])
    session = await rig.connect()
    account = await session.probe()
    assert Capability.ESCALATE not in account.capabilities
    assert "lacks a scope" in account.capabilities.reason(Capability.ESCALATE)
    assert Capability.ONCALL in account.capabilities
    await act(session, rig, id, Note(text="all the same"))


async def test_a_token_of_the_wrong_kind_says_where_it_works(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(auth="token")
    rig.secret = world.SERVICE_TOKEN
    session = await rig.connect()
    with pytest.raises(AuthError, match="option gateway"):
        await session.probe()


async def test_a_captcha_is_told_and_not_tried_against(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(deployment="dc", auth="basic", dc_major=10, captcha_after=1)
    rig.secret, rig.username = "wrong-password", "anna"
    session = await rig.connect()
    with pytest.raises(AuthError):
        await session.probe()
    with pytest.raises(AuthError, match="CAPTCHA"):
        await session.probe()
    assert rig.site.door.bad_logins == 1


async def test_a_redirect_to_another_host_is_followed_by_nobody(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(deployment="dc", dead_pat="302")
    rig.secret = "no-such-pat"
    session = await rig.connect()
    with pytest.raises(AuthError, match=r"leads to a sign-in: sso\.example\.org/login"):
        await session.probe()


async def test_a_rotated_token_is_picked_up(rig: JsmRig) -> None:
    (id,) = await rig.seed(["rotated"])
    session = await rig.connect()
    await session.probe()
    del rig.site.door.tokens[world.API_TOKEN]
    rig.secret = "the-next-token-0123456789"
    rig.site.door.tokens[rig.secret] = "anna"
    assert id in (await mirrored(session)).open_ids


async def test_an_account_without_an_agents_seat_writes_no_notes(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(agent=False)
    (id,) = await rig.seed(["a customer's"])
    session = await rig.connect()
    account = await session.probe()
    assert "agent's seat" in account.capabilities.reason(Capability.NOTE)
    with pytest.raises(ForbiddenError, match="kept from customers"):
        await act(session, rig, id, Note(text="inside"))
    done = await act(session, rig, id, Resolve(text="a root password", code="Done"))
    assert "words were not taken" in done.message
    assert (rig.words(id, public=True), rig.site.store.mail) == ((), [])


@pytest.mark.parametrize("dead_pat", ["401", "302"])
async def test_a_jira_that_tells_strangers_nothing_is_asked_with_the_token(rigs: MakeRig, dead_pat: str) -> None:
    rig: JsmRig = await rigs(deployment="dc", shy=True, dead_pat=dead_pat)
    (id,) = await rig.seed(["behind a filter"])
    assert id in (await mirrored(await rig.connect())).open_ids
    rig.secret = "no-such-pat"
    with pytest.raises(AuthError):
        await (await rig.connect()).probe()


async def test_a_token_with_scopes_on_the_sites_own_address_is_told_what_it_needs(rig: JsmRig) -> None:
    rig.secret = world.SCOPED_TOKEN
    with pytest.raises(AuthError, match="needs the option gateway"):
        await (await rig.connect()).probe()


async def test_the_gateways_address_is_no_site(rig: JsmRig) -> None:
    session = await rig.connect()
    connection = session._context.connection
    settings = replace(connection.settings, url="https://api.atlassian.com/ex/jira/1")
    with pytest.raises(InvalidError, match="your site"):
        await open_session(replace(connection, settings=settings))


async def test_secrets_show_nowhere(rigs: MakeRig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rig: JsmRig = await rigs()
    (id,) = await rig.seed(["secrets"])
    session = await rig.connect(thorough=True)
    shown = repr(await session.probe()) + repr(session) + repr(session._context)
    await act(session, rig, id, Note(text="a note"))
    rig.site.door.shut = True
    with pytest.raises(AuthError) as raised:
        await session.changes(None)
    shown += repr(raised.value) + caplog.text
    assert not [secret for secret in SECRETS if secret in shown]
