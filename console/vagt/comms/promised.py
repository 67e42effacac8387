"""What was promised to whom, read from an incident's timeline alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vagt.comms.record import records_in
from vagt.domain.timeline import TimelineEntry


def promised(entries: Sequence[TimelineEntry]) -> tuple[tuple[str, datetime], ...]:
    """(audience, until when the next word comes), as the last update to each audience said it."""
    found: dict[str, datetime] = {}
    for record in records_in(entries):
        for audience in record.audiences:
            found.pop(audience, None)
            if record.next_update is not None:
                found[audience] = record.next_update
    return tuple(found.items())
