"""Since when something has stood on the screen, so that a key counts only for what its presser could see."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from time import monotonic


class Standing:
    """One thing that is shown. Times are the event times of the toolkit: seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._meaning: object = None
        self._since = inf

    def show(self, meaning: object, after_drawing: Callable[[Callable[[], object]], object]) -> None:
        """`meaning` is about to be drawn; `after_drawing` calls what it is given once that has happened."""
        if meaning == self._meaning:
            return
        self._meaning, self._since = meaning, inf

        def stands() -> None:
            if self._meaning == meaning and self._since == inf:
                self._since = monotonic()

        after_drawing(stands)

    def was_seen(self, pressed: float) -> bool:
        """Whether a key that went down then was pressed on what stands here now."""
        return pressed >= self._since
