"""Registering new incidents: with all that can be said, refused at the right field, and never twice."""

from __future__ import annotations

import pytest

from tests.adapters.pagerduty.acts import command
from tests.adapters.pagerduty.rig import ANNA, PdRig
from vagt.adapters.protocol import InvalidError
from vagt.domain.answers import change_from
from vagt.domain.commands import (
    Create,
    Verb,
)
from vagt.domain.incident import State


async def test_a_new_incident_with_all_that_can_be_said(rig: PdRig) -> None:
    session = await rig.connect()
    answers = {
        "title": "Shop is slow",
        "service": "Shop",
        "description": "since noon",
        "urgency": "3",
        "team": "Database",
        "priority": "P1",
    }
    change = change_from(Verb.CREATE, answers)
    done = await session.perform(command(change, None), None)
    assert done.incident is not None
    made = rig.incident(done.incident.id)
    assert (made.title, made.details, made.urgency) == ("Shop is slow", "since noon", "low")
    assert made.policy == rig.account.world.policies["Database"]
    assert made.priority == rig.account.store.priorities[0][0]
    assert done.message == ""


async def test_a_new_incident_for_oneself_pages_nobody(rig: PdRig) -> None:
    session = await rig.connect()
    change = Create("I do it", service="Shop", fields=(("assignee", ANNA),), caller="carla")
    done = await session.perform(command(change, None), None)
    assert done.incident is not None
    assert done.incident.state is State.ACTIVE
    assert done.message == "PagerDuty keeps no caller"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (Create("t"), "service"),
        (Create(" ", service="Shop"), "title"),
        (Create("t", service="Nothing"), "service"),
        (Create("t", service="Shop", team="Nobody"), "team"),
        (Create("t", service="Shop", fields=(("priority", "P9"),)), "priority"),
        (Create("t", service="Shop", fields=(("assignee", "nobody@x"),)), "assignee"),
        (Create("t", service="Shop", team="Database", fields=(("assignee", ANNA),)), "assignee"),
        (Create("t", service="Shop", fields=(("color", "red"),)), "color"),
    ],
)
async def test_a_new_incident_that_lacks_something_is_refused_at_its_field(
    rig: PdRig, change: Create, field: str
) -> None:
    session = await rig.connect()
    with pytest.raises(InvalidError) as caught:
        await session.perform(command(change, None), None)
    assert caught.value.fields[0][0] == field
    assert not rig.account.store.incidents


async def test_the_same_command_registers_once(rig: PdRig) -> None:
    session = await rig.connect()
    doing = command(Create("once", service="Shop"), None)
    first = await session.perform(doing, None)
    second = await session.perform(doing, None)
    assert first.incident is not None
    assert second.incident is not None
    assert first.incident.id == second.incident.id
    assert len(rig.account.store.incidents) == 1
