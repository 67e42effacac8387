"""Registering a new incident once ("Create an incident"): `incident_key` is refused while an open one has it.

So the command's id is the key: after a refusal or a lost answer the incident with that key is what
an earlier try registered. One assignee, or a policy, or neither, in which case the service's own
policy pages somebody; an incident that is given to oneself is acknowledged and pages nobody.
"""

from __future__ import annotations

from vagt.adapters.lenient import Row, text_of
from vagt.adapters.pagerduty import people
from vagt.adapters.pagerduty.context import Context
from vagt.adapters.pagerduty.errors import Refusal, as_error
from vagt.adapters.pagerduty.owning import given_to
from vagt.adapters.pagerduty.wire import clean, held, id_of, name_of, reference
from vagt.adapters.protocol import AdapterError, Done, InvalidError
from vagt.domain.commands import Command, Create

_URGENCIES = {1: "high", 2: "high", 3: "low"}
_FIELDS = frozenset({"assignee", "priority"})


def key_of(command: Command) -> str:
    """The idempotency key."""
    return f"vagt-{command.id}"


async def register(context: Context, command: Command) -> Done:
    """Create it and tell what was left out. Raises InvalidError where title or service is missing."""
    change = command.change
    assert isinstance(change, Create)
    values = await _values(context, change)
    try:
        row = await context.client.create({**values, "incident_key": key_of(command)})
    except Refusal as refusal:
        earlier = await registered(context, command)
        if earlier is None:
            raise as_error(refusal) from None
        row = earlier
    left_out = _left_out(change, row)
    try:
        (incident,) = await context.incidents([row]) or (None,)
    except AdapterError as error:
        words = (
            f"registered as {text_of(row.get('incident_number')) or id_of(row)}; looking it up failed: {error.words}"
        )
        return Done(None, "; ".join(filter(None, (words, left_out))))
    return Done(incident, left_out)


async def registered(context: Context, command: Command) -> Row | None:
    """What an earlier try of `command` registered."""
    key = key_of(command)
    params = [("incident_key", key), ("date_range", "all"), ("time_zone", "UTC")]
    page = await context.client.page("/incidents", "incidents", params, limit=10)
    return next((row for row in page.rows if text_of(row.get("incident_key")) == key), None)


async def _values(context: Context, change: Create) -> dict[str, object]:
    title = " ".join(clean(change.title).split())
    if not title:
        raise InvalidError("a new incident needs a title", (("title", "is empty"),))
    if not change.service:
        raise InvalidError("PagerDuty wants the service that is affected", (("service", "is empty"),))
    service = await people.service(context, change.service)
    values: dict[str, object] = {"title": title, "service": reference("service", id_of(service))}
    given = dict(change.fields)
    for name in given.keys() - _FIELDS:
        raise InvalidError(f"“{name}” is no field of a new incident", ((name, "is not known"),))
    if change.description.strip():
        values["body"] = {"type": "incident_body", "details": clean(change.description)}
    if change.urgency:
        values["urgency"] = _URGENCIES.get(change.urgency, "high")
    if given.get("priority"):
        values["priority"] = reference("priority", await _priority(context, given["priority"]))
    if change.team and given.get("assignee"):
        words = "PagerDuty gives a new incident to an escalation policy or to a person, not to both"
        raise InvalidError(words, (("assignee", "not together with a team"),))
    if change.team:
        policy = await people.policy(context, change.team)
        values["escalation_policy"] = reference("escalation_policy", id_of(policy))
    if given.get("assignee"):
        values["assignments"] = given_to((await people.person(context, given["assignee"], "assignee")).id)
    return values


async def _priority(context: Context, wanted: str) -> str:
    known = context.priorities if context.priorities is not None else await context.load_priorities()
    for priority in known.values():
        if wanted.lower() in (priority.name.lower(), priority.id.lower(), str(priority.rank)):
            return priority.id
    raise InvalidError(f"PagerDuty has no priority “{wanted}”", (("priority", "is not known"),))


def _left_out(change: Create, row: Row) -> str:
    lost = []
    if change.caller:
        lost.append("PagerDuty keeps no caller")
    if change.category:
        lost.append("PagerDuty keeps no category")
    if change.impact:
        lost.append("PagerDuty keeps no impact")
    title = " ".join(clean(change.title).split())
    if text_of(row.get("title")) and text_of(row.get("title")) != title:
        lost.append("the title was cut or changed")
    if change.service and change.service.lower() not in (
        name_of(held(row, "service")).lower(),
        id_of(held(row, "service")).lower(),
    ):
        lost.append("PagerDuty filed it under another service")
    return "; ".join(lost)
