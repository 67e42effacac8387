"""What kind of entry a note is for people, where a console has put a marker into it."""

from __future__ import annotations

from vagt.domain import marker
from vagt.domain.timeline import EntryKind, TimelineEntry

_UPDATES = frozenset({"update", "approval", "approved", "returned"})
_ESCALATIONS = frozenset({"claim", "done", "hold", "sent"})


def kind_of(entry: TimelineEntry) -> EntryKind:
    """UPDATE or ESCALATION for a note that tells of one, else what the backend calls it."""
    if entry.kind is EntryKind.NOTE and not entry.public:
        kinds = {mark.kind for mark in marker.find(entry.text)}
        if kinds & _UPDATES:
            return EntryKind.UPDATE
        if kinds & _ESCALATIONS:
            return EntryKind.ESCALATION
    return entry.kind
