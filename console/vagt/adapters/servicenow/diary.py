"""What was said on an incident, and what of it we wrote: the journal, asked for in the way that works here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from vagt.adapters.protocol import ForbiddenError, NotFoundError
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.journal import FIELDS, Entry, entries_in, entry_of
from vagt.adapters.servicenow.wire import Row, value

_SECOND = timedelta(seconds=1)
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Said:
    """Words of ours that the instance has stored."""

    id: str
    """The incident's sys_id."""
    element: str
    text: str
    at: datetime | None
    """By the instance's clock."""


class Diary:
    """Reads journals; remembers which of our entries the instance has confirmed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._confirmed: dict[tuple[str, str, str], list[datetime]] = {}
        """(incident, element, text) → when the instance stored it, by its clock."""

    async def entries(self, id: str) -> tuple[Entry, ...]:
        """Oldest first, at most the newest thousand. Nothing where the account may read neither way."""
        context = self._context
        if context.journal is not False:
            query = f"element_id={id}^elementINcomments,work_notes^ORDERBYDESCsys_created_on^ORDERBYsys_id"
            try:
                page = await context.client.rows("sys_journal_field", query, ("element_id", *FIELDS), limit=_MOST)
            except (ForbiddenError, NotFoundError):
                context.journal = False
            else:
                rows = [row for row in page.rows if value(row, "element_id") == id]
                if rows:
                    context.journal = True
                if rows or context.journal:
                    return tuple(sorted((entry_of(row) for row in rows), key=_when))
        found = await self._as_shown(id)
        if found:
            # It has entries and the table told of none: that table is closed to us.
            context.journal = False
        return found

    async def _as_shown(self, id: str) -> tuple[Entry, ...]:
        me = await self._context.me()
        row = await self._context.client.row("incident", id, ("sys_id", "comments", "work_notes"))
        return entries_in(row, me.tz, (me.format,) if me.format else ())

    async def in_row(self, row: Row) -> tuple[Entry, ...]:
        """The entries that a row's displayed fields hold."""
        me = await self._context.me()
        return entries_in(row, me.tz, (me.format,) if me.format else ())

    def confirm(self, said: Said) -> None:
        """It is told as done: this entry proves nothing about a later try with the same words."""
        key = (said.id, said.element, said.text.strip())
        self._confirmed.setdefault(key, []).append(said.at or self._context.now)
        while len(self._confirmed) > 2000:
            del self._confirmed[next(iter(self._confirmed))]

    async def said(self, id: str, element: str, text: str, since: datetime) -> bool | None:
        """Whether we said it since then (the instance's clock), unconfirmed; None where that cannot be told."""
        me = await self._context.me()
        same = [
            entry
            for entry in await self.entries(id)
            if entry.element == element and entry.text.strip() == text.strip() and entry.by in (me.login, me.name)
        ]
        if any(entry.at is None for entry in same):
            return None
        stamps = Counter(entry.at for entry in same if entry.at is not None and entry.at >= since)
        for at in self._confirmed.get((id, element, text.strip()), ()):
            near = next((stamp for stamp in stamps if stamps[stamp] and abs(stamp - at) <= _SECOND), None)
            if near is not None:
                stamps[near] -= 1
        return any(stamps.values())


def _when(entry: Entry) -> tuple[float, str]:
    return (entry.at.timestamp() if entry.at else 0.0, entry.id)
