"""What one session has learnt about its Jira: who we are, which field is which, screens, priorities, people's names."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from vagt.adapters.jsm.client import JiraClient
from vagt.adapters.jsm.fieldmap import FieldMap, field_map
from vagt.adapters.jsm.jql import among, both
from vagt.adapters.jsm.levels import Levels, Named, named
from vagt.adapters.jsm.mapping import Frame, incident_of
from vagt.adapters.jsm.operations import Operations
from vagt.adapters.jsm.options import JsmOptions
from vagt.adapters.jsm.wire import Row, id_of, part, parts, text
from vagt.adapters.protocol import (
    AuthError,
    Connection,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
)
from vagt.domain.incident import Incident

_FRESH = 900.0
"""Seconds for which screens, priorities and fields are kept."""


@dataclass(frozen=True, slots=True)
class Me:
    """Our own user."""

    id: str
    """accountId on Cloud, name on Data Center: what `assignee` holds."""
    name: str
    email: str
    zone: str

    @property
    def tz(self) -> tzinfo:
        try:
            return ZoneInfo(self.zone) if self.zone else UTC
        except (ValueError, OSError):
            return UTC


@dataclass(frozen=True, slots=True)
class Screen:
    """What a new incident is asked for."""

    project: str
    type_id: str
    type_name: str
    fields: tuple[tuple[str, Row], ...] = ()
    """(field id, what is told of it)."""

    def of(self, name: str) -> Row:
        return dict(self.fields).get(name, {})


@dataclass(slots=True)
class Context:
    """Shared by the parts of one session."""

    connection: Connection
    client: JiraClient
    options: JsmOptions
    web: str
    operations: Operations
    names: dict[str, str] = field(default_factory=dict)
    """Identity → name for people."""
    teams: dict[str, str] = field(default_factory=dict)
    """Team id → name, as far as they are known."""
    fields_at: float = -1e9
    agent: bool | None = None
    """Whether we have an agent's seat; None: not asked yet."""
    _me: Me | None = None
    _fields: FieldMap = field(default_factory=FieldMap)
    _levels: Levels = field(default_factory=Levels)
    _screen: Screen | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def backend(self) -> str:
        return self.connection.settings.name

    @property
    def now(self) -> datetime:
        """The server's time, by our clock and the known difference."""
        return self.connection.clock.now() + timedelta(seconds=self.client.skew or 0.0)

    def server_time(self, ours: datetime) -> datetime:
        """A moment of our clock on the server's clock."""
        return ours + timedelta(seconds=self.client.skew or 0.0)

    async def me(self) -> Me:
        """Our own user. Raises AuthError where there is none."""
        if self._me is None:
            told = await self.client.get("/myself")
            id = identity(told, await self.client.is_cloud())
            if not id:
                raise AuthError("Jira does not say who we are")
            self._me = Me(id, text(told, "displayName") or id, text(told, "emailAddress"), text(told, "timeZone", 60))
            self.names[id] = self._me.name
        return self._me

    async def is_agent(self) -> bool:
        """Whether we have an agent's seat. A Jira without service desks has no customers to keep notes from."""
        if self.agent is None:
            try:
                await self.client.desk("GET", "/servicedesk", params=[("limit", "1")])
                self.agent = True
            except ForbiddenError:
                self.agent = False
            except (NotFoundError, InvalidError, ProtocolError):
                self.agent = True
        return self.agent

    async def learn(self, *, anew: bool = False) -> None:
        """Find out fields, priorities and the screen for new incidents; `anew`: also where that is known and old."""
        async with self._lock:
            now = self.connection.clock.monotonic()
            if self._screen is not None and not (anew and now - self.fields_at >= _FRESH):
                return
            cloud = await self.client.is_cloud()
            rows = await self.client.get_list("/field")
            screen = await self._read_screen()
            priorities = await self._priorities(cloud)
            fields = field_map(rows, (name for name, _ in screen.fields), self.options)
            self._levels = Levels(
                priorities,
                _allowed(screen.of(fields.impact)) if fields.impact else (),
                _allowed(screen.of(fields.urgency)) if fields.urgency else (),
                self.options.priorities,
            )
            self._fields, self._screen, self.fields_at = fields, screen, now

    async def _priorities(self, cloud: bool) -> Named:
        if cloud:
            return named(await self.client.pages("/priority/search", ("values",)))
        return named(await self.client.get_list("/priority"))

    async def _read_screen(self) -> Screen:
        """Where this account may create nothing, there is no screen."""
        project = self.options.projects[0]
        try:
            types = await self.client.pages(f"/issue/createmeta/{project}/issuetypes", ("issueTypes", "values"))
        except (NotFoundError, ForbiddenError, InvalidError):
            return Screen(project, "", "")
        chosen = _chosen_type(types, self.options)
        if chosen is None:
            return Screen(project, "", "")
        try:
            path = f"/issue/createmeta/{project}/issuetypes/{id_of(chosen)}"
            rows = await self.client.pages(path, ("fields", "values"))
        except (NotFoundError, ForbiddenError, InvalidError):
            rows = []
        fields = tuple((text(row, "fieldId", 100) or text(row, "key", 100), row) for row in rows)
        return Screen(project, id_of(chosen), text(chosen, "name"), fields)

    async def fields(self) -> FieldMap:
        await self.learn()
        return self._fields

    async def levels(self) -> Levels:
        await self.learn()
        return self._levels

    async def screen(self) -> Screen:
        await self.learn()
        assert self._screen is not None, "just learnt"
        return self._screen

    def scope(self, *, query: bool = True) -> str:
        """Which issues are this queue's, as JQL."""
        options = self.options
        own = f"({options.query})" if query and options.query else ""
        return both(among("project", options.projects), among("issuetype", options.issue_types), own)

    async def incidents(self, rows: Iterable[Row]) -> tuple[Incident, ...]:
        """Rows as incidents."""
        await self.learn()
        frame = Frame(
            backend=self.backend,
            web=self.web,
            cloud=await self.client.is_cloud(),
            options=self.options,
            fields=self._fields,
            levels=self._levels,
        )
        found = []
        for row in rows:
            incident = incident_of(row, frame)
            if incident is None:
                continue
            if incident.assignee and incident.assignee_name:
                self.names[incident.assignee] = incident.assignee_name
            if incident.team_id and incident.team:
                self.teams[incident.team_id] = incident.team
            found.append(incident)
        return tuple(found)


def identity(user: Row, cloud: bool) -> str:
    """What people are called: accountId on Cloud, name on Data Center."""
    return text(user, "accountId", 200) if cloud else text(user, "name", 200)


def is_service_project(row: Row) -> bool:
    """Whether the issue's project is one of a service desk: only there comments are internal or public."""
    return text(part(part(row, "fields"), "project"), "projectTypeKey", 60) == "service_desk"


def _allowed(told: Row) -> Named:
    return named(parts(told, "allowedValues"), "value")


def _chosen_type(types: Iterable[Row], options: JsmOptions) -> Row | None:
    rows = list(types)
    wanted = options.issue_type or (options.issue_types[0] if options.issue_types else "")
    if wanted:
        low = wanted.lower()
        found = next((row for row in rows if low in (id_of(row).lower(), text(row, "name").lower())), None)
        if found is None and options.issue_type:
            words = f"the option “issue_type” names “{wanted}”, which {options.projects[0]} does not have"
            raise InvalidError(words, (("issue_type", "names no issue type"),))
        if found is not None:
            return found
    for row in rows:
        if "incident" in text(row, "name").lower():
            return row
    return rows[0] if rows else None
