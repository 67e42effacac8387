"""What one session has learnt about its instance: who we are, groups, people, clocks, and what can be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from vagt.adapters.protocol import AuthError, Connection, ForbiddenError, InvalidError, NotFoundError
from vagt.adapters.servicenow import sla
from vagt.adapters.servicenow.choices import Choices
from vagt.adapters.servicenow.client import SnowClient
from vagt.adapters.servicenow.journal import account_format
from vagt.adapters.servicenow.mapping import FIELDS, Frame, children_of, incident_of
from vagt.adapters.servicenow.options import SnowOptions
from vagt.adapters.servicenow.scope import Condition, Scope, is_safe
from vagt.adapters.servicenow.wire import Row, id_of, is_sys_id, number, value
from vagt.domain.incident import Incident, Link, SlaClock

IDS_AT_ONCE = 100
"""sys_ids in one query: 33 characters each, and an address stays under 8,000."""
_USER = ("sys_id", "user_name", "name", "email", "time_zone", "active", "date_format", "time_format")
_MANY = 20_000


@dataclass(frozen=True, slots=True)
class Me:
    """Our own user."""

    id: str
    login: str
    name: str
    zone: str
    format: str
    """How its dates are shown, for strptime; empty: the instance's own way."""

    @property
    def tz(self) -> tzinfo:
        try:
            return ZoneInfo(self.zone) if self.zone else UTC
        except (ValueError, OSError):
            return UTC


@dataclass(frozen=True, slots=True)
class Group:
    """An assignment group."""

    id: str
    name: str
    detail: str = ""


