"""The adapter to the service in memory, written as a third party would."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from tests.adapters.tiny.service import Row, Service
from vagt.adapters.conformance import Fault
from vagt.adapters.protocol import (
    Account,
    AuthError,
    AuthMethod,
    Batch,
    ConflictError,
    Done,
    ForbiddenError,
    InvalidError,
    Manifest,
    NotFoundError,
    ProtocolError,
    Seen,
    ThrottledError,
    Transition,
    TransitionError,
    UnavailableError,
)
from vagt.domain.capability import Capabilities, Capability
from vagt.domain.commands import Acknowledge, Assign, Command, Comment, Note, Resolve, SetPriority, Take, Verb
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import FieldKind, FieldSpec
from vagt.domain.incident import Incident, State
from vagt.domain.timeline import EntryKind, TimelineEntry

PAGE = 5
ME = "me"

MANIFEST = Manifest(
    name="tiny",
    title="Tiny",
    session="tests.adapters.tiny.session:connect",
    auth=(AuthMethod("token"),),
    capabilities=frozenset(
        {
            Capability.ACKNOWLEDGE,
            Capability.TAKE,
            Capability.ASSIGN_PERSON,
            Capability.ASSIGN_TEAM,
            Capability.SET_PRIORITY,
            Capability.NOTE,
            Capability.COMMENT,
            Capability.RESOLVE,
            Capability.TIMELINE,
        }
    ),
)

_STATES = {"new": State.NEW, "active": State.ACTIVE, "resolved": State.RESOLVED}


class TinySession:
    """Signed in as `me` with the token `tok-canary-1`."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def probe(self) -> Account:
        await self._reach()
        return Account(login=ME, teams=("first line",), capabilities=Capabilities(MANIFEST.capabilities))

    async def _reach(self) -> None:
        await asyncio.sleep(0)
        faults = self.service.faults
        if Fault.DOWN in faults:
            raise UnavailableError("connection refused")
        if Fault.THROTTLED in faults:
            raise ThrottledError("slow down", wait=7)
        if Fault.SIGNED_OUT in faults:
            raise AuthError("who are you?")
        if Fault.NONSENSE in faults:
            raise ProtocolError("a page in HTML came instead of JSON")

    async def changes(self, cursor: str | None) -> Batch:
        await self._reach()
        if cursor is None:
            cursor = f"full:{self.service.counter}:0"
        kind, since, after = cursor.split(":")
        if kind == "full":
            return self._full(int(since), int(after))
        return self._since(int(after))

    def _full(self, began: int, after: int) -> Batch:
        rows = sorted((r for r in self.service.rows.values() if r.id > after and r.state != "resolved"), key=_id)
        page = rows[:PAGE]
        more = len(rows) > PAGE
        return Batch(
            items=tuple(self.incident(row) for row in page),
            cursor=f"full:{began}:{page[-1].id}" if more else f"since:0:{began}",
            more=more,
            complete=not more,
            restart=after == 0,
        )

    def _since(self, counter: int) -> Batch:
        rows = sorted((r for r in self.service.rows.values() if r.changed > counter), key=_changed)
        page = rows[:PAGE]
        more = len(rows) > PAGE
        gone = tuple(str(id) for at, id in self.service.removed if at > counter)
        newest = page[-1].changed if more else max([counter, *(r.changed for r in page), *self._removals()])
        return Batch(items=tuple(self.incident(row) for row in page), cursor=f"since:0:{newest}", more=more, gone=gone)

    def _removals(self) -> list[int]:
        return [at for at, _ in self.service.removed]

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        await self._reach()
        rows = self.service.rows
        return tuple(self.incident(rows[int(id)]) for id in ids if int(id) in rows)

    async def find(self, number: str) -> Incident:
        found = await self.get([number])
        if not found:
            raise NotFoundError(f"no incident {number}")
        return found[0]

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        await self._reach()
        rows = sorted(self.service.rows.values(), key=_id, reverse=True)
        wanted = [row for row in rows if include_closed or row.state != "resolved"]
        return tuple(self.incident(row) for row in wanted[:limit])

    async def timeline(self, id: str) -> tuple[TimelineEntry, ...]:
        await self._reach()
        row = self.service.rows[int(id)]
        said = tuple(
            TimelineEntry(self.service.moment(n), by, EntryKind.COMMENT if public else EntryKind.NOTE, public, text)
            for n, (text, public, by, _) in enumerate(row.words)
        )
        return (*said, TimelineEntry(self.service.moment(row.changed), "bo", EntryKind.OTHER, False, "changed"))

    async def transitions(self, id: str) -> tuple[Transition, ...]:
        return ()

    async def fields(self, verb: Verb, id: str | None) -> tuple[FieldSpec, ...]:
        if verb is Verb.RESOLVE:
            return (FieldSpec("text", "How", FieldKind.LONG_TEXT, required=True),)
        return ()

    async def directory(
        self, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        await self._reach()
        names = {DirectoryKind.PERSON: self.service.people, DirectoryKind.TEAM: self.service.teams}.get(kind, ())
        return tuple(DirectoryEntry(name, name) for name in names if text.casefold() in name)

    async def oncall(self, team: str | None) -> tuple[OnCall, ...]:
        return ()

    async def perform(self, command: Command, expected: str | None) -> Done:
        await self._reach()
        assert command.subject is not None
        row = self.service.rows.get(int(command.subject.id))
        if row is None:
            raise NotFoundError("it is gone")
        self.compare(command, expected, row)
        row = self.write(command, row)
        if Fault.LOST_ANSWER in self.service.faults:
            raise UnavailableError("connection reset", sent=True)
        return Done(self.incident(row))

    def compare(self, command: Command, expected: str | None, row: Row) -> None:
        if command.is_guarded and expected is not None and expected != str(row.changed):
            raise ConflictError("it changed meanwhile", self.incident(row))

    def write(self, command: Command, row: Row) -> Row:
        update = self.service.update
        match command.change:
            case Acknowledge():
                if row.state == "resolved":
                    raise TransitionError("it is resolved")
                return update(row.id, state="active", assignee=row.assignee or ME)
            case Take():
                return update(row.id, assignee=ME)
            case Assign(team=team, to=to):
                return self._assign(row, team, to)
            case SetPriority(priority=int(priority)):
                return update(row.id, priority=priority)
            case Note(text=text):
                return update(row.id, words=(*row.words, (text, False, ME, command.id)))
            case Comment(text=text):
                return update(row.id, words=(*row.words, (text, True, ME, command.id)))
            case Resolve():
                return update(row.id, state="resolved")
            case _:
                raise ForbiddenError(f"Tiny cannot do “{command.verb.value}”")

    def _assign(self, row: Row, team: str | None, to: str | None) -> Row:
        if to and to not in self.service.people:
            raise InvalidError(f"nobody is called {to}", (("assignee", "unknown"),))
        if team is not None and team not in self.service.teams:
            raise InvalidError(f"no team is called {team}", (("team", "unknown"),))
        return self.service.update(row.id, team=team or row.team, assignee=row.assignee if to is None else (to or None))

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        await self._reach()
        assert command.subject is not None
        row = self.service.rows.get(int(command.subject.id))
        if row is None:
            return Seen.UNKNOWN
        return Seen.YES if any(said[3] == command.id for said in row.words) else Seen.NO

    async def close(self) -> None:
        await asyncio.sleep(0)

    def incident(self, row: Row) -> Incident:
        return Incident(
            backend="tiny",
            id=str(row.id),
            number=str(row.id),
            title=row.title,
            state=_STATES[row.state],
            native_state=row.state.title(),
            priority=row.priority,
            team=row.team,
            assignee=row.assignee,
            created_at=self.service.moment(row.id),
            updated_at=self.service.moment(row.changed),
            version=str(row.changed),
        )


def _id(row: Row) -> int:
    return row.id


def _changed(row: Row) -> int:
    return row.changed
