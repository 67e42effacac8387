"""Who we are in the account and what this credential can do there: the few questions of every start.

Each of them may fail by itself: an ability that the account has not got (402), a scope or right that
is missing (403).
"""

from __future__ import annotations

from vagt.adapters.pagerduty.announcing import template_named
from vagt.adapters.pagerduty.context import Context
from vagt.adapters.pagerduty.manifest import MANIFEST
from vagt.adapters.pagerduty.mapping import Person
from vagt.adapters.pagerduty.reading import Reader
from vagt.adapters.pagerduty.wire import name_of
from vagt.adapters.protocol import Account, ForbiddenError, InvalidError, NotFoundError
from vagt.domain.capability import Capabilities, Capability

READ_ONLY = "this key may only read"
NO_PRIORITIES = "this PagerDuty account has no priorities, or hides them"
NO_MAJOR = "this PagerDuty account has no incident type “{}” (option major_type)"
NO_TURNS = "this credential may not read who is on call (oncalls.read)"
NEVER = {
    Capability.HOLD: "PagerDuty has no waiting state: snooze it, or note what it waits for",
    Capability.CLOSE: "PagerDuty knows nothing beyond resolved",
    Capability.ATTACH: "PagerDuty keeps no files of incidents: write where the file lies in a note",
    Capability.LINK: "PagerDuty keeps no links: it merges duplicates",
    Capability.SET_IMPACT_URGENCY: "PagerDuty has no impact",
    Capability.SLA: "PagerDuty keeps no deadlines",
}
_READING = frozenset({Capability.ONCALL, Capability.TIMELINE})


async def probe(context: Context, reader: Reader) -> Account:
    """Sign in, and find out name, policies, and what is there."""
    me = await context.me()
    await _abilities(context)
    missing: dict[Capability, str] = {}
    if not await context.load_priorities():
        missing[Capability.SET_PRIORITY] = NO_PRIORITIES
    if not await _has_type(context):
        missing[Capability.MAJOR] = NO_MAJOR.format(context.options.major_type)
    if not await _reads_turns(context):
        missing[Capability.ONCALL] = NO_TURNS
    if not await context.client.may_write():
        missing |= dict.fromkeys(MANIFEST.capabilities - _READING, READ_ONLY)
    able = frozenset(MANIFEST.capabilities - missing.keys())
    return Account(
        login=me.login,
        name=me.name,
        teams=await _policies(context, me),
        capabilities=Capabilities(able, tuple({**missing, **NEVER}.items())),
        product="PagerDuty",
        clock_skew=context.client.skew,
        notes=await _notes(context, reader),
    )


async def _abilities(context: Context) -> None:
    try:
        context.abilities = await context.client.abilities()
    except (ForbiddenError, InvalidError, NotFoundError):
        context.abilities = None


async def _has_type(context: Context) -> bool:
    wanted = context.options.major_type
    if not wanted:
        return False
    try:
        return any(name_of(row) == wanted for row in await context.client.types())
    except (ForbiddenError, InvalidError, NotFoundError):
        return False


async def _reads_turns(context: Context) -> bool:
    try:
        await context.client.page("/oncalls", "oncalls", [("time_zone", "UTC")], limit=1)
    except (ForbiddenError, NotFoundError):
        return False
    return True


async def _policies(context: Context, me: Person) -> tuple[str, ...]:
    """The escalation policies that we stand on."""
    try:
        found, _ = await context.client.every(
            "/escalation_policies", "escalation_policies", [("user_ids[]", me.id)], pages=2
        )
    except (ForbiddenError, NotFoundError):
        return ()
    return tuple(sorted({name_of(row) for row in found}, key=str.lower))


async def _notes(context: Context, reader: Reader) -> tuple[str, ...]:
    if not context.connection.thorough:
        return ()
    notes = []
    if context.acts_as_nobody:
        notes.append(f"The key is nobody's: what is done carries the address {context.client.email}.")
    if context.abilities is not None and "coordinated_responding" not in context.abilities:
        notes.append(
            "The account has no responder requests: escalating to a person makes that person one more assignee."
        )
    scope = await context.scope()
    page = await reader.page(limit=1)
    if not page.rows and scope.words:
        notes.append(f"Nothing is open in this queue, which is narrowed by {scope.words}.")
    if context.options.status_template:
        try:
            await template_named(context, context.options.status_template)
        except (InvalidError, ForbiddenError) as error:
            notes.append(f"Status updates cannot be written with the template: {error.words}.")
    return tuple(notes)
