"""One signed-in connection to one Request Tracker: the adapter protocol, joined from its parts ("RT REST2")."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from datetime import datetime

from vagt.adapters.http import HttpClient
from vagt.adapters.pacing import Pacer
from vagt.adapters.protocol import (
    Account,
    Attachment,
    Batch,
    Connection,
    Done,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    Seen,
    Transition,
)
from vagt.adapters.redact import Redactor
from vagt.adapters.rt import files
from vagt.adapters.rt.acting import Actor
from vagt.adapters.rt.client import REST, RtClient, rt_words
from vagt.adapters.rt.context import Context
from vagt.adapters.rt.directory import Directory
from vagt.adapters.rt.evidence import Evidence
from vagt.adapters.rt.forms import fields_of, transitions_of
from vagt.adapters.rt.manifest import MANIFEST
from vagt.adapters.rt.mapping import state_of
from vagt.adapters.rt.options import read
from vagt.adapters.rt.probe import probe
from vagt.adapters.rt.reading import Reader
from vagt.adapters.rt.signin import CookieSession, is_refused, token_header, token_owner
from vagt.adapters.rt.timeline import NOBODY_ID, entries_of, named, user_ids
from vagt.adapters.rt.wire import ROBOTS, Row, person_name, reference, text_of
from vagt.adapters.signin import SecretHeader, SignIn, basic
from vagt.domain.commands import Command, Verb
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident, State
from vagt.domain.timeline import TimelineEntry

_AT_ONCE = 3
"""RT hashes the credential of every request, a fifth of a second each: more at once only queue up there."""
_NAMES_ASKED = 25
"""Unknown users looked up for one timeline."""


async def open_session(connection: Connection) -> RtSession:
    """A session for `connection`; nothing is sent yet. Raises InvalidError where the config cannot be used."""
    return RtSession(connection)


class RtSession:
    """The protocol's methods, each handed to the part that knows how."""

    def __init__(self, connection: Connection) -> None:
        settings = connection.settings
        if not settings.url:
            raise InvalidError("an RT backend needs a url", (("url", "is missing"),))
        web = settings.url.rstrip("/").removesuffix(REST).rstrip("/")
        redact = Redactor()
        sign_in = self._sign_in(connection, redact)
        self._http = HttpClient(
            settings,
            connection.clock,
            base=web,
            sign_in=sign_in,
            redact=redact,
            pacer=Pacer(connection.clock, at_once=_AT_ONCE),
            words=rt_words,
            refused=is_refused,
            seed=connection.seed,
        )
        self._context = Context(connection, RtClient(self._http), read(settings), web)
        self._reader = Reader(self._context)
        self._evidence = Evidence(self._context, self._reader)
        self._actor = Actor(self._context, self._reader, self._evidence)
        self._directory = Directory(self._context)

    def _sign_in(self, connection: Connection, redact: Redactor) -> SignIn:
        settings = connection.settings
        method = settings.auth or MANIFEST.auth[0].name
        if method == "token":
            return SecretHeader(connection.secret, self._token, redact)
        if not settings.username:
            raise InvalidError(f"signing in by “{method}” needs a username", (("username", "is missing"),))
        if method == "basic":
            return basic(connection.secret, settings.username, redact)
        if method == "session":
            return CookieSession(connection.secret, settings.username, redact, lambda: self._http)
        raise InvalidError(f"RT cannot be signed in to by “{method}”", (("auth", "is token, basic or session"),))

    def _token(self, token: str) -> dict[str, str]:
        self._context.whose_token = token_owner(token)
        return dict(token_header(token))

    async def probe(self) -> Account:
        return await probe(self._context)

    async def changes(self, cursor: str | None) -> Batch:
        return await self._reader.changes(cursor)

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        return await self._reader.get(ids)

    async def find(self, number: str) -> Incident:
        return await self._reader.find(number)

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        return await self._reader.search(include_closed=include_closed, limit=limit)

    async def timeline(self, id: str) -> tuple[TimelineEntry, ...]:
        context = self._context
        history = await context.client.history(id)
        if not history:
            # RT answers "no history" for a ticket that is not there or not ours to see.
            await self._reader.ticket(id)
        bodies = await context.client.bodies(id)
        if not context.queues:
            await context.load_queues()
        await self._learn_names(history)
        people = dict(context.names)
        queues = {queue.id: queue.name for queue in context.queues.values()}
        names = named({"user": people, "queue": queues, "field": context.fields})
        return entries_of(history, bodies, names, self._meaning)

    def _meaning(self, status: str) -> State:
        """Of a status in a history, which does not tell the lifecycle."""
        low = status.lower()
        active = {each for (_, name), each in self._context.active.items() if name == low}
        return state_of(status, active.pop() if len(active) == 1 else None, self._context.options)

    async def _learn_names(self, history: Sequence[Row]) -> None:
        """The names of those who acted (told by login) and of owners (told by number only)."""
        names = self._context.names
        logins = sorted({reference(row.get("Creator")) for row in history} - names.keys() - ROBOTS - {""})
        if logins:
            conditions = [{"field": "Name", "value": login} for login in logins[:_NAMES_ASKED]]
            for row in await self._people(self._context.client.users(conditions)):
                login = text_of(row.get("Name"))
                names[login] = names[text_of(row.get("id"))] = person_name(row) or login
        numbers = sorted(user_ids(history) - names.keys() - {NOBODY_ID})[:_NAMES_ASKED]
        for number in numbers:
            for row in await self._people(self._context.client.user(number)):
                names[number] = person_name(row) or text_of(row.get("Name")) or number

    async def _people(self, asked: Awaitable[Row | list[Row]]) -> list[Row]:
        """Nobody, where RT does not show us people."""
        try:
            found = await asked
        except (ForbiddenError, NotFoundError):
            return []
        return found if isinstance(found, list) else [found]

    async def transitions(self, id: str) -> tuple[Transition, ...]:
        row = await self._reader.ticket(id)
        await self._context.incidents([row])
        return transitions_of(self._context, row)

    async def fields(self, verb: Verb, id: str | None) -> tuple[FieldSpec, ...]:
        if verb is Verb.CREATE and not self._context.queues:
            await self._context.load_queues()
        row = await self._reader.ticket(id) if id is not None else None
        return fields_of(self._context, verb, row)

    async def directory(
        self, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        # RT does not tell who may own tickets in a queue, so `within` cannot narrow anything.
        return await self._directory.look_up(kind, text)

    async def oncall(self, team: str | None) -> tuple[OnCall, ...]:
        return ()

    async def perform(self, command: Command, expected: str | None) -> Done:
        return await self._actor.perform(command, expected)

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        return await self._evidence.seen(command, first_tried)

    async def attachments(self, id: str) -> tuple[Attachment, ...]:
        return await files.listed(self._context, self._reader, id)

    async def attach(self, id: str, name: str, content: bytes) -> Attachment:
        return await files.upload(self._context, self._reader, id, name, content)

    async def attached(self, id: str, attachment: str) -> bytes:
        return await files.content_of(self._context, self._reader, id, attachment)

    async def close(self) -> None:
        await self._http.close()
