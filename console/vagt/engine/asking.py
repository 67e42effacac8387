"""Questions that screens ask the backends directly, with a short memory for those asked again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar, cast

from vagt.adapters.protocol import Attachment, Session, Transition, UnavailableError, attaching
from vagt.domain.clock import Clock
from vagt.domain.commands import Verb
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident, Key
from vagt.domain.timeline import TimelineEntry
from vagt.engine.backend import Backend
from vagt.engine.pages import Pages

T = TypeVar("T")

_SHORT = 10.0
"""Seconds for which an incident's transitions are remembered."""
_LONG = 60.0
"""Seconds for which fields and directories are remembered."""
_MOST = 500
_FILE_PATIENCE = 30.0


class Asking:
    """Each question ends within the backend's timeout and raises nothing but an AdapterError."""

    def __init__(self, backends: dict[str, Backend], clock: Clock) -> None:
        self._backends = backends
        self._clock = clock
        self._answers: dict[Hashable, tuple[float, object]] = {}

    async def timeline(self, key: Key) -> tuple[TimelineEntry, ...]:
        return await self._ask(key.backend, lambda session: session.timeline(key.id))

    async def transitions(self, key: Key, version: str | None) -> tuple[Transition, ...]:
        """`version`: of the incident as it is known, so that a changed one is asked about anew."""
        return await self._remembered(
            ("transitions", key, version), _SHORT, key.backend, lambda session: session.transitions(key.id)
        )

    async def fields(self, verb: Verb, key: Key | None, backend: str, version: str | None) -> tuple[FieldSpec, ...]:
        id = None if key is None else key.id
        return await self._remembered(
            ("fields", backend, verb, key, version), _LONG, backend, lambda session: session.fields(verb, id)
        )

    async def directory(
        self, backend: str, kind: DirectoryKind, text: str, within: str | None
    ) -> tuple[DirectoryEntry, ...]:
        return await self._remembered(
            ("directory", backend, kind, text, within),
            _LONG,
            backend,
            lambda session: session.directory(kind, text, within=within),
        )

    async def oncall(self, backend: str, team: str | None) -> tuple[OnCall, ...]:
        return await self._remembered(("oncall", backend, team), _SHORT, backend, lambda session: session.oncall(team))

    async def files(self, key: Key) -> tuple[Attachment, ...]:
        return await self._ask(key.backend, lambda session: attaching(session).attachments(key.id))

    async def file(self, key: Key, attachment: str) -> bytes:
        return await self._ask(
            key.backend, lambda session: attaching(session).attached(key.id, attachment), patience=_FILE_PATIENCE
        )

    async def find(self, backend: str, number: str) -> Incident:
        return await self._ask(backend, lambda session: session.find(number))

    async def queue(self, backend: str) -> tuple[Incident, ...]:
        """The whole open set, read now; each page has its own time. Raises AdapterError."""
        found: dict[str, Incident] = {}
        pages = Pages()
        cursor: str | None = None
        more = True
        while more:
            start = cursor
            batch = await self._ask(backend, lambda session, start=start: session.changes(start))  # type: ignore[misc]
            pages.turn(start, batch)
            found.update((incident.id, incident) for incident in batch.items)
            for id in batch.gone:
                found.pop(id, None)
            cursor, more = batch.cursor, batch.more
        return tuple(found.values())

    async def search(self, backend: str, limit: int) -> tuple[Incident, ...]:
        return await self._ask(backend, lambda session: session.search(include_closed=True, limit=limit))

    async def _ask(self, backend: str, question: Callable[[Session], Awaitable[T]], *, patience: float = 1.0) -> T:
        known = self._backends[backend]
        seconds = known.settings.timeout * patience
        try:
            # Signing in counts: whoever asks waits so long and no longer.
            async with asyncio.timeout(seconds):
                return await known.ask(question, patience)
        except TimeoutError as error:
            raise UnavailableError(f"no answer within {seconds:g} s") from error

    async def _remembered(
        self, about: Hashable, seconds: float, backend: str, question: Callable[[Session], Awaitable[T]]
    ) -> T:
        now = self._clock.monotonic()
        known = self._answers.get(about)
        if known is not None and now - known[0] < seconds:
            return cast("T", known[1])
        answer = await self._ask(backend, question)
        if len(self._answers) >= _MOST:
            self._answers.clear()
        self._answers[about] = (now, answer)
        return answer

    def forget(self) -> None:
        """Whoever refreshes wants to see what is there now."""
        self._answers.clear()
