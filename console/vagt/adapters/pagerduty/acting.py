"""Doing commands: which of PagerDuty's calls each one is ("Update an incident" and its neighbours).

There is no closed state and no waiting one. Acknowledging never reopens, since PagerDuty reopens
what is resolved when it is told a status; `reopen` does, and takes the other answer (1001) as well.
Commands go out one by one: a bulk write (at most 250) fails as a whole for one bad item.
"""

from __future__ import annotations

from datetime import datetime
from math import ceil

from vagt.adapters.lenient import Row, text_of
from vagt.adapters.pagerduty import owning
from vagt.adapters.pagerduty.announcing import announce
from vagt.adapters.pagerduty.context import Context
from vagt.adapters.pagerduty.desk import Desk, is_over, must_be_open, status_of
from vagt.adapters.pagerduty.errors import ALREADY_RESOLVED, NOT_ACKNOWLEDGED, Refusal, as_error
from vagt.adapters.pagerduty.escalating import escalate
from vagt.adapters.pagerduty.mapping import Priority, unacknowledges_at
from vagt.adapters.pagerduty.merging import merge, merged_into
from vagt.adapters.pagerduty.reading import Reader
from vagt.adapters.pagerduty.registering import register
from vagt.adapters.pagerduty.wire import clean, held, id_of, reference, shown_time
from vagt.adapters.protocol import AdapterError, Done, ForbiddenError, InvalidError, TransitionError
from vagt.domain.commands import (
    Acknowledge,
    Announce,
    Assign,
    Command,
    Comment,
    Create,
    Escalate,
    LinkTo,
    MoveTo,
    Note,
    Reopen,
    Resolve,
    SetMajor,
    SetPriority,
    Snooze,
    Take,
)
from vagt.domain.incident import Incident

LONGEST_SNOOZE = 604_800
"""Seconds."""
_URGENCIES = {1: "high", 3: "low"}
_NEVER = {
    "hold": "PagerDuty has no waiting state: snooze it, or note what it waits for",
    "close": "PagerDuty knows nothing beyond resolved",
}


