"""How the filter could go on: the language's words, and the names that are in the queue right now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vagt.domain.query_complete import complete
from vagt.ui.screens.queue.filtering import Offer

if TYPE_CHECKING:
    from vagt.engine.engine import Engine


class Offering:
    """Asks the query language what may follow."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __call__(self, text: str, cursor: int) -> Sequence[Offer]:
        found = complete(text, cursor, self.engine.board.vocabulary())
        return [
            Offer(
                one.text,
                one.help,
                text[: one.start] + one.text + text[one.end :],
                one.start + len(one.text),
            )
            for one in found
            if one.text != text[one.start : one.end]
        ]
