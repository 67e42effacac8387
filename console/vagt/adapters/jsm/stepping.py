"""Moving an incident through its workflow: hold, resolve, close, reopen, or any transition by its id ("Transitions").

400 with words for the whole means that the move is not valid any more, or that a validator wants
something; a look at the incident tells which. A done issue without a resolution counts as unresolved
in every queue of Jira, so that one is set where the screen has none; reopening takes it away again.
"""

from __future__ import annotations

from collections.abc import Mapping

from vagt.adapters.jsm.desk import Desk
from vagt.adapters.jsm.evidence import NOTE, Evidence, words_for_hold, words_for_move
from vagt.adapters.jsm.forms import own_names
from vagt.adapters.jsm.mapping import state_of, version_of
from vagt.adapters.jsm.moving import RESOLUTION, Move, check_state, chosen, moves_of, needed
from vagt.adapters.jsm.values import label_of, value_of
from vagt.adapters.jsm.wire import Row, id_of, part, text
from vagt.adapters.protocol import (
    AdapterError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    TransitionError,
    UnavailableError,
)
from vagt.domain.commands import Close, Command, Fields, Hold, MoveTo, Reopen, Resolve, Verb
from vagt.domain.incident import State

_IN_WORDS = frozenset({NOTE, "text", "reason", "until"})
"""What goes into a note where the screen has no such field."""
_OURS = {"summary": "title", "assignee": "to", RESOLUTION: "code", "comment": "text"}


