"""Looking up people, teams, services, codes, problems and changes.

`$filter` knows no "contains", so that lists are read whole once in ten minutes and searched here;
in a tenant with more people than that, a name, login or address given in full is still found.
"""

from __future__ import annotations

from collections.abc import Iterable

from vagt.adapters.ivanti import filters
from vagt.adapters.ivanti.context import PERSON_FIELDS, Context
from vagt.adapters.ivanti.forms import Forms
from vagt.adapters.ivanti.lists import Lists
from vagt.adapters.ivanti.mapping import record_id
from vagt.adapters.ivanti.relations import RECORDS
from vagt.adapters.lenient import Row, text_of
from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError
from vagt.domain.directory import DirectoryEntry, DirectoryKind
from vagt.domain.incident import LinkKind

_FRESH = 600.0
_MOST = 300
_MOST_PEOPLE = 2000
_GONE = frozenset({"terminated", "inactive", "disabled"})


class Directory:
    """Who and what can be picked."""

    def __init__(self, context: Context, lists: Lists, forms: Forms) -> None:
        self._context = context
        self._lists = lists
        self._forms = forms
        self._people: dict[str, tuple[float, list[Row]]] = {}

    async def look_up(self, kind: DirectoryKind, text: str, within: str | None) -> tuple[DirectoryEntry, ...]:
        """At most some hundred entries that fit `text`."""
        match kind:
            case DirectoryKind.PERSON:
                return await self._persons(text, within or "")
            case DirectoryKind.TEAM:
                return _values(await self._lists.values("OwnerTeam"), text)
            case DirectoryKind.SERVICE:
                return _values(await self._lists.values("Service"), text)
            case DirectoryKind.CATEGORY:
                return _values(await self._lists.values("Category", within or ""), text)
            case DirectoryKind.RESOLUTION_CODE:
                return _values(await self._lists.values("CauseCode"), text)
            case DirectoryKind.HOLD_REASON:
                return _values(await self._forms.waiting(), text)
            case DirectoryKind.PROBLEM:
                return await self._records(LinkKind.PROBLEM, text)
            case DirectoryKind.CHANGE:
                return await self._records(LinkKind.CHANGE, text)

    async def _persons(self, text: str, team: str) -> tuple[DirectoryEntry, ...]:
        rows = await self._staff(team)
        found = _fitting((_person(row) for row in rows if _is_there(row)), text)
        if not found and len(rows) >= _MOST_PEOPLE and text.strip():
            row = await self._context.employee(text.strip())
            return (_person(row),) if row is not None and _is_there(row) else ()
        return found

    async def _staff(self, team: str) -> list[Row]:
        now = self._context.connection.clock.monotonic()
        at, kept = self._people.get(team, (-_FRESH, []))
        if now - at < _FRESH and kept:
            return kept
        try:
            rows = await self._asked(team)
        except (ForbiddenError, InvalidError, NotFoundError) as error:
            self._context.settled["people"] = f"employees cannot be read: {error.words}"
            rows = []
        self._context.names |= {
            login.lower(): text_of(row.get("DisplayName")) or login
            for row in rows
            if (login := text_of(row.get("LoginID")))
        }
        self._people[team] = (now, rows)
        return rows

    async def _asked(self, team: str) -> list[Row]:
        client, relation = self._context.client, self._context.options.team_relation
        if team and relation:
            page = await client.rows(
                "standarduserteams", where=filters.eq("Team", team), select=("RecId", "Team"), top=1
            )
            if page.rows:
                return list(await client.members(record_id(page.rows[0]), relation))
        where = filters.eq("Status", "Active")
        return await client.all_rows(
            "employees",
            where=filters.both(where, filters.eq("Team", team)) if team else where,
            select=PERSON_FIELDS,
            order="DisplayName asc",
            most=_MOST_PEOPLE,
        )

    async def _records(self, kind: LinkKind, text: str) -> tuple[DirectoryEntry, ...]:
        _, name, column = RECORDS[kind]
        try:
            page = await self._context.client.rows(
                name, select=("RecId", column, "Subject", "Status"), order="CreatedDateTime desc"
            )
        except (ForbiddenError, InvalidError, NotFoundError) as error:
            self._context.settled[name] = f"{name} cannot be read: {error.words}"
            return ()
        entries = (
            DirectoryEntry(number or record_id(row), text_of(row.get("Subject")) or number, text_of(row.get("Status")))
            for row in page.rows
            for number in [text_of(row.get(column))]
        )
        return _fitting(entries, text, ordered=False)


def _values(values: Iterable[str], text: str) -> tuple[DirectoryEntry, ...]:
    return _fitting((DirectoryEntry(value, value) for value in values), text, ordered=False)


def _fitting(entries: Iterable[DirectoryEntry], text: str, *, ordered: bool = True) -> tuple[DirectoryEntry, ...]:
    wanted = text.strip().lower()
    kept = [e for e in entries if wanted in e.id.lower() or wanted in e.name.lower() or wanted in e.detail.lower()]
    return tuple(sorted(kept, key=lambda entry: entry.name.lower()) if ordered else kept)[:_MOST]


def _person(row: Row) -> DirectoryEntry:
    login = text_of(row.get("LoginID"))
    detail = ", ".join(filter(None, (text_of(row.get("PrimaryEmail")), text_of(row.get("Team")))))
    return DirectoryEntry(login, text_of(row.get("DisplayName")) or login, detail)


def _is_there(row: Row) -> bool:
    if row.get("Disabled") is True or text_of(row.get("Disabled")).lower() == "true":
        return False
    return bool(text_of(row.get("LoginID"))) and text_of(row.get("Status")).lower() not in _GONE
