"""A follower that obeys the same rules as the console's engine, so that the kit sees what the console would."""

from __future__ import annotations

from vagt.adapters.protocol import Session
from vagt.domain.incident import Incident

_MOST_PAGES = 500


class Mirror:
    """Keeps a copy of a backend's queue by `changes` and `get` alone."""

    def __init__(self, session: Session, *, most_pages: int = _MOST_PAGES) -> None:
        self.session = session
        self._most_pages = most_pages
        self.incidents: dict[str, Incident] = {}
        self.cursor: str | None = None
        self.pages = 0
        self.repeated = 0
        """Rows that told nothing new."""
        self._listed: set[str] = set()

    @property
    def open_ids(self) -> set[str]:
        return {id for id, incident in self.incidents.items() if incident.is_open}

    async def poll(self) -> None:
        """Follow the backend until it has no more to tell for now."""
        for _ in range(self._most_pages):
            if not await self.step():
                return
        raise AssertionError(f"`more` was still true after {self._most_pages} pages: the listing never ends")

    async def step(self) -> bool:
        """One page; whether there is more right now."""
        first = self.cursor is None
        batch = await self.session.changes(self.cursor)
        self.pages += 1
        self.cursor = batch.cursor
        if batch.restart or first:
            self._listed = set()
        for incident in batch.items:
            self.repeated += self.incidents.get(incident.id) == incident
            self.incidents[incident.id] = incident
            self._listed.add(incident.id)
        for id in batch.gone:
            self.incidents.pop(id, None)
        if batch.complete:
            await self._look_for_the_missing()
        return batch.more

    async def resync(self) -> None:
        """Ask for a full listing again, as the engine does from time to time."""
        self.cursor = None
        await self.poll()

    async def _look_for_the_missing(self) -> None:
        missing = sorted(self.open_ids - self._listed)
        if not missing:
            return
        found = {incident.id: incident for incident in await self.session.get(missing)}
        for id in missing:
            if id in found:
                self.incidents[id] = found[id]
            else:
                del self.incidents[id]
