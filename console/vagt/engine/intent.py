"""An action on its way to a backend, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vagt.domain.commands import Command
from vagt.domain.incident import Incident


class Stage(StrEnum):
    """Where an action stands."""

    HELD = "held"
    """On disk, and can still be taken back: the undo window runs."""
    QUEUED = "queued"
    """Waits for its turn, or for the backend to come back."""
    SENDING = "sending"
    """On the wire; after a crash nobody knows whether it arrived until the backend is asked."""
    UNSURE = "unsure"
    """The answer was lost; the backend is asked whether it has it before it goes again."""
    DONE = "done"
    CONFLICT = "conflict"
    """The incident changed meanwhile; a person decides."""
    REFUSED = "refused"
    """The backend will not do it; its words are in `reason`."""
    UNKNOWN = "unknown"
    """Cut off in the act, and nobody can be asked whether it arrived: a person sends it again or lets it be."""
    UNDONE = "undone"
    DISCARDED = "discarded"

    @property
    def is_pending(self) -> bool:
        """The backend has not confirmed it and it may still happen by itself."""
        return self in (Stage.HELD, Stage.QUEUED, Stage.SENDING, Stage.UNSURE)

    @property
    def needs_person(self) -> bool:
        return self in (Stage.CONFLICT, Stage.REFUSED, Stage.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One entry of the outbox. Times are UTC."""

    command: Command
    stage: Stage
    seq: int
    """Order in which the operator acted; per incident, actions leave in this order."""
    not_before: datetime
    """When the undo window ends, or the next try is due."""
    attempts: int = 0
    first_tried: datetime | None = None
    reason: str = ""
    """Why it is where it is, in the backend's words where they are its."""
    expected: str | None = None
    """The version that the write is compared with."""
    theirs: Incident | None = None
    """In a conflict: the incident as the backend has it now."""
    changed_at: datetime | None = None
    """When it came to its present stage."""
    blocked_by: str = ""
    """The id of an earlier action on the same incident that came to a stop, and this one with it."""
    result_ref: str = ""
    """`backend:number` of the incident that a CREATE made."""
    passed_to: str = ""
    """The id of the delivery through another channel that took over where this one failed."""
    doubtful: bool = False
    """An earlier try may have arrived, and nobody can tell: a message that insists says so."""
    unreadable: bool = False
    """Its row on disk is damaged: nobody knows what it was. Never stored; later ones on the same incident wait."""
    target: str = ""
    """Adapter and address that it was meant for, so that it never goes to another system of the same name."""
