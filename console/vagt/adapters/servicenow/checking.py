"""Whether what we ask for is what the instance answers: three fates of a field that a query may not name.

Such a condition is dropped (and too much comes), refused (403), or it empties the answer. Two small
questions tell all three apart: conditions that nothing can meet, joined by or, must find nothing;
conditions that everything meets, joined by and, must find something wherever there is something.
Only where one of them fails is each field asked about by itself. What cannot be queried is left out
of queries and judged on this side; a scope that cannot be judged here is an error, not a guess.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from enum import StrEnum

from vagt.adapters.protocol import ForbiddenError, InvalidError, ProtocolError
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.errors import is_denied_query
from vagt.adapters.servicenow.scope import Scope
from vagt.adapters.servicenow.wire import Row, id_of, moment, value, wire_time

_log = logging.getLogger(__name__)
_OURS = ("sys_id", "active", "state", "sys_updated_on")
_NUMBERS = frozenset({"state", "incident_state", "priority", "impact", "urgency", "severity", "escalation"})
_FRESH = 60.0
"""Seconds for which an answer is good."""
_NOBODY = "0" * 31 + "f"


class Fate(StrEnum):
    """What becomes of a condition on a field."""

    HONOURED = "honoured"
    DROPPED = "dropped"
    REFUSED = "refused"
    EMPTIED = "emptied"


def impossible(field: str) -> str:
    """A condition on `field` that no row meets."""
    if field == "sys_updated_on" or field.endswith(("_at", "_on", "_date")):
        return f"{field}>=2099-01-01 00:00:00"
    if field == "active":
        return "active=true^active=false"
    return f"{field}=-99" if field in _NUMBERS else f"{field}={_NOBODY}"


def certain(field: str) -> str:
    """A condition on `field` that every row meets."""
    return f"{field}ISEMPTY^OR{field}ISNOTEMPTY"


class Checker:
    """Knows which fields may be queried, once a session."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.fates: dict[str, Fate] = {}
        self.scope = Scope()
        self._checked_at: float | None = None
        self._follows: bool | None = None
        self.why_not_followed = ""

    @property
    def unusable(self) -> frozenset[str]:
        """Fields that queries must not name."""
        return frozenset(name for name, fate in self.fates.items() if fate is not Fate.HONOURED)

    @property
    def open_conditions(self) -> tuple[str, ...]:
        """What is open: active, and neither resolved nor closed; judged by the row where that cannot be asked."""
        options = self._context.options
        over = sorted({"6", "7", "8", options.resolve_state, options.close_state} - _open_values(options.states))
        conditions = {"active": "active=true", "state": f"stateNOT IN{','.join(over)}"}
        if any(state.is_open for state in options.states.values()):
            conditions.pop("active")
        return tuple(text for name, text in conditions.items() if name not in self.unusable)

    async def check(self) -> None:
        """Find out, before each full listing: a right that was taken meanwhile would look like an empty queue.

        Raises InvalidError where the scope can neither be asked for nor judged.
        """
        now = self._context.connection.clock.monotonic()
        if self._checked_at is not None and now - self._checked_at < _FRESH:
            return
        self.scope = await self._context.scope()
        fields = tuple(dict.fromkeys((*_OURS, *self.scope.fields)))
        before, self.fates = self.fates, {}
        if not await self._all_honoured(fields):
            for field in fields:
                self.fates[field] = await self.fate(field)
            await self._judge()
        if self.fates != before:
            self._follows = None if "sys_updated_on" not in self.unusable else self._follows
        self._checked_at = now

    def forget(self) -> None:
        """The rights have changed under us: find out anew before the next listing."""
        self.fates, self._checked_at, self._follows, self.why_not_followed = {}, None, None, ""

    async def _judge(self) -> None:
        bad = [name for name in self.scope.fields if name in self.unusable]
        told: Row = {}
        if bad:
            page = await self._context.client.rows("incident", "", ("sys_id", *bad), limit=1)
            told = page.rows[0] if page.rows else {}
        for ors in (ors for ands in self.scope.sets for ors in ands):
            lost = [one.field for one in ors if one.field in bad]
            judged = all(one.operator in _JUDGED for one in ors) and all(name in told for name in lost)
            if lost and not judged:
                words = f"ServiceNow lets this account not query {', '.join(lost)}: a condition on it is "
                raise InvalidError(words + self.fates[lost[0]].value, (("query", "names it"),))
        if "sys_id" in self.unusable:
            raise ProtocolError("ServiceNow lets this account not query sys_id, without which a list has gaps")
        if bad:
            _log.warning("ServiceNow: conditions on %s are judged here; the instance ignores them", ", ".join(bad))
        if "sys_updated_on" in self.unusable:
            self.cannot_follow(f"a condition on sys_updated_on is {self.fates['sys_updated_on'].value}")

    async def _all_honoured(self, fields: tuple[str, ...]) -> bool:
        try:
            if await self._finds("^NQ".join(impossible(field) for field in fields)):
                return False
            return await self._finds("^".join(certain(field) for field in fields)) or not await self._finds("")
        except ForbiddenError as error:
            if not is_denied_query(error):
                raise
            return False

    async def fate(self, field: str) -> Fate:
        """What becomes of a condition on one field."""
        try:
            if await self._finds(impossible(field)):
                return Fate.DROPPED
            if not await self._finds(certain(field)) and await self._finds(""):
                return Fate.EMPTIED
        except ForbiddenError as error:
            if not is_denied_query(error):
                raise
            return Fate.REFUSED
        return Fate.HONOURED

    async def _finds(self, query: str) -> bool:
        page = await self._context.client.rows("incident", query, ("sys_id",), limit=1)
        # A count without a row is a row that an access rule hides: it was found all the same.
        return bool(page.rows) or bool(page.total)

    async def can_follow(self) -> bool:
        """Whether a poll by stamp finds what it should: a known row by its own stamp, and not by a later one."""
        if self._follows is None:
            self._follows = await self._stamps_are_utc()
        return self._follows

    def cannot_follow(self, why: str) -> None:
        """From now on everything is listed at each poll."""
        if self._follows is not False:
            _log.warning("ServiceNow: %s is listed whole at each poll: %s", self._context.backend, why)
        self._follows, self.why_not_followed = False, why

    async def _stamps_are_utc(self) -> bool:
        """A literal stamp in a query must be taken as UTC, as documented."""
        client, fields = self._context.client, ("sys_id", "sys_updated_on")
        page = await client.rows("incident", "sys_idISNOTEMPTY^ORDERBYsys_id", fields, limit=1)
        when = moment(value(page.rows[0], "sys_updated_on")) if page.rows else None
        if when is None:
            return True
        id = id_of(page.rows[0])
        same = await client.rows(
            "incident", f"sys_id={id}^sys_updated_on>={wire_time(when)}^ORDERBYsys_id", fields, limit=2
        )
        if [id_of(row) for row in same.rows] != [id]:
            self.cannot_follow("a row is not found by its own stamp")
            return False
        later = wire_time(when + timedelta(seconds=1))
        past = await client.rows("incident", f"sys_id={id}^sys_updated_on>={later}^ORDERBYsys_id", fields, limit=2)
        if any(value(row, "sys_updated_on") < later for row in past.rows):
            self.cannot_follow("a row is found by a later stamp than its own")
            return False
        return True


_JUDGED = frozenset({"=", "!=", "IN", "NOT IN", "ISEMPTY", "ISNOTEMPTY", "STARTSWITH", "LIKE"})


def _open_values(states: object) -> set[str]:
    if not isinstance(states, dict):
        return set()
    return {name for name, state in states.items() if state.is_open}
