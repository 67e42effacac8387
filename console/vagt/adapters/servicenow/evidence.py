"""Finding out, after a lost answer, whether ServiceNow already has what we sent ("Table API": nothing is idempotent).

A cancelled transaction may have been stored, and reads may lag behind writes for seconds, so that
NO is asked for twice with a pause between. A write that we stopped waiting for may still be at work
in ServiceNow, for up to a minute: until then there is no answer but a later one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from vagt.adapters.protocol import NotFoundError, Seen, UnavailableError
from vagt.adapters.servicenow import people
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.diary import Diary
from vagt.adapters.servicenow.journal import COMMENTS, WORK_NOTES
from vagt.adapters.servicenow.reading import Reader
from vagt.adapters.servicenow.registering import registered
from vagt.adapters.servicenow.wire import clean
from vagt.domain.commands import Assign, Command, Comment, Create, LinkTo, MoveTo, Note, Resolve, SetPriority
from vagt.domain.incident import Incident, LinkKind
from vagt.domain.overlay import holds

_SETTLE = 3.0
"""Seconds after the first try within which what was stored may not be visible yet."""
_SLOW = 5.0
"""Seconds without an answer after which a write counts as one that may still be at work."""
_REMEMBERED = 1000
_LONGEST = 62.0
"""Seconds after which ServiceNow has cancelled a transaction itself."""
_MARGIN = timedelta(seconds=1.5)
"""Stamps are whole seconds, and the instance's clock is known to half a second."""


class Evidence:
    """Looks for traces of what we did."""

    def __init__(self, context: Context, reader: Reader, diary: Diary) -> None:
        self._context = context
        self._reader = reader
        self._diary = diary
        self._at_work: dict[str, float] = {}
        """Commands that we stopped waiting for → until when they may be at work, by our monotonic clock."""
        self._done: dict[str, None] = {}
        """Commands that were told as done."""

    @contextmanager
    def watching(self, command: Command) -> Iterator[None]:
        """While `command` is performed: remember it where its answer does not come in time."""
        clock = self._context.connection.clock
        begun = clock.monotonic()
        self._at_work.pop(command.id, None)
        try:
            yield
            self._done[command.id] = None
            while len(self._done) > _REMEMBERED:
                del self._done[next(iter(self._done))]
        except (UnavailableError, asyncio.CancelledError):
            sent = self._context.client.wrote_at
            if sent >= begun and clock.monotonic() - sent >= _SLOW:
                self._at_work[command.id] = sent + _LONGEST
            raise

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        """Whether an earlier try arrived."""
        if command.id in self._done:
            return Seen.YES
        clock = self._context.connection.clock
        answer = await self._once(command, first_tried)
        age = (clock.now() - first_tried).total_seconds()
        if answer is Seen.NO and age < _SETTLE:
            await clock.sleep(_SETTLE - max(age, 0.0))
            answer = await self._once(command, first_tried)
        left = self._at_work.get(command.id, 0.0) - clock.monotonic()
        if answer is Seen.NO and left > 0:
            raise UnavailableError(f"ServiceNow may still be at work on it: to be looked at again in {left:.0f} s")
        return answer

    async def _once(self, command: Command, first_tried: datetime) -> Seen:
        change = command.change
        if isinstance(change, Create):
            return Seen.YES if await registered(self._context, command) else Seen.NO
        assert command.subject is not None, "only a new incident has no subject"
        id = command.subject.id
        if isinstance(change, Note | Comment):
            element = WORK_NOTES if isinstance(change, Note) else COMMENTS
            since = self._context.server_time(first_tried) - _MARGIN
            try:
                said = await self._diary.said(id, element, clean(change.text), since)
            except NotFoundError:
                return Seen.UNKNOWN
            return await self._of_words(id, said, since)
        found = await self._reader.get([id])
        if not found:
            return Seen.UNKNOWN
        return Seen.YES if await self._is_so(found[0], command) else Seen.NO

    async def _of_words(self, id: str, said: bool | None, since: datetime) -> Seen:
        if said is not False:
            return Seen.UNKNOWN if said is None else Seen.YES
        if self._context.journal is None and not await self._diary.entries(id):
            # No journal at all is to be seen: only who saved it last, and when, can say that it was not us.
            found = await self._reader.get([id], clocks=False)
            me = await self._context.me()
            last = found[0] if found else None
            mine = last is not None and last.updated_by == me.login and (last.updated_at or since) >= since
            return Seen.UNKNOWN if last is None or mine else Seen.NO
        return Seen.NO

    async def _is_so(self, incident: Incident, command: Command) -> bool:
        me = (await self._context.me()).login
        match command.change:
            case Assign(team=team, to=to):
                wanted = (await people.person(self._context, to))[1] if to and to.strip() else None
                person = to is None or (incident.assignee or None) == wanted
                return person and (team is None or team.lower() in ((incident.team or "").lower(), incident.team_id))
            case SetPriority(priority=priority, impact=None, urgency=None):
                return incident.priority == priority
            case Resolve(text=text):
                same = " ".join((incident.resolution or "").split()) == " ".join(clean(text).split())
                return holds(incident, command, me) and same
            case MoveTo(native_to=to):
                return incident.native_state.lower() == to.lower()
            case LinkTo(other_ref=ref, other=other, kind=kind):
                refs = {ref, f"{incident.backend}:{other}"}
                kinds = {kind, LinkKind.PARENT} if kind is LinkKind.DUPLICATE else {kind}
                return any(link.kind in kinds and link.ref in refs for link in incident.links)
            case _:
                return holds(incident, command, me)
