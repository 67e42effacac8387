"""Learns from the store's past a few milliseconds at a time, and answers for one incident."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vagt.adapters.protocol import AdapterError
from vagt.domain.past import Past
from vagt.learning.history import History
from vagt.learning.judged import Judged, Told, is_judged
from vagt.learning.measure import Rehearsal
from vagt.learning.suggest import Suggestion, Thresholds, suggest

if TYPE_CHECKING:
    from vagt.domain.incident import Incident
    from vagt.engine.engine import Engine

MOST = 100_000
"""Past incidents that are learnt from, the newest."""
FEW = 200
"""A backend of which the store knows fewer closed incidents is asked once for some more."""
ASKED = 1000
_WORK = 0.004
"""Seconds of work between two rests."""
_REST = 0.001
"""Seconds in which keys are answered and frames drawn."""


@dataclass(slots=True)
class _Lesson:
    """One pass over the past."""

    rehearsal: Rehearsal = field(default_factory=lambda: Rehearsal(History()))
    of: Counter[str] = field(default_factory=Counter)
    """Past incidents of each backend."""


class Learner:
    """What one console has learnt. Nothing is suggested before the past was read and tried."""

    def __init__(self, engine: Engine, *, most: int = MOST) -> None:
        self._engine = engine
        self._most = most
        self._history = History()
        self._thresholds: Thresholds = dict.fromkeys(Judged)
        self._learnt = asyncio.Event()
        self._begun = False

    @property
    def is_ready(self) -> bool:
        """The past was read; there may be little of it."""
        return self._learnt.is_set()

    def __len__(self) -> int:
        """How many incidents it has learnt from."""
        return len(self._history)

    @property
    def thresholds(self) -> Thresholds:
        """From which confidence on each field is suggested; None: never, it would too often be wrong."""
        return dict(self._thresholds)

    async def learn(self) -> None:
        """Read the past once; later calls only take in what the board shows as judged since.

        Where the store knows little of a backend yet, that is asked for its newest closed incidents,
        and the lesson is repeated with them; where it does not answer, the store's have to do.
        """
        if self._begun:
            await self._learnt.wait()
            await self._take_in_board()
            return
        self._begun = True
        try:
            lesson = await self._lesson(())
            await self._adopt(lesson)
            if any(threshold is not None for threshold in self._thresholds.values()):
                self._learnt.set()
            more = await self._asked(lesson)
            if more:
                await self._adopt(await self._lesson(more))
        except BaseException:
            self._begun = False
            raise
        finally:
            self._learnt.set()

    def see(self, incidents: Iterable[Incident]) -> None:
        """These changed just now: learn from those that somebody has judged."""
        if self.is_ready:
            for incident in incidents:
                if is_judged(incident):
                    self._history.add(incident)

    async def suggest(self, incident: Incident) -> tuple[Suggestion, ...]:
        """How it is likely to be judged, once the past is read; some milliseconds of work."""
        await self._learnt.wait()
        return suggest(self._history, incident, self._thresholds)

    async def _lesson(self, first: Sequence[Told]) -> _Lesson:
        lesson = _Lesson()
        pace = _Pace(self._engine)
        for one in first:
            lesson.rehearsal.feed(one)
            await pace.rest_when_due()
        async for one in self._past():
            lesson.of[one.backend] += 1
            lesson.rehearsal.feed(one)
            await pace.rest_when_due()
        while lesson.rehearsal.step():
            await pace.rest_when_due()
        return lesson

    async def _past(self) -> AsyncIterator[Past]:
        async for piece in self._engine.past(most=self._most):
            for one in piece:
                yield one

    async def _adopt(self, lesson: _Lesson) -> None:
        self._history = lesson.rehearsal.history
        self._thresholds = lesson.rehearsal.thresholds()
        await self._take_in_board()

    async def _take_in_board(self) -> None:
        pace = _Pace(self._engine)
        board = self._engine.board
        for key in list(board.incidents):
            incident = board.theirs(key)
            if incident is not None and is_judged(incident):
                self._history.add(incident)
            await pace.rest_when_due()

    async def _asked(self, lesson: _Lesson) -> list[Past]:
        """The newest closed incidents of the backends of which little is stored, the oldest first."""
        found: list[Past] = []
        for backend in self._engine.settings.backends:
            if lesson.of[backend.name] < FEW:
                with suppress(AdapterError):
                    newest = await self._engine.fetch(backend.name, include_closed=True, limit=ASKED)
                    found += [Past.of(one) for one in newest if not one.is_open]
        return sorted(found, key=lambda one: one.created_at.timestamp() if one.created_at else 0.0)


class _Pace:
    """Tells when enough was done for the event loop to have its turn."""

    def __init__(self, engine: Engine) -> None:
        self._clock = engine.clock
        self._until = self._clock.monotonic() + _WORK

    async def rest_when_due(self) -> None:
        if self._clock.monotonic() >= self._until:
            await asyncio.sleep(_REST)
            self._until = self._clock.monotonic() + _WORK
