"""Who we are on the instance and what this account can do there: the few questions of every start.

What an account may write, ServiceNow tells nowhere; a write that it refuses is told when it happens.
"""

from __future__ import annotations

from collections.abc import Mapping

from vagt.adapters.protocol import Account, AuthError, ForbiddenError, NotFoundError
from vagt.adapters.servicenow.client import API
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.files import NO_FILES, may_attach
from vagt.adapters.servicenow.manifest import MANIFEST
from vagt.adapters.servicenow.reading import Reader
from vagt.adapters.servicenow.settling import settle
from vagt.adapters.servicenow.wire import value
from vagt.domain.capability import Capabilities, Capability

MAJOR_REASON = (
    "ServiceNow declares a major incident by a button of its own, which asks and starts more than the field; "
    "the option declare_major writes the field all the same"
)
CLOSE_REASON = (
    "closing needs the role itil_admin, which this account does not show; ServiceNow closes what is resolved "
    "by itself. Where the account has it, say so with the option may_close"
)
NO_SLA = "this account may not read the SLA clocks (table task_sla)"
NO_ROTA = "this instance has no on-call scheduling that this account may ask (whoisoncall)"
NEVER: Mapping[Capability, str] = {
    Capability.SNOOZE: "ServiceNow cannot snooze an incident",
    Capability.ESCALATE: "ServiceNow has no verb to escalate: raise the priority or give it to another group",
    Capability.MERGE: "ServiceNow merges nothing; a duplicate is resolved under its parent",
}


async def may_close(context: Context) -> bool:
    """Whether the account may close, as far as that can be known."""
    if context.options.may_close:
        return True
    me = await context.me()
    query = f"user={me.id}^role.nameINitil_admin,admin^ORDERBYsys_id"
    try:
        page = await context.client.rows("sys_user_has_role", query, ("user", "role.name"), limit=5)
    except (ForbiddenError, NotFoundError):
        return False
    return any(value(r, "user") == me.id and value(r, "role.name") in ("itil_admin", "admin") for r in page.rows)


async def probe(context: Context, reader: Reader) -> Account:
    """Sign in, and find out name, groups, clock, and what is there."""
    me = await context.me()
    await context.load_my_groups()
    await reader.checker.check()
    missing: dict[Capability, str] = {}
    if not context.options.declare_major:
        missing[Capability.MAJOR] = MAJOR_REASON
    if not await may_close(context):
        missing[Capability.CLOSE] = CLOSE_REASON
    if not await _has_rota(context):
        missing[Capability.ONCALL] = NO_ROTA
    if not await _reads_clocks(context):
        missing[Capability.SLA] = NO_SLA if context.options.sla else "switched off by the option sla"
    if not await may_attach(context.client):
        missing[Capability.ATTACH] = NO_FILES
    able = frozenset(MANIFEST.capabilities - missing.keys())
    notes = _notes(context, reader)
    if context.connection.thorough:
        notes += await settle(context, reader)
    return Account(
        login=me.login,
        name=me.name,
        teams=context.options.groups or tuple(group.name for group in context.my_groups),
        capabilities=Capabilities(able, tuple({**missing, **NEVER}.items())),
        product="ServiceNow",
        clock_skew=context.client.skew,
        notes=notes,
    )


async def _has_rota(context: Context) -> bool:
    group = context.my_groups[0].id if context.my_groups else ""
    params = {"group_ids": group} if group else {}
    return await context.client.tried("GET", f"{API}/on_call_rota/whoisoncall", params) == 200


async def _reads_clocks(context: Context) -> bool:
    if not context.options.sla:
        return False
    try:
        await context.client.rows("task_sla", "active=true^ORDERBYsys_id", ("sys_id",), limit=1)
    except (ForbiddenError, NotFoundError):
        context.sla_denied = True
    except AuthError:
        # an API key's policy may leave single tables out
        context.sla_denied = True
    return not context.sla_denied


def _notes(context: Context, reader: Reader) -> tuple[str, ...]:
    notes = []
    if reader.checker.unusable:
        told = ", ".join(f"{name} ({reader.checker.fates[name].value})" for name in sorted(reader.checker.unusable))
        notes.append(f"Conditions that this account may not make: {told}. Rows are judged by Vagt instead.")
    if reader.checker.why_not_followed:
        notes.append(f"The queue is listed whole at each poll, as {reader.checker.why_not_followed}.")
    if context.client.hourly:
        notes.append(
            f"A rule allows {context.client.hourly} requests an hour; ServiceNow does not tell how many are left. "
            "A console that polls every 15 s sends at least 240."
        )
    return tuple(notes)
