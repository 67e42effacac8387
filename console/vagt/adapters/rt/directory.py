"""Looking up queues, people and the values of custom fields in RT ("RT REST2", section 2)."""

from __future__ import annotations

from collections.abc import Iterable

from vagt.adapters.protocol import ForbiddenError, NotFoundError
from vagt.adapters.rt.context import Context
from vagt.adapters.rt.registering import visible_queues
from vagt.adapters.rt.wire import ROBOTS, Row, reference, rows_of, text_of
from vagt.domain.directory import DirectoryEntry, DirectoryKind

_FRESH = 600.0
"""Seconds for which the members of the groups are kept."""
_MOST = 300
_SHORTEST_SEARCH = 2


class Directory:
    """Who and what can be picked."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._people: dict[str, DirectoryEntry] = {}
        self._read_at: float | None = None

    async def look_up(self, kind: DirectoryKind, text: str) -> tuple[DirectoryEntry, ...]:
        """At most some hundred entries that fit `text`, sorted by name."""
        options = self._context.options
        match kind:
            case DirectoryKind.TEAM:
                queues = await visible_queues(self._context)
                return _fitting((DirectoryEntry(q.name, q.name, q.description) for q in queues), text)
            case DirectoryKind.PERSON:
                return await self._persons(text)
            case DirectoryKind.SERVICE:
                return await self._values(options.service_field, text)
            case DirectoryKind.CATEGORY:
                return await self._values(options.category_field, text)
            case DirectoryKind.RESOLUTION_CODE:
                return await self._values(options.resolution_code_field, text)
            case _:
                return ()

    async def _persons(self, text: str) -> tuple[DirectoryEntry, ...]:
        """Group members, and with a text also other users: who may own what, RT does not tell."""
        now = self._context.connection.clock.monotonic()
        if self._read_at is None or now - self._read_at > _FRESH:
            self._people = await self._members()
            self._read_at = now
        found = {entry.id: entry for entry in _fitting(self._people.values(), text)}
        wanted = text.strip()
        if len(wanted) >= _SHORTEST_SEARCH and len(found) < 20:
            for column in ("Name", "RealName", "EmailAddress"):
                rows = await self._users([{"field": column, "operator": "LIKE", "value": wanted}])
                found |= {entry.id: entry for entry in rows if entry.id not in found}
        return _fitting(found.values(), "")

    async def _members(self) -> dict[str, DirectoryEntry]:
        options = self._context.options
        conditions = (
            [{"field": "Name", "value": name} for name in options.groups]
            if options.groups
            else [{"field": "Domain", "value": "UserDefined"}]
        )
        logins: dict[str, None] = {}
        try:
            groups = await self._context.client.groups(conditions)
        except (ForbiddenError, NotFoundError):
            groups = []
        for group in groups[:30]:
            try:
                row = await self._context.client.group(reference(group))
            except (ForbiddenError, NotFoundError):
                continue
            logins |= {login: None for member in rows_of(row.get("Members")) if (login := _user(member))}
        if not logins:
            return {
                entry.id: entry for entry in await self._users([{"field": "Name", "operator": "LIKE", "value": ""}])
            }
        names = list(logins)[:_MOST]
        known: dict[str, DirectoryEntry] = {}
        for start in range(0, len(names), 50):
            some = [{"field": "Name", "value": name} for name in names[start : start + 50]]
            known |= {entry.id: entry for entry in await self._users(some)}
        return {
            name: known.get(name) or DirectoryEntry(name, self._context.names.get(name, name), "") for name in names
        }

    async def _users(self, where: list[dict[str, str]]) -> list[DirectoryEntry]:
        try:
            rows = await self._context.client.users(where)
        except (ForbiddenError, NotFoundError):
            return []
        return [_person(row) for row in rows if _is_colleague(row)]

    async def _values(self, name: str, text: str) -> tuple[DirectoryEntry, ...]:
        """The values that a custom field allows, or, where RT does not show us these, those met on tickets."""
        if not name:
            return ()
        values = list(self._context.field_values.get(name.lower(), {}))
        id = next((id for id, known in self._context.fields.items() if known.lower() == name.lower()), "")
        if id:
            try:
                row = await self._context.client.custom_field(id)
            except (ForbiddenError, NotFoundError):
                row = {}
            allowed = row.get("Values")
            if isinstance(allowed, list):
                values = [value for item in allowed if (value := text_of(item))] or values
        return _fitting((DirectoryEntry(value, value) for value in values), text, ordered=False)


def _fitting(entries: Iterable[DirectoryEntry], text: str, *, ordered: bool = True) -> tuple[DirectoryEntry, ...]:
    wanted = text.strip().lower()
    kept = [e for e in entries if wanted in e.id.lower() or wanted in e.name.lower() or wanted in e.detail.lower()]
    return tuple(sorted(kept, key=lambda entry: entry.name.lower()) if ordered else kept)[:_MOST]


def _user(member: Row) -> str:
    return reference(member) if text_of(member.get("type")) in ("user", "") else ""


def _person(row: Row) -> DirectoryEntry:
    login = text_of(row.get("Name")) or reference(row)
    return DirectoryEntry(login, text_of(row.get("RealName")) or login, text_of(row.get("EmailAddress")))


def _is_colleague(row: Row) -> bool:
    """Privileged users only: everybody who ever wrote a mail is a user as well."""
    return (
        text_of(row.get("Privileged")) != "0"
        and text_of(row.get("Disabled")) != "1"
        and text_of(row.get("Name")) not in ROBOTS
        and bool(text_of(row.get("Name")))
    )
