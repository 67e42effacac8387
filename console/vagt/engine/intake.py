"""The one way by which a backend's answers come in: store, then board, then whoever listens."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime

from vagt.adapters.protocol import Batch
from vagt.domain.clock import Clock
from vagt.domain.incident import Incident, Key
from vagt.engine.backend import Backend
from vagt.engine.board import Board
from vagt.engine.events import Rang
from vagt.engine.fanout import Fanout
from vagt.engine.snapshot import Applied
from vagt.engine.store import Store

_TRIES = 3
_SLICE = 300


class Intake:
    """Stores the truth and lets it be seen; an answer never replaces a newer one."""

    def __init__(self, store: Store, board: Board, fanout: Fanout, clock: Clock) -> None:
        self._store = store
        self._board = board
        self._fanout = fanout
        self._clock = clock
        self._loaded: set[str] = set()

    def loaded(self, backend: str) -> None:
        """From now on, arrivals of this backend are news."""
        self._loaded.add(backend)

    async def page(self, backend: Backend, batch: Batch, asked_at: datetime) -> Applied:
        """One answer to `changes`. Raises AdapterError where something had to be read again."""
        applied = await self._store.apply(
            backend.name,
            batch.items,
            asked_at=asked_at,
            gone=batch.gone,
            listed=True,
            restart=batch.restart,
            complete=batch.complete,
            cursor=batch.cursor,
        )
        await self._show(applied, news=backend.name in self._loaded)
        await self._read_again(backend, applied.doubtful)
        return applied

    async def look(self, backend: Backend, incidents: Collection[Incident], asked_at: datetime) -> None:
        """Incidents that were read one by one. Raises AdapterError as above."""
        applied = await self._store.apply(backend.name, incidents, asked_at=asked_at)
        await self._show(applied, news=False)
        await self._read_again(backend, applied.doubtful)

    async def forget(self, backend: Backend, ids: Collection[str]) -> None:
        """Incidents that are deleted, or none of ours any more."""
        if ids:
            await self._show(Applied(gone=await self._store.remove(backend.name, ids)), news=False)

    async def foreign(self, changed: Sequence[Incident], gone: Collection[Key]) -> None:
        """What another process has stored already."""
        for name in sorted({incident.backend for incident in changed} | {key.backend for key in gone}):
            news = name in self._loaded
            await self._show(Applied(gone=tuple(key for key in gone if key.backend == name)), news=news)
            theirs = tuple(incident for incident in changed if incident.backend == name)
            for start in range(0, len(theirs), _SLICE):
                await self._show(Applied(changed=theirs[start : start + _SLICE]), news=news)
                await asyncio.sleep(0)

    async def _read_again(self, backend: Backend, ids: Collection[str]) -> None:
        """Something newer was stored while the answer was on its way: ask until it is clear which is which."""
        for left in range(_TRIES, 0, -1):
            if not ids:
                return
            asked_at = self._clock.now()
            wanted = tuple(ids)
            incidents = await backend.ask(lambda session, wanted=wanted: session.get(wanted))  # type: ignore[misc]
            applied = await self._store.apply(backend.name, incidents, asked_at=asked_at, force=left == 1)
            await self._show(applied, news=False)
            ids = applied.doubtful

    async def _show(self, applied: Applied, *, news: bool) -> None:
        if not applied.changed and not applied.gone:
            return
        event = self._board.apply(applied.changed, applied.gone, news=news)
        if not event.keys:
            return
        self._fanout.publish(event)
        rang = self._board.ringing(event.arrived) if news and event.arrived else frozenset()
        if rang:
            self._fanout.publish(Rang(rang))
        marks = [(key, mark.value) for key in event.keys if (mark := self._board.mark(key)) is not None]
        if marks:
            await self._store.mark(marks)
