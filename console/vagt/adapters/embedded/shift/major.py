"""A major incident of the practice shift: with a child, a known problem and the change that did it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

from vagt.adapters.embedded.desk import Doing, ServiceDesk
from vagt.adapters.embedded.shift.colleagues import Colleagues
from vagt.adapters.embedded.shift.scenes import MAJOR
from vagt.adapters.embedded.shift.script import MINUTE, Deed, Step, Trouble, major_steps
from vagt.adapters.embedded.shift.world import CALLERS
from vagt.adapters.embedded.verbs import carry_out
from vagt.domain import commands as c
from vagt.domain.incident import LinkKind

TEAM = "Web"
_PROBLEM, _CHANGE = "PRB2014", "CHG5102"


def unfold(rng: random.Random, desk: ServiceDesk, colleagues: Colleagues, made: Trouble, came: datetime) -> None:
    """Let it begin at `came` and plan how it goes on."""
    team = desk.organisation.team(TEAM)
    assert team is not None
    who = made.who if made.who in team.members else next(m for m in team.members if not colleagues.is_operator(m))
    made = replace(made, team=TEAM, who=who)
    course = major_steps(rng, made)
    row = colleagues.arrive(made, course, came)

    def then(pk: int, change: c.Change, seconds: float) -> None:
        fresh = desk.store.row(pk)
        assert fresh is not None
        carry_out(desk, fresh, change, Doing(who, came + timedelta(seconds=seconds), operated=False))

    then(row.pk, c.SetMajor(True), 40)
    then(row.pk, c.LinkTo(_PROBLEM, _PROBLEM, LinkKind.PROBLEM), 50)
    then(row.pk, c.LinkTo(_CHANGE, _CHANGE, LinkKind.CHANGE), 50)
    below = replace(
        MAJOR,
        service="Web shop",
        title="Web shop: checkout ends with “payment not possible”",
        text="Customer service: dozens of calls within minutes.",
        impact=2,
        urgency=1,
        source="Phone",
    )
    child = replace(made, scene=below, title=below.title, text=below.text, caller=CALLERS[16])
    child_row = colleagues.arrive(child, [Step(4 * MINUTE, Deed.ACKNOWLEDGE, who)], came + timedelta(seconds=55))
    then(child_row.pk, c.LinkTo(row.id, row.number, LinkKind.PARENT), 58)
    end = Step(course[-1].delay + 4 * MINUTE, Deed.RESOLVE, who, "Payments go through again.", "fixed")
    colleagues.plan(child_row.pk, end, came)
