"""What one session has learnt about its account: who we are, people, priorities, services, what it can."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from vagt.adapters.lenient import Row, text_of
from vagt.adapters.pagerduty.client import PdClient
from vagt.adapters.pagerduty.errors import MissingAbility
from vagt.adapters.pagerduty.mapping import (
    Frame,
    Person,
    Priority,
    bridge_of,
    description_of,
    incident_of,
    ranked,
    unacknowledges_at,
)
from vagt.adapters.pagerduty.options import PdOptions
from vagt.adapters.pagerduty.scope import Scope, scope_of
from vagt.adapters.pagerduty.wire import held, id_of, kind_of, name_of, rows
from vagt.adapters.protocol import AuthError, Connection, ForbiddenError, InvalidError, NotFoundError
from vagt.domain.incident import Incident

_log = logging.getLogger(__name__)
_MANY = 20_000
_ASKED = 50
"""Unknown people or services looked up for one answer."""
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Sent:
    """A status update that PagerDuty has confirmed: it lists none, so that we keep what we sent."""

    id: str
    at: datetime
    text: str


@dataclass(slots=True)
class Context:
    """Shared by the parts of one session."""

    connection: Connection
    client: PdClient
    options: PdOptions
    people: dict[str, Person] = field(default_factory=dict)
    priorities: dict[str, Priority] | None = None
    """By id, the most severe first; None: not asked for yet."""
    timeouts: dict[str, int | None] = field(default_factory=dict)
    snoozes: dict[str, datetime] = field(default_factory=dict)
    bridges: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    abilities: frozenset[str] | None = None
    """None: this key may not ask."""
    updates_logged: bool | None = None
    """Whether the log shows the words of status updates; None: not seen yet."""
    sent: dict[str, list[Sent]] = field(default_factory=dict)
    """By incident."""
    confirmed: set[str] = field(default_factory=set)
    """Notes and log entries of ours that PagerDuty has confirmed: they prove nothing about a later try."""
    acts_as_nobody: bool = False
    """The key is the account's or an app's."""
    _me: Person | None = None
    _scope: Scope | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def backend(self) -> str:
        return self.connection.settings.name

    @property
    def now(self) -> datetime:
        """PagerDuty's time, by our clock and the known difference."""
        return self.connection.clock.now() + timedelta(seconds=self.client.skew or 0.0)

    @property
    def my_name(self) -> str:
        """Our own name, once it is known."""
        return self._me.name if self._me else "?"

    def server_time(self, ours: datetime) -> datetime:
        """A moment of our clock on PagerDuty's clock."""
        return ours + timedelta(seconds=self.client.skew or 0.0)

    async def me(self) -> Person:
        """Our own user. Raises AuthError where the key is nobody's and the config names nobody."""
        async with self._lock:
            if self._me is None:
                self._me = await self._who()
                self.client.email = self._me.login
            return self._me

    async def _who(self) -> Person:
        try:
            row = await self.client.me()
            if text_of(row.get("email")):
                return self.learn(row)
        except (InvalidError, NotFoundError):
            pass
        except ForbiddenError as error:
            _log.info("PagerDuty: this credential may not ask who it is: %s", error.words)
        self.acts_as_nobody = True
        email = self.connection.settings.username.strip()
        if not email:
            raise AuthError(
                "this is a key of the account, which is nobody: say in `username` the e-mail address that it acts as"
            )
        try:
            found = await self.find_person(email)
        except ForbiddenError as error:
            raise AuthError(f"PagerDuty does not show this credential any people (users.read): {error.words}") from None
        if found is None:
            raise AuthError(f"PagerDuty knows no user with the address {email} (`username`)")
        return found

    def learn(self, row: Row) -> Person:
        """Remember a user that was told whole."""
        id = id_of(row)
        person = Person(id, text_of(row.get("email")) or id, name_of(row))
        self.people[id] = person
        _trim(self.people)
        return person

    async def find_person(self, text: str) -> Person | None:
        """Who has this address, id or name; the address is compared here, as the search may know names only."""
        wanted = text.strip().lower()
        known = [person for person in self.people.values() if wanted in (person.id.lower(), person.login.lower())]
        if known:
            return known[0]
        for query in dict.fromkeys((text.strip(), wanted.partition("@")[0].replace(".", " "), "")):
            if not query and "@" not in text:
                break
            params = [("query", query)] if query else []
            found, _ = await self.client.every("/users", "users", params, pages=10 if not query else 2)
            people = [self.learn(row) for row in found if id_of(row)]
            for fits in (
                [one for one in people if wanted in (one.login.lower(), one.id.lower())],
                [one for one in people if one.name.lower() == wanted],
            ):
                if len(fits) > 1:
                    words = f"“{text}” is the name of {len(fits)} people: name the address"
                    raise InvalidError(words, (("to", "is not known"),))
                if fits:
                    return fits[0]
        return None

    async def load_priorities(self) -> dict[str, Priority]:
        """The account's priorities; none where it has not got them."""
        try:
            found, _ = await self.client.every("/priorities", "priorities", pages=2)
        except (MissingAbility, ForbiddenError, NotFoundError):
            found = []
        self.priorities = ranked(tuple(found), self.options)
        return self.priorities

    async def scope(self) -> Scope:
        """What belongs to this queue. Raises InvalidError where the config names something unknown."""
        if self._scope is None:
            self._scope = await scope_of(self.client, self.options)
        return self._scope

    async def refresh(self) -> None:
        """Before a full listing: what may have changed meanwhile is asked for anew."""
        self.timeouts.clear()
        await self.load_priorities()

    async def incidents(self, found: Sequence[Row]) -> tuple[Incident, ...]:
        """Rows as incidents, once everything is known that they only point to."""
        await self._complete(found)
        frame = Frame(
            backend=self.backend,
            options=self.options,
            people=self.people,
            priorities=self.priorities or {},
            timeouts=self.timeouts,
            snoozes=self.snoozes,
            bridges=self.bridges,
            descriptions=self.descriptions,
        )
        return tuple(incident for row in found if (incident := incident_of(row, frame)) is not None)

    async def _complete(self, found: Sequence[Row]) -> None:
        if self.priorities is None:
            await self.load_priorities()
        people: dict[str, Row] = {}
        services: list[str] = []
        for row in found:
            for who in _people(row):
                if text_of(who.get("email")):
                    self.learn(who)
                elif id_of(who) not in self.people:
                    people[id_of(who)] = who
            if unacknowledges_at(row) is not None and (service := id_of(held(row, "service"))):
                services.append(service)
            bridge = bridge_of(row)
            if bridge is not None:
                self.bridges[id_of(row)] = bridge
            description = description_of(row)
            if description:
                self.descriptions[id_of(row)] = description
        _trim(self.bridges)
        _trim(self.descriptions)
        _trim(self.snoozes)
        await self._meet(people)
        await self._time(services)

    async def _meet(self, people: dict[str, Row]) -> None:
        """The addresses of people that are only referred to."""
        for id, who in list(people.items())[:_ASKED]:
            try:
                self.learn(await self.client.get(f"/users/{id}", "user"))
            except (ForbiddenError, NotFoundError, InvalidError):
                # hidden, or gone from the account
                self.people[id] = Person(id, id, name_of(who))

    async def _time(self, services: Iterable[str]) -> None:
        """After how long an acknowledgement runs out on these services."""
        for id in [one for one in dict.fromkeys(services) if one not in self.timeouts][:_ASKED]:
            try:
                row = await self.client.get(f"/services/{id}", "service")
            except (ForbiddenError, NotFoundError, InvalidError):
                continue
            if "acknowledgement_timeout" in row:
                seconds = row["acknowledgement_timeout"]
                self.timeouts[id] = seconds if isinstance(seconds, int) and seconds > 0 else None

    def is_me(self, agent: Row, me: Person) -> bool:
        """Whether it was us who did something: an app's token may leave the app's name."""
        return id_of(agent) == me.id or (self.acts_as_nobody and kind_of(agent) not in ("user", "service", ""))


def _people(row: Row) -> Iterable[Row]:
    for one in rows(row.get("assignments")):
        if id_of(held(one, "assignee")):
            yield held(one, "assignee")
    for one in rows(row.get("acknowledgements")):
        who = held(one, "acknowledger")
        if text_of(who.get("email")):
            yield who


def _trim(table: dict[str, Value]) -> None:
    while len(table) > _MANY:
        del table[next(iter(table))]
