"""Doing commands: which fields each one writes, in one PATCH, and what the incident looks like afterwards.

A PATCH of `priority` alone is overwritten or kept, depending on the instance's data lookup rule, so
that a priority goes through impact and urgency, and what the instance makes of them is read back.
Reason and comment of a hold are sent together, since some instances insist on the comment when the
caller is waited for. `state` is written, not its older twin `incident_state`.
"""

from __future__ import annotations

from vagt.adapters.protocol import AdapterError, Done, ForbiddenError, InvalidError, TransitionError
from vagt.adapters.servicenow import people
from vagt.adapters.servicenow.choices import Choices
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.desk import Desk, Written
from vagt.adapters.servicenow.diary import Diary
from vagt.adapters.servicenow.forms import MAJOR, NO_MAJOR, OPEN, state_in
from vagt.adapters.servicenow.journal import COMMENTS, WORK_NOTES
from vagt.adapters.servicenow.linking import link
from vagt.adapters.servicenow.prioritising import levels_for, surprise
from vagt.adapters.servicenow.probe import CLOSE_REASON, MAJOR_REASON, NEVER, may_close
from vagt.adapters.servicenow.reading import Reader
from vagt.adapters.servicenow.registering import register
from vagt.adapters.servicenow.wire import Row, clean, moment, value, wire_time
from vagt.domain.capability import Capability
from vagt.domain.commands import (
    Acknowledge,
    Assign,
    Close,
    Command,
    Comment,
    Create,
    Escalate,
    Fields,
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
)
from vagt.domain.incident import Incident, State

_LABELS = {
    "resolution code": "code",
    "close code": "code",
    "resolution notes": "text",
    "close notes": "text",
    "on hold reason": "reason",
    "additional comments": COMMENTS,
    "additional comments (customer visible)": COMMENTS,
    "work notes": WORK_NOTES,
}
_NATIVE = {"code": "close_code", "text": "close_notes", "reason": "hold_reason", "until": "follow_up"}
"""Fields of forms → fields of the incident; a transition's form has the same names as that of its verb."""
_ALLOWED = frozenset({"close_code", "close_notes", "hold_reason", "follow_up", COMMENTS, WORK_NOTES})
"""What travels in a transition's fields."""


