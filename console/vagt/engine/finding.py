"""Finds an incident by what people call it: at its backend, or as this console last saw it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from vagt.adapters.protocol import AdapterError, NotFoundError
from vagt.domain.incident import Incident
from vagt.engine.parts import Parts

_NEWEST = 1000


class Finder:
    """Asks backends now; what it finds is on the board afterwards, so that it can be acted on."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def find(self, ref: str) -> Incident:
        """The incident called `backend:number`, or a bare number that one backend has, asked now.

        Raises NotFoundError, and the AdapterError of a backend that had to be asked and could not be.
        """
        parts = self._parts
        name, colon, number = ref.partition(":")
        if colon and name in parts.backends:
            return await self._find(name, number)
        if colon:
            raise NotFoundError(f"no backend is called “{name}”; there are {', '.join(parts.backends) or 'none'}")
        known = {key.backend for key in await parts.store.by_number(ref, tuple(parts.backends))}
        if len(known) == 1:
            with suppress(NotFoundError):
                return await self._find(known.pop(), ref)
        answers = await asyncio.gather(*(self._find(each, ref) for each in parts.backends), return_exceptions=True)
        found = [answer for answer in answers if isinstance(answer, Incident)]
        if len(found) > 1:
            raise NotFoundError(f"{ref} is in several backends: {', '.join(incident.ref for incident in found)}")
        if found:
            return found[0]
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, NotFoundError):
                raise answer
        raise NotFoundError(f"no backend has an incident {ref}")

    async def _find(self, backend: str, number: str) -> Incident:
        parts = self._parts
        asked_at = self._parts.clock.now()
        try:
            incident = await parts.asking.find(backend, number)
        except NotFoundError:
            over = await self._over(backend, number)
            if over is None:
                raise
            return over
        with suppress(AdapterError):
            await parts.intake.look(parts.backends[backend], (incident,), asked_at)
        if parts.board.theirs(incident.key) is None:
            # the store had it so already, but this board does not: an action needs to know what was seen
            parts.publish(parts.board.apply((incident,), news=False))
        return incident

    async def _over(self, backend: str, number: str) -> Incident | None:
        """What a backend that keeps no past has forgotten: the last we saw of it."""
        if self.keeps_past(backend):
            return None
        incident = await self.remembered(backend, number)
        return None if incident is None or incident.is_open else incident

    def keeps_past(self, backend: str) -> bool:
        """Whether it still knows what is over; so it is taken to do where its adapter cannot be asked."""
        manifest = self._parts.backends[backend].manifest()
        return manifest is None or manifest.keeps_past

    async def remembered(self, backend: str, number: str) -> Incident | None:
        """The incident as last stored, for acting on it while its backend is away; no network. None: never seen."""
        parts = self._parts
        for key in await parts.store.by_number(number, (backend,)):
            shown = parts.board.get(key)
            if shown is not None:
                return shown
            incident = await parts.store.get(key)
            if incident is not None:
                parts.publish(parts.board.apply((incident,), news=False))
                return parts.board.get(key)
        return None

    async def fetch(
        self, backend: str, *, include_closed: bool = False, limit: int | None = None
    ) -> tuple[Incident, ...]:
        """The backend's queue, read now in full; with closed ones where asked (the newest `limit`).

        Raises AdapterError. Where the backend keeps no past, the closed ones are those that this console saw.
        """
        if include_closed:
            most = limit or _NEWEST
            found = await self._parts.asking.search(backend, most)
            if self.keeps_past(backend):
                return found
            over = await self._parts.store.closed((backend,), limit=most)
            here = {incident.id for incident in found}
            return (*found, *(incident for incident in over if incident.id not in here))[:most]
        return await self._parts.asking.queue(backend)
