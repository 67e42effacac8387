"""Looking up people, escalation policies and services ("List users", "List escalation policies", "List services")."""

from __future__ import annotations

from collections.abc import Iterable

from vagt.adapters.kept import Kept
from vagt.adapters.lenient import text_of
from vagt.adapters.pagerduty import people
from vagt.adapters.pagerduty.context import Context
from vagt.adapters.pagerduty.wire import held, id_of, name_of, rows
from vagt.adapters.protocol import ForbiddenError
from vagt.domain.directory import DirectoryEntry, DirectoryKind

_PAGES = 3


class Directory:
    """Who and what can be picked."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept = Kept[DirectoryEntry](context.connection.clock)

    async def look_up(self, kind: DirectoryKind, text: str, within: str | None) -> tuple[DirectoryEntry, ...]:
        """At most some hundred entries that fit `text`."""
        question = (kind, text.strip().lower(), within or "")
        return await self._kept.get(question, lambda: self._ask(kind, text.strip(), within))

    async def _ask(self, kind: DirectoryKind, text: str, within: str | None) -> tuple[DirectoryEntry, ...]:
        match kind:
            case DirectoryKind.PERSON:
                return await self._people(text, within)
            case DirectoryKind.TEAM:
                return await self._list("/escalation_policies", "escalation_policies", text)
            case DirectoryKind.SERVICE:
                return await self._list("/services", "services", text)
            case _:
                return ()

    async def _people(self, text: str, within: str | None) -> tuple[DirectoryEntry, ...]:
        if within:
            found = await self._of_policy(within)
            if found:
                return _fitting(found, text)
        # a search may know names only: an address is looked for by its first part as well
        for query in dict.fromkeys((text, text.partition("@")[0].replace(".", " ") if "@" in text else text)):
            params = [("query", query)] if query else []
            found_rows, _ = await self._context.client.every("/users", "users", params, pages=_PAGES)
            shown = [self._context.learn(row) for row in found_rows if id_of(row)]
            fitting = _fitting((DirectoryEntry(one.login, one.name, one.login) for one in shown), text)
            if fitting:
                return fitting
        return ()

    async def _of_policy(self, name: str) -> list[DirectoryEntry]:
        """Who is on call for a policy now."""
        try:
            policy = await people.policy_named(self._context, name)
        except ForbiddenError:
            policy = None
        if policy is None:
            return []
        params = [("escalation_policy_ids[]", id_of(policy)), ("include[]", "users"), ("time_zone", "UTC")]
        turns, _ = await self._context.client.every("/oncalls", "oncalls", params, pages=_PAGES)
        found: dict[str, DirectoryEntry] = {}
        for turn in turns:
            user = held(turn, "user")
            if text_of(user.get("email")):
                one = self._context.learn(user)
                found.setdefault(one.id, DirectoryEntry(one.login, one.name, f"on call for {name_of(policy)}"))
        return list(found.values())

    async def _list(self, path: str, name: str, text: str) -> tuple[DirectoryEntry, ...]:
        params = [("query", text)] if text else []
        found, _ = await self._context.client.every(path, name, params, pages=_PAGES)
        entries = []
        for row in found:
            teams = ", ".join(name_of(team) for team in rows(row.get("teams")))
            entries.append(DirectoryEntry(name_of(row), name_of(row), text_of(row.get("description")) or teams))
        return _fitting(entries, text)


def _fitting(entries: Iterable[DirectoryEntry], text: str) -> tuple[DirectoryEntry, ...]:
    """Those in which every word of `text` stands, by name."""
    words = text.lower().split()
    found = [
        entry for entry in entries if all(word in f"{entry.id} {entry.name} {entry.detail}".lower() for word in words)
    ]
    return tuple(sorted(found, key=lambda entry: entry.name.lower()))