class Actor:
    """Performs commands on incidents."""

    def __init__(self, context: Context, reader: Reader, diary: Diary) -> None:
        self._context = context
        self._reader = reader
        self._diary = diary

    async def perform(self, command: Command, expected: str | None) -> Done:
        """Do it once and tell the incident as the instance answered it."""
        await self._check_possible(command)
        if isinstance(command.change, Create):
            return await register(self._context, self._reader, command)
        desk = Desk(self._context, self._reader, self._diary, command, expected)
        row = await desk.begin()
        try:
            written = await self._do(desk, row)
        except InvalidError as error:
            raise _renamed(error, command) from None
        incident: Incident | None = None
        try:
            if isinstance(command.change, LinkTo):
                # what was written may be the other incident
                (incident,) = await self._reader.get([desk.id]) or (None,)
            else:
                (incident,) = await desk.incidents(written.row) or (None,)
        except AdapterError as error:
            # it is stored: raised, this would count as unsent, and words would go once more
            written.notes.append(f"done; reading it back failed: {error.words}")
        # Only now, with nothing left to wait for: a command that is cancelled before was not told as done.
        for said in written.said:
            self._diary.confirm(said)
        return Done(incident, "; ".join(written.notes))

    async def _check_possible(self, command: Command) -> None:
        """What ServiceNow or this config has no place for is refused before anything is sent. Raises ForbiddenError."""
        match command.change:
            case Snooze():
                raise ForbiddenError(NEVER[Capability.SNOOZE])
            case Escalate():
                raise ForbiddenError(NEVER[Capability.ESCALATE])
            case SetMajor() if not self._context.options.declare_major:
                raise ForbiddenError(MAJOR_REASON)
            case Close() if not await may_close(self._context):
                raise ForbiddenError(CLOSE_REASON)
            case _:
                return

    async def _do(self, desk: Desk, row: Row) -> Written:
        options = self._context.options
        match desk.command.change:
            case Note(text=text):
                return await desk.write(row, {WORK_NOTES: _words(text)})
            case Comment(text=text):
                return await desk.write(row, {COMMENTS: _words(text)})
            case Acknowledge():
                return await self._acknowledge(desk, row)
            case Take():
                me = await self._context.me()
                values = {"assigned_to": me.id}
                if self._state(row) is State.NEW:
                    values["state"] = options.active_state
                return await self._assigned(desk, row, values)
            case Assign(team=team, to=to):
                return await self._assign(desk, row, team, to)
            case SetPriority() as wanted:
                return await self._prioritise(desk, row, wanted)
            case Hold() as hold:
                return await self._hold(desk, row, hold)
            case Resolve(text=text, code=code, fields=fields):
                return await self._resolve(desk, row, text, code, fields)
            case Close(fields=fields):
                if self._state(row).is_open:
                    raise TransitionError(OPEN)
                return await desk.write(row, {"state": options.close_state, **await self._native(fields)})
            case Reopen(fields=fields):
                return await self._reopen(desk, row, fields)
            case MoveTo() as move:
                return await self._move(desk, row, move)
            case SetMajor(on=on):
                return await self._major(desk, row, on)
            case LinkTo() as linked:
                return await link(desk, self._reader, self._diary, row, linked)
            case _:
                raise ForbiddenError(f"ServiceNow has no “{desk.command.verb.value}”")

    def _state(self, row: Row) -> State:
        return state_in(self._context, row)

    def _native_state(self, row: Row) -> str:
        return dict(self._context.choices.known("state")).get(value(row, "state"), value(row, "state"))

    async def _acknowledge(self, desk: Desk, row: Row) -> Written:
        """Mine where nobody has it, and the active state from New; never from another, never reopened."""
        state = self._state(row)
        if not state.is_open:
            raise TransitionError(f"it is {self._native_state(row)}: reopen it first")
        values = {}
        if not value(row, "assigned_to"):
            values["assigned_to"] = (await self._context.me()).id
        if state is State.NEW:
            values["state"] = self._context.options.active_state
        return await self._assigned(desk, row, values)

    async def _assign(self, desk: Desk, row: Row, team: str | None, to: str | None) -> Written:
        values = {}
        if team is not None:
            values["assignment_group"] = await people.group(self._context, team) if team.strip() else ""
        if to is not None:
            values["assigned_to"] = (await people.person(self._context, to))[0] if to.strip() else ""
        return await self._assigned(desk, row, values)

    async def _assigned(self, desk: Desk, row: Row, values: dict[str, str]) -> Written:
        """Write, and say where the new assignee is no member of the group: forms forbid that, the API does not."""
        written = await desk.write(row, values)
        who, group = values.get("assigned_to", ""), value(written.row, "assignment_group")
        if who and group and value(row, "assigned_to") != who:
            try:
                outside = await self._is_outside(who, group)
            except AdapterError as error:
                # it is stored: raised, this would count as unsent, or as refused
                written.notes.append(f"whether the new assignee is in the group could not be asked: {error.words}")
            else:
                if outside:
                    name = self._context.groups[group].name if group in self._context.groups else "the group"
                    written.notes.append(f"the new assignee is no member of {name}")
        return written

    async def _is_outside(self, who: str, group: str) -> bool:
        mine = {known.id for known in self._context.my_groups}
        me = await self._context.me()
        return not (who == me.id and group in mine) and await people.is_member(self._context, who, group) is False

    async def _prioritise(self, desk: Desk, row: Row, wanted: SetPriority) -> Written:
        context = self._context
        if wanted.impact or wanted.urgency:
            values = {}
            if wanted.impact:
                values["impact"] = str(wanted.impact)
            if wanted.urgency:
                values["urgency"] = str(wanted.urgency)
            return await desk.write(row, values)
        if wanted.priority is None:
            raise InvalidError("no priority is given", (("priority", "is empty"),))
        if context.options.priority_field:
            return await desk.write(row, {"priority": str(wanted.priority)})
        if value(row, "priority") == str(wanted.priority):
            return Written(row)
        impact, urgency = levels_for(context, row, wanted.priority)
        written = await desk.write(row, {"impact": str(impact), "urgency": str(urgency)})
        context.incidents([written.row])
        if value(written.row, "priority") != str(wanted.priority):
            raise surprise(written.row, wanted.priority, impact, urgency)
        return written

    async def _hold(self, desk: Desk, row: Row, hold: Hold) -> Written:
        if not self._state(row).is_open:
            raise TransitionError(f"it is {self._native_state(row)}: reopen it first")
        fields = await self._native((("reason", hold.reason), *hold.fields))
        if not fields.get("hold_reason"):
            raise InvalidError("ServiceNow wants a reason for a hold", (("reason", "is empty"),))
        values = {"state": self._context.options.hold_state, **fields}
        if hold.until is not None:
            values["follow_up"] = wire_time(hold.until)
        return await desk.write(row, values)

    async def _resolve(self, desk: Desk, row: Row, text: str, code: str | None, fields: Fields) -> Written:
        choices, options = self._context.choices, self._context.options
        if not _stripped(text):
            raise InvalidError("the resolution notes are empty", (("text", "is empty"),))
        if self._state(row) is State.CLOSED:
            raise TransitionError(f"it is {self._native_state(row)}, which is for good")
        code = code or options.close_code or value(row, "close_code")
        if not code:
            raise InvalidError(
                f"ServiceNow wants a resolution code: {await _offered(choices)}", (("code", "is empty"),)
            )
        values = {
            "state": options.resolve_state,
            "close_code": await choices.need("close_code", code, "code"),
            "close_notes": clean(text),
            **await self._native(fields),
        }
        return await desk.write(row, values)

    async def _reopen(self, desk: Desk, row: Row, fields: Fields) -> Written:
        state = self._state(row)
        if state.is_open:
            return Written(row)
        if state is State.CLOSED:
            raise TransitionError(f"it is {self._native_state(row)}: ServiceNow reopens only what is resolved")
        return await desk.write(row, {"state": self._context.options.active_state, **await self._native(fields)})

    async def _move(self, desk: Desk, row: Row, move: MoveTo) -> Written:
        options = self._context.options
        to = await self._context.choices.need("state", move.transition, "state")
        fields = await self._native(move.fields)
        if value(row, "state") == to:
            return await desk.write(
                row, {name: text for name, text in fields.items() if name in (COMMENTS, WORK_NOTES)}
            )
        if self._state(row) is State.CLOSED:
            raise TransitionError(f"it is {self._native_state(row)}, which is for good")
        if to == options.hold_state and not fields.get("hold_reason"):
            raise InvalidError("ServiceNow wants a reason for a hold", (("reason", "is empty"),))
        if to == options.resolve_state:
            for name, ours in (("close_notes", "text"), ("close_code", "code")):
                if not fields.get(name) and not value(row, name):
                    raise InvalidError("ServiceNow wants resolution notes and code", ((ours, "is empty"),))
        return await desk.write(row, {"state": to, **fields})

    async def _major(self, desk: Desk, row: Row, on: bool) -> Written:
        held = value(row, MAJOR).lower()
        if MAJOR not in row:
            raise ForbiddenError(NO_MAJOR)
        if (held == "accepted") is on:
            return Written(row)
        return await desk.write(row, {MAJOR: "accepted" if on else "canceled"})

    async def _native(self, fields: Fields) -> dict[str, str]:
        """What travelled besides, as ServiceNow wants it. Raises InvalidError for a field that was never asked for."""
        found: dict[str, str] = {}
        for asked, given in fields:
            name, text = _NATIVE.get(asked, asked), clean(given)
            if name not in _ALLOWED:
                raise InvalidError(f"“{asked}” is no field of this", ((asked, "is not known"),))
            if not text.strip():
                continue
            if name in ("close_code", "hold_reason"):
                text = await self._context.choices.need(name, text, asked)
            if name == "follow_up":
                when = moment(text)
                if when is None:
                    raise InvalidError(f"“{text}” is no time", ((asked, "is no time"),))
                text = wire_time(when)
            found[name] = text
        return found


def _words(text: str) -> str:
    if not _stripped(text):
        raise InvalidError("there is nothing to write", (("text", "is empty"),))
    return clean(text)


def _stripped(text: str) -> str:
    return clean(text).strip()


async def _offered(choices: Choices) -> str:
    labels = [label for _, label in await choices.of("close_code")]
    return ", ".join(labels) or "your instance does not show us which there are"


def _renamed(error: InvalidError, command: Command) -> InvalidError:
    """A data policy names fields by their labels: by ours instead, so that a form can show it beside the right one."""
    own = isinstance(command.change, Close)
    fields = []
    for label, words in error.fields:
        name = _LABELS.get(label.lower(), label)
        fields.append((_NATIVE.get(name, name) if own and label.lower() in _LABELS else name, words))
    return InvalidError(error.words, tuple(fields))
