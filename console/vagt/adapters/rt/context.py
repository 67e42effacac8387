"""What one session has learnt about its RT: who we are, queues, names, which statuses are active."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vagt.adapters.protocol import AuthError, Connection, ForbiddenError, NotFoundError
from vagt.adapters.rt.client import RtClient
from vagt.adapters.rt.mapping import Frame, incident_of, status_key
from vagt.adapters.rt.options import RtOptions, quoted
from vagt.adapters.rt.wire import Row, custom_fields, number_of, person_name, reference, rows_of, text_of, ticket_id
from vagt.domain.incident import Incident

_STOCK = {"new": True, "open": True, "stalled": True, "resolved": False, "rejected": False, "deleted": False}
"""RT's own lifecycle; what other names mean is learnt from RT."""
_MANY = 20_000
"""Names and descriptions kept; beyond that the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class Me:
    """Our own user in RT."""

    id: int
    login: str
    name: str
    language: str
    zone: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue that the account can see."""

    id: str
    name: str
    lifecycle: str
    description: str


@dataclass(slots=True)
class Context:
    """Shared by the parts of one session."""

    connection: Connection
    client: RtClient
    options: RtOptions
    web: str
    whose_token: str = ""
    """The user id in the token, once it has been used."""
    skew: float | None = None
    """Seconds that RT's clock is ahead of ours."""
    queues: dict[str, Queue] = field(default_factory=dict)
    """By id."""
    names: dict[str, str] = field(default_factory=dict)
    """Login → name for people."""
    descriptions: dict[str, str] = field(default_factory=dict)
    active: dict[tuple[str, str], bool] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    """Custom fields: id → name."""
    field_values: dict[str, dict[str, None]] = field(default_factory=dict)
    """Custom field name (lower case) → values met so far, in the order of meeting."""
    confirmed: set[str] = field(default_factory=set)
    """Our transactions ("t170") and tickets ("1042") that RT has confirmed: they prove nothing about a later try."""
    _me: Me | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def backend(self) -> str:
        return self.connection.settings.name

    async def me(self) -> Me:
        """Our own user: the middle of the token, or the configured user name."""
        async with self._lock:
            if self._me is None:
                self._me = await self._who()
            return self._me

    async def _who(self) -> Me:
        if not self.connection.settings.username and not self.whose_token:
            # Any signed request makes the sign-in read the token.
            await self.client.version()
        ref = self.whose_token or self.connection.settings.username
        if not ref:
            raise AuthError("the token is not of RT's form (1-27-…), and no username says whose it is")
        try:
            row = await self.client.user(ref)
        except (ForbiddenError, NotFoundError) as error:
            raise AuthError(f"RT does not show us our own user “{ref}”: {error.words}") from None
        id, login = number_of(row.get("id")), text_of(row.get("Name")).strip()
        if id is None or not login:
            raise AuthError(f"RT does not tell the id and name of our own user “{ref}”")
        name = person_name(row) or login
        self.names[login] = name
        return Me(id, login, name, text_of(row.get("Lang")).strip(), text_of(row.get("Timezone")).strip())

    def server_time(self, ours: datetime) -> datetime:
        """A moment of our clock on RT's clock."""
        return ours + timedelta(seconds=self.skew or 0.0)

    async def load_queues(self) -> None:
        """Read the list of queues anew."""
        rows = await self.client.queues()
        self.queues = {
            id: Queue(
                id, text_of(row.get("Name")), text_of(row.get("Lifecycle")).lower(), text_of(row.get("Description"))
            )
            for row in rows
            if (id := reference(row)) and text_of(row.get("Disabled")) != "1"
        }

    async def queue_named(self, name: str) -> Queue | None:
        """The queue with this name or id, if we can see it."""
        if not self.queues:
            await self.load_queues()
        wanted = name.strip().lower()
        by_name = next((queue for queue in self.queues.values() if queue.name.lower() == wanted), None)
        return by_name or self.queues.get(wanted)

    async def incidents(self, rows: Sequence[Row], *, active: bool | None = None) -> tuple[Incident, ...]:
        """Rows of a ticket listing as incidents; `active`: RT listed them as active, or as inactive."""
        self._learn(rows, active)
        if active is None:
            await self._learn_statuses(rows)
        frame = Frame(
            backend=self.backend,
            web=self.web,
            options=self.options,
            now=self.server_time(self.connection.clock.now()),
            descriptions=self.descriptions,
            active=self.active,
        )
        return tuple(incident for row in rows if (incident := incident_of(row, frame)) is not None)

    def describe(self, id: str, text: str) -> None:
        """Remember a ticket's first message, which never changes."""
        self.descriptions[id] = text
        _trim(self.descriptions)

    def _learn(self, rows: Sequence[Row], active: bool | None) -> None:
        for row in rows:
            if active is not None:
                lifecycle, status = status_key(row)
                if status not in self.options.states:
                    self.active[(lifecycle, status)] = active
            people = row.get("Requestor")
            for person in (row.get("Owner"), *(people if isinstance(people, list) else ())):
                if (login := reference(person)) and (name := person_name(person)):
                    self.names[login] = name
            for one in rows_of(row.get("CustomFields")):
                if (id := reference(one)) and (name := text_of(one.get("name"))):
                    self.fields[id] = name
            for name, values in custom_fields(row).items():
                met = self.field_values.setdefault(name.lower(), {})
                if len(met) < 500:
                    met.update(dict.fromkeys(values))
        _trim(self.names)

    async def _learn_statuses(self, rows: Iterable[Row]) -> None:
        """Ask RT whether it counts statuses that we have not met as active ("RT REST2", 4.3: told nowhere else)."""
        unknown: dict[tuple[str, str], str] = {}
        for row in rows:
            key = status_key(row)
            if key not in self.active and key[1] not in self.options.states and key[1]:
                if key[1] in _STOCK:
                    self.active[key] = _STOCK[key[1]]
                else:
                    unknown.setdefault(key, ticket_id(row))
        if not unknown:
            return
        ids = " OR ".join(f"id = {id}" for id in unknown.values() if id)
        shown = (("fields", "Status,Queue"), ("fields[Queue]", "Name,Lifecycle"))
        for active, word in ((True, "__Active__"), (False, "__Inactive__")):
            query = f"({ids}) AND Status = {quoted(word)}"
            page = await self.client.tickets(query, fields=shown, rows=100)
            for row in page.rows:
                self.active[status_key(row)] = active


def _trim(table: dict[str, str]) -> None:
    while len(table) > _MANY:
        del table[next(iter(table))]
