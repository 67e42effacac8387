"""One signed-in connection to one Jira: the adapter protocol, joined from its parts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from vagt.adapters.http import HttpClient
from vagt.adapters.jsm import files
from vagt.adapters.jsm.acting import Actor
from vagt.adapters.jsm.client import JiraClient
from vagt.adapters.jsm.context import Context
from vagt.adapters.jsm.directory import Directory
from vagt.adapters.jsm.errors import is_refused, jira_words
from vagt.adapters.jsm.evidence import Evidence
from vagt.adapters.jsm.forms import fields_of, transitions_of
from vagt.adapters.jsm.manifest import MANIFEST
from vagt.adapters.jsm.mapping import state_of
from vagt.adapters.jsm.operations import Operations
from vagt.adapters.jsm.options import read
from vagt.adapters.jsm.probe import probe
from vagt.adapters.jsm.reading import Reader
from vagt.adapters.jsm.rota import on_call
from vagt.adapters.jsm.saying import Speaker
from vagt.adapters.jsm.timeline import timeline_of
from vagt.adapters.jsm.wire import part
from vagt.adapters.pacing import Pacer
from vagt.adapters.protocol import (
    Account,
    Attachment,
    Batch,
    Connection,
    Done,
    InvalidError,
    NotFoundError,
    Seen,
    Transition,
)
from vagt.adapters.redact import Redactor
from vagt.adapters.signin import SecretHeader, SignIn, basic
from vagt.domain.commands import Command, Verb
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident
from vagt.domain.timeline import TimelineEntry

_AT_ONCE = 2
"""A page of the queue, and what a person waits for beside it; the vendor's advice is to be serial."""
_PATHS = ("/rest/api/3", "/rest/api/2", "/rest/api/latest", "/rest", "/browse", "/jira/servicedesk", "/servicedesk")


async def open_session(connection: Connection) -> JsmSession:
    """A session for `connection`; nothing is sent yet. Raises InvalidError where the config cannot be used."""
    return JsmSession(connection)


class JsmSession:
    """The protocol's methods, each handed to the part that knows how."""

    def __init__(self, connection: Connection) -> None:
        settings, clock = connection.settings, connection.clock
        web = _site(settings.url)
        options = read(settings)
        bearer = (settings.auth or MANIFEST.auth[0].name) == "token"
        redact = Redactor()
        pacer = Pacer(clock, at_once=_AT_ONCE)

        def client(base: str, sign_in: SignIn | None, pacer: Pacer) -> HttpClient:
            return HttpClient(
                settings,
                clock,
                base=base,
                sign_in=sign_in,
                redact=redact,
                pacer=pacer,
                words=jira_words,
                refused=is_refused,
                seed=connection.seed,
            )

        sign_in = _sign_in(connection, redact, bearer=bearer)
        site = client(web, None, pacer) if options.gateway else None
        main = client(options.gateway_url if options.gateway else web, sign_in, pacer)
        # Operations has limits and moods of its own, so that it is paced apart.
        apart = Pacer(clock, at_once=1)
        gateway = client(options.gateway_url, sign_in, apart) if options.operations else None
        self._clients = [one for one in (site, main, gateway) if one is not None]
        jira = JiraClient(main, clock, options.deployment, site)
        operations = Operations(gateway, jira, clock, bearer=bearer)
        self._context = Context(connection, jira, options, web, operations)
        self._reader = Reader(self._context, uuid.uuid4().hex)
        self._speaker = Speaker(self._context)
        self._evidence = Evidence(self._context, self._reader, self._speaker)
        self._actor = Actor(self._context, self._reader, self._speaker, self._evidence)
        self._directory = Directory(self._context)

    async def probe(self) -> Account:
        return await probe(self._context, self._reader)

    async def changes(self, cursor: str | None) -> Batch:
        return await self._reader.changes(cursor)

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        return await self._reader.get(ids)

    async def find(self, number: str) -> Incident:
        return await self._reader.find(number)

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        return await self._reader.search(include_closed=include_closed, limit=limit)

    async def timeline(self, id: str) -> tuple[TimelineEntry, ...]:
        return await timeline_of(self._context, self._speaker, _checked(id))

    async def transitions(self, id: str) -> tuple[Transition, ...]:
        row = await self._context.client.issue(_checked(id), ("status",))
        state = state_of(part(part(row, "fields"), "status"), self._context.options)
        return await transitions_of(self._context, id, state)

    async def fields(self, verb: Verb, id: str | None) -> tuple[FieldSpec, ...]:
        return await fields_of(self._context, verb, _checked(id) if id is not None else None)

    async def directory(
        self, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        return await self._directory.look_up(kind, text)

    async def oncall(self, team: str | None) -> tuple[OnCall, ...]:
        return await on_call(self._context, team)

    async def perform(self, command: Command, expected: str | None) -> Done:
        return await self._actor.perform(command, expected)

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        return await self._evidence.seen(command, first_tried)

    async def attachments(self, id: str) -> tuple[Attachment, ...]:
        return await files.listed(self._context, _checked(id))

    async def attach(self, id: str, name: str, content: bytes) -> Attachment:
        return await files.attach(self._context, _checked(id), name, content)

    async def attached(self, id: str, attachment: str) -> bytes:
        return await files.content_of(self._context, _checked(id), attachment)

    async def close(self) -> None:
        for client in self._clients:
            await client.close()


def _site(url: str) -> str:
    """The address without what people copy along; Data Center's own path stays."""
    if not url:
        raise InvalidError("a Jira backend needs a url", (("url", "is missing"),))
    web = url.rstrip("/")
    for path in _PATHS:
        position = web.find(f"{path}/")
        web = web[:position] if position > 0 else web.removesuffix(path)
    if urlsplit(web).hostname in ("api.atlassian.com", "id.atlassian.com"):
        words = "the url is that of your site, such as https://acme.atlassian.net; the option gateway does the rest"
        raise InvalidError(words, (("url", "is not a site"),))
    return web


def _sign_in(connection: Connection, redact: Redactor, *, bearer: bool) -> SignIn:
    if not bearer:
        return basic(connection.secret, connection.settings.username, redact)

    def make(token: str) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {token}"}

    return SecretHeader(connection.secret, make, redact)


def _checked(id: str) -> str:
    """An id that can stand in an address. Raises NotFoundError."""
    if not (id.isascii() and id.isdigit() and len(id) < 20):
        raise NotFoundError(f"“{id}” is no id of an issue")
    return id
