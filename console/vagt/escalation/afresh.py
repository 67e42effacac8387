"""When an incident began to climb anew: it was reopened, or its acknowledgement was withdrawn.

Read from the backend's own timeline, so that all consoles agree on the moment, and with it on the round.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from vagt.domain.incident import Incident, State
from vagt.domain.timeline import EntryKind
from vagt.escalation.record import Deed, MarkKind, Record

_OVER = frozenset({State.RESOLVED, State.CLOSED})
_WORDS = frozenset({EntryKind.NOTE, EntryKind.COMMENT})
_HANDS = _WORDS | {EntryKind.STATE, EntryKind.ASSIGNMENT, EntryKind.PRIORITY, EntryKind.ESCALATION}
_AT_ONCE = timedelta(seconds=10)
"""What is written within so long belongs to the same deed."""
_BESIDES = timedelta(seconds=60)
"""What whoever reopened it says within so long is said about that."""
_LAG = timedelta(seconds=5)
_SOON = timedelta(seconds=120)
"""An incident that was read before its timeline is read again by then."""


@dataclass(frozen=True, slots=True)
class Afresh:
    """It is as if it had come at that moment (UTC, the backend's clock)."""

    at: datetime
    by: str
    """Who did that; empty where nothing tells."""
    reopened: bool
    """Else its acknowledgement was withdrawn."""

    @property
    def round(self) -> str:
        """The same on every console: the moment is the backend's."""
        return f"r{int(self.at.timestamp())}"

    @property
    def words(self) -> str:
        """`it was reopened`."""
        return "it was reopened" if self.reopened else "its acknowledgement was withdrawn"


def afresh(incident: Incident, record: Record, now: datetime) -> Afresh | None:
    """The last time that it came back, as far as its timeline tells; None: it never did. `now`: the backend's."""
    found: Afresh | None = None
    became: State | None = None
    moved: Deed | None = None
    given: Deed | None = None
    for deed in record.deeds:
        if deed.kind in (EntryKind.ASSIGNMENT, EntryKind.ESCALATION) and not deed.ours:
            given = deed
        if deed.kind is not EntryKind.STATE or deed.became is None or _is_ahead(deed, incident, now):
            continue
        # No step reopens: who is at a console may do so while their console has a claim of its own.
        if deed.became.is_open and became in _OVER:
            found = Afresh(deed.at, deed.by, True)
        elif not deed.ours and deed.became is State.NEW and became not in (None, State.NEW):
            found = Afresh(deed.at, deed.by, False)
        became, moved = deed.became, deed
    if moved is not None and became in _OVER:
        # It is open all the same, and nothing tells since when.
        return Afresh(moved.at, "", True)
    if given is None or moved is None or given.at < moved.at or became not in (State.ACTIVE, State.WAITING):
        return found
    # Some backends end an acknowledgement by giving the incident to somebody else, and do not say so.
    back = incident.state is State.NEW or (incident.assignee is None and _is_released(given, record))
    return Afresh(given.at, given.by, False) if back else found


def _is_ahead(deed: Deed, incident: Incident, now: datetime) -> bool:
    """Whether the incident, as it is known here, is older than that deed: then it does not fit the timeline yet."""
    known = incident.updated_at
    return known is not None and deed.at > known + _LAG and now - deed.at < _SOON


def _is_released(given: Deed, record: Record) -> bool:
    """Whether it was given back to nobody, and not to another team, whose own people then know."""
    if given.became is not State.NEW:
        return False
    others = (deed for deed in record.deeds if deed.kind is EntryKind.ASSIGNMENT and deed.became is not State.NEW)
    return not any(deed.by == given.by and abs(deed.at - given.at) < _AT_ONCE for deed in others)


def is_taken_up(incident: Incident, record: Record, back: Afresh) -> bool:
    """Whether somebody has it in hand since it came back, where the backend's state does not tell that."""
    if incident.state is State.NEW:
        return False
    if incident.acknowledged_at is not None and incident.acknowledged_at > back.at:
        return True
    mine = {name.casefold() for name in (incident.assignee, incident.assignee_name) if name}
    if back.reopened and back.by.casefold() in mine:
        return True
    if any(mark.kind is MarkKind.ACK and mark.at >= back.at for mark in record.marks):
        return True
    return any(
        deed.kind in _HANDS
        # Nor does any step acknowledge.
        and (not deed.ours or (deed.kind is EntryKind.STATE and deed.became is State.ACTIVE))
        and deed.at > back.at + (_BESIDES if deed.by == back.by else _AT_ONCE)
        # What the caller says can be read by all; nobody on duty need have seen it.
        and (not deed.public or deed.by.casefold() in mine)
        for deed in record.deeds
    )
