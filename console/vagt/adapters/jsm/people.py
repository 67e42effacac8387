"""From the names that people use to the identities that Jira wants ("User search", "Teams", "Components", "Groups").

Cloud knows people by accountId only and may hide addresses that it matches with, so that one hit of
a search is taken where nothing of it can be compared. A search looks at the first thousand users
only. A team is whatever the config says holds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vagt.adapters.jsm.context import Context, identity
from vagt.adapters.jsm.fieldmap import TeamKind
from vagt.adapters.jsm.wire import Row, id_of, parts, text
from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError
from vagt.domain.directory import DirectoryEntry

MOST = 200
_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,20}:[0-9A-Za-z-]{4,128}|[0-9a-f]{24}")
"""What an accountId looks like."""


async def person(context: Context, who: str, issue: str = "", field: str = "to") -> tuple[str, str]:
    """(identity, name) of somebody named by identity, address or name. Raises InvalidError that names `field`."""
    wanted = who.strip()
    me = await context.me()
    if wanted.lower() in (me.id.lower(), me.email.lower(), me.name.lower()) and wanted:
        return me.id, me.name
    cloud = await context.client.is_cloud()
    if cloud and _ACCOUNT.fullmatch(wanted):
        found = await _by_account(context, wanted)
        rows = [found] if found else []
    else:
        rows = await search(context, wanted, issue)
    low = wanted.lower()
    for columns in (("accountId", "name", "emailAddress"), ("displayName",)):
        fitting = {identity(row, cloud): row for row in rows if any(text(row, c, 300).lower() == low for c in columns)}
        if len(fitting) > 1:
            raise InvalidError(
                f"“{who}” is what {len(fitting)} people are called: name the id", ((field, "is not known"),)
            )
        if fitting:
            return _known(context, next(iter(fitting.values())), cloud)
    if len(rows) == 1 and "@" in wanted and not text(rows[0], "emailAddress"):
        return _known(context, rows[0], cloud)
    raise InvalidError(f"Jira knows nobody called “{who}” who can be assigned", ((field, "is not known"),))


def _known(context: Context, row: Row, cloud: bool) -> tuple[str, str]:
    id = identity(row, cloud)
    name = text(row, "displayName", 300) or id
    if row.get("active") is False:
        raise InvalidError(f"“{name}” is no longer active in Jira", (("to", "is not known"),))
    context.names[id] = name
    return id, name


async def _by_account(context: Context, id: str) -> Row | None:
    try:
        return await context.client.get("/user", [("accountId", id)])
    except (NotFoundError, InvalidError):
        return None


async def search(context: Context, words: str, issue: str = "") -> list[Row]:
    """People who can be assigned and fit `words`; all where those are empty."""
    cloud = await context.client.is_cloud()
    asked = ("query", words) if cloud else ("username", words or ".")
    where = ("issueKey", issue) if issue else ("project", context.options.projects[0])
    answer = await context.client.ask(
        "GET", "/user/assignable/search", params=[where, asked, ("maxResults", str(MOST))]
    )
    found = answer.json()
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


async def people(context: Context, words: str) -> tuple[DirectoryEntry, ...]:
    """Entries of those who fit."""
    cloud = await context.client.is_cloud()
    by_account = await _by_account(context, words) if cloud and _ACCOUNT.fullmatch(words) else None
    rows = [by_account] if by_account else await search(context, words)
    entries = []
    for row in rows:
        id = identity(row, cloud)
        if not id:
            continue
        name = text(row, "displayName", 300) or id
        context.names[id] = name
        entries.append(DirectoryEntry(id, name, text(row, "emailAddress", 300)))
    return fitting(entries, words)


async def names_for(context: Context, ids: Iterable[str]) -> dict[str, str]:
    """Names of people, as far as Jira tells them."""
    missing = [id for id in dict.fromkeys(ids) if id and id not in context.names]
    if missing and await context.client.is_cloud():
        params = [("accountId", id) for id in missing[:MOST]]
        try:
            told = await context.client.get("/user/bulk", [*params, ("maxResults", str(MOST))])
        except (ForbiddenError, NotFoundError, InvalidError):
            told = {}
        for row in parts(told, "values"):
            if id := text(row, "accountId", 200):
                context.names[id] = text(row, "displayName", 300) or id
    return {id: context.names.get(id, id) for id in ids}


# --- teams
async def teams(context: Context) -> tuple[DirectoryEntry, ...]:
    """What an incident's team can be, as far as Jira tells it."""
    fields = await context.fields()
    client = context.client
    match fields.team_kind:
        case TeamKind.NONE:
            return ()
        case TeamKind.COMPONENTS:
            rows = await client.get_list(f"/project/{context.options.projects[0]}/components")
            found = {id_of(row): text(row, "name", 300) for row in rows}
        case TeamKind.GROUP:
            told = await client.get("/groups/picker", [("query", ""), ("maxResults", str(MOST))])
            found = {text(row, "name", 300): text(row, "name", 300) for row in parts(told, "groups")}
        case TeamKind.SELECT:
            screen = await context.screen()
            options = parts(screen.of(fields.team), "allowedValues")
            found = {id_of(row): text(row, "value", 300) for row in options}
        case TeamKind.TEAM:
            found = await context.operations.teams()
    context.teams |= {id: name for id, name in found.items() if id and name}
    return tuple(DirectoryEntry(name, name, "") for _, name in sorted(context.teams.items(), key=lambda t: t[1]))


async def team(context: Context, wanted: str) -> tuple[str, str]:
    """(id, name) of a team. Raises InvalidError that names the field."""
    low = wanted.strip().lower()

    def found() -> tuple[str, str] | None:
        for id, name in context.teams.items():
            if low in (id.lower(), name.lower()):
                return id, name
        return None

    told = found()
    if told is None:
        await teams(context)
        told = found()
    if told is None:
        raise InvalidError(f"Jira shows this account no team called “{wanted}”", (("team", "is not known"),))
    return told


async def team_value(context: Context, wanted: str) -> object:
    """What is written into the field that holds the team; None empties it. Raises InvalidError."""
    fields = await context.fields()
    if not wanted.strip():
        return [] if fields.team_kind is TeamKind.COMPONENTS else None
    id, name = await team(context, wanted)
    match fields.team_kind:
        case TeamKind.COMPONENTS:
            return [{"id": id}]
        case TeamKind.GROUP:
            return {"name": name}
        case TeamKind.SELECT:
            return {"id": id}
        case _:
            # read as an object, written as the bare id
            return id


def fitting(entries: Iterable[DirectoryEntry], words: str) -> tuple[DirectoryEntry, ...]:
    """Those that hold the words, by name."""
    low = words.strip().lower()
    kept = [e for e in entries if low in e.id.lower() or low in e.name.lower() or low in e.detail.lower()]
    return tuple(sorted(kept, key=lambda entry: entry.name.lower()))[:MOST]
