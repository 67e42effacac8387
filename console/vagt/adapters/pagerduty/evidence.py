"""Finding out, after a lost answer, whether PagerDuty already has what we sent.

Notes are listed with their author; a new incident is found by its key; an escalation by its line in
the log; a state, an assignment or a priority by the incident itself. Status updates are listed
nowhere: the log shows them in some accounts with their words, and where it is not known to, nobody
can say.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from vagt.adapters.lenient import Row, moment_of, text_of
from vagt.adapters.pagerduty import people
from vagt.adapters.pagerduty.announcing import holds_words
from vagt.adapters.pagerduty.context import Context
from vagt.adapters.pagerduty.desk import acknowledgers, assignees, policy_of, status_of
from vagt.adapters.pagerduty.mapping import unacknowledges_at
from vagt.adapters.pagerduty.merging import merged_into
from vagt.adapters.pagerduty.reading import Reader
from vagt.adapters.pagerduty.registering import registered
from vagt.adapters.pagerduty.timeline import KINDS
from vagt.adapters.pagerduty.wire import clean, held, id_of, rows
from vagt.adapters.protocol import NotFoundError, Seen
from vagt.domain.commands import (
    Announce,
    Assign,
    Command,
    Comment,
    Create,
    Escalate,
    LinkTo,
    MoveTo,
    Note,
    SetPriority,
    Snooze,
    Take,
)
from vagt.domain.overlay import holds

_SETTLE = 2.0
"""Seconds after the first try within which what was stored may not be visible yet."""
_LOG_SETTLES = 5.0
"""The same for the log, whose lines come later."""
_MARGIN = timedelta(seconds=1.5)
"""Stamps are whole seconds, and PagerDuty's clock is known to half a second."""
_SNOOZE_SLACK = timedelta(seconds=120)
_REMEMBERED = 1000
_CLIMBS = ("escalate", "assign", "delegate", "responder")


class Evidence:
    """Looks for traces of what we did."""

    def __init__(self, context: Context, reader: Reader) -> None:
        self._context = context
        self._reader = reader
        self._done: dict[str, None] = {}
        """Commands that were told as done."""

    def told_as_done(self, command: Command) -> None:
        """Remember it: its own traces are confirmed, and prove nothing any more."""
        self._done[command.id] = None
        while len(self._done) > _REMEMBERED:
            del self._done[next(iter(self._done))]

    async def seen(self, command: Command, first_tried: datetime) -> Seen:
        """Whether an earlier try arrived; asks twice where PagerDuty may still be busy with it."""
        if command.id in self._done:
            return Seen.YES
        clock = self._context.connection.clock
        answer = await self._once(command, first_tried)
        age = (clock.now() - first_tried).total_seconds()
        settle = _LOG_SETTLES if isinstance(command.change, Escalate | Comment | Announce) else _SETTLE
        if answer is Seen.NO and age < settle:
            await clock.sleep(settle - max(age, 0.0))
            answer = await self._once(command, first_tried)
        return answer

    async def _once(self, command: Command, first_tried: datetime) -> Seen:
        change = command.change
        if isinstance(change, Create):
            return Seen.NO if await registered(self._context, command) is None else Seen.YES
        assert command.subject is not None, "only a new incident has no subject"
        id = command.subject.id
        since = self._context.server_time(first_tried) - _MARGIN
        try:
            match change:
                case Note(text=text):
                    return await self._noted(id, clean(text), since)
                case Comment(text=text) | Announce(text=text):
                    return await self._announced(id, clean(text).strip(), since)
                case Escalate():
                    return await self._escalated(id, since)
                case _:
                    row = await self._reader.row(id)
        except NotFoundError:
            return Seen.UNKNOWN
        return Seen.YES if await self._is_so(row, command) else Seen.NO

    async def _noted(self, id: str, content: str, since: datetime) -> Seen:
        me = await self._context.me()
        for note in await self._context.client.notes(id):
            at = moment_of(text_of(note.get("created_at")))
            if id_of(note) in self._context.confirmed or at is None or at < since:
                continue
            if text_of(note.get("content")) == content.strip() and self._context.is_me(held(note, "user"), me):
                return Seen.YES
        return Seen.NO

    async def _announced(self, id: str, message: str, since: datetime) -> Seen:
        for entry in await self._mine(id, since):
            if holds_words(entry, message):
                return Seen.YES
        # An account that was never seen to log them proves nothing by its silence.
        return Seen.NO if self._context.updates_logged else Seen.UNKNOWN

    async def _escalated(self, id: str, since: datetime) -> Seen:
        kinds = [text_of(entry.get("type")).removesuffix("_log_entry") for entry in await self._mine(id, since)]
        if any(kind.startswith(_CLIMBS) for kind in kinds) or await self._asked_for_help(id, since):
            return Seen.YES
        # Requests for help may stand in the log under a name that no page tells.
        return Seen.NO if all(kind in KINDS for kind in kinds) else Seen.UNKNOWN

    async def _asked_for_help(self, id: str, since: datetime) -> bool:
        me = await self._context.me()
        row = await self._reader.row(id)
        for one in rows(row.get("incidents_responders")):
            at = moment_of(text_of(one.get("requested_at")))
            if at is not None and at >= since and self._context.is_me(held(one, "requester"), me):
                return True
        return False

    async def _mine(self, id: str, since: datetime) -> list[Row]:
        """What we did to it since then, other than what was confirmed."""
        me = await self._context.me()
        found = []
        for entry in await self._context.client.log(id, pages=2):
            at = moment_of(text_of(entry.get("created_at")))
            if at is None or at < since or id_of(entry) in self._context.confirmed:
                continue
            if self._context.is_me(held(entry, "agent"), me):
                found.append(entry)
        return found

    async def _is_so(self, row: Row, command: Command) -> bool:
        me = await self._context.me()
        change = command.change
        match change:
            case Take():
                return assignees(row) == [me.id] and me.id in acknowledgers(row)
            case Assign(team=team, to=to):
                return await self._is_given(row, team, to)
            case Snooze(until=until):
                ends = unacknowledges_at(row)
                return ends is not None and abs(ends - self._context.server_time(until)) <= _SNOOZE_SLACK
            case LinkTo(other=other):
                into = merged_into(row)
                return bool(into) and (into == other or (await self._reader.find(other)).id == into)
            case MoveTo(native_to=to):
                return status_of(row) == to.lower()
            case SetPriority(urgency=urgency) if urgency is not None and change.priority is None:
                return text_of(row.get("urgency")) == {1: "high", 3: "low"}.get(urgency)
            case _:
                found = await self._context.incidents([row])
                return bool(found) and holds(found[0], command, me.login)

    async def _is_given(self, row: Row, team: str | None, to: str | None) -> bool:
        if team is not None and team.strip():
            return policy_of(row) == id_of(await people.policy(self._context, team))
        if to is not None and to.strip():
            return assignees(row) == [(await people.person(self._context, to)).id]
        by_policy = text_of(row.get("assigned_via")) != "direct_assignment"
        return not assignees(row) or (by_policy and status_of(row) == "triggered")
