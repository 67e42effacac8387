"""What happened to an incident, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vagt.domain.incident import State


class EntryKind(StrEnum):
    """What an entry tells."""

    NOTE = "note"
    COMMENT = "comment"
    STATE = "state"
    ASSIGNMENT = "assignment"
    PRIORITY = "priority"
    ESCALATION = "escalation"
    UPDATE = "update"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that somebody did or said."""

    at: datetime
    by: str
    kind: EntryKind
    public: bool
    """Whether people outside the team that works on it can read this."""
    text: str
    id: str = ""
    """The backend's own identifier of the entry, where it has one."""
    state: State | None = None
    """Of a change of state: what it became. Of an assignment: NEW where it was given back to nobody.

    None: the backend does not say. What tells that an incident was reopened, or its acknowledgement withdrawn.
    """
