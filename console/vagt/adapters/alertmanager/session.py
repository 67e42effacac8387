"""One connection to one Alertmanager: the adapter protocol, joined from its parts ("API v2")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vagt.adapters.alertmanager.client import Client, am_words, is_refused
from vagt.adapters.alertmanager.context import Context
from vagt.adapters.alertmanager.manifest import MANIFEST
from vagt.adapters.alertmanager.members import Members
from vagt.adapters.alertmanager.options import base_of, read
from vagt.adapters.alertmanager.probe import probe
from vagt.adapters.alertmanager.reading import Reader
from vagt.adapters.alertmanager.silencing import Silencer, fields_of
from vagt.adapters.alertmanager.timeline import entries_of
from vagt.adapters.http import HttpClient
from vagt.adapters.protocol import Account, Batch, Connection, Done, InvalidError, NotFoundError, Seen, Transition
from vagt.adapters.redact import Redactor
from vagt.adapters.signin import Anonymous, SecretHeader, SignIn, basic
from vagt.domain.commands import Command, Verb
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident
from vagt.domain.timeline import TimelineEntry


async def open_session(connection: Connection) -> AlertmanagerSession:
    """A session for `connection`; nothing is sent yet. Raises InvalidError where the config cannot be used."""
    return AlertmanagerSession(connection)


class AlertmanagerSession:
    """The protocol's methods, each handed to the part that knows how."""

    def __init__(self, connection: Connection) -> None:
        settings = connection.settings
        if not settings.url:
            raise InvalidError("an Alertmanager backend needs a url", (("url", "is missing"),))
        base = base_of(settings.url)
        options = read(settings)
        redact = Redactor()
        sign_in = _sign_in(connection, redact)

        def client(address: str) -> HttpClient:
            return HttpClient(
                settings,
                connection.clock,
                base=address,
                sign_in=sign_in,
                redact=redact,
                words=am_words,
                refused=is_refused,
                seed=connection.seed,
            )

        addresses = dict.fromkeys((base, *options.members))
        self._members = Members({address: client(address) for address in addresses})
        self._context = Context(connection, Client(self._members), options, options.web_url or base)
        self._reader = Reader(self._context)
        self._silencer = Silencer(self._context, self._reader)

    async def probe(self) -> Account:
        return await probe(self._context)

    async def changes(self, cursor: str | None) -> Batch:
        return await self._reader.changes(cursor)

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        return await self._reader.get(ids)

    async def find(self, number: str) -> Incident:
        return await self._reader.find(number)

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        # what is over, Alertmanager does not know: the same with and without closed ones
        return await self._reader.search(limit)

    async def timeline(self, id: str) -> tuple[TimelineEntry, ...]:
        try:
            case, _ = await self._reader.case(id)
        except NotFoundError:
            # what is over, Alertmanager knows nothing of
            return ()
        silences = await self._context.read_silences()
        return entries_of(case, silences.values())

    async def transitions(self, id: str) -> tuple[Transition, ...]:
        return ()

    async def fields(self, verb: Verb, id: str | None) -> tuple[FieldSpec, ...]:
        return fields_of(verb)

    async def directory(
        self, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        return ()

    async def oncall(self, team: str | None) -> tuple[OnCall, ...]:
        return ()

    async def perform(self, command: Command, expected: str | None) -> Done:
        return await self._silencer.perform(command)

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        return await self._silencer.seen(command, first_tried)

    async def close(self) -> None:
        await self._members.close()


def _sign_in(connection: Connection, redact: Redactor) -> SignIn:
    settings = connection.settings
    method = settings.auth or MANIFEST.auth[0].name
    match method:
        case "none":
            return Anonymous()
        case "basic":
            if not settings.username:
                raise InvalidError("signing in by “basic” needs a username", (("username", "is missing"),))
            return basic(connection.secret, settings.username, redact)
        case "token":
            return SecretHeader(connection.secret, lambda token: {"Authorization": f"Bearer {token}"}, redact)
        case _:
            raise InvalidError(
                f"Alertmanager cannot be signed in to by “{method}”", (("auth", "is none, basic or token"),)
            )
