"""One signed-in connection to one ServiceNow instance: the adapter protocol, joined from its parts ("Table API")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vagt.adapters.http import Answer, HttpClient
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
from vagt.adapters.servicenow import files
from vagt.adapters.servicenow.acting import Actor
from vagt.adapters.servicenow.choices import Choices
from vagt.adapters.servicenow.client import SnowClient
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.diary import Diary
from vagt.adapters.servicenow.directory import Directory
from vagt.adapters.servicenow.errors import snow_words
from vagt.adapters.servicenow.evidence import Evidence
from vagt.adapters.servicenow.forms import fields_of, transitions_of
from vagt.adapters.servicenow.manifest import MANIFEST
from vagt.adapters.servicenow.options import read
from vagt.adapters.servicenow.probe import may_close, probe
from vagt.adapters.servicenow.reading import Reader
from vagt.adapters.servicenow.rota import Rota
from vagt.adapters.servicenow.signin import Jar, sign_in_of
from vagt.adapters.servicenow.timeline import timeline_of
from vagt.adapters.servicenow.wire import Row, is_sys_id
from vagt.domain.commands import Command, Verb
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident
from vagt.domain.timeline import TimelineEntry

_AT_ONCE = 2
"""Requests of one ServiceNow session run one after another, and a node runs four of all integrations together."""


async def open_session(connection: Connection) -> SnowSession:
    """A session for `connection`; nothing is sent yet. Raises InvalidError where the config cannot be used."""
    return SnowSession(connection)


def _is_refused(answer: Answer) -> bool:
    """401 of the Table API; elsewhere it may be the policy of one API and say nothing about the credential."""
    return answer.status == 401 and "/table/" in answer.where


class SnowSession:
    """The protocol's methods, each handed to the part that knows how."""

    def __init__(self, connection: Connection) -> None:
        settings = connection.settings
        if not settings.url:
            raise InvalidError("a ServiceNow backend needs a url", (("url", "is missing"),))
        web = settings.url.rstrip("/").removesuffix("/api/now").rstrip("/")
        options = read(settings)
        redact = Redactor()
        # Without cookies every request opens a session of its own, and many of those end in 401 or 429.
        self._jar = Jar()
        method = settings.auth or MANIFEST.auth[0].name
        sign_in = sign_in_of(connection, options, method, redact=redact, jar=self._jar, http=lambda: self._http)
        self._http = HttpClient(
            settings,
            connection.clock,
            base=web,
            sign_in=sign_in,
            redact=redact,
            pacer=Pacer(connection.clock, at_once=_AT_ONCE),
            words=snow_words,
            refused=_is_refused,
            cookies=self._jar,
            seed=connection.seed,
        )
        client = SnowClient(self._http, connection.clock, self._jar)
        self._context = Context(connection, client, options, web, Choices(client))
        self._reader = Reader(self._context)
        self._diary = Diary(self._context)
        self._evidence = Evidence(self._context, self._reader, self._diary)
        self._actor = Actor(self._context, self._reader, self._diary)
        self._directory = Directory(self._context)
        self._rota = Rota(self._context)

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
        return await timeline_of(self._context, self._diary, _checked(id))

    async def transitions(self, id: str) -> tuple[Transition, ...]:
        row = await self._row(id)
        return await transitions_of(self._context, row, may_close=await may_close(self._context))

    async def fields(self, verb: Verb, id: str | None) -> tuple[FieldSpec, ...]:
        row = await self._row(id) if id is not None and verb in (Verb.CLOSE, Verb.LINK, Verb.MAJOR) else None
        return await fields_of(self._context, verb, row)

    async def _row(self, id: str) -> Row:
        return await self._context.client.row("incident", _checked(id), await self._context.fields())

    async def directory(
        self, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        return await self._directory.look_up(kind, text, within)

    async def oncall(self, team: str | None) -> tuple[OnCall, ...]:
        return await self._rota.on_call(team)

    async def perform(self, command: Command, expected: str | None) -> Done:
        with self._evidence.watching(command):
            return await self._actor.perform(command, expected)

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        return await self._evidence.seen(command, first_tried)

    async def attachments(self, id: str) -> tuple[Attachment, ...]:
        return await files.listed(self._context, _checked(id))

    async def attach(self, id: str, name: str, content: bytes) -> Attachment:
        return await files.upload(self._context, _checked(id), name, content)

    async def attached(self, id: str, attachment: str) -> bytes:
        return await files.content_of(self._context.client, _checked(id), attachment)

    async def close(self) -> None:
        await self._http.close()
        self._jar.clear()


def _checked(id: str) -> str:
    """An id that can stand in an address. Raises NotFoundError."""
    if not is_sys_id(id):
        raise NotFoundError(f"“{id}” is not the sys_id of an incident")
    return id
