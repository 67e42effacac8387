"""Encoded queries: taken apart, put together, judged here, and the three fates of a field that may not be queried."""

from __future__ import annotations

import pytest

from tests.adapters.servicenow.acts import Skipping, asked, mirrored
from tests.adapters.servicenow.rig import SnowRig
from vagt.adapters.protocol import AdapterError, InvalidError
from vagt.adapters.servicenow.scope import Condition, Scope, is_safe, searchable

ROW = {
    "assignment_group": {"value": "a1", "display_value": "Network"},
    "priority": {"value": "2", "display_value": "2 - High"},
    "u_site": "",
}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("assignment_group=a1", True),
        ("assignment_group=Network", True),
        ("assignment_group=b2", False),
        ("assignment_group=b2^ORpriority=2", True),
        ("assignment_group=a1^priorityIN1,3", False),
        ("assignment_group=b2^NQpriority!=1", True),
        ("u_siteISEMPTY", True),
        ("u_siteISNOTEMPTY^assignment_groupLIKEetwo", False),
        ("u_elsewhere=1", None),
        ("u_elsewhere=1^assignment_group=b2", False),
        ("u_elsewhere=1^ORassignment_group=a1", True),
        ("priority=javascript:gs.getUserID()", None),
        ("opened_atONToday@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()", None),
        ("", True),
    ],
)
def test_a_row_is_judged_as_the_query_says(query: str, told: bool | None) -> None:
    assert Scope.of(query).judge(ROW) is told


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("a=1", "a=1^active=true"),
        ("a=1^ORb=2^c=3", "a=1^ORb=2^c=3^active=true"),
        ("a=1^NQb=2", "a=1^active=true^NQb=2^active=true"),
        ("a=1^ORDERBYDESCnumber^EQ", "a=1^active=true"),
        ("", "active=true"),
        ("sysparm_query=orderISNOTEMPTY", "orderISNOTEMPTY^active=true"),
    ],
)
def test_our_conditions_hold_in_each_set(query: str, sent: str) -> None:
    assert Scope.of(query).text("active=true") == sent


def test_a_field_that_may_not_be_named_takes_its_alternatives_with_it() -> None:
    scope = Scope.of("a=1^ORb=2^c=3").and_(Condition("g", "IN", "x,y"))
    assert scope.text(without={"b"}) == "c=3^gINx,y"


@pytest.mark.parametrize("text", ["a^b", "javascript:gs.x()", "JavaScript:1", "", "two\nlines"])
def test_no_condition_is_made_of_what_could_break_out(text: str) -> None:
    assert not is_safe(text)


def test_a_search_with_a_caret_asks_for_its_longest_part() -> None:
    assert searchable("x^long part^y") == "long part"


@pytest.mark.parametrize("fate", ["drop", "403", "empty"])
async def test_a_group_that_may_not_be_queried_is_judged_here(rig: SnowRig, fate: str) -> None:
    inside = rig.register("inside")
    rig.register("outside", assignment_group=rig.instance.world.groups["Database"])
    rig.instance.quirks.query_acl = {"assignment_group": fate}
    session = await rig.connect(groups=["Network"])
    account = await session.probe()
    assert any("assignment_group" in note for note in account.notes)
    mirror = await mirrored(session)
    assert mirror.open_ids == {inside}


@pytest.mark.parametrize("fate", ["drop", "403", "empty"])
async def test_a_query_that_can_neither_be_asked_nor_judged_is_refused_in_words(rig: SnowRig, fate: str) -> None:
    rig.register("inside", u_site="Aarhus")
    rig.instance.quirks.query_acl = {"u_site": fate}
    rig.instance.quirks.hidden_fields = {"u_site"}
    session = await rig.connect(query="u_site=Aarhus")
    with pytest.raises(InvalidError, match="u_site"):
        await session.changes(None)


