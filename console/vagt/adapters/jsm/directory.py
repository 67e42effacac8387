"""Looking up people, teams, resolutions, services, problems and changes."""

from __future__ import annotations

from vagt.adapters.jsm import people
from vagt.adapters.jsm.context import Context
from vagt.adapters.jsm.jql import among, both, quoted
from vagt.adapters.jsm.levels import named
from vagt.adapters.jsm.wire import part, text
from vagt.adapters.kept import Kept
from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError
from vagt.domain.directory import DirectoryEntry, DirectoryKind

_ISSUES = {DirectoryKind.PROBLEM: "problem", DirectoryKind.CHANGE: "change"}
_MOST = 50


class Directory:
    """Who and what can be picked."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept = Kept[DirectoryEntry](context.connection.clock)

    async def look_up(self, kind: DirectoryKind, words: str) -> tuple[DirectoryEntry, ...]:
        """At most some hundred entries that fit `words`. Jira ties nobody to a team."""
        return await self._kept.get((kind, words.strip().lower()), lambda: self._ask(kind, words.strip()))

    async def _ask(self, kind: DirectoryKind, words: str) -> tuple[DirectoryEntry, ...]:
        match kind:
            case DirectoryKind.PERSON:
                return await people.people(self._context, words)
            case DirectoryKind.TEAM:
                return people.fitting(await people.teams(self._context), words)
            case DirectoryKind.RESOLUTION_CODE:
                rows = named(await self._context.client.get_list("/resolution"))
                return people.fitting((DirectoryEntry(name, name) for _, name in rows), words)
            case DirectoryKind.CATEGORY:
                path = f"/project/{self._context.options.projects[0]}/components"
                rows = named(await self._context.client.get_list(path))
                return people.fitting((DirectoryEntry(name, name) for _, name in rows), words)
            case DirectoryKind.PROBLEM | DirectoryKind.CHANGE:
                return await self._issues(_ISSUES[kind], words)
            case _:
                return ()

    async def _issues(self, what: str, words: str) -> tuple[DirectoryEntry, ...]:
        """Open issues of the types whose names say so."""
        screen = await self._context.screen()
        types = await self._context.client.pages(
            f"/issue/createmeta/{screen.project}/issuetypes", ("issueTypes", "values")
        )
        names = [text(row, "name", 200) for row in types if what in text(row, "name", 200).lower()]
        if not names:
            return ()
        fits = f"text ~ {quoted(words)}" if words else ""
        query = both(among("project", self._context.options.projects), among("issuetype", names), fits)
        try:
            page = await self._context.client.search(f"{query} ORDER BY updated DESC", ("summary",), _MOST)
        except (InvalidError, NotFoundError, ForbiddenError):
            return ()
        return tuple(
            DirectoryEntry(text(row, "key", 100), text(row, "key", 100), text(part(row, "fields"), "summary", 200))
            for row in page.rows
        )
