"""When an incident counts as seen: the cursor rested on it for a moment, or went on from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vagt.domain.incident import Key

if TYPE_CHECKING:
    from vagt.engine.engine import Engine

REST_SECONDS = 2


class Seeing:
    """Follows the cursor and tells the engine what the operator has looked at."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._on: Key | None = None
        self._rested = 0

    def moved(self, key: Key | None) -> set[Key]:
        """The cursor is on `key` now; returns what is thereby seen."""
        left, self._on = self._on, key
        self._rested = 0
        return self._see(left) if left is not None and left != key else set()

    def second(self, key: Key | None) -> set[Key]:
        """A second went by with the cursor on `key`; returns what is thereby seen."""
        if key != self._on:
            self._on, self._rested = key, 0
        self._rested += 1
        return self._see(key) if key is not None and self._rested == REST_SECONDS else set()

    def _see(self, key: Key) -> set[Key]:
        board = self.engine.board
        if not (board.is_new(key) or board.is_changed(key)):
            return set()
        self.engine.mark_seen({key})
        return {key}
