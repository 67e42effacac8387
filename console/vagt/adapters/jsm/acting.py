"""Doing commands: which requests each one is, in which order, and what the incident looks like afterwards.

A move and its words are two requests, since a comment inside a transition is public. The move goes
first, and words after it; where the target is closed, whose issues many workflows no longer let be
written, the words go first. A second try of a command that may have arrived in part does only what
is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

from vagt.adapters.jsm import people
from vagt.adapters.jsm.context import Context
from vagt.adapters.jsm.desk import Desk
from vagt.adapters.jsm.escalating import escalate, follow
from vagt.adapters.jsm.evidence import Evidence
from vagt.adapters.jsm.fieldmap import TeamKind
from vagt.adapters.jsm.linking import link
from vagt.adapters.jsm.mapping import state_of
from vagt.adapters.jsm.reading import Reader
from vagt.adapters.jsm.registering import register
from vagt.adapters.jsm.saying import Speaker
from vagt.adapters.jsm.stepping import Stepper, named
from vagt.adapters.jsm.wire import Row, part, text
from vagt.adapters.protocol import (
    AuthError,
    ConflictError,
    Done,
    ForbiddenError,
    InvalidError,
    ProtocolError,
    ThrottledError,
    TransitionError,
    UnavailableError,
)
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
    Take,
    Verb,
)
from vagt.domain.incident import State

NO_SNOOZE = "Jira cannot snooze an issue"
NO_TEAM = "no field of this Jira is an incident's team; name one in the option team_field"
NO_MAJOR = "this Jira has no field for major incidents; name one in the option major_field"
NO_LEVELS = "impact and urgency are not on the screen for new incidents, or this account does not see that"


@dataclass(slots=True)
class Actor:
    """Performs commands on incidents."""

    context: Context
    reader: Reader
    speaker: Speaker
    evidence: Evidence

    async def perform(self, command: Command, expected: str | None) -> Done:
        """Do it once and tell the incident as Jira has it then."""
        if isinstance(command.change, Create):
            return await register(self.context, self.reader, command, self.evidence)
        tried = self.evidence.was_tried(command)
        desk = Desk(self.context, self.reader, self.speaker, command, expected, tried=tried)
        row = await desk.begin()
        self.evidence.trying(command)
        try:
            row = await self._do(desk, row, tried=tried)
        except InvalidError as error:
            raise named(error, command) from None
        except (UnavailableError, ProtocolError, ThrottledError, AuthError) as error:
            if not desk.wrote:
                raise
            # a part of it is there: whoever tries again must look first, also after a restart
            raise UnavailableError(error.words, sent=True) from None
        incident = await desk.incident(row)
        if isinstance(command.change, Acknowledge | Take | Resolve | Close):
            told = await follow(self.context, incident, over=not incident.is_open)
            desk.notes += [told] if told else []
        return Done(incident, "; ".join(desk.notes))

    async def _do(self, desk: Desk, row: Row, *, tried: bool) -> Row:
        stepper = Stepper(desk, self.evidence, tried=tried)
        match desk.command.change:
            case Note(text=words):
                await desk.tell(row, words, public=False)
                return await desk.again()
            case Comment(text=words):
                await desk.tell(row, words, public=True)
                return await desk.again()
            case Acknowledge():
                return await self._acknowledge(desk, stepper, row)
            case Take():
                row = await desk.assign(row, (await self.context.me()).id)
                return await self._begun(stepper, row)
            case Assign(team=team, to=to):
                return await self._assign(desk, row, team, to)
            case SetPriority() as wanted:
                return await self._prioritise(desk, row, wanted)
            case Hold() as hold:
                return await stepper.hold(row, hold)
            case Resolve() as resolve:
                return await stepper.resolve(row, resolve)
            case Close(fields=fields):
                return await stepper.close(row, fields)
            case Reopen(fields=fields):
                return await stepper.reopen(row, fields)
            case MoveTo() as move:
                return await stepper.move(row, move)
            case SetMajor(on=on):
                return await self._major(desk, row, on)
            case LinkTo() as linked:
                return await link(desk, self.reader, stepper, row, linked)
            case Escalate() as change:
                await escalate(desk, row, await desk.incident(row), change, tried=tried)
                return await desk.again()
            case _:
                raise ForbiddenError(NO_SNOOZE)

    def _state(self, row: Row) -> State:
        return state_of(part(part(row, "fields"), "status"), self.context.options)

    async def _acknowledge(self, desk: Desk, stepper: Stepper, row: Row) -> Row:
        """Mine where nobody has it, and the active state from new; never from another, never reopened."""
        state = self._state(row)
        if not state.is_open:
            native = text(part(part(row, "fields"), "status"), "name", 100)
            raise TransitionError(f"it is {native}: reopen it first")
        if state is State.NEW:
            # first find out whether it can be done at all
            await stepper.need(Verb.ACKNOWLEDGE, row)
        if not part(part(row, "fields"), "assignee"):
            row = await desk.assign(row, (await self.context.me()).id)
        return await stepper.step(Verb.ACKNOWLEDGE, row) if state is State.NEW else row

    async def _begun(self, stepper: Stepper, row: Row) -> Row:
        """Whoever takes a new one works on it; where the workflow does not let that be done blindly, it stays new."""
        if self._state(row) is not State.NEW:
            return row
        try:
            await stepper.need(Verb.ACKNOWLEDGE, row)
        except TransitionError:
            return row
        return await stepper.step(Verb.ACKNOWLEDGE, row)

    async def _assign(self, desk: Desk, row: Row, team: str | None, to: str | None) -> Row:
        who: str | None = None
        if to is not None and to.strip():
            who, _ = await people.person(self.context, to, text(row, "key", 100))
        if team is not None:
            fields = await self.context.fields()
            if fields.team_kind is TeamKind.NONE:
                raise ForbiddenError(NO_TEAM)
            value = await people.team_value(self.context, team)
            row = await desk.edit(row, {fields.team: value})
        return await desk.assign(row, who) if to is not None else row

    async def _prioritise(self, desk: Desk, row: Row, wanted: SetPriority) -> Row:
        fields, levels = await self.context.fields(), await self.context.levels()
        if wanted.priority is not None:
            id = levels.priority_for(wanted.priority)
            if not id:
                known = ", ".join(f"{levels.priority(id, name)} {name}" for id, name in levels.priorities)
                words = f"none of this Jira's priorities counts as {wanted.priority}: {known}"
                raise InvalidError(words, (("priority", "is not known"),))
            return await desk.edit(row, {"priority": {"id": id}})
        values: dict[str, object] = {}
        for name, level, field, option in (
            ("impact", wanted.impact, fields.impact, levels.impact_for),
            ("urgency", wanted.urgency, fields.urgency, levels.urgency_for),
        ):
            if level is None:
                continue
            id = option(level) if field else ""
            if not id:
                raise ForbiddenError(NO_LEVELS)
            held = part(part(row, "fields"), field)
            read = levels.impact if name == "impact" else levels.urgency
            if held and read(text(held, "id", 100), text(held, "value", 200)) == level:
                continue
            values[field] = {"id": id}
        if wanted.impact is None and wanted.urgency is None:
            raise InvalidError("no priority is given", (("priority", "is empty"),))
        return await desk.edit(row, values)

    async def _major(self, desk: Desk, row: Row, on: bool) -> Row:
        fields = await self.context.fields()
        if not fields.major:
            raise ForbiddenError(NO_MAJOR)
        incident = await desk.incident(row)
        if incident.major is on:
            return row
        value: object = "MAJOR_INCIDENT" if fields.major_is_text else {"value": "Yes"}
        row = await desk.edit(row, {fields.major: value if on else None})
        after = await desk.incident(row)
        if after.major is not on:
            raise ConflictError("Jira answered “done”, and the field says otherwise", after)
        return row
