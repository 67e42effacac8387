"""How this Jira wants a moment in JQL, found out once a session with an issue whose time is known ("JQL", "Dates")."""

from __future__ import annotations

import logging

from vagt.adapters.jsm.context import Context
from vagt.adapters.jsm.jql import in_zone
from vagt.adapters.jsm.wire import Row, id_of, millis, moment, part
from vagt.adapters.protocol import InvalidError

_log = logging.getLogger(__name__)
_MINUTE = 60_000


class Moments:
    """Writes moments into queries."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.absolute: bool | None = None
        """Whether milliseconds since 1970 work; None: not known yet."""

    async def text(self, ms: int) -> str:
        """A moment as a literal of JQL, perhaps a little earlier, never later."""
        if self.absolute is not False:
            return str(ms)
        return in_zone(ms, (await self._context.me()).tz)

    async def try_with(self, row: Row) -> None:
        """Find out, where that is not known: the row must be found from its own time on, and not from later on."""
        when = moment(part(row, "fields"), "updated")
        if self.absolute is not None or when is None:
            return
        at = millis(when)
        try:
            found = await self._from(row, at - _MINUTE)
            later = await self._from(row, at + 2 * _MINUTE)
        except InvalidError:
            found, later = None, None
        # Saved meanwhile, it is rightly found by a later time.
        moved = later is not None and (moment(part(later, "fields"), "updated") or when) > when
        self.absolute = found is not None and (later is None or moved)
        if not self.absolute:
            _log.warning("Jira: %s does not take absolute times; dates are written in the account's zone", self._name)

    async def _from(self, row: Row, ms: int) -> Row | None:
        query = f"id = {id_of(row)} AND updated >= {ms}"
        page = await self._context.client.search(query, ("updated",), 1)
        return page.rows[0] if page.rows else None

    @property
    def _name(self) -> str:
        return self._context.backend
