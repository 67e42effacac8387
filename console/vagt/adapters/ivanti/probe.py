"""Who we are, what this role can do, and which open points of the interface this tenant settles; nothing is written.

Rights cannot be asked for: a restricted role sees fewer rows with 200, and a missing right to write
shows only in the refusal. So what can be read is tried, and what only a write could tell is said to
be untold; a write would run the tenant's workflows.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from vagt.adapters.ivanti import filters, journal, schema
from vagt.adapters.ivanti.acting import CLOSE_REASON, ESCALATE_REASON, MAJOR_REASON, NEVER
from vagt.adapters.ivanti.attachments import FILES
from vagt.adapters.ivanti.client import INCIDENTS
from vagt.adapters.ivanti.clocks import WATCHES
from vagt.adapters.ivanti.context import Context
from vagt.adapters.ivanti.lists import Lists
from vagt.adapters.ivanti.manifest import MANIFEST
from vagt.adapters.ivanti.notes import NOTES, Notes
from vagt.adapters.ivanti.quick import Catalogue, spoken
from vagt.adapters.lenient import moment_of, text_of
from vagt.adapters.protocol import (
    Account,
    AdapterError,
    AuthError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ThrottledError,
    UnavailableError,
)
from vagt.domain.capability import Capabilities, Capability

_EMPLOYEES = re.compile(r"employee|rev\d", re.IGNORECASE)


async def probe(context: Context, lists: Lists, notes: Notes, catalogue: Catalogue) -> Account:
    """Sign in and look around."""
    clock, client, options = context.connection.clock, context.client, context.options
    before = clock.now()
    page = await client.rows(INCIDENTS, select=("RecId", "LastModDateTime"), order="LastModDateTime desc", top=1)
    if client.date is not None:
        middle = before + (clock.now() - before) / 2
        # The header tells whole seconds, cut off: half a second is the best guess of the rest.
        context.skew = (client.date - middle).total_seconds() + 0.5
    me = await context.me()
    if options.saved:
        await catalogue.search(options.saved)
    missing = _configured(context)
    if "probed" not in context.settled:
        await _look_around(context, lists, notes, catalogue)
        context.settled["probed"] = ""
    if context.no_files:
        missing[Capability.ATTACH] = context.no_files
    if context.clocks_work is False or not options.sla:
        missing[Capability.SLA] = context.settled.get("clocks", "SLA clocks are switched off: sla = false")
    return Account(
        login=me.login,
        name=me.name,
        teams=tuple(dict.fromkeys(filter(None, (me.team, *options.teams)))),
        capabilities=Capabilities(
            frozenset(MANIFEST.capabilities - missing.keys()), tuple({**missing, **NEVER}.items())
        ),
        product=f"{MANIFEST.title} at {client.base.known}",
        clock_skew=context.skew,
        notes=(
            *(() if me.id else (f"no employee with the Login ID “{me.login}” is visible: is `username` right?",)),
            *(() if page.rows else ("this role sees no incident at all: is it the right one?",)),
            *(words for topic, words in sorted(context.settled.items()) if words and not topic.startswith("relation ")),
        ),
    )


def _configured(context: Context) -> dict[Capability, str]:
    options = context.options
    found: dict[Capability, str] = {}
    if not options.allow_close:
        found[Capability.CLOSE] = CLOSE_REASON
    if not options.major_field:
        found[Capability.MAJOR] = MAJOR_REASON
    if not options.escalation_team and not options.escalate_action:
        found[Capability.ESCALATE] = ESCALATE_REASON
    if options.journal == "off":
        found[Capability.JOURNAL] = journal.REASON
    return found


async def _look_around(context: Context, lists: Lists, notes: Notes, catalogue: Catalogue) -> None:
    """Settle what reading can settle; a part that fails says so and stops nothing.

    What an account can do hangs on clocks and files only: the rest is asked where a person checks the connection,
    and else found out when it is first needed.
    """
    parts: list[tuple[str, Callable[[], Awaitable[object]]]] = [
        ("clocks", lambda: _clocks(context)),
        ("files", lambda: _files(context)),
    ]
    if context.connection.thorough:
        parts += [
            ("metadata", lambda: _metadata(context, catalogue)),
            ("lists", lambda: _lists(context, lists)),
            ("parent", notes.spelling),
            ("nothing", lambda: _nothing(context)),
            ("v2", lambda: _v2(context)),
            ("members", lambda: _members(context)),
            ("moves", lambda: _moves(context)),
        ]
    for topic, part in parts:
        try:
            await part()
        except (AuthError, ThrottledError):
            raise
        except UnavailableError as error:
            if not context.settled.get("metadata") and topic == "metadata":
                context.settled[topic] = f"$metadata is refused: {error.words}"
                continue
            raise
        except AdapterError as error:
            context.settled.setdefault(topic, f"{topic} could not be found out: {error.words}")
    if not context.connection.thorough:
        return
    context.settled["untold"] = (
        "only a write could tell, and Vagt never writes to find out: whether a direct Priority is kept "
        f"(direct_priority is {'on' if context.options.direct_priority else 'off'}), whether a team change wants the "
        "owner anew, what quick actions answer, which form fields an upload wants"
    )


async def _clocks(context: Context) -> None:
    if not context.options.sla:
        return
    try:
        page = await context.client.rows(WATCHES, select=("RecId", "ClockState"), top=25)
    except InvalidError as error:
        context.no_clocks(error.words)
        return
    except (AuthError, ThrottledError, UnavailableError):
        raise
    except AdapterError as error:
        context.no_clocks(error.words)
        return
    context.clocks_work = True
    states = ", ".join(sorted({text_of(row.get("ClockState")) for row in page.rows} - {""}))
    context.settled["clocks"] = f"SLA clocks can be read; their states: {states or 'none seen'}"


async def _metadata(context: Context, catalogue: Catalogue) -> None:
    found = await catalogue.schema()
    if catalogue.refused:
        context.settled["metadata"] = (
            f"$metadata is refused ({catalogue.refused}): name quick actions in action_ids, searches in search_ids"
        )
        return
    searches = ", ".join(spoken(name) for name in list(found.searches)[:12])
    actions = ", ".join(spoken(name) for name in list(found.actions)[:12])
    context.settled["metadata"] = f"$metadata can be read: {len(found.fields)} fields of an incident"
    context.settled["quick actions"] = f"quick actions: {actions or 'none'}"
    context.settled["searches"] = f"saved searches for `query`: {searches or 'none'}"
    absent = [name for name in (context.options.major_field, *context.options.extra_fields) if name not in found.fields]
    if absent and found.fields:
        context.settled["absent"] = f"an incident here has no {', '.join(filter(None, absent))}"


async def _lists(context: Context, lists: Lists) -> None:
    for name in ("Status", "CauseCode", "OwnerTeam", "Service"):
        await lists.values(name)
    context.settled["lists"] = "value lists: " + "; ".join(f"{name} from {src}" for name, src in lists.sources.items())
    strange = [name for name in context.values["Status"] if context.options.state(name) is None]
    if strange:
        context.settled["strange"] = f"what these statuses mean is a guess, tell it in states: {', '.join(strange)}"


async def _nothing(context: Context) -> None:
    await context.client.rows(INCIDENTS, where=filters.Compare("IncidentNumber", "eq", "0"), select=("RecId",), top=1)
    context.settled["nothing"] = f"an empty answer is {context.client.nothing or 'not told: a row came'}"


async def _v2(context: Context) -> None:
    there = await context.client.has_v2()
    used = "; `odata` asks for it" if context.options.v2 else ""
    context.settled["v2"] = f"the newer interface (odatav2) is {'there' if there else 'not there'}{used}"
    if context.options.v2 and not there:
        context.settled["v2"] += ": set odata = “v1”"


async def _members(context: Context) -> None:
    if context.options.team_relation:
        context.settled["members"] = f"members of teams: over {context.options.team_relation}, as configured"
        return
    try:
        found = schema.read(await context.client.metadata("standarduserteams"))
    except (AuthError, ThrottledError):
        raise
    except AdapterError:
        found = schema.Schema()
    likely = [name for name, to in found.relations.items() if _EMPLOYEES.search(to) or _EMPLOYEES.search(name)]
    context.settled["members"] = (
        f"members of teams: by their own Team; team_relation could be one of: {', '.join(likely)}"
        if likely
        else "members of teams: by their own Team; no relationship for them is told"
    )


async def _files(context: Context) -> None:
    """Whether this role sees files at all."""
    try:
        await context.client.rows(FILES, select=("RecId",), top=1)
    except (InvalidError, ForbiddenError, NotFoundError) as error:
        context.no_files = f"this role may not see files: {error.words}"
        context.settled["files"] = context.no_files


async def _moves(context: Context) -> None:
    """Whether a note moves its incident's date, from the newest note of an incident."""
    where = filters.any_of("ParentLink_Category", ("Incident", "Incident#"))
    page = await context.client.rows(
        NOTES,
        where=where,
        select=("RecId", "CreatedDateTime", "ParentLink_RecID"),
        order="CreatedDateTime desc",
        top=1,
    )
    if not page.rows:
        return
    written = moment_of(text_of(page.rows[0].get("CreatedDateTime")))
    parent = text_of(page.rows[0].get("ParentLink_RecID"))
    found = await context.client.rows(
        INCIDENTS, where=filters.eq("RecId", parent), select=("RecId", "LastModDateTime"), top=1
    )
    moved = moment_of(text_of(found.rows[0].get("LastModDateTime"))) if found.rows else None
    if written and moved:
        still = (written - moved).total_seconds() > 5
        words = (
            "does not move its incident's date: open the incident to see it"
            if still
            else "may move its incident's date"
        )
        context.settled["moves"] = f"a note {words}"
