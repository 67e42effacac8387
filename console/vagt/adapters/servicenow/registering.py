"""Registering a new incident once, under a sys_id of our own making ("Table API", POST).

An instance honours a sys_id in the body, so that a second POST meets the primary key; where it
ignores it, `correlation_id` holds the same key. How a second POST fails is not documented: whatever
it says, the incident is looked for, and what is there was registered.
"""

from __future__ import annotations

import logging
import re
import uuid

from vagt.adapters.protocol import AdapterError, Done, ForbiddenError, InvalidError, NotFoundError
from vagt.adapters.servicenow import people
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.forms import TITLE_LENGTH
from vagt.adapters.servicenow.reading import Reader
from vagt.adapters.servicenow.wire import Row, clean, id_of, readable, value
from vagt.domain.commands import Command, Create

_log = logging.getLogger(__name__)
_HEX = re.compile(r"[0-9a-f]{32}")


def identity_of(command: Command) -> str:
    """The sys_id of the incident that `command` registers."""
    plain = command.id.lower().replace("-", "")
    return plain if _HEX.fullmatch(plain) else uuid.uuid5(uuid.NAMESPACE_OID, f"vagt:{command.id}").hex


def correlation_of(command: Command) -> str:
    """The idempotency key in `correlation_id`."""
    return f"vagt:{identity_of(command)}"


async def register(context: Context, reader: Reader, command: Command) -> Done:
    """Create it and tell what the instance left out. Raises InvalidError where the title is missing."""
    assert isinstance(command.change, Create)
    values = await _values(context, command.change)
    body = {"sys_id": identity_of(command), "correlation_id": correlation_of(command), **values}
    fields = tuple(dict.fromkeys((*await context.fields(), *body)))
    try:
        row = await context.client.post("incident", body, fields)
    except (ForbiddenError, InvalidError) as error:
        earlier = await registered(context, command)
        if not earlier:
            raise _named(error) from None
        row = await context.client.row("incident", earlier, fields)
    if not id_of(row):
        raise InvalidError("ServiceNow took the new incident and did not say its sys_id")
    try:
        await reader.complete([row])
    except AdapterError as error:
        # its clocks and children come with the next poll
        _log.info("%s: the new incident's clocks could not be read: %s", context.backend, error.words)
    return Done(context.incidents([row])[0], _left_out(row, values))


async def registered(context: Context, command: Command) -> str:
    """The sys_id of the incident that an earlier try of `command` registered; empty where there is none."""
    id, key = identity_of(command), correlation_of(command)
    try:
        return id_of(await context.client.row("incident", id, ("sys_id",)))
    except NotFoundError:
        pass
    page = await context.client.rows(
        "incident", f"correlation_id={key}^ORDERBYsys_id", ("sys_id", "correlation_id"), limit=5
    )
    return next((id_of(row) for row in page.rows if value(row, "correlation_id") == key), "")


async def _values(context: Context, change: Create) -> dict[str, str]:
    title = " ".join(clean(change.title).split())
    if not title:
        raise InvalidError("a new incident needs a short description", (("title", "is empty"),))
    me = await context.me()
    caller = (await people.person(context, change.caller, "caller"))[0] if change.caller else me.id
    values = {"short_description": title[:TITLE_LENGTH], "caller_id": caller}
    if change.description.strip():
        values["description"] = clean(change.description)
    if change.impact:
        values["impact"] = str(change.impact)
    if change.urgency:
        values["urgency"] = str(change.urgency)
    team = change.team or (context.options.groups[0] if len(context.options.groups) == 1 else "")
    if team:
        values["assignment_group"] = await people.group(context, team)
    if change.service:
        values["business_service"] = await people.record(context, "cmdb_ci_service", change.service, "service")
    if change.category:
        values["category"] = await context.choices.need("category", change.category, "category")
    for name, _ in change.fields:
        raise InvalidError(f"“{name}” is no field of a new incident", ((name, "is not known"),))
    return values


def _left_out(row: Row, values: dict[str, str]) -> str:
    lost = [
        name
        for name, text in values.items()
        if readable(row, name) and " ".join(value(row, name).split()) != " ".join(text.split())
    ]
    return f"registered, but ServiceNow did not store: {', '.join(lost)}" if lost else ""


_LABELS = {
    "caller": "caller",
    "short description": "title",
    "description": "description",
    "category": "category",
    "service": "service",
    "business service": "service",
    "assignment group": "team",
    "impact": "impact",
    "urgency": "urgency",
}


def _named(error: AdapterError) -> AdapterError:
    if not isinstance(error, InvalidError):
        return error
    fields = tuple((_LABELS.get(name.lower(), name), words) for name, words in error.fields)
    return InvalidError(error.words, fields)
