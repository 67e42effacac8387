"""Who has an incident: people, or the policy that pages them ("Update an incident": assignments, escalation_policy).

Giving it to people ends the climbing of its policy; giving it to a policy begins that anew at its
first level. The two are never sent together. An acknowledged incident that is given to others goes
back to triggered, so that taking one acknowledges it in the same request.
"""

from __future__ import annotations

from vagt.adapters.lenient import Row, text_of
from vagt.adapters.pagerduty import people
from vagt.adapters.pagerduty.desk import Check, Desk, acknowledgers, assignees, must_be_open, policy_of, status_of
from vagt.adapters.pagerduty.escalating import level_of
from vagt.adapters.pagerduty.wire import id_of, name_of, reference
from vagt.adapters.protocol import InvalidError, TransitionError


def given_to(*ids: str) -> list[dict[str, object]]:
    """`assignments` of a write."""
    return [{"assignee": reference("user", id)} for id in ids]


async def acknowledge(desk: Desk, row: Row) -> Row:
    """The acknowledged state, and ours where nobody has it; never from another, never reopened."""
    must_be_open(row)
    me = await desk.context.me()
    values: dict[str, object] = {}
    if status_of(row) == "triggered":
        values["status"] = "acknowledged"
    if not assignees(row):
        values["assignments"] = given_to(me.id)
        # else the assignment would put it back to triggered
        values["status"] = "acknowledged"
        if me.id in acknowledgers(row):
            del values["status"]
    if not values:
        return row
    wanted = assignees(row) or [me.id]
    return await desk.put(
        values,
        lambda now: status_of(now) == "acknowledged" and set(assignees(now)) >= set(wanted),
        "the acknowledgement",
    )


async def take(desk: Desk, row: Row) -> Row:
    """Ours alone, and acknowledged."""
    must_be_open(row)
    me = await desk.context.me()
    mine, acked = assignees(row) == [me.id], me.id in acknowledgers(row)
    if mine and acked:
        return row
    values: dict[str, object] = {}
    if not mine:
        values["assignments"] = given_to(me.id)
    if not acked:
        values["status"] = "acknowledged"
    return await desk.put(values, lambda now: assignees(now) == [me.id], "taking it")


async def assign(desk: Desk, row: Row, team: str | None, to: str | None) -> Row:
    """To a policy, to a person, or (an empty `to`) back to its policy. Raises InvalidError for both at once."""
    must_be_open(row)
    if team is not None and team.strip() and to is not None and to.strip():
        words = "PagerDuty gives an incident to an escalation policy or to a person, not to both"
        raise InvalidError(words, (("to", "not together with a team"),))
    if team is not None and team.strip():
        policy = await people.policy(desk.context, team)
        return await _to_policy(desk, row, id_of(policy), name_of(policy))
    if team is not None and to is None:
        raise InvalidError("in PagerDuty every incident has an escalation policy", (("team", "is empty"),))
    if to is None:
        return row
    if not to.strip():
        if not assignees(row):
            return row
        return await _to_policy(desk, row, policy_of(row), "", back=True)
    person = await people.person(desk.context, to)
    if assignees(row) == [person.id]:
        return row
    return await desk.put(
        {"assignments": given_to(person.id)}, lambda now: assignees(now) == [person.id], f"giving it to {person.name}"
    )


async def _to_policy(desk: Desk, row: Row, id: str, name: str, *, back: bool = False) -> Row:
    if not back and policy_of(row) == id and text_of(row.get("assigned_via")) != "direct_assignment":
        return row

    def there(now: Row) -> bool:
        return policy_of(now) == id and text_of(now.get("assigned_via")) != "direct_assignment"

    after = await desk.put({"escalation_policy": reference("escalation_policy", id)}, there, f"giving it to {name}")
    if back and assignees(after):
        desk.notes.append("PagerDuty gave it to whoever its escalation policy pages first")
    return after


async def unacknowledge(desk: Desk, row: Row) -> Row:
    """Back to triggered, paging the level that it stands on. Raises TransitionError.

    A bare `status` is not known to work on an acknowledged incident, `escalation_level` is seen to
    put it back: that is tried first, and the other where it did not.
    """
    must_be_open(row)
    if status_of(row) == "triggered":
        return row
    back: Check = lambda now: status_of(now) == "triggered"  # noqa: E731 - one line, named for the two writes
    level = max(1, (await level_of(desk.context, row)).level)
    after = await desk.put({"escalation_level": level}, lambda now: True, "")
    if back(after):
        return after
    try:
        return await desk.put({"status": "triggered"}, back, "the way back")
    except InvalidError as error:
        raise TransitionError(error.words) from None
