"""Which console sends an approved text: the one whose claim the backend has first.

A claim is an internal note with a marker. Whoever wants to send writes one, waits until every claim of the same second
can be read, and reads the timeline back. Unlike a lease it never runs out by itself: a console that claimed and fell
silent may have sent, so only a person lets another one try again, by a claim of the next number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from vagt.comms.record import internal
from vagt.domain import marker
from vagt.domain.marker import Marker
from vagt.domain.timeline import TimelineEntry

CLAIMED = "sends"
SETTLE = 2.0
"""Seconds after which every claim that the backend dates to the same second as ours can be read."""
SILENT = 120.0
"""Seconds after which a console that claimed and has not said “sent” is asked about."""
_SPACE = UUID("7a0b5a0e-2c0e-4e8e-9a86-0d0b9f1f6a37")


@dataclass(frozen=True, slots=True)
class Claim:
    """One console's word that it sends a text."""

    id: str
    attempt: int
    at: datetime
    by: str
    """As the backend names whose console it is."""


def claim_id(console: str, proposal: str, attempt: int) -> str:
    """A console's claim on a text: the same after a restart."""
    return uuid5(_SPACE, f"{console}\0{proposal}\0{attempt}").hex


def claim_line(proposal: str, digest: str, id: str, attempt: int) -> str:
    """The line for consoles in the note that claims."""
    return marker.line(Marker(CLAIMED, (("id", proposal), ("digest", digest), ("claim", id), ("try", str(attempt)))))


def claims_in(entries: Iterable[TimelineEntry]) -> Mapping[tuple[str, str], Claim]:
    """(proposal, digest) to the claim that holds: of the last try the backend's first, within a second by its id."""
    found: dict[tuple[str, str], list[Claim]] = {}
    for entry in internal(entries):
        for mark in marker.find(entry.text):
            attempt = mark.get("try")
            if mark.kind == CLAIMED and mark.get("claim") and attempt.isdigit() and len(attempt) < 4:
                claim = Claim(mark.get("claim"), int(attempt), entry.at, entry.by)
                found.setdefault((mark.get("id"), mark.get("digest")), []).append(claim)
    return {text: min(claims, key=_order) for text, claims in found.items()}


def _order(claim: Claim) -> tuple[int, datetime, str]:
    return -claim.attempt, claim.at.replace(microsecond=0), claim.id
