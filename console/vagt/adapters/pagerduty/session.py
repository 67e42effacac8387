"""One signed-in connection to one PagerDuty account: the adapter protocol, joined from its parts ("REST API v2")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vagt.adapters.http import HttpClient
from vagt.adapters.lenient import Row
from vagt.adapters.pacing import Pacer
from vagt.adapters.pagerduty.acting import Actor
from vagt.adapters.pagerduty.client import HEADERS, PdClient
from vagt.adapters.pagerduty.context import Context
from vagt.adapters.pagerduty.directory import Directory
from vagt.adapters.pagerduty.errors import pd_words
from vagt.adapters.pagerduty.evidence import Evidence
from vagt.adapters.pagerduty.following import Follower
from vagt.adapters.pagerduty.forms import fields_of, transitions_of
from vagt.adapters.pagerduty.manifest import MANIFEST
from vagt.adapters.pagerduty.options import read
from vagt.adapters.pagerduty.probe import probe
from vagt.adapters.pagerduty.reading import Reader
from vagt.adapters.pagerduty.rota import Rota
from vagt.adapters.pagerduty.signin import sign_in_of
from vagt.adapters.pagerduty.timeline import timeline_of
from vagt.adapters.pagerduty.wire import is_id
from vagt.adapters.protocol import Account, Batch, Connection, Done, InvalidError, NotFoundError, Seen, Transition
from vagt.adapters.redact import Redactor
from vagt.domain.commands import Command, Verb
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident
from vagt.domain.timeline import TimelineEntry

_AT_ONCE = 2
"""The vendor advises one request at a time: a second one lets an action pass a listing."""


async def open_session(connection: Connection) -> PdSession:
    """A session for `connection`; nothing is sent yet. Raises InvalidError where the config cannot be used."""
    return PdSession(connection)


class PdSession:
    """The protocol's methods, each handed to the part that knows how."""

    def __init__(self, connection: Connection) -> None:
        settings, clock = connection.settings, connection.clock
        if not settings.url:
            raise InvalidError("a PagerDuty backend needs a url", (("url", "is missing"),))
        options = read(settings)
        redact = Redactor()
        method = settings.auth or MANIFEST.auth[0].name
        self._identity: HttpClient | None = None
        if method == "oauth":
            self._identity = HttpClient(
                settings, clock, base=options.identity_url, redact=redact, words=pd_words, seed=connection.seed
            )
        self._http = HttpClient(
            settings,
            clock,
            base=settings.url,
            sign_in=sign_in_of(connection, options, method, redact=redact, identity=self._identity),
            redact=redact,
            pacer=Pacer(clock, at_once=_AT_ONCE),
            words=pd_words,
            headers=HEADERS,
            seed=connection.seed,
        )
        self._context = Context(connection, PdClient(self._http, clock), options)
        self._reader = Reader(self._context)
        self._follower = Follower(self._context, self._reader)
        self._evidence = Evidence(self._context, self._reader)
        self._actor = Actor(self._context, self._reader)
        self._directory = Directory(self._context)
        self._rota = Rota(self._context)

    async def probe(self) -> Account:
        return await probe(self._context, self._reader)

    async def changes(self, cursor: str | None) -> Batch:
        return await self._follower.changes(cursor)

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        return await self._reader.get(ids)

    async def find(self, number: str) -> Incident:
        return await self._reader.find(number)

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        return await self._reader.search(include_closed=include_closed, limit=limit)

    async def timeline(self, id: str) -> tuple[TimelineEntry, ...]:
        if not is_id(id):
            raise NotFoundError(f"“{id}” is no incident of PagerDuty")
        await self._context.me()
        return await timeline_of(self._context, id)

    async def transitions(self, id: str) -> tuple[Transition, ...]:
        return transitions_of(await self._reader.row(id))

    async def fields(self, verb: Verb, id: str | None) -> tuple[FieldSpec, ...]:
        row: Row | None = None
        if id is not None and verb in (Verb.ESCALATE, Verb.COMMENT):
            row = await self._reader.row(id)
        return await fields_of(self._context, verb, row)

    async def directory(
        self, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        return await self._directory.look_up(kind, text, within)

    async def oncall(self, team: str | None) -> tuple[OnCall, ...]:
        return await self._rota.on_call(team)

    async def perform(self, command: Command, expected: str | None) -> Done:
        done = await self._actor.perform(command, expected)
        self._evidence.told_as_done(command)
        return done

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        return await self._evidence.seen(command, first_tried)

    async def close(self) -> None:
        await self._http.close()
        if self._identity is not None:
            await self._identity.close()