class Stepper:
    """One command's moves."""

    def __init__(self, desk: Desk, evidence: Evidence, *, tried: bool) -> None:
        self._desk = desk
        self._context = desk.context
        self._evidence = evidence
        self._tried = tried
        self._moves: tuple[Move, ...] | None = None

    async def need(self, verb: Verb, row: Row) -> Move:
        """The move for `verb`, which must be possible without asking. Raises TransitionError."""
        move = await self._chosen(verb, row)
        if move.demands:
            told = ", ".join(label_of(move.fields[name], name) for name in move.demands)
            raise TransitionError(f"“{move.name}” asks for {told}: take it from the list of transitions")
        return move

    async def step(self, verb: Verb, row: Row) -> Row:
        """Make the move for `verb`."""
        return await self._make(row, await self._chosen(verb, row), {})

    async def hold(self, row: Row, hold: Hold) -> Row:
        state = self._state(row)
        check_state(Verb.HOLD, state, self._native(row))
        words = words_for_hold(hold)
        if state is not State.WAITING:
            move = await self._chosen(Verb.HOLD, row)
            answers = dict(hold.fields)
            called = own_names(move)
            if "reason" in called.values():
                answers["reason"] = hold.reason
            self._check_asked(move, answers)
            row = await self._make(row, move, answers)
        return await self._words(row, words, public=False)

    async def resolve(self, row: Row, change: Resolve) -> Row:
        if not change.text.strip():
            raise InvalidError("what was done is empty", (("text", "is empty"),))
        state = self._state(row)
        public = self._context.options.resolution_public
        if not state.is_open:
            if state is State.CLOSED or not self._tried:
                check_state(Verb.RESOLVE, state, self._native(row))
            return await self._words(row, change.text, public=public)
        move = await self._chosen(Verb.RESOLVE, row)
        answers = dict(change.fields)
        if RESOLUTION in move.fields:
            answers["code"] = change.code or self._context.options.resolution
        elif change.code:
            raise InvalidError("this workflow asks for no resolution", (("code", "is not asked for"),))
        self._check_asked(move, answers)
        first = move.to is State.CLOSED
        if first:
            row = await self._words(row, change.text, public=public)
        row = await self._make(row, move, answers)
        row = await self._resolved(row, change.code or self._context.options.resolution)
        return row if first else await self._words(row, change.text, public=public)

    async def close(self, row: Row, fields: Fields) -> Row:
        check_state(Verb.CLOSE, self._state(row), self._native(row))
        if self._state(row) is State.CLOSED:
            return row
        return await self._moved(row, await self._chosen(Verb.CLOSE, row), fields)

    async def reopen(self, row: Row, fields: Fields) -> Row:
        if not self._state(row).is_open:
            row = await self._moved(row, await self._chosen(Verb.REOPEN, row), fields)
        elif self._tried:
            row = await self._words(row, words_for_move(fields), public=False)
        return await self._unresolved(row)

    async def move(self, row: Row, change: MoveTo) -> Row:
        """One of the workflow's own, by its id."""
        move = next((move for move in await self._all(row) if move.id == change.transition), None)
        if move is None:
            if self._tried and text(self._status(row), "name", 200) == change.native_to:
                return await self._words(row, words_for_move(change.fields), public=False)
            raise TransitionError(f"“{change.label}” is not possible from {self._native(row)}")
        was_open = self._state(row).is_open
        row = await self._moved(row, move, change.fields)
        if self._state(row).is_open:
            return row if was_open else await self._unresolved(row)
        return await self._resolved(row, self._context.options.resolution)

    async def duplicate(self, row: Row) -> Row:
        """Resolve it as a duplicate, where the workflow offers such a resolution; else it stays open."""
        move = chosen(await self._all(row), Verb.RESOLVE, self._context.options)
        offered = part(move.fields, RESOLUTION).get("allowedValues") if move is not None else None
        names = (
            [text(one, "name", 100) for one in offered if isinstance(one, dict)] if isinstance(offered, list) else []
        )
        name = next((name for name in names if "duplicate" in name.lower()), "")
        if move is None or not name or set(move.demands) - {RESOLUTION}:
            self._desk.notes.append("linked; its workflow has no way to resolve duplicates, so that it stays open")
            return row
        return await self._make(row, move, {"code": name})

    # --- parts
    def _status(self, row: Row) -> Row:
        return part(part(row, "fields"), "status")

    def _state(self, row: Row) -> State:
        return state_of(self._status(row), self._context.options)

    def _native(self, row: Row) -> str:
        return text(self._status(row), "name", 100) or "?"

    async def _all(self, row: Row) -> tuple[Move, ...]:
        if self._moves is None:
            self._moves = await moves_of(self._context.client, id_of(row), self._context.options)
        return self._moves

    async def _chosen(self, verb: Verb, row: Row) -> Move:
        return needed(await self._all(row), verb, self._context.options, self._native(row))

    def _check_asked(self, move: Move, answers: Mapping[str, str]) -> None:
        """Raises InvalidError for what is missing, and for a field that the screen does not have."""
        called = own_names(move)
        known = {called.get(name, name) for name in move.fields} | _IN_WORDS
        for name in answers:
            if name not in known:
                raise InvalidError(f"“{name}” is no field of “{move.name}”", ((name, "is not known"),))
        for name in move.demands:
            ours = called.get(name, name)
            if not answers.get(ours, "").strip():
                label = label_of(move.fields[name], name)
                raise InvalidError(f"“{move.name}” asks for {label}", ((ours, "is empty"),))

    async def _moved(self, row: Row, move: Move, fields: Fields) -> Row:
        """A move with a note besides."""
        answers, note = dict(fields), words_for_move(fields)
        if RESOLUTION in move.fields and not move.to.is_open and not answers.get("code"):
            answers["code"] = self._context.options.resolution if RESOLUTION in move.demands else ""
        self._check_asked(move, answers)
        if move.to is State.CLOSED:
            row = await self._words(row, note, public=False)
            return await self._make(row, move, answers)
        row = await self._make(row, move, answers)
        return await self._words(row, note, public=False)

    async def _make(self, row: Row, move: Move, answers: Mapping[str, str]) -> Row:
        """Send it, and see where the incident is afterwards."""
        called = own_names(move)
        values = {}
        for name, told in move.fields.items():
            answer = answers.get(called.get(name, name), "")
            if answer.strip():
                values[name] = await value_of(self._context, name, told, answer, called.get(name, ""))
        body: dict[str, object] = {"transition": {"id": move.id}}
        if values:
            body["fields"] = values
        client = self._context.client
        try:
            await self._desk.once(row, lambda: client.post(f"/issue/{self._desk.id}/transitions", body))
        except InvalidError as error:
            if error.fields:
                raise
            now = await self._desk.look()
            if version_of(now) != version_of(row):
                raise ConflictError(
                    f"it was changed meanwhile: {error.words}", await self._desk.incident(now)
                ) from None
            raise TransitionError(f"“{move.name}” was refused: {error.words}") from None
        after = await self._desk.again()
        if id_of(self._status(after)) != move.status:
            theirs = await self._desk.incident(after)
            raise ConflictError(
                f"after “{move.name}” it is {theirs.native_state}: a rule or somebody moved it on", theirs
            )
        self._moves = None
        return after

    async def _words(self, row: Row, words: str, *, public: bool) -> Row:
        """A note or comment that belongs to the move; not again where an earlier try has written it."""
        if not words.strip():
            return row
        if self._tried and await self._evidence.wrote(row, self._desk.command, words):
            return row
        try:
            await self._desk.tell(row, words, public=public)
        except (ForbiddenError, InvalidError) as error:
            # the move is done: that the words are not must be told, not hidden behind a refusal
            if not self._desk.wrote:
                raise
            self._desk.notes.append(f"the words were not taken: {error.words}")
            return row
        return await self._desk.again()

    async def _resolved(self, row: Row, name: str) -> Row:
        if part(part(row, "fields"), RESOLUTION):
            return row
        return await self._set(row, {"name": name}, "Jira set no resolution, and counts it as unresolved in its queues")

    async def _unresolved(self, row: Row) -> Row:
        if not part(part(row, "fields"), RESOLUTION):
            return row
        return await self._set(row, None, "its old resolution stays, and Jira leaves it out of its queues")

    async def _set(self, row: Row, value: object, otherwise: str) -> Row:
        client = self._context.client
        try:
            await self._desk.once(row, lambda: client.put(f"/issue/{self._desk.id}", {"fields": {RESOLUTION: value}}))
        except UnavailableError:
            raise
        except AdapterError as error:
            self._desk.notes.append(f"{otherwise} ({error.words})")
            return row
        return await self._desk.again()


def named(error: InvalidError, command: Command) -> InvalidError:
    """Jira names fields by its own ids: by those of our forms instead, so that it shows beside the right one."""
    ours = dict(_OURS)
    if isinstance(command.change, Close | Reopen):
        ours["comment"] = NOTE
    return InvalidError(error.words, tuple((ours.get(name, name), words) for name, words in error.fields))
