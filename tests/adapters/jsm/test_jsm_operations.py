"""Operations: whom an escalation calls, what its receipts say, who is on call, and accounts without it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.adapters.jsm.acts import act, command, mirrored, one
from tests.adapters.jsm.conftest import MakeRig
from tests.adapters.jsm.rig import JsmRig, changes_something
from tests.doubles.jsm import world
from tests.doubles.jsm.ops_api import Alert
from tests.servers.cutter import http_answer
from vagt.adapters.protocol import ForbiddenError, InvalidError, Seen, UnavailableError
from vagt.domain.capability import Capability
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Acknowledge, Escalate, Resolve, Verb
from vagt.domain.timeline import EntryKind


def alert(rig: JsmRig) -> Alert:
    (found,) = rig.site.ops.alerts.values()
    return found


async def test_an_escalation_calls_the_policy_once_and_writes_down_why(rig: JsmRig) -> None:
    (id,) = await rig.seed(["nobody answers"])
    session = await rig.connect()
    await session.probe()
    await act(session, rig, id, Escalate(reason="nobody answers", to="Database escalation"))
    held = alert(rig)
    assert (held.alias, held.paged, held.priority) == ("OPS-1", ["escalation:e5c1-db"], "P3")
    assert held.message == "OPS-1 nobody answers"
    assert rig.words(id, public=False) == ("Escalated to Database escalation: nobody answers",)
    (entry,) = [e for e in await session.timeline(id) if e.kind is EntryKind.ESCALATION]
    assert "nobody answers" in entry.text and not entry.public
    assert rig.site.store.mail == []


async def test_a_second_escalation_goes_on_the_same_alert(rig: JsmRig) -> None:
    (id,) = await rig.seed(["climbing"])
    session = await rig.connect()
    await session.probe()
    for to in ("Network escalation", "Database on call", "Database", "Bo Berg"):
        await act(session, rig, id, Escalate(reason="still nobody", to=to))
    bo = rig.identity("bo")
    assert alert(rig).paged == ["escalation:e5c1-net", "schedule:s-db", "team:8d1f6a00-db", f"user:{bo}"]


async def test_a_level_is_a_step_of_the_policy(rig: JsmRig) -> None:
    (id,) = await rig.seed(["by level"])
    session = await rig.connect()
    await session.probe()
    await act(session, rig, id, Escalate(reason="first", to="Network escalation", level=1))
    await act(session, rig, id, Escalate(reason="second", to="Network escalation", level=2))
    assert alert(rig).paged == ["schedule:s-net", f"user:{rig.identity('bo')}"]
    with pytest.raises(InvalidError, match="2 steps"):
        await act(session, rig, id, Escalate(reason="third", to="Network escalation", level=3))


async def test_asked_again_without_a_name_it_climbs_the_policy(rig: JsmRig) -> None:
    (id,) = await rig.seed(["climbs"])
    session = await rig.connect()
    await session.probe()
    for _ in range(4):
        await act(session, rig, id, Escalate(reason="still nobody"))
    bo = rig.identity("bo")
    assert alert(rig).paged == ["escalation:e5c1-net", "schedule:s-net", f"user:{bo}", "escalation:e5c1-net"]
    assert rig.words(id, public=False)[1:3] == (
        "Escalated to Network on call: still nobody",
        "Escalated to Bo Berg: still nobody",
    )


async def test_the_config_says_who_is_meant_when_nobody_is_named(rig: JsmRig) -> None:
    (id,) = await rig.seed(["unnamed"])
    session = await rig.connect(escalation="Database on call")
    await session.probe()
    form = {spec.name: spec for spec in await session.fields(Verb.ESCALATE, id)}
    assert form["to"].default == "Database on call"
    assert [choice.value for choice in form["to"].choices] == [
        "Network escalation",
        "Database escalation",
        "Network on call",
        "Database on call",
        "Network",
        "Database",
    ]
    await act(session, rig, id, Escalate(reason="somebody"))
    assert alert(rig).paged == ["schedule:s-db"]
    wrong = await rig.connect(escalation="no such policy")
    with pytest.raises(InvalidError) as raised:
        await act(wrong, rig, id, Escalate(reason="somebody"))
    assert raised.value.fields[0][0] == "escalation"


async def test_the_incidents_own_team_is_called_when_nobody_is_named(rig: JsmRig) -> None:
    (id,) = await rig.seed(["the database team's"])
    rig.site.save(id, **{world.TEAM: "8d1f6a00-db"})
    session = await rig.connect()
    form = {spec.name: spec for spec in await session.fields(Verb.ESCALATE, id)}
    assert form["to"].default == "Database escalation"
    await act(session, rig, id, Escalate(reason="yours"))
    assert alert(rig).paged == ["escalation:e5c1-db"]


async def test_acknowledging_and_resolving_stop_the_calling(rig: JsmRig) -> None:
    (id,) = await rig.seed(["calling"])
    session = await rig.connect()
    await session.probe()
    await act(session, rig, id, Escalate(reason="wake up"))
    done = await act(session, rig, id, Acknowledge())
    assert "its alert is acknowledged" in done.message
    assert alert(rig).acknowledged
    done = await act(session, rig, id, Resolve(text="mended", code="Done"))
    assert "its alert is closed" in done.message
    assert alert(rig).status == "closed"


async def test_a_refusal_that_comes_with_the_receipt_is_told(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(ops_plan_refuses={"Create"})
    (id,) = await rig.seed(["small plan"])
    session = await rig.connect()
    await session.probe()
    with pytest.raises(ForbiddenError, match="plan does not support"):
        await act(session, rig, id, Escalate(reason="please"))
    assert rig.words(id, public=False) == (), "nothing is written down that did not happen"


async def test_a_receipt_that_does_not_come_is_not_waited_for_longer_than_ten_seconds(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(ops_delay=3600.0)
    (id,) = await rig.seed(["slow"])

    class Hurried(SystemClock):
        slept = 0.0

        async def sleep(self, seconds: float) -> None:
            self.slept += seconds

    clock = Hurried()
    session = await rig.connect(clock=clock)
    await session.probe()
    with pytest.raises(UnavailableError) as raised:
        await act(session, rig, id, Escalate(reason="hello?"))
    assert raised.value.sent
    assert clock.slept <= 10.5


async def test_a_lost_answer_of_an_escalation_is_found_out_and_calls_nobody_twice(rig: JsmRig) -> None:
    (id,) = await rig.seed(["lost"])
    session = await rig.connect()
    await session.probe()
    doing = command(Escalate(reason="did it arrive", to="Network escalation"), await one(session, id), rig)
    began = datetime.now(UTC)
    # the alert is made, and the answer about the note is lost before the note is
    with (
        rig.proxy.losing_requests(lambda line: "/comment" in line and changes_something(line)),
        pytest.raises(UnavailableError),
    ):
        await session.perform(doing, None)
    assert await session.seen(doing, began) is Seen.NO
    await session.perform(doing, None)
    assert alert(rig).paged == ["escalation:e5c1-net"]
    assert await session.seen(doing, began) is Seen.YES


@pytest.mark.parametrize(
    ("quirks", "options", "words"),
    [
        ({"no_ops": True}, {}, "not enabled"),
        ({"missing_scopes": {"ops-config", "ops-alert"}}, {}, "lacks a scope"),
        ({}, {"operations": False}, "switched off"),
        ({"deployment": "dc"}, {}, "only Cloud"),
    ],
)
async def test_without_operations_the_account_says_why(
    rigs: MakeRig, quirks: dict[str, Any], options: dict[str, Any], words: str
) -> None:
    rig: JsmRig = await rigs(**quirks)
    (id,) = await rig.seed(["alone"])
    session = await rig.connect(**options)
    account = await session.probe()
    for capability in (Capability.ESCALATE, Capability.ONCALL):
        assert words in account.capabilities.reason(capability)
    with pytest.raises(ForbiddenError, match=words):
        await act(session, rig, id, Escalate(reason="anybody"))
    with pytest.raises(ForbiddenError, match=words):
        await session.oncall(None)


async def test_who_is_on_call_is_told_with_names_turns_and_order(rig: JsmRig) -> None:
    session = await rig.connect()
    turns = await session.oncall(None)
    assert [(turn.rota, turn.team, turn.who_name, turn.level) for turn in turns] == [
        ("Network on call", "Network", "Bo Berg", 1),
        ("Network on call", "Network", "Cleo Chen", 2),
        ("Database on call", "Database", "Cleo Chen", 1),
    ]
    assert turns[0].until is not None and turns[0].start is not None
    assert turns[0].start <= rig.clock.now() < turns[0].until
    assert {turn.rota for turn in await session.oncall("database")} == {"Database on call"}
    assert await session.oncall("no such team") == ()


async def test_nobody_on_call_is_nobody(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(nobody_on_call=True)
    turns = await (await rig.connect()).oncall(None)
    assert [(turn.rota, turn.team, turn.who) for turn in turns] == [
        ("Network on call", "Network", ""),
        ("Database on call", "Database", ""),
    ]


async def test_an_account_without_rights_on_the_teams_sees_nobody_to_escalate_to(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(ops_blind=True)
    (id,) = await rig.seed(["blind"])
    session = await rig.connect()
    await session.probe()
    assert await session.oncall(None) == ()
    with pytest.raises(ForbiddenError, match="nobody to escalate to"):
        await act(session, rig, id, Escalate(reason="anybody"))


async def test_a_gateway_out_of_reach_takes_away_operations_and_not_jira(rig: JsmRig) -> None:
    """A jump host may be let through to the site and to nothing else."""
    (id,) = await rig.seed(["behind a firewall"])
    session = await rig.connect()
    with rig.proxy.losing_requests(lambda line: "/jsm/ops/" in line):
        account = await session.probe()
        assert id in (await mirrored(session)).open_ids
        doing = command(Escalate(reason="anybody"), await one(session, id), rig)
        with pytest.raises(UnavailableError, match="cannot be reached"):
            await session.perform(doing, None)
    assert "cannot be reached" in account.capabilities.reason(Capability.ESCALATE)
    await session.perform(doing, None)
    assert len(alert(rig).paged) == 1, "what is asked again later finds it"


@pytest.mark.parametrize("path", ["/alerts/requests/", "/comment"])
async def test_what_fails_after_somebody_was_called_may_have_arrived(rig: JsmRig, path: str) -> None:
    """Called unsent, the next process would climb the policy and call somebody else."""
    (id,) = await rig.seed(["half done"])
    session = await rig.connect()
    await session.probe()
    doing = command(Escalate(reason="once"), await one(session, id), rig)
    began = datetime.now(UTC)
    busy = http_answer("429 Too Many Requests", "", "Retry-After: 0")
    with rig.proxy.answering(busy, lambda line: path in line), pytest.raises(UnavailableError) as raised:
        await session.perform(doing, None)
    assert raised.value.sent
    later = await rig.connect()
    await later.probe()
    assert await later.seen(doing, began) is Seen.NO
    await later.perform(doing, None)
    assert len(alert(rig).paged) == 1
    assert len(rig.words(id, public=False)) == 1
