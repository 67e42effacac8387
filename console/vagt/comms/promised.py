"""What was promised to whom, read from an incident's timeline alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vagt.comms.promises import promised_before
from vagt.comms.record import records_in
from vagt.domain.timeline import TimelineEntry


def promised(entries: Sequence[TimelineEntry]) -> tuple[tuple[str, datetime], ...]:
    """(audience, until when the next word comes), as the last update to each audience said it."""
    return tuple(promised_before(records_in(entries)).items())
