"""Looking up people, groups, services, codes and records ("Table API" on sys_user, sys_user_group, cmdb_ci_service)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vagt.adapters.kept import Kept
from vagt.adapters.protocol import ForbiddenError, NotFoundError
from vagt.adapters.servicenow.context import Context, Group
from vagt.adapters.servicenow.scope import searchable
from vagt.adapters.servicenow.wire import Row, id_of, value
from vagt.domain.directory import DirectoryEntry, DirectoryKind

_MOST = 200
_ELEMENTS = {
    DirectoryKind.CATEGORY: "category",
    DirectoryKind.RESOLUTION_CODE: "close_code",
    DirectoryKind.HOLD_REASON: "hold_reason",
}
_TABLES = {
    DirectoryKind.SERVICE: ("cmdb_ci_service", "name", "short_description"),
    DirectoryKind.PROBLEM: ("problem", "number", "short_description"),
    DirectoryKind.CHANGE: ("change_request", "number", "short_description"),
}


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
        if element := _ELEMENTS.get(kind):
            choices = await self._context.choices.of(element)
            return _fitting((DirectoryEntry(stored, label) for stored, label in choices), text, ordered=False)
        if kind is DirectoryKind.PERSON:
            return await self._people(text, within)
        if kind is DirectoryKind.TEAM:
            return await self._groups(text)
        table, name, detail = _TABLES[kind]
        active = "" if table.startswith("cmdb") else "active=true"
        rows = await self._rows(table, _query(text, (name, detail), active), (name, detail))
        shown = (DirectoryEntry(value(row, name), value(row, name), value(row, detail, limit=200)) for row in rows)
        return _fitting((entry for entry in shown if entry.id), text)

    async def _people(self, text: str, within: str | None) -> tuple[DirectoryEntry, ...]:
        """Members of the group, else users: who may be assigned is a filter of the form, which REST does not tell."""
        if within:
            group = await self._context.group_named(within)
            return _fitting(await self._members([group] if group else []), text)
        if not text and self._context.my_groups:
            members = await self._members(self._context.my_groups)
            if members:
                return _fitting(members, "")
        rows = await self._rows(
            "sys_user",
            _query(text, ("name", "user_name", "email"), "active=true"),
            ("user_name", "name", "email", "active"),
        )
        return _fitting(
            (_person(row) for row in rows if value(row, "active") != "false" and value(row, "user_name")), text
        )

    async def _members(self, groups: Sequence[Group]) -> list[DirectoryEntry]:
        if not groups:
            return []
        query = f"groupIN{','.join(group.id for group in groups)}^user.active=true^ORDERBYsys_id"
        fields = ("group", "user.user_name", "user.name", "user.email", "user.active")
        rows = await self._rows("sys_user_grmember", query, fields, limit=500)
        wanted = {group.id for group in groups}
        found = {
            value(row, "user.user_name"): _person(row, "user.")
            for row in rows
            if value(row, "user.user_name") and value(row, "group") in wanted and value(row, "user.active") != "false"
        }
        self._context.names |= {login: entry.name for login, entry in found.items()}
        return list(found.values())

    async def _groups(self, text: str) -> tuple[DirectoryEntry, ...]:
        rows = await self._rows(
            "sys_user_group", _query(text, ("name", "description"), "active=true"), ("name", "description", "active")
        )
        kept = [row for row in rows if value(row, "active") != "false" and value(row, "name")]
        for row in kept:
            self._context.groups.setdefault(id_of(row), Group(id_of(row), value(row, "name")))
        return _fitting(
            (DirectoryEntry(value(r, "name"), value(r, "name"), value(r, "description", limit=200)) for r in kept), text
        )

    async def _rows(self, table: str, query: str, fields: Sequence[str], limit: int = _MOST) -> tuple[Row, ...]:
        """Nothing where the account may not read that table."""
        try:
            page = await self._context.client.rows(table, query, ("sys_id", *fields), limit=limit)
        except (ForbiddenError, NotFoundError):
            return ()
        return page.rows


def _query(text: str, columns: Sequence[str], also: str) -> str:
    """Rows with the text in one of the columns; carets cannot be asked for and are compared here."""
    part = searchable(text)
    found = "^OR".join(f"{column}LIKE{part}" for column in columns) if part else ""
    return "^".join(piece for piece in (also, found, f"ORDERBY{columns[0]}", "ORDERBYsys_id") if piece)


def _person(row: Row, prefix: str = "") -> DirectoryEntry:
    login = value(row, f"{prefix}user_name")
    return DirectoryEntry(login, value(row, f"{prefix}name") or login, value(row, f"{prefix}email"))


def _fitting(entries: Iterable[DirectoryEntry], text: str, *, ordered: bool = True) -> tuple[DirectoryEntry, ...]:
    wanted = text.strip().lower()
    kept = [e for e in entries if wanted in e.id.lower() or wanted in e.name.lower() or wanted in e.detail.lower()]
    return tuple(sorted(kept, key=lambda entry: entry.name.lower()) if ordered else kept)[:_MOST]
