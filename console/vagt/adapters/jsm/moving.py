"""The workflow's own moves, and which of them is meant by acknowledge, hold, resolve, close and reopen ("Transitions").

Ids belong to one workflow, names are free, several moves may lead to one status, so that a move is
chosen by what its target means. Where several fit, the config decides, then the stock names, then
those without a screen; where they lead to different statuses and none is stock, a person is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vagt.adapters.jsm.client import JiraClient
from vagt.adapters.jsm.mapping import state_of
from vagt.adapters.jsm.options import JsmOptions
from vagt.adapters.jsm.values import is_required
from vagt.adapters.jsm.wire import Row, id_of, part, parts, text
from vagt.adapters.protocol import TransitionError
from vagt.domain.commands import Verb
from vagt.domain.incident import State

_TARGETS: Mapping[Verb, tuple[State, ...]] = {
    Verb.ACKNOWLEDGE: (State.ACTIVE,),
    Verb.HOLD: (State.WAITING,),
    Verb.RESOLVE: (State.RESOLVED, State.CLOSED),
    Verb.CLOSE: (State.CLOSED,),
    Verb.REOPEN: (State.ACTIVE, State.NEW, State.WAITING),
}
"""What a move may lead to, the best first."""
_STOCK: Mapping[Verb, tuple[str, ...]] = {
    Verb.ACKNOWLEDGE: ("start work", "start progress", "work in progress", "in progress", "acknowledge", "investigate"),
    Verb.HOLD: ("pending", "on hold", "hold", "waiting for customer", "respond to customer"),
    Verb.RESOLVE: ("resolve", "resolve this issue", "mark as done", "done", "complete", "completed", "resolved"),
    Verb.CLOSE: ("close", "closed"),
    Verb.REOPEN: ("reopen", "re-open", "back to work", "in progress", "work in progress"),
}
_CANCELS = ("cancel", "declin", "reject", "won't")
RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Move:
    """One transition that is possible now."""

    id: str
    name: str
    to: State
    native_to: str
    status: str
    """The target status's id."""
    fields: Mapping[str, Row] = field(default_factory=dict)
    """What its screen has."""

    @property
    def demands(self) -> tuple[str, ...]:
        """Fields that must be filled in."""
        return tuple(name for name, told in self.fields.items() if is_required(told))


async def moves_of(client: JiraClient, issue: str, options: JsmOptions) -> tuple[Move, ...]:
    """What can be done to this incident's state now; nothing where this account may do nothing."""
    told = await client.get(f"/issue/{issue}/transitions", [("expand", "transitions.fields")])
    return tuple(move for row in parts(told, "transitions") if (move := _move(row, options)) is not None)


def _move(row: Row, options: JsmOptions) -> Move | None:
    id, target = id_of(row), part(row, "to")
    if not id or row.get("isAvailable") is False:
        return None
    fields = {name: part(part(row, "fields"), name) for name in part(row, "fields")}
    native = text(target, "name", 200)
    return Move(id, text(row, "name", 200) or id, state_of(target, options), native or "?", id_of(target), fields)


def chosen(moves: Sequence[Move], verb: Verb, options: JsmOptions) -> Move | None:
    """The move that `verb` means; None where there is none. Raises TransitionError where several fit."""
    wanted = options.moves.get(verb)
    if wanted is not None:
        return next((move for move in moves if wanted in (move.id.lower(), move.name.lower())), None)
    fitting: list[Move] = []
    for target in _TARGETS[verb]:
        fitting = [move for move in moves if move.to is target and not _cancels(move)]
        if fitting:
            break
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    for name in _STOCK[verb]:
        for move in fitting:
            if name in (move.name.lower(), move.native_to.lower()):
                return move
    if len({move.status for move in fitting}) == 1:
        return min(fitting, key=lambda move: len(move.demands))
    told = ", ".join(f"“{move.name}” → {move.native_to}" for move in fitting)
    raise TransitionError(
        f"several transitions could be “{verb.value}” here: {told}. Take one of them by its name, or say which in "
        f"the option moves ({verb.value} = …)"
    )


def needed(moves: Sequence[Move], verb: Verb, options: JsmOptions, native: str) -> Move:
    """The move that `verb` means from the status called `native`.

    Raises TransitionError where there is no such move, or several, or none at all for this account.
    """
    move = chosen(moves, verb, options)
    if move is not None:
        return move
    if not moves:
        raise TransitionError(f"Jira offers this account no way on from {native}")
    offered = ", ".join(f"“{move.name}”" for move in moves)
    raise TransitionError(f"the workflow has no way to {verb.value} it from {native}; it offers {offered}")


def check_state(verb: Verb, state: State, native: str) -> None:
    """Raises TransitionError where `verb` means nothing for an issue that is in this state."""
    if verb is Verb.CLOSE and state.is_open:
        raise TransitionError("resolve it first: only what is resolved is closed")
    if verb is Verb.HOLD and not state.is_open:
        raise TransitionError(f"it is {native}: reopen it first")
    if verb is Verb.RESOLVE and not state.is_open:
        raise TransitionError(f"it is {native} already")


def _cancels(move: Move) -> bool:
    return any(word in f"{move.name} {move.native_to}".lower() for word in _CANCELS)


def verb_of(move: Move, moves: Sequence[Move], now: State, options: JsmOptions) -> Verb | None:
    """The common verb that this move is the way of doing, where there is one."""
    verbs = {
        State.NEW: (Verb.ACKNOWLEDGE, Verb.HOLD, Verb.RESOLVE),
        State.ACTIVE: (Verb.HOLD, Verb.RESOLVE),
        State.WAITING: (Verb.RESOLVE,),
        State.RESOLVED: (Verb.CLOSE, Verb.REOPEN),
        State.CLOSED: (Verb.REOPEN,),
    }
    for verb in verbs[now]:
        try:
            if chosen(moves, verb, options) is move:
                return verb
        except TransitionError:
            continue
    return None
