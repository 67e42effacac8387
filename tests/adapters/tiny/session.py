"""The adapter to the service in memory, written as a third party would."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from tests.adapters.tiny.service import Row, Service
from vagt.adapters.conformance import Fault
from vagt.adapters.protocol import (
    Account,
    Attachment,
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
from vagt.domain.commands import (
    Acknowledge,
    Assign,
    Close,
    Command,
    Comment,
    Create,
    Escalate,
    Hold,
    LinkTo,
    MoveTo,
    Note,
    Reopen,
    Resolve,
    SetMajor,
    SetPriority,
    Snooze,
    Take,
    Verb,
)
from vagt.domain.directory import DirectoryEntry, DirectoryKind, OnCall
from vagt.domain.fields import Choice, FieldKind, FieldSpec
from vagt.domain.incident import ClockState, Incident, Link, LinkKind, SlaClock, State
from vagt.domain.priority import PriorityMatrix
from vagt.domain.timeline import EntryKind, TimelineEntry

ME = "me"

MANIFEST = Manifest(
    name="tiny",
    title="Tiny",
    session="tests.adapters.tiny.session:connect",
    auth=(AuthMethod("token"),),
    capabilities=frozenset(Capability),
)

_STATES = {
    "new": State.NEW,
    "active": State.ACTIVE,
    "waiting": State.WAITING,
    "resolved": State.RESOLVED,
    "closed": State.CLOSED,
}
_MOVES = {"start": "active", "solve": "resolved"}


class TinySession:
    """Signed in as `me` with the token `tok-canary-1`."""

    manifest = MANIFEST
    page = 5

    def __init__(self, service: Service) -> None:
        self.service = service

    async def probe(self) -> Account:
        await self._reach()
        return Account(login=ME, teams=("first line",), capabilities=Capabilities(self.manifest.capabilities))

    async def _reach(self, *, reading: bool = True) -> None:
        await asyncio.sleep(0)
        self.service.requests += 1
        faults = self.service.faults
        if Fault.DOWN in faults:
            raise UnavailableError("connection refused")
        if Fault.THROTTLED in faults:
            raise ThrottledError("slow down", wait=7)
        if Fault.SIGNED_OUT in faults:
            raise AuthError("who are you?")
        if Fault.NONSENSE in faults:
            raise ProtocolError("a page in HTML came instead of JSON")
        if reading and self.service.written:
            if Fault.READS_LOST in faults:
                raise UnavailableError("connection reset")
            if Fault.READS_REFUSED in faults:
                raise ForbiddenError("not yours to read")
            if Fault.READS_THROTTLED in faults:
                raise ThrottledError("slow down", wait=7)

    async def changes(self, cursor: str | None) -> Batch:
        await self._reach()
        if cursor is None:
            cursor = f"full:{self.service.counter}:0"
        kind, since, after = cursor.split(":")
        if kind == "full":
            return self._full(int(since), int(after))
        return self._since(int(after))

    def _full(self, began: int, after: int) -> Batch:
        rows = sorted((r for r in self.service.rows.values() if r.id > after and r.is_open), key=_id)
        page = rows[: self.page]
        more = len(rows) > self.page
        return Batch(
            items=tuple(self.incident(row) for row in page),
            cursor=f"full:{began}:{page[-1].id}" if more else f"since:0:{began}",
            more=more,
            complete=not more,
            restart=after == 0,
        )

    def _since(self, counter: int) -> Batch:
        rows = sorted((r for r in self.service.rows.values() if r.changed > counter), key=_changed)
        page = rows[: self.page]
        more = len(rows) > self.page
        gone = tuple(str(id) for at, id in self.service.removed if at > counter)
        newest = page[-1].changed if more else max([counter, *(r.changed for r in page), *self._removals()])
        return Batch(items=tuple(self.incident(row) for row in page), cursor=f"since:0:{newest}", more=more, gone=gone)

    def _removals(self) -> list[int]:
        return [at for at, _ in self.service.removed]

    async def get(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        await self._reach()
        rows = self.service.rows
        return tuple(self.incident(rows[int(id)]) for id in ids if id.isdecimal() and int(id) in rows)

    async def find(self, number: str) -> Incident:
        found = await self.get([number])
        if not found:
            raise NotFoundError(f"no incident {number}")
        return found[0]

    async def search(self, *, include_closed: bool, limit: int) -> tuple[Incident, ...]:
        await self._reach()
        rows = sorted(self.service.rows.values(), key=_id, reverse=True)
        wanted = [row for row in rows if include_closed or row.is_open]
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
        how = (FieldSpec("text", "How", FieldKind.LONG_TEXT, required=True),)
        return (
            Transition("start", "Start", State.ACTIVE, "Active"),
            Transition("solve", "Solve", State.RESOLVED, "Resolved", how, Verb.RESOLVE),
        )

    async def fields(self, verb: Verb, id: str | None) -> tuple[FieldSpec, ...]:
        if verb is Verb.RESOLVE:
            codes = tuple(Choice(code, code.title()) for code in self.service.codes)
            return (
                FieldSpec("text", "How", FieldKind.LONG_TEXT, required=True),
                FieldSpec("code", "Code", FieldKind.CHOICE, choices=codes),
            )
        if verb is Verb.HOLD:
            return (FieldSpec("reason", "Why", FieldKind.TEXT, required=True),)
        return ()

    async def directory(
        self, kind: DirectoryKind, text: str, *, within: str | None = None
    ) -> tuple[DirectoryEntry, ...]:
        await self._reach()
        names = {DirectoryKind.PERSON: self.service.people, DirectoryKind.TEAM: self.service.teams}.get(kind, ())
        return tuple(DirectoryEntry(name, name) for name in names if text.casefold() in name)

    async def oncall(self, team: str | None) -> tuple[OnCall, ...]:
        await self._reach()
        return tuple(OnCall("rota", name, "bo") for name in self.service.teams if team in (None, name))

    async def perform(self, command: Command, expected: str | None) -> Done:
        self.allow(command)
        await self._reach(reading=False)
        if Fault.FORBIDDEN in self.service.faults:
            raise ForbiddenError("you may only read")
        row = self.found(command)
        self.compare(command, expected, row)
        self.check(command)
        row = self.write(command, row)
        self.service.receipts.add(command.id)
        self.service.written = True
        if Fault.LOST_ANSWER in self.service.faults:
            raise UnavailableError("connection reset", sent=True)
        return Done(self.incident(row))

    def allow(self, command: Command) -> None:
        change, able = command.change, self.manifest.capabilities
        needed = NEEDED.get(command.verb, frozenset())
        if isinstance(change, Assign):
            needed = frozenset({Capability.ASSIGN_PERSON if change.team is None else Capability.ASSIGN_TEAM})
        if not needed & able:
            raise ForbiddenError(f"Tiny cannot do “{command.verb.value}”")

    def found(self, command: Command) -> Row:
        if isinstance(command.change, Create):
            return Row(0, "", 0)
        assert command.subject is not None
        row = self.service.rows.get(int(command.subject.id))
        if row is None:
            raise NotFoundError("it is gone")
        return row

    def compare(self, command: Command, expected: str | None, row: Row) -> None:
        if command.is_guarded and expected is not None and expected != str(row.changed):
            raise ConflictError("it changed meanwhile", self.incident(row))

    def check(self, command: Command) -> None:
        match command.change:
            case Resolve(text=""):
                raise InvalidError("say how", (("text", "is missing"),))
            case Resolve(code=str(code)) if code not in self.service.codes:
                raise InvalidError("no such code", (("code", "is unknown"),))
            case Hold(reason=""):
                raise InvalidError("say why", (("reason", "is missing"),))

    def write(self, command: Command, row: Row) -> Row:
        update = self.service.update
        match command.change:
            case Acknowledge():
                if not row.is_open:
                    raise TransitionError(f"it is {row.state}")
                return update(row.id, state="active", assignee=row.assignee or ME)
            case Take():
                return update(row.id, assignee=ME)
            case Assign(team=team, to=to):
                return self._assign(row, team, to)
            case SetPriority(priority=int(priority)):
                return update(row.id, priority=priority)
            case SetPriority(impact=int(impact), urgency=int(urgency)):
                return update(
                    row.id, impact=impact, urgency=urgency, priority=PriorityMatrix().priority(impact, urgency)
                )
            case Hold():
                return update(row.id, state="waiting")
            case Snooze():
                return update(row.id)
            case Note(text=text):
                return self.say(row, text, False, command.id)
            case Comment(text=text):
                return self.say(row, text, True, command.id)
            case Resolve():
                return update(row.id, state="resolved")
            case Close():
                return update(row.id, state="closed")
            case Reopen():
                return update(row.id, state="active")
            case MoveTo(transition=move):
                return update(row.id, state=_MOVES[move])
            case SetMajor(on=on):
                return update(row.id, major=on)
            case LinkTo(other=other, kind=LinkKind.DUPLICATE):
                return update(row.id, state="closed", related=(*row.related, int(other)))
            case LinkTo(other=other):
                return update(row.id, related=(*row.related, int(other)))
            case Create(title=title):
                return self.service.rows[self.service.add(title)]
            case Escalate(reason=reason):
                return self.say(row, reason, False, command.id)

    def say(self, row: Row, text: str, public: bool, id: str) -> Row:
        return self.service.update(row.id, words=(*row.words, (text, public, ME, id)))

    def _assign(self, row: Row, team: str | None, to: str | None) -> Row:
        if to and to not in self.service.people:
            raise InvalidError(f"nobody is called {to}", (("assignee", "unknown"),))
        if team is not None and team not in self.service.teams:
            raise InvalidError(f"no team is called {team}", (("team", "unknown"),))
        return self.service.update(row.id, team=team or row.team, assignee=row.assignee if to is None else (to or None))

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        await self._reach()
        return Seen.YES if command.id in self.service.receipts else Seen.NO

    async def attachments(self, id: str) -> tuple[Attachment, ...]:
        await self._reach()
        self.there(id)
        return tuple(
            Attachment(id=f"file{n}", name=name, by=ME, size=len(content))
            for n, (whose, name, content) in enumerate(self.service.files)
            if str(whose) == id
        )

    async def attach(self, id: str, name: str, content: bytes) -> Attachment:
        if Capability.ATTACH not in self.manifest.capabilities:
            raise ForbiddenError("Tiny takes no files")
        await self._reach()
        if Fault.FORBIDDEN in self.service.faults:
            raise ForbiddenError("you may only read")
        self.there(id)
        self.service.files.append((int(id), name, content))
        if Fault.LOST_ANSWER in self.service.faults:
            raise UnavailableError("connection reset", sent=True)
        return (await self.attachments(id))[-1]

    async def attached(self, id: str, attachment: str) -> bytes:
        if attachment not in {file.id for file in await self.attachments(id)}:
            raise NotFoundError(f"no file {attachment}")
        return self.service.files[int(attachment.removeprefix("file"))][2]

    def there(self, id: str) -> None:
        if not id.isdecimal() or int(id) not in self.service.rows:
            raise NotFoundError(f"no incident {id}")

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
            impact=row.impact,
            urgency=row.urgency,
            major=row.major,
            sla=(SlaClock("response", self.service.moment(row.id + 900), ClockState.RUNNING),),
            links=tuple(Link(LinkKind.RELATED, f"tiny:{other}") for other in row.related),
            team=row.team,
            assignee=row.assignee,
            created_at=self.service.moment(row.id),
            updated_at=self.service.moment(row.changed),
            version=str(row.changed),
        )


NEEDED: dict[Verb, frozenset[Capability]] = {
    **{verb: frozenset({Capability(verb.value)}) for verb in Verb if verb.value in set(Capability)},
    Verb.PRIORITY: frozenset({Capability.SET_PRIORITY, Capability.SET_IMPACT_URGENCY}),
    Verb.LINK: frozenset({Capability.LINK, Capability.MERGE}),
}


def _id(row: Row) -> int:
    return row.id


def _changed(row: Row) -> int:
    return row.changed
