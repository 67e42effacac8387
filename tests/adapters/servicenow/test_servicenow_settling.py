"""What `vagt doctor` is told: each open point of ServiceNow's pages, and how this instance settles it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.servicenow.acts import act
from tests.adapters.servicenow.conftest import MakeRig
from tests.adapters.servicenow.rig import SnowRig
from vagt.domain.commands import Note


async def told(rig: SnowRig, **options: Any) -> str:
    (id,) = await rig.seed(["to ask about"])
    quiet = rig.instance.quirks.query_acl
    rig.instance.quirks.query_acl = {}
    await act(await rig.connect(), id, Note(text="a note"))
    rig.instance.quirks.query_acl = quiet
    account = await (await rig.connect(thorough=True, **options)).probe()
    return "\n".join(account.notes)


async def test_a_plain_instance_settles_every_point(rig: SnowRig) -> None:
    before = {id: row["sys_mod_count"] for id, row in rig.instance.store.tables["incident"].items()}
    words = await told(rig, groups=["Network"])
    for part in (
        "Account: Anna Holm (anna), time zone UTC.",
        "An unknown field in a query: the condition is dropped",
        "assignment_group honoured",
        "Order by sys_updated_on: honoured",
        "A date in a query is taken as UTC",
        "read entry by entry",
        "Upper and lower case in queries: the same",
        "X-Total-Count comes; with sysparm_no_count it is withheld",
        "Access rules: all of the first",
        "state 6",
        "Priority matrix: not shown",
        "statistics open, attachments open, on-call open, batch open; SLA clocks open",
        "the field is there",
        "Rate rule: none",
        "Clock: 0 s",
        "Not tried, as it would write",
    ):
        assert part in words, part
    assert "not settled" not in words
    assert {id: rig.row(id)["sys_mod_count"] for id in before} == before


@pytest.mark.parametrize(
    ("quirks", "part"),
    [
        ({"strict_query": True}, "nothing comes (glide.invalid_query.returns_no_rows)"),
        ({"unknown_field": "403"}, "refused (403)"),
        ({"query_acl": {"sys_updated_on": "403"}}, "sys_updated_on refused"),
        ({"query_acl": {"sys_updated_on": "empty"}}, "sys_updated_on emptied"),
        ({"query_acl": {"sys_updated_on": "drop"}}, "cannot be followed by sys_updated_on"),
        ({"hide_journal": True}, "read as the form shows it, and its dates are understood"),
        ({"no_count": True}, "does not come"),
        ({"hide_choices": True}, "sys_choice is closed"),
        ({"hide_matrix": False}, "Priority matrix: 9 rows read"),
        ({"hide_sla": True}, "SLA clocks forbidden"),
        ({"oncall_off": True}, "on-call absent"),
        ({"mim_off": True}, "not there, or hidden"),
        ({"rate_limit": 5000}, "5000 requests an hour"),
    ],
    ids=str,
)
async def test_another_instance_settles_them_otherwise(rigs: MakeRig, quirks: dict[str, Any], part: str) -> None:
    assert part in await told(await rigs(**quirks))


async def test_hidden_rows_are_counted(rig: SnowRig) -> None:
    ids = await rig.seed(["a", "b", "c", "d"])
    rig.instance.quirks.hidden_rows = set(ids[:2])
    assert "hide 2 of the first" in await told(rig)


async def test_a_start_asks_little(rig: SnowRig) -> None:
    session = await rig.connect()
    await session.probe()
    assert len(rig.log) <= 8
    assert all(line.method == "GET" for line in rig.log)
