"""Changing a ticket's status, with the words that belong to it ("RT REST2", sections 4.3 and 6)."""

from __future__ import annotations

from dataclasses import dataclass

from vagt.adapters.protocol import (
    AdapterError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    Seen,
    TransitionError,
    UnavailableError,
)
from vagt.adapters.rt.context import Context
from vagt.adapters.rt.desk import Desk, Fresh
from vagt.adapters.rt.evidence import Evidence, sendable
from vagt.adapters.rt.mapping import state_of, status_key
from vagt.adapters.rt.options import RtOptions
from vagt.adapters.rt.wire import LifecycleAction, Row, actions_of, text_of
from vagt.domain.commands import Command
from vagt.domain.incident import State

REPLY = "reply"
COMMENT = "comment"
SAID_AS = "said_as"
"""The field of a form that holds REPLY or COMMENT."""


@dataclass(frozen=True, slots=True)
class Step:
    """A status to go to, and what RT's own form would ask for on the way."""

    to: str
    label: str
    says: str
    """REPLY, COMMENT or nothing."""
    listed: bool
    """RT offers it as an action of the lifecycle."""


def promised(command: Command) -> str:
    """As what the operator was told that the words go out: REPLY, COMMENT, or nothing where nobody was told.

    Raises InvalidError.
    """
    given: dict[str, str] = dict(getattr(command.change, "fields", ()))
    said = given.get(SAID_AS, "")
    if said in (REPLY, COMMENT):
        return said
    if said:
        words = f"words are said as “{COMMENT}” or as “{REPLY}”, not as “{said}”"
        raise InvalidError(words, ((SAID_AS, words),))
    return next((name for name in (REPLY, COMMENT) if name in given), "")


def step_to(row: Row, to: str) -> Step:
    """The way to status `to`, as the ticket's own actions describe it where they do."""
    for action in actions_of(row):
        if action.to.lower() == to.lower():
            return Step(action.to, action.label, _says(action), True)
    return Step(to, to, "", False)


def _says(action: LifecycleAction) -> str:
    return {"respond": REPLY, "comment": COMMENT}.get(action.update, "")


def hold_steps(row: Row, options: RtOptions) -> tuple[Step, ...]:
    """The ways to wait, best first: as configured, as the lifecycle offers, as stock RT calls it."""
    if options.hold_status:
        return (step_to(row, options.hold_status),)
    offered = [a.to for a in actions_of(row) if state_of(a.to, None, options) is State.WAITING]
    named = [name for name, state in options.states.items() if state is State.WAITING]
    names = list(dict.fromkeys(name.lower() for name in (*offered, *named, "stalled", "pending")))
    return tuple(step_to(row, name) for name in names)


def state_at(context: Context, row: Row, status: str) -> State:
    """What status name means in the lifecycle of this ticket."""
    lifecycle = status_key(row)[0]
    return state_of(status, context.active.get((lifecycle, status.lower())), context.options)


class Mover:
    """Does status changes for one command."""

    def __init__(self, desk: Desk, evidence: Evidence) -> None:
        self._desk = desk
        self._evidence = evidence

    async def first_of(self, fresh: Fresh, steps: tuple[Step, ...], text: str, says: str = "") -> str:
        """Go the first way that RT allows. Raises TransitionError with RT's words where it allows none.

        Trying is safe: a refused status changes nothing. A reply, which is mailed, is sent only on
        a way that RT itself offers, or on the only one.
        """
        refused: AdapterError | None = None
        offered = tuple(step for step in steps if step.listed) or steps
        for step in offered:
            try:
                return await self.go(fresh, step, text, says)
            except TransitionError as error:
                refused = error
        raise refused or TransitionError("there is no way to that state")

    async def go(self, fresh: Fresh, step: Step, text: str, says: str = "") -> str:
        """Change the status and leave the words; what is worth telling beyond "done".

        A reply to the requestor reopens a resolved ticket in stock RT, so that on the way to a
        state that does not work on it, it goes out together with the status; else the status goes
        first, guarded, and the words follow only if RT took it.
        """
        says = says or step.says or COMMENT
        target = state_at(self._desk.context, fresh.row, step.to)
        there = fresh.status == step.to.lower()
        text = sendable(text) if sendable(text).strip() else ""
        if text and self._desk.resumed:
            types = ("Correspond",) if says == REPLY else ("Comment",)
            if await self._evidence.said(self._desk.id, text, self._desk.command.at, types) is Seen.YES:
                text = ""
        if not there and text and says == REPLY and target is not State.ACTIVE:
            return await self._together(fresh, step, text)
        if not there:
            await self._set(fresh, step, target)
        return await self._words(text, says) if text else ""

    async def _set(self, fresh: Fresh, step: Step, target: State) -> None:
        """The status alone. Raises TransitionError with RT's words, and the way out where we know one."""
        try:
            await self._desk.write(
                fresh, {"Status": step.to}, lambda row: _status(row) == step.to.lower(), TransitionError
            )
        except TransitionError as error:
            new = state_at(self._desk.context, fresh.row, fresh.status) is State.NEW
            if new and not step.listed and target is not State.ACTIVE:
                raise TransitionError(f"{error.words} Acknowledge it first.") from None
            raise

    async def _together(self, fresh: Fresh, step: Step, text: str) -> str:
        number, said = await self._desk.context.client.say(
            self._desk.id, "correspond", {"Content": text, "Status": step.to}
        )
        self._desk.context.confirmed.add(f"t{number}")
        after = await self._desk.verify()
        if after is None or after.status == step.to.lower():
            return ""
        # A reply may have opened the ticket after the status was set: the status alone, once more.
        try:
            await self._desk.write(
                after, {"Status": step.to}, lambda row: _status(row) == step.to.lower(), TransitionError
            )
        except AdapterError as error:
            words = "; ".join(said[1:]) or error.words
            raise TransitionError(f"the reply was sent, but the state stays as it was: {words}") from None
        return ""

    async def _words(self, text: str, says: str) -> str:
        """The words after the status: where RT refuses them the status stands, and we say so."""
        way = "correspond" if says == REPLY else "comment"
        try:
            number, _ = await self._desk.context.client.say(self._desk.id, way, {"Content": text})
        except (ForbiddenError, InvalidError, NotFoundError) as error:
            return f"the state was changed, but RT did not take the words: {error.words}"
        except UnavailableError as error:
            raise UnavailableError(f"the state was changed, the words perhaps not: {error.words}", sent=True) from None
        except AdapterError as error:
            raise ProtocolError(f"the state was changed, the words perhaps not: {error.words}", sent=True) from None
        self._desk.context.confirmed.add(f"t{number}")
        return ""


def _status(row: Row) -> str:
    return text_of(row.get("Status")).strip().lower()
