"""What was promised to whom, read from an incident's timeline alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vagt.comms.heard import words_of
from vagt.comms.record import records_in
from vagt.domain.timeline import TimelineEntry


def promised(entries: Sequence[TimelineEntry]) -> tuple[tuple[str, datetime], ...]:
    """(audience, until when the next word comes), as the last update to each audience said it."""
    words = words_of(records_in(entries))
    return tuple((name, word.next_update) for name, word in words.items() if word.next_update is not None)
