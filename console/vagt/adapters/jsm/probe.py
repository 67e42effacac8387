"""Who we are on the Jira and what this account can do there: the few questions of every start.

An account without an agent's seat gets 403 for the service desks. Rights are asked for by
`mypermissions`, whose keys must be known to the site; the agent's right is asked for by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from vagt.adapters.jsm.acting import NO_LEVELS, NO_MAJOR, NO_SNOOZE, NO_TEAM
from vagt.adapters.jsm.context import Context
from vagt.adapters.jsm.fieldmap import TeamKind
from vagt.adapters.jsm.manifest import MANIFEST
from vagt.adapters.jsm.reading import Reader
from vagt.adapters.jsm.registering import NO_SCREEN
from vagt.adapters.jsm.saying import NO_AGENT
from vagt.adapters.jsm.settling import settle
from vagt.adapters.jsm.wire import part
from vagt.adapters.protocol import Account, ForbiddenError, InvalidError, NotFoundError
from vagt.domain.capability import Capabilities, Capability

_RIGHTS: Mapping[str, tuple[Capability, ...]] = {
    "ASSIGN_ISSUES": (Capability.TAKE, Capability.ASSIGN_PERSON),
    "EDIT_ISSUES": (
        Capability.ASSIGN_TEAM,
        Capability.SET_PRIORITY,
        Capability.SET_IMPACT_URGENCY,
        Capability.MAJOR,
    ),
    "TRANSITION_ISSUES": (
        Capability.ACKNOWLEDGE,
        Capability.HOLD,
        Capability.RESOLVE,
        Capability.CLOSE,
        Capability.REOPEN,
        Capability.TRANSITION,
    ),
    "ADD_COMMENTS": (Capability.NOTE, Capability.COMMENT),
    "LINK_ISSUES": (Capability.LINK,),
    "CREATE_ISSUES": (Capability.CREATE,),
    "CREATE_ATTACHMENTS": (Capability.ATTACH,),
}


async def probe(context: Context, reader: Reader) -> Account:
    """Sign in, and find out name, rights, clock, and what is there."""
    server = await context.client.server()
    me = await context.me()
    await context.learn(anew=True)
    await context.operations.find_out()
    missing = dict(await _missing_rights(context))
    fields, levels, screen = await context.fields(), await context.levels(), await context.screen()
    if fields.team_kind is TeamKind.NONE:
        missing[Capability.ASSIGN_TEAM] = NO_TEAM
    if not fields.major:
        missing[Capability.MAJOR] = NO_MAJOR
    if not (levels.impacts and levels.urgencies):
        missing[Capability.SET_IMPACT_URGENCY] = NO_LEVELS
    if not levels.priorities:
        missing[Capability.SET_PRIORITY] = "Jira does not tell this account its priorities"
    if not screen.type_id:
        missing[Capability.CREATE] = NO_SCREEN
    if not fields.slas:
        missing[Capability.SLA] = "this Jira has no SLA fields"
    why = context.operations.why or "this account has no JSM Operations"
    if not context.operations.can_escalate:
        missing[Capability.ESCALATE] = why
    if not context.operations.config:
        missing[Capability.ONCALL] = why
    context.agent = None
    agent = await context.is_agent()
    if not agent:
        missing[Capability.NOTE] = NO_AGENT
    able = frozenset(MANIFEST.capabilities - missing.keys())
    never = {
        Capability.SNOOZE: NO_SNOOZE,
        Capability.MERGE: "Jira merges nothing; a duplicate is linked and resolved",
    }
    return Account(
        login=me.id,
        name=me.name,
        capabilities=Capabilities(able, tuple({**missing, **never}.items())),
        product=server.product,
        clock_skew=context.client.skew,
        notes=await settle(context, reader, agent=agent) if context.connection.thorough else (),
    )


async def _missing_rights(context: Context) -> dict[Capability, str]:
    """Rights of the first project, by what they take away; nothing where Jira does not tell."""
    project = context.options.projects[0]
    params = [("permissions", ",".join((*_RIGHTS, "BROWSE_PROJECTS"))), ("projectKey", project)]
    try:
        told = part(await context.client.get("/mypermissions", params), "permissions")
    except (InvalidError, NotFoundError, ForbiddenError):
        return {}
    found: dict[Capability, str] = {}
    for right, abilities in _RIGHTS.items():
        if part(told, right).get("havePermission") is False:
            words = f"this account lacks the right {right} in {project}"
            found |= dict.fromkeys(abilities, words)
    return found