@pytest.mark.parametrize("fate", ["drop", "403", "empty"])
async def test_without_the_right_to_ask_by_stamp_everything_is_listed_each_time(rig: SnowRig, fate: str) -> None:
    ids = await rig.seed([f"n {n}" for n in range(45)])
    rig.instance.quirks.query_acl = {"sys_updated_on": fate}
    session = await rig.connect()
    account = await session.probe()
    assert any("listed whole" in note for note in account.notes)
    mirror = await mirrored(session)
    await rig.finish(ids[3])
    await rig.change(ids[4])
    await mirror.poll()
    assert mirror.open_ids == set(ids) - {ids[3]}
    assert mirror.incidents[ids[4]].version == "1"


@pytest.mark.parametrize("fate", ["drop", "403", "empty"])
async def test_a_state_that_may_not_be_queried_lets_nothing_closed_in(rig: SnowRig, fate: str) -> None:
    open_, done = await rig.seed(["open", "done"])
    await rig.finish(done)
    rig.instance.quirks.query_acl = {"state": fate, "active": fate}
    mirror = await mirrored(await rig.connect())
    assert mirror.open_ids == {open_}


@pytest.mark.parametrize("strange", [{"unknown_field": "drop"}, {"unknown_field": "403"}, {"strict_query": True}])
async def test_a_misspelt_query_is_refused_and_never_the_whole_table(rig: SnowRig, strange: dict[str, object]) -> None:
    await rig.seed(["a", "b"])
    rig.instance.quirks.set(strange)
    session = await rig.connect(query="u_no_such=1")
    with pytest.raises(InvalidError, match="u_no_such"):
        await session.changes(None)


@pytest.mark.parametrize("query", ["just words", "=1", "active=true^^state=1^ 7"])
async def test_what_is_no_query_is_refused_by_name(rig: SnowRig, query: str) -> None:
    with pytest.raises(AdapterError) as raised:
        await (await rig.connect(query=query)).changes(None)
    assert isinstance(raised.value, InvalidError)
    assert raised.value.fields[0][0] == "query"


async def test_a_right_that_is_taken_while_we_follow_is_noticed(rig: SnowRig) -> None:
    first, second = await rig.seed(["first", "second"])
    session = await rig.connect()
    mirror = await mirrored(session)
    rig.instance.quirks.query_acl = {"sys_updated_on": "403"}
    await rig.change(first)
    await mirror.poll()
    assert mirror.incidents[first].version == "1"
    assert second in mirror.open_ids


async def test_every_list_asks_for_an_order_and_for_its_fields(rig: SnowRig) -> None:
    await rig.seed([f"n {n}" for n in range(30)])
    session = await rig.connect()
    account = await session.probe()
    await mirrored(session)
    await session.search(include_closed=True, limit=50)
    await session.oncall(None)
    assert account.login == "anna"
    for line in rig.log:
        if line.method == "GET" and "sysparm_limit" in line.query and "/table/" in line.target:
            single = line.query["sysparm_limit"] in ("1", "2")
            assert "ORDERBY" in line.query["sysparm_query"] or single, line.target
            assert line.query["sysparm_fields"]
            assert line.query["sysparm_suppress_pagination_header"] == "true"
            assert len(line.target) < 8000
    assert not rig.instance.tables.dropped
    assert asked(rig, 0)


async def test_a_right_that_is_taken_does_not_empty_the_queue(rig: SnowRig) -> None:
    clock = Skipping()
    ids = await rig.seed(["first", "second"])
    session = await rig.connect(clock=clock, groups=["Network"])
    mirror = await mirrored(session)
    rig.instance.quirks.query_acl = {"assignment_group": "empty", "state": "empty"}
    clock.skipped = 120.0
    await mirror.resync()
    assert mirror.open_ids == set(ids)
    rig.instance.quirks.query_acl = {}
    clock.skipped = 240.0
    await mirror.resync()
    before = len(rig.log)
    await mirror.poll()
    assert len(asked(rig, before)) == 1
