"""From the names that people use to PagerDuty's ids."""

from __future__ import annotations

from vagt.adapters.lenient import Row
from vagt.adapters.pagerduty.context import Context
from vagt.adapters.pagerduty.mapping import Person
from vagt.adapters.pagerduty.wire import id_of, is_id, name_of
from vagt.adapters.protocol import InvalidError, NotFoundError


async def person(context: Context, who: str, field: str = "to") -> Person:
    """Somebody by address, id or name. Raises InvalidError that names `field`."""
    wanted = who.strip()
    me = await context.me()
    if wanted.lower() in (me.login.lower(), me.id.lower()):
        return me
    try:
        found = await context.find_person(wanted)
    except InvalidError as error:
        raise InvalidError(error.words, ((field, "is not known"),)) from None
    if found is None:
        raise InvalidError(f"PagerDuty knows nobody called “{who}”", ((field, "is not known"),))
    return found


async def policy_named(context: Context, name: str) -> Row | None:
    """The escalation policy with this name or id, whole."""
    wanted = name.strip()
    return await _named(context, "/escalation_policies", "escalation_policies", "escalation_policy", wanted)


async def policy(context: Context, name: str, field: str = "team") -> Row:
    """The same. Raises InvalidError that names `field`."""
    found = await policy_named(context, name)
    if found is None:
        raise InvalidError(f"PagerDuty knows no escalation policy called “{name}”", ((field, "is not known"),))
    return found


async def service(context: Context, name: str, field: str = "service") -> Row:
    """A service by name or id. Raises InvalidError that names `field`."""
    found = await _named(context, "/services", "services", "service", name.strip())
    if found is None:
        raise InvalidError(f"PagerDuty knows no service called “{name}”", ((field, "is not known"),))
    return found


async def _named(context: Context, path: str, plural: str, singular: str, wanted: str) -> Row | None:
    if not wanted:
        return None
    if is_id(wanted) and wanted.isupper():
        try:
            return await context.client.get(f"{path}/{wanted}", singular)
        except NotFoundError:
            pass
    found, _ = await context.client.every(path, plural, [("query", wanted)], pages=2)
    fits = [row for row in found if wanted.lower() in (name_of(row).lower(), id_of(row).lower())]
    return fits[0] if fits else None