@dataclass(slots=True)
class Context:
    """Shared by the parts of one session."""

    connection: Connection
    client: SnowClient
    options: SnowOptions
    web: str
    choices: Choices
    clocks: dict[str, tuple[SlaClock, ...]] = field(default_factory=dict)
    children: dict[str, tuple[Link, ...]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """Login → name for people."""
    groups: dict[str, Group] = field(default_factory=dict)
    """By sys_id, as far as they are known."""
    my_groups: tuple[Group, ...] = ()
    sla_denied: bool = False
    journal: bool | None = None
    """Whether sys_journal_field can be read; None: not known yet."""
    audit: bool | None = None
    matrix: dict[tuple[int, int], int] = field(default_factory=dict)
    """(impact, urgency) → priority, as rows showed it."""
    _me: Me | None = None
    _scope: Scope | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def backend(self) -> str:
        return self.connection.settings.name

    @property
    def now(self) -> datetime:
        """The instance's time, by our clock and the known difference."""
        return self.connection.clock.now() + timedelta(seconds=self.client.skew or 0.0)

    def server_time(self, ours: datetime) -> datetime:
        """A moment of our clock on the instance's clock."""
        return ours + timedelta(seconds=self.client.skew or 0.0)

    async def me(self) -> Me:
        """Our own user. Raises AuthError where the instance does not show it to us."""
        async with self._lock:
            if self._me is None:
                self._me = await self._who()
            return self._me

    async def _who(self) -> Me:
        """REST has no "me": the instance's own script for it, else the configured login.

        More rows than one mean that the condition was dropped, and prove nothing.
        """
        login = self.connection.settings.username.strip()
        queries = ["sys_id=javascript:gs.getUserID()"]
        if is_safe(login):
            queries.append(f"user_name={login}")
        for query in queries:
            try:
                page = await self.client.rows("sys_user", query, _USER, limit=2)
            except (ForbiddenError, NotFoundError) as error:
                words = error.words
                continue
            rows = [row for row in page.rows if id_of(row) and value(row, "user_name")]
            if len(page.rows) == 1 and rows:
                return self._as_me(rows[0])
            words = "the query for it was ignored" if page.rows else "it shows nobody"
        raise AuthError(
            f"ServiceNow does not show this account its own user (sys_user): {words}; name it in `username`"
        )

    def _as_me(self, row: Row) -> Me:
        login = value(row, "user_name")
        name = value(row, "name") or login
        self.names[login] = name
        shape = account_format(value(row, "date_format"), value(row, "time_format"))
        return Me(id_of(row), login, name, value(row, "time_zone"), shape)

    async def load_my_groups(self) -> None:
        """The groups that we are a member of; none where that is hidden."""
        me = await self.me()
        fields = ("user", "group", "group.name", "group.active")
        try:
            page = await self.client.rows("sys_user_grmember", f"user={me.id}^ORDERBYsys_id", fields, limit=200)
        except (ForbiddenError, NotFoundError):
            return
        found = [
            Group(value(row, "group"), value(row, "group.name") or value(row, "group"))
            for row in page.rows
            if value(row, "user") == me.id and value(row, "group") and value(row, "group.active") != "false"
        ]
        self.my_groups = tuple(sorted(found, key=lambda group: group.name.lower()))
        self.groups |= {group.id: group for group in found}

    async def group_named(self, name: str) -> Group | None:
        """The group with this name or sys_id."""
        wanted = name.strip().lower()
        known = [group for group in self.groups.values() if wanted in (group.name.lower(), group.id)]
        if known:
            return known[0]
        if not is_safe(name.strip()):
            return None
        column = "sys_id" if is_sys_id(wanted) else "name"
        page = await self.client.rows(
            "sys_user_group",
            f"{column}={name.strip()}^ORDERBYsys_id",
            ("sys_id", "name", "description", "active"),
            limit=5,
        )
        found = [
            Group(id_of(row), value(row, "name"), value(row, "description", limit=200))
            for row in page.rows
            if wanted in (value(row, "name").lower(), id_of(row))
        ]
        self.groups |= {group.id: group for group in found}
        return found[0] if found else None

    async def scope(self) -> Scope:
        """What belongs to this backend's queue, whatever its state. Raises InvalidError where the config is wrong."""
        if self._scope is None:
            try:
                scope = Scope.of(self.options.query)
            except ValueError as error:
                words = f"“{error}” in the query is not of the form field, operator, value"
                raise InvalidError(words, (("query", "cannot be read"),)) from None
            if self.options.groups:
                found = [await self.group_named(name) for name in self.options.groups]
                ids = [group.id for group in found if group]
                if not ids:
                    words = f"ServiceNow shows this account no group called {', '.join(self.options.groups)}"
                    raise InvalidError(words, (("groups", "are not known"),))
                scope = scope.and_(Condition("assignment_group", "IN", ",".join(ids)))
            self._scope = scope
        return self._scope

    async def fields(self) -> tuple[str, ...]:
        """What rows are asked for, with what the scope is judged by."""
        return tuple(dict.fromkeys((*FIELDS, *(await self.scope()).fields, *self.options.extra_fields)))

    def incidents(self, rows: Iterable[Row]) -> tuple[Incident, ...]:
        """Rows as incidents."""
        frame = Frame(
            backend=self.backend, web=self.web, options=self.options, clocks=self.clocks, children=self.children
        )
        found = []
        for row in rows:
            incident = incident_of(row, frame)
            if incident is not None:
                self._learn(row, incident)
                found.append(incident)
        return tuple(found)

    def _learn(self, row: Row, incident: Incident) -> None:
        if incident.impact and incident.urgency and (priority := number(row, "priority")):
            self.matrix[(incident.impact, incident.urgency)] = priority
        if incident.assignee and incident.assignee_name:
            self.names[incident.assignee] = incident.assignee_name
        if incident.team_id and incident.team:
            self.groups.setdefault(incident.team_id, Group(incident.team_id, incident.team))
        for table in (self.names, self.clocks, self.children):
            while len(table) > _MANY:
                del table[next(iter(table))]

    async def refresh_clocks(self, ids: Sequence[str]) -> None:
        """Read the SLA clocks of these incidents anew; never again where the account may not read them."""
        if not self.options.sla or self.sla_denied:
            return
        for start in range(0, len(ids), IDS_AT_ONCE):
            some = ids[start : start + IDS_AT_ONCE]
            query = f"taskIN{','.join(some)}^ORDERBYplanned_end_time^ORDERBYsys_id"
            try:
                page = await self.client.rows("task_sla", query, sla.FIELDS, limit=1000)
            except (ForbiddenError, NotFoundError):
                self.sla_denied = True
                return
            wanted = set(some)
            found = sla.clocks_of([row for row in page.rows if value(row, "task") in wanted], self.now)
            for id in some:
                self.clocks[id] = found.get(id, ())

    async def refresh_children(self, rows: Sequence[Row]) -> None:
        """Read the children of those incidents that say they have some."""
        parents = [id_of(row) for row in rows if number(row, "child_incidents")]
        for row in rows:
            self.children.pop(id_of(row), None)
        for start in range(0, len(parents), IDS_AT_ONCE):
            some = parents[start : start + IDS_AT_ONCE]
            query = f"parent_incidentIN{','.join(some)}^ORDERBYnumber"
            fields = ("number", "parent_incident", "short_description")
            page = await self.client.rows("incident", query, fields, limit=200)
            wanted = set(some)
            self.children |= children_of([r for r in page.rows if value(r, "parent_incident") in wanted], self.backend)
