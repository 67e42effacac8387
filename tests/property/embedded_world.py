"""The embedded backend behind a bad line, and a model of it that knows only what the words mean."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from vagt.adapters.embedded.session import EmbeddedSession
from vagt.adapters.protocol import Done, Seen, ThrottledError, UnavailableError
from vagt.domain.clock import ManualClock
from vagt.domain.commands import (
    Acknowledge,
    Change,
    Command,
    Comment,
    Create,
    Hold,
    Note,
    Reopen,
    Resolve,
    SetPriority,
    Take,
)
from vagt.domain.incident import Incident, State

BEFORE = ("refused", "lost", "hangs", "throttled")
"""What can happen to a request before it takes effect."""
AFTER = ("lost", "hangs")
"""What can happen to an answer: the request has taken effect."""


@dataclass
class ModelIncident:
    """What an incident must be after all that took effect, in the order in which it did."""

    state: State = State.NEW
    assignee: str | None = None
    impact: int | None = 3
    urgency: int | None = 3
    reason: str | None = None
    said: list[str] = field(default_factory=list)

    def apply(self, change: Change, by: str) -> None:
        match change:
            case Acknowledge():
                if self.state is State.NEW or (self.state is State.ACTIVE and self.assignee is None):
                    self.state, self.assignee = State.ACTIVE, self.assignee or by
            case Take():
                self.assignee = by
            case SetPriority(impact=impact, urgency=urgency):
                self.impact, self.urgency = impact, urgency
            case Note(text=text) | Comment(text=text):
                self.said.append(text)
            case Hold(reason=reason):
                self.state, self.reason = State.WAITING, reason
            case Resolve(text=text):
                self.state, self.reason = State.RESOLVED, None
                self.said.append(f"Resolved: {text}")
            case Reopen():
                self.state = State.ACTIVE
            case _:
                raise AssertionError(f"the model does not know {change}")


class Model:
    """All incidents, and how often each action took effect."""

    def __init__(self) -> None:
        self.incidents: dict[str, ModelIncident] = {}
        self.effects: list[tuple[str, str]] = []
        """(action, incident) in the order in which they took effect."""

    def took_effect(self, command: Command, by: str, incident: Incident) -> None:
        self.effects.append((command.id, incident.id))
        if isinstance(command.change, Create):
            self.incidents[incident.id] = ModelIncident()
        else:
            self.incidents[incident.id].apply(command.change, by)


class BadLine:
    """A session of the embedded backend that loses requests and answers as it is told to.

    The backend itself does a command only once however often it is sent. That would hide an engine that sends
    twice, so each try goes there under a name of its own; `seen` knows all of them.
    """

    def __init__(self, session: EmbeddedSession, model: Model, clock: ManualClock, login: str) -> None:
        self._session = session
        self._model = model
        self._clock = clock
        self._login = login
        self._tries: dict[str, list[str]] = {}
        self._at_work: set[asyncio.Task[Any]] = set()
        self.plan: list[tuple[str, str]] = []
        """("before" or "after", what) for the next writes, one for each."""
        self.reads: list[str] = []
        """The same for the next reads: refused, hangs."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def perform(self, command: Command, expected: str | None) -> Done:
        when, what = self.plan.pop(0) if self.plan else ("", "")
        if when == "before":
            await self._fail(what)
        # What the server has begun it ends, also where nobody waits any more.
        task = asyncio.ensure_future(self._do(command, expected))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        done = await asyncio.shield(task)
        if when == "after":
            await self._fail(what)
        return done

    async def _do(self, command: Command, expected: str | None) -> Done:
        tries = self._tries.setdefault(command.id, [])
        tries.append(f"{command.id}.{len(tries)}")
        done = await self._session.perform(replace(command, id=tries[-1]), expected)
        assert done.incident is not None
        self._model.took_effect(command, self._login, done.incident)
        return done

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        await self._read()
        for name in self._tries.get(command.id, ()):
            if await self._session.seen(replace(command, id=name), first_tried) is Seen.YES:
                return Seen.YES
        return Seen.NO

    async def changes(self, cursor: str | None) -> Any:
        await self._read()
        return await self._session.changes(cursor)

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        await self._read()
        return await self._session.get(ids)

    async def close(self) -> None:
        """The console lets go; the server stays."""

    async def rest(self) -> None:
        """Until the server does nothing any more."""
        while self._at_work:
            await asyncio.gather(*self._at_work, return_exceptions=True)
        await self._session._run(lambda: None)

    async def _read(self) -> None:
        if self.reads:
            await self._fail(self.reads.pop(0))

    async def _fail(self, what: str) -> None:
        match what:
            case "refused":
                raise UnavailableError("refused")
            case "lost":
                raise UnavailableError("reset", sent=True)
            case "throttled":
                raise ThrottledError("slow down", 3.0)
            case _:
                await self._clock.sleep(1e6)
