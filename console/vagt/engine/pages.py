"""Whether a listing of many pages gets anywhere: a backend that turns in a circle must not be asked for ever."""

from __future__ import annotations

from vagt.adapters.protocol import Batch, ProtocolError

_MOST = 1000
"""So many pages in a row may bring nothing that was not there before."""


class Pages:
    """The pages of one reading."""

    def __init__(self) -> None:
        self._named: set[str] = set()
        self._idle = 0

    def turn(self, asked: str | None, batch: Batch) -> None:
        """One more page came for the cursor `asked`. Raises ProtocolError where there is no end to them."""
        before = len(self._named)
        self._named.update(incident.id for incident in batch.items)
        self._idle = 0 if len(self._named) > before else self._idle + 1
        if batch.more and (batch.cursor == asked or self._idle >= _MOST):
            raise ProtocolError("it gives the same page again and again, and says that there is more")
