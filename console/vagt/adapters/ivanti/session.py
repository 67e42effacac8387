"""One signed-in connection to one Ivanti tenant: the adapter protocol, joined from its parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from vagt.adapters.http import HttpClient
from vagt.adapters.ivanti import attachments, relations, timeline
from vagt.adapters.ivanti.acting import Actor
from vagt.adapters.ivanti.client import BASES, INCIDENTS, Base, IvantiClient
from vagt.adapters.ivanti.context import Context
from vagt.adapters.ivanti.directory import Directory
from vagt.adapters.ivanti.evidence import Evidence
from vagt.adapters.ivanti.following import Follower
from vagt.adapters.ivanti.forms import Forms
from vagt.adapters.ivanti.lists import Lists
from vagt.adapters.ivanti.manifest import MANIFEST
from vagt.adapters.ivanti.notes import Notes
from vagt.adapters.ivanti.options import IvantiOptions, read
from vagt.adapters.ivanti.probe import probe
from vagt.adapters.ivanti.quick import Catalogue
from vagt.adapters.ivanti.reading import Reader
from vagt.adapters.ivanti.signin import Login, key_header
from vagt.adapters.ivanti.wire import RECORD_ID, words_of
from vagt.adapters.lenient import Row
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
from vagt.adapters.signin import OpenedSession, SecretHeader, SignIn
from vagt.domain.commands import Command, Verb
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident
from vagt.domain.timeline import TimelineEntry


async def open_session(connection: Connection) -> IvantiSession:
    """A session for `connection`; nothing is sent yet. Raises InvalidError where the config cannot be used."""
    return IvantiSession(connection)


class IvantiSession:
    """The protocol's methods, each handed to the part that knows how."""

    def __init__(self, connection: Connection) -> None:
        settings = connection.settings
        if not settings.url:
            raise InvalidError("an Ivanti backend needs a url", (("url", "is missing"),))
        options = read(settings)
        root, first = _address(settings.url)
        base = Base(lambda: self._http, options.base_path, first)
        redact = Redactor()
        self._http = HttpClient(
            settings,
            connection.clock,
            base=root,
            sign_in=self._sign_in(connection, options, base, redact),
            redact=redact,
            words=words_of,
            seed=connection.seed,
        )
        client = IvantiClient(self._http, base, v2=options.v2, page_size=options.page_size)
        self._context = Context(connection, client, options)
        self._catalogue = Catalogue(client, options)
        self._lists = Lists(self._context)
        self._forms = Forms(self._context, self._lists, self._catalogue)
        self._reader = Reader(self._context, self._catalogue)
        self._follower = Follower(self._context, self._catalogue)
        self._notes = Notes(self._context)
        self._evidence = Evidence(self._context, self._reader, self._notes)
        self._actor = Actor(self._context, self._reader, self._notes, self._forms, self._catalogue)
        self._directory = Directory(self._context, self._lists, self._forms)

    def _sign_in(self, connection: Connection, options: IvantiOptions, base: Base, redact: Redactor) -> SignIn:
        settings = connection.settings
        method = settings.auth or MANIFEST.auth[0].name
        if not settings.username:
            raise InvalidError("an Ivanti backend needs a username: your Login ID", (("username", "is missing"),))
        if method == "api-key":
            return SecretHeader(connection.secret, key_header, redact)
        if method == "session":
            tenant = options.tenant or urlsplit(settings.url).hostname or ""
            return OpenedSession(
                Login(
                    connection.secret,
                    lambda: self._http,
                    base,
                    redact,
                    tenant=tenant,
                    username=settings.username,
                    role=options.role,
                )
            )
        raise InvalidError(f"Ivanti cannot be signed in to by “{method}”", (("auth", "is api-key or session"),))

    async def probe(self) -> Account:
        return await probe(self._context, self._lists, self._notes, self._catalogue)

    async def changes(self, cursor: str | None) -> Batch:
        return await self._follower.changes(cursor)

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        return await self._reader.get(ids)

    async def find(self, number: str) -> Incident:
        found = await self._reader.find(number)
        # whoever asks for one by its number looks at that one: with what hangs on it
        await relations.gather(self._context, found.id)
        again = await self._reader.get([found.id], clocks=False)
        return again[0] if again else found

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        return await self._reader.search(include_closed=include_closed, limit=limit)

    async def timeline(self, id: str) -> tuple[TimelineEntry, ...]:
        return await timeline.read(self._context, self._notes, _key(id))

    async def transitions(self, id: str) -> tuple[Transition, ...]:
        return await self._forms.transitions(await self._row(id))

    async def fields(self, verb: Verb, id: str | None) -> tuple[FieldSpec, ...]:
        return await self._forms.fields(verb, await self._row(id) if id is not None else None)

    async def directory(
        self, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        return await self._directory.look_up(kind, text, within)

    async def oncall(self, team: str | None) -> tuple[OnCall, ...]:
        return ()

    async def perform(self, command: Command, expected: str | None) -> Done:
        return await self._actor.perform(command, expected)

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        return await self._evidence.seen(command, first_tried)

    async def attachments(self, id: str) -> tuple[Attachment, ...]:
        return await attachments.listed(self._context, _key(id))

    async def attach(self, id: str, name: str, content: bytes) -> Attachment:
        return await attachments.upload(self._context, _key(id), name, content)

    async def attached(self, id: str, attachment: str) -> bytes:
        return await attachments.content_of(self._context, _key(id), attachment)

    async def close(self) -> None:
        await self._http.close()

    async def _row(self, id: str) -> Row:
        row = await self._context.client.record(INCIDENTS, _key(id))
        self._context.learn([row])
        return row


def _key(id: str) -> str:
    """The same id. Raises NotFoundError for what cannot be a key, which keeps tricks out of addresses."""
    if not RECORD_ID.match(id):
        raise NotFoundError(f"“{id}” is not the key of a record")
    return id


def _address(url: str) -> tuple[str, str]:
    """Scheme and host with what stands before the known paths, and the path to try first."""
    plain = url.rstrip("/")
    for known in sorted(BASES, key=len, reverse=True):
        if plain.lower().endswith(known.lower()):
            return plain[: -len(known)], known
    if plain.lower().endswith("/heat"):
        return plain[: -len("/heat")], BASES[1]
    return plain, BASES[0]
