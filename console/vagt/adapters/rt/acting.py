"""Doing commands: which of RT's calls each one is, and what the ticket looks like afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from vagt.adapters.protocol import (
    AdapterError,
    ConflictError,
    Done,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TransitionError,
    UnavailableError,
)
from vagt.adapters.rt import owning
from vagt.adapters.rt.client import failed, refusal
from vagt.adapters.rt.context import Context
from vagt.adapters.rt.desk import Desk, Fresh
from vagt.adapters.rt.evidence import Evidence, message_of, sendable
from vagt.adapters.rt.forms import fields_of, words_for
from vagt.adapters.rt.moving import COMMENT, REPLY, Mover, hold_steps, promised, state_at, step_to
from vagt.adapters.rt.options import priority_of
from vagt.adapters.rt.probe import CLOSE_REASON, LEVELS_REASON, MAJOR_REASON, NEVER
from vagt.adapters.rt.reading import Reader
from vagt.adapters.rt.registering import register
from vagt.adapters.rt.wire import NOBODY, Row, custom_fields, may, number_of, rows_of, text_of, ticket_id
from vagt.domain.capability import Capability
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
from vagt.domain.fields import FieldSpec
from vagt.domain.incident import Incident, LinkKind, State

_LINKS = {
    LinkKind.RELATED: ("AddRefersTo", ("refers-to", "referred-to-by")),
    LinkKind.PARENT: ("AddMemberOf", ("parent",)),
    LinkKind.CHILD: ("AddMembers", ("child",)),
}


class Actor:
    """Performs commands on tickets."""

    def __init__(self, context: Context, reader: Reader, evidence: Evidence) -> None:
        self._context = context
        self._reader = reader
        self._evidence = evidence

    async def perform(self, command: Command, expected: str | None) -> Done:
        """Do it once and read the ticket back."""
        change = command.change
        self._check_possible(command)
        if isinstance(change, Create):
            return await register(self._context, self._reader, change)
        desk = Desk(self._context, self._reader, command, expected)
        fresh = await desk.begin()
        message = await self._do(desk, fresh)
        shown = (
            change.other.lstrip("#") if isinstance(change, LinkTo) and change.kind is LinkKind.DUPLICATE else desk.id
        )
        try:
            found = await self._reader.get([shown], describe=False)
        except AdapterError as error:
            return Done(None, message or f"done; reading it back failed: {error.words}")
        if found and isinstance(change, Assign | Take) and _passed_on(desk.verified, found[0]):
            # RT compares before it writes, not while it does: two at once may both be let through.
            raise ConflictError(f"{found[0].assignee or 'nobody'} has it: somebody gave it on at once", found[0])
        return Done(found[0] if found else None, message)

    def _check_possible(self, command: Command) -> None:
        """What RT or this config has no place for is refused before anything is sent. Raises ForbiddenError."""
        options = self._context.options
        match command.change:
            case Snooze():
                raise ForbiddenError(NEVER[Capability.SNOOZE])
            case Escalate():
                raise ForbiddenError(NEVER[Capability.ESCALATE])
            case SetPriority(impact=impact, urgency=urgency) if (impact or urgency) and not options.has_levels:
                raise ForbiddenError(LEVELS_REASON)
            case SetMajor() if not options.major_field:
                raise ForbiddenError(MAJOR_REASON)
            case Close() if not options.close_status:
                raise ForbiddenError(CLOSE_REASON)
            case _:
                return

    async def _do(self, desk: Desk, fresh: Fresh) -> str:
        options = self._context.options
        mover = Mover(desk, self._evidence)
        words, says = message_of(desk.command), promised(desk.command)
        match desk.command.change:
            case Note(text=text):
                await self._say(desk, fresh, "comment", text)
            case Comment(text=text):
                await self._say(desk, fresh, "correspond", text)
            case Acknowledge():
                return await self._acknowledge(desk, fresh, mover)
            case Take():
                await owning.take(desk, fresh)
            case Assign(team=team, to=to):
                return await owning.assign(desk, fresh, team, to)
            case SetPriority(priority=priority, impact=impact, urgency=urgency):
                await self._prioritise(desk, fresh, priority, impact, urgency)
            case Hold() as hold:
                _require("reason", hold.reason, fields_of(self._context, Verb.HOLD, fresh.row))
                if state_at(self._context, fresh.row, fresh.status) is State.WAITING:
                    return await mover.go(fresh, step_to(fresh.row, fresh.status), words, says or COMMENT)
                return await mover.first_of(fresh, hold_steps(fresh.row, options), words, says or COMMENT)
            case Resolve(text=text, code=code):
                return await self._resolve(desk, fresh, mover, text, code)
            case Close():
                return await mover.go(fresh, step_to(fresh.row, options.close_status), words, says)
            case Reopen():
                if state_at(self._context, fresh.row, fresh.status).is_open:
                    return ""
                return await mover.go(fresh, step_to(fresh.row, options.active_status), words, says)
            case MoveTo(native_to=to):
                step = step_to(fresh.row, to)
                if fresh.status != to.lower():
                    asked = words_for(step, required=True) if step.says else ()
                    _require(asked[0].name if asked else "", words, asked)
                return await mover.go(fresh, step, words, says)
            case SetMajor(on=on):
                value = options.major_value if on else ""
                await self._set_fields(desk, fresh, {options.major_field: value})
            case LinkTo(other=other, kind=kind):
                await self._link(desk, fresh, other.strip().lstrip("#"), kind)
            case _:
                raise ForbiddenError(f"RT has no “{desk.command.verb.value}”")
        return ""

    async def _say(self, desk: Desk, fresh: Fresh, way: str, text: str) -> None:
        if not sendable(text).strip():
            raise InvalidError("there is nothing to write", (("text", "is empty"),))
        if not may(fresh.row, way):
            right = "CommentOnTicket" if way == "comment" else "ReplyToTicket"
            raise ForbiddenError(f"this account may not write that on ticket {desk.id} (RT's right {right})")
        number, _ = await self._context.client.say(desk.id, way, {"Content": sendable(text)})
        self._context.confirmed.add(f"t{number}")

    async def _acknowledge(self, desk: Desk, fresh: Fresh, mover: Mover) -> str:
        """Mine where nobody has it, then the active state; never from another, never reopened."""
        state = state_at(self._context, fresh.row, fresh.status)
        if not state.is_open:
            raise TransitionError(f"it is {fresh.status}: reopen it first")
        untaken = ""
        current: Fresh | None = fresh
        if fresh.owner in ("", NOBODY):
            try:
                current = await owning.take_free(desk, fresh)
            except (ForbiddenError, InvalidError) as error:
                # Somebody was faster, or this account may not own tickets: somebody works on it all the same.
                untaken = f"it is not yours: {error.words}"
                current = await desk.look()
        if current is not None and state is State.NEW and current.status == fresh.status:
            await mover.go(current, step_to(current.row, self._context.options.active_status), "")
        elif untaken and state is not State.NEW and current is not None and current.owner in ("", NOBODY):
            raise ForbiddenError(untaken)
        return untaken

    async def _resolve(self, desk: Desk, fresh: Fresh, mover: Mover, text: str, code: str | None) -> str:
        options = self._context.options
        _require("text", text, fields_of(self._context, Verb.RESOLVE, fresh.row))
        if code:
            if not options.resolution_code_field:
                words = "RT has no resolution code here; the option resolution_code_field names the custom field for it"
                raise InvalidError(words, (("code", words),))
            after = await self._set_fields(desk, fresh, {options.resolution_code_field: code})
            fresh = after or fresh
        says = promised(desk.command) or {"comment": COMMENT, "reply": REPLY}.get(options.resolve_text, "")
        return await mover.go(fresh, step_to(fresh.row, options.resolve_status), text, says)

    async def _prioritise(
        self, desk: Desk, fresh: Fresh, priority: int | None, impact: int | None, urgency: int | None
    ) -> None:
        options = self._context.options
        if impact or urgency:
            found = await self._reader.get([desk.id], describe=False)
            impact = impact or (found[0].impact if found else None)
            urgency = urgency or (found[0].urgency if found else None)
            if not (impact and urgency):
                raise InvalidError("impact and urgency are judged together", (("urgency", "give both"),))
            priority = priority or self._context.connection.matrix.priority(impact, urgency)
            fields = {
                options.impact_field: options.impact_values[impact],
                options.urgency_field: options.urgency_values[urgency],
            }
            fresh = await self._set_fields(desk, fresh, fields) or fresh
        if priority is None:
            raise InvalidError("no priority is given", (("priority", "is empty"),))
        if priority not in options.numbers or priority not in dict(options.thresholds):
            raise InvalidError(
                f"RT has no number for priority {priority}; see the options priorities and priority_values"
            )
        wanted = priority
        held = number_of(fresh.row.get("Priority"))
        if held is not None and priority_of(options, held) == wanted:
            return

        def done(row: Row) -> bool:
            number = number_of(row.get("Priority"))
            return number is not None and priority_of(options, number) == wanted

        await desk.write(fresh, {"Priority": options.numbers[wanted]}, done)

    async def _set_fields(self, desk: Desk, fresh: Fresh, wanted: dict[str, str]) -> Fresh | None:
        """Set custom fields; an empty text clears one."""

        def done(row: Row) -> bool:
            held = {name.lower(): [v.lower() for v in values] for name, values in custom_fields(row).items()}
            return all(
                value.lower() in held.get(name.lower(), []) if value else not held.get(name.lower())
                for name, value in wanted.items()
            )

        if done(fresh.row):
            return fresh
        body = {"CustomFields": {name: value or None for name, value in wanted.items()}}
        return await desk.write(fresh, body, done)

    async def _link(self, desk: Desk, fresh: Fresh, other: str, kind: LinkKind) -> None:
        if kind is LinkKind.DUPLICATE:
            await self._merge(desk, other)
            return
        if kind not in _LINKS:
            words = f"RT keeps no {kind.value}s of its own: link the ticket as related"
            raise InvalidError(words, (("kind", words),))
        key, refs = _LINKS[kind]

        def done(row: Row) -> bool:
            return any(
                text_of(link.get("ref")) in refs and other in (ticket_id(link), text_of(link.get("_url")))
                for link in rows_of(row.get("_hyperlinks"))
            )

        if not done(fresh.row):
            await desk.write(fresh, {key: [int(other) if other.isdigit() else other]}, done)

    async def _merge(self, desk: Desk, other: str) -> None:
        """For good: RT has no way back over this interface. Raises NotFoundError where the other is not there."""
        if not (other.isascii() and other.isdigit()):
            raise InvalidError(f"“{other}” is not the number of a ticket", (("other", "is not a number"),))
        survivor = await self._reader.ticket(other)
        if text_of(survivor.get("Status")).lower() == "deleted":
            raise NotFoundError(f"ticket {other} was deleted")
        into = ticket_id(survivor)
        said = await self._context.client.put(desk.id, {"MergeInto": int(into)})
        try:
            row = await self._reader.ticket(desk.id)
        except AdapterError as error:
            raise UnavailableError(f"merged perhaps; reading it back failed: {error.words}", sent=True) from None
        if ticket_id(row) != into or into == desk.id:
            raise failed() if said is None else refusal(said, InvalidError)


def _passed_on(written: Fresh | None, now: Incident) -> bool:
    """Whether somebody changed the owner between our write and our last look."""
    if written is None:
        return False
    owner = None if written.owner in ("", NOBODY) else written.owner
    return owner != now.assignee


def _require(name: str, value: str, specs: Sequence[FieldSpec]) -> None:
    """What the form asks for must be there, also where RT itself would do without. Raises InvalidError."""
    if not sendable(value).strip() and any(spec.name == name and spec.required for spec in specs):
        label = next(spec.label for spec in specs if spec.name == name)
        raise InvalidError(f"“{label}” is empty", ((name, "is empty"),))
