"""The way through what nobody has yet: which incident is on the screen, what became of the others. No Textual here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from enum import StrEnum
from typing import TYPE_CHECKING

from vagt.domain.commands import (
    Acknowledge,
    Assign,
    Change,
    Close,
    Hold,
    LinkTo,
    MoveTo,
    Resolve,
    Snooze,
    Take,
)
from vagt.domain.incident import Key, LinkKind, State
from vagt.domain.query import parse

if TYPE_CHECKING:
    from vagt.domain.incident import Incident
    from vagt.engine.board import Board, View

QUERY = parse("is:open -is:waiting (is:unassigned or is:mine is:unacknowledged)")
"""Nobody has it, or I do and have not said so; not put on hold by anybody. Snoozed ones are out of sight."""


class Fate(StrEnum):
    """What became of an incident that was on the screen."""

    ACCEPTED = "accepted"
    DECIDED = "decided"
    """The operator did something else that settles it: took it, gave it away, resolved it …"""
    SKIPPED = "skipped"
    PASSED = "passed over"
    """A colleague, or the backend, was quicker."""


def settles(change: Change) -> bool:
    """Whether an incident needs no triage any more once this is done to it."""
    if isinstance(change, LinkTo):
        return change.kind is LinkKind.DUPLICATE
    if isinstance(change, Assign):
        return bool(change.team or change.to)
    return isinstance(change, Acknowledge | Take | Resolve | Close | Hold | MoveTo | Snooze)


class Walk:
    """Follows a live view of the board. Nothing moves on by itself but through `go_on`."""

    def __init__(self, board: Board, view: View) -> None:
        self._board = board
        self._view = view
        self.current: Key | None = None
        self.fates: dict[Key, Fate] = {}
        """In the order in which they were left."""
        self._waiting: set[Key] = set(view)

    def close(self) -> None:
        self._view.close()

    @property
    def number(self) -> int:
        """The place of the one on the screen, counted from 1."""
        return len(self.fates) + 1

    @property
    def total(self) -> int:
        """All that were met, the one on the screen, and those that still wait."""
        here = self.current is not None
        return len(self.fates) + here + self.left

    @property
    def left(self) -> int:
        """How many come after the one on the screen."""
        met = sum(key in self._view for key in self.fates)
        return len(self._view) - met - (self.current is not None and self.current in self._view)

    def count(self, fate: Fate) -> int:
        return Counter(self.fates.values())[fate]

    def go_on(self, fate: Fate | None = None) -> Key | None:
        """Leave the one on the screen, for this reason, for the worst of those not met; None: that was all."""
        if self.current is not None and fate is not None:
            self.fates.pop(self.current, None)
            self.fates[self.current] = fate
        self.current = next((key for key in self._view if key not in self.fates), None)
        return self.current

    def go_back(self) -> bool:
        """Return to the one that was left last and still exists; False where there is none."""
        left = (key for key, fate in reversed(self.fates.items()) if fate is not Fate.PASSED)
        last = next((key for key in left if self._board.get(key) is not None), None)
        if last is None:
            return False
        self.return_to(last)
        return True

    def return_to(self, key: Key) -> None:
        """Have this one on the screen again, as if it had not been met."""
        self.fates.pop(key, None)
        self.current = key

    def meet_again(self) -> int:
        """Forget that some were skipped; how many there are."""
        skipped = [key for key, fate in self.fates.items() if fate is Fate.SKIPPED]
        for key in skipped:
            del self.fates[key]
        return sum(key in self._view for key in skipped)

    def is_settled(self) -> bool:
        """Whether the one on the screen needs no triage any more."""
        return self.current is not None and self.current not in self._view

    def changed(self, keys: Collection[Key]) -> tuple[Key, ...]:
        """The board shows these differently: those not met yet that somebody else has settled, passed over now."""
        passed = []
        for key in keys:
            if key in self._view:
                self._waiting.add(key)
            elif key in self._waiting:
                self._waiting.discard(key)
                if key != self.current and key not in self.fates:
                    self.fates[key] = Fate.PASSED
                    passed.append(key)
        return tuple(passed)

    def released(self, keys: Collection[Key]) -> None:
        """Of these, those that were passed over and wait again are to be met after all."""
        for key in keys:
            if self.fates.get(key) is Fate.PASSED and key in self._view:
                del self.fates[key]


def settled_words(incident: Incident | None, me: str, *, snoozed: bool) -> str:
    """Why an incident needs no triage any more, as the end of a sentence about it."""
    if incident is None:
        return "is no longer shown by its backend"
    if incident.state is State.RESOLVED or incident.state is State.CLOSED:
        return f"is {incident.state.value} already"
    if incident.assignee is not None:
        who = "you" if incident.assignee == me else incident.assignee_name or incident.assignee
        return f"was taken by {who}" if who != "you" else "is yours already"
    if snoozed:
        return "is snoozed"
    if incident.state is State.WAITING:
        return "was put on hold"
    return "needs nobody any more"