class Actor:
    """Performs commands on incidents."""

    def __init__(self, context: Context, reader: Reader) -> None:
        self._context = context
        self._reader = reader

    async def perform(self, command: Command, expected: str | None) -> Done:
        """Do it once and tell the incident as it then is."""
        await self._context.me()
        change = command.change
        self._check_possible(command)
        if isinstance(change, Create):
            return await register(self._context, command)
        desk = Desk(self._context, self._reader, command, expected)
        row = await desk.begin()
        incident: Incident | None = None
        try:
            incident = await desk.incident(await self._do(desk, row))
        except AdapterError as error:
            if not desk.done:
                raise (as_error(error) if isinstance(error, Refusal) else error) from None
            # what is there already must not be done again for a look that failed
            desk.notes.append(f"reading it back failed: {error.words}")
        # Only now, with nothing left to wait for: a command that is cancelled before was not told as done.
        self._context.confirmed.update(desk.left)
        return Done(incident, "; ".join(desk.notes))

    def _check_possible(self, command: Command) -> None:
        """What PagerDuty has no place for is refused before anything is sent. Raises ForbiddenError."""
        verb = command.verb.value
        if verb in _NEVER:
            raise ForbiddenError(_NEVER[verb])
        match command.change:
            case SetMajor() if not self._context.options.major_type:
                raise ForbiddenError("the option major_type names no incident type")
            case Announce(via=via) if via != "status":
                raise ForbiddenError(f"PagerDuty has no “{via}”")
            case _:
                return

    async def _do(self, desk: Desk, row: Row) -> Row:
        match desk.command.change:
            case Note(text=text):
                await self._note(desk, text)
                return await desk.finish()
            case Comment(text=text):
                await announce(desk, text)
                return await desk.finish()
            case Announce(title=title, text=text):
                await announce(desk, text, clean(title).strip())
                return await desk.finish()
            case Acknowledge():
                return await owning.acknowledge(desk, row)
            case Take():
                return await owning.take(desk, row)
            case Assign(team=team, to=to):
                return await owning.assign(desk, row, team, to)
            case SetPriority() as wanted:
                return await self._prioritise(desk, row, wanted)
            case Snooze(until=until, reason=reason):
                return await self._snooze(desk, row, until, reason)
            case Resolve(text=text):
                return await self._resolve(desk, row, text)
            case Reopen():
                return await self._reopen(desk, row, "acknowledged")
            case MoveTo() as move:
                return await self._move(desk, row, move)
            case SetMajor(on=on):
                return await self._major(desk, row, on)
            case LinkTo() as wanted_link:
                return await merge(desk, row, wanted_link)
            case Escalate() as wanted_help:
                return await escalate(desk, row, wanted_help)
            case _:
                raise ForbiddenError(f"PagerDuty has no “{desk.command.verb.value}”")

    async def _note(self, desk: Desk, text: str) -> None:
        """A note is plain text, for responders only."""
        content = clean(text)
        if not content.strip():
            raise InvalidError("there is nothing to write", (("text", "is empty"),))
        note = await self._context.client.note(desk.id, content)
        desk.left.append(id_of(note))
        if text_of(note.get("content")) != content.strip():
            # it is there: called refused, it would be written once more
            desk.notes.append("PagerDuty stored the note with other words than it was given")

    async def _prioritise(self, desk: Desk, row: Row, wanted: SetPriority) -> Row:
        if wanted.impact is not None:
            words = "PagerDuty has no impact: set the priority, or the urgency alone (1 high, 3 low)"
            raise InvalidError(words, (("impact", "is not known"),))
        values: dict[str, object] = {}
        priority = None
        if wanted.urgency is not None:
            if wanted.urgency not in _URGENCIES:
                raise InvalidError("PagerDuty's urgency is high (1) or low (3)", (("urgency", "is not known"),))
            values["urgency"] = _URGENCIES[wanted.urgency]
        if wanted.priority is not None:
            priority = await self._priority(wanted.priority)
            values["priority"] = reference("priority", priority.id)
        if not values:
            raise InvalidError("no priority is given", (("priority", "is empty"),))

        def so(now: Row) -> bool:
            urgent = "urgency" not in values or text_of(now.get("urgency")) == values["urgency"]
            return urgent and (priority is None or id_of(held(now, "priority")) == priority.id)

        return row if so(row) else await desk.put(values, so, "the priority")

    async def _priority(self, rank: int) -> Priority:
        known = self._context.priorities or await self._context.load_priorities()
        fits = [one for one in known.values() if one.rank == rank]
        if fits:
            return fits[0]
        if not known:
            raise ForbiddenError("this PagerDuty account has no priorities, or hides them")
        told = ", ".join(f"{one.rank} ({one.name})" for one in known.values())
        raise InvalidError(f"PagerDuty has no priority {rank} here, but {told}", (("priority", "does not exist"),))

    async def _snooze(self, desk: Desk, row: Row, until: datetime, reason: str) -> Row:
        """Quiet until then; where PagerDuty wants it acknowledged first (1012), it is."""
        must_be_open(row)
        seconds = ceil((until - self._context.now).total_seconds())
        if seconds < 1 and unacknowledges_at(row) is not None:
            # No call ends a snooze: what its end would do, going back to triggered, is done now.
            row = await owning.unacknowledge(desk, row)
            self._context.snoozes.pop(desk.id, None)
            desk.notes.append("it is triggered again, and PagerDuty pages")
            return row
        if seconds < 1:
            raise InvalidError("that moment is over", (("until", "is over"),))
        if seconds > LONGEST_SNOOZE:
            raise InvalidError("PagerDuty snoozes for seven days at most", (("until", "is too far away"),))
        try:
            after = await self._context.client.snooze(desk.id, seconds)
        except Refusal as refusal:
            if refusal.code != NOT_ACKNOWLEDGED:
                raise
            await desk.put({"status": "acknowledged"}, lambda now: status_of(now) == "acknowledged", "its state")
            after = await self._context.client.snooze(desk.id, seconds)
        ends = unacknowledges_at(after)
        if ends is None:
            raise InvalidError("PagerDuty answered “done”, and the incident is not snoozed")
        self._context.snoozes[desk.id] = ends
        if reason.strip():
            try:
                await self._note(desk, f"Snoozed until {shown_time(until)}: {reason}")
            except AdapterError as error:
                desk.notes.append(f"snoozed, but the reason was not noted: {error.words}")
        return await desk.finish()

    async def _resolve(self, desk: Desk, row: Row, text: str) -> Row:
        if is_over(row):
            return row
        values: dict[str, object] = {"status": "resolved"}
        if clean(text).strip():
            values["resolution"] = clean(text).strip()
        return await desk.put(values, is_over, "the resolution")

    async def _reopen(self, desk: Desk, row: Row, status: str) -> Row:
        """Acknowledged it is ours and pages nobody, triggered it pages its policy anew."""
        if not is_over(row):
            return row
        if merged_into(row):
            raise TransitionError("it became part of another incident, which is for good")
        try:
            return await desk.put({"status": status}, lambda now: status_of(now) == status, "its state")
        except TransitionError as error:
            words = f"this PagerDuty account does not reopen what is resolved ({error.words}): register a new incident"
            raise TransitionError(words) from None
        except Refusal as refusal:
            if refusal.code == ALREADY_RESOLVED:
                raise TransitionError(refusal.words) from None
            raise

    async def _move(self, desk: Desk, row: Row, move: MoveTo) -> Row:
        given = dict(move.fields)
        match move.transition:
            case "acknowledge":
                return await owning.acknowledge(desk, row)
            case "unacknowledge":
                return await owning.unacknowledge(desk, row)
            case "resolve":
                return await self._resolve(desk, row, given.get("text", ""))
            case "reopen":
                return await self._reopen(desk, row, "acknowledged")
            case "retrigger":
                return await self._reopen(desk, row, "triggered")
            case _:
                raise InvalidError(f"PagerDuty has no transition “{move.label}”")

    async def _major(self, desk: Desk, row: Row, on: bool) -> Row:
        options = self._context.options
        wanted = options.major_type if on else options.normal_type

        def so(now: Row) -> bool:
            return (text_of(held(now, "incident_type").get("name")) == options.major_type) is on

        if so(row):
            return row
        return await desk.put({"incident_type": {"name": wanted}}, so, f"the type “{wanted}”")
