"""A second pair of eyes: a text is put into the incident's timeline, and a colleague's console reads it there.

The backend says who wrote what; a marker's checksum is only against mangling. What is approved is a
digest over everything that the reader of the text relies on: change any of it, and nothing is approved.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from vagt.comms.claims import Claim, claim_line, claims_in
from vagt.comms.markup import clean
from vagt.comms.record import internal, packed, records_in, unpacked
from vagt.domain import marker
from vagt.domain.incident import Incident, State
from vagt.domain.marker import Marker
from vagt.domain.timeline import EntryKind, TimelineEntry

ASKED, APPROVED, RETURNED = "approval", "approved", "returned"
_MOVES = frozenset({EntryKind.STATE, EntryKind.PRIORITY})
OPENS = "opens"
"""A detail: the same update tells another audience in the backend itself, on an incident that was new."""


class Standing(StrEnum):
    """How far a proposal has come."""

    WAITING = "waiting"
    APPROVED = "approved"
    """Somebody else has approved it, and nothing has changed since: it may be sent."""
    RETURNED = "returned"
    VOID = "void"
    """It was edited, or the incident is another than when it was written."""
    SENT = "sent"

    @property
    def is_open(self) -> bool:
        """Somebody else than the author has something to do."""
        return self in (Standing.WAITING, Standing.APPROVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One audience's text that waits for approval."""

    id: str
    ref: str
    audience: str
    language: str
    subject: str
    text: str
    details: Mapping[str, str] = field(default_factory=dict)
    """What becomes of it once it is sent: template, promise, expected time, and the packed answers."""
    digest: str
    by: str = ""
    """As the backend names the author."""
    at: datetime | None = None
    standing: Standing = Standing.WAITING
    words: str = ""
    """Why it stands there; a colleague's comment where it came back."""
    decided_by: str = ""
    decided_at: datetime | None = None
    claim: Claim | None = None
    """Of what is approved: whose console sends it."""


def digest_of(
    incident: Incident, *, audience: str, language: str, subject: str, text: str, details: Mapping[str, str]
) -> str:
    """SHA-256 over the text, whom it is for, and the incident's state, priority and impact."""
    # not the reference: consoles may call one backend by different names
    said = [
        incident.id, incident.number, audience, language, subject, text, sorted(details.items()),
        incident.state.value, incident.priority, incident.impact,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def propose(
    incident: Incident, *, id: str, audience: str, language: str, subject: str, text: str, details: Mapping[str, str]
) -> Proposal:
    """A proposal for this text on the incident as it is now."""
    digest = digest_of(incident, audience=audience, language=language, subject=subject, text=text, details=details)
    return Proposal(
        id=id,
        ref=incident.ref,
        audience=audience,
        language=language,
        subject=subject,
        text=text,
        details=details,
        digest=digest,
    )


def asking_note(proposal: Proposal) -> str:
    """The note that asks for approval: for people, and below for their consoles."""
    body = {
        "audience": proposal.audience,
        "language": proposal.language,
        "subject": proposal.subject,
        "text": proposal.text,
        "details": dict(proposal.details),
    }
    mark = Marker(ASKED, (("id", proposal.id), ("digest", proposal.digest), ("body", packed(body))))
    return (
        f"Please approve this update to “{proposal.audience}” ({proposal.language}); it is not sent before.\n\n"
        f"Subject: {proposal.subject}\n\n{proposal.text}\n\n"
        f"In Vagt: approvals in the composer, or “vagt approvals approve {proposal.id[:8]}”.\n{marker.line(mark)}"
    )


def approving_note(proposal: Proposal) -> str:
    """The note that approves exactly this text."""
    mark = Marker(APPROVED, (("id", proposal.id), ("digest", proposal.digest)))
    return f"Approved: the update to {_called(proposal)}.\n{marker.line(mark)}"


def claiming_note(proposal: Proposal, claim: str, attempt: int) -> str:
    """The note by which a console says that it sends this text; `claim` is its own id."""
    words = f"Vagt sends the update to {_called(proposal)}, approved by {clean(proposal.decided_by, lines=False)}."
    if attempt and proposal.claim is not None:
        words += f" {clean(proposal.claim.by, lines=False)} began it at {proposal.claim.at:%H:%M:%S} UTC."
    return f"{words}\n{claim_line(proposal.id, proposal.digest, claim, attempt)}"


def returning_note(proposal: Proposal, comment: str) -> str:
    """The note that sends it back to its author."""
    mark = Marker(RETURNED, (("id", proposal.id), ("digest", proposal.digest), ("why", packed(comment))))
    return f"Sent back: the update to {_called(proposal)}.\n{clean(comment)}\n{marker.line(mark)}"


def _called(proposal: Proposal) -> str:
    """Whom it is for and its subject, in a note that I sign: no marker of the author's rides along under my name."""
    audience, subject = clean(proposal.audience, lines=False), clean(proposal.subject, lines=False)
    return f"“{audience}” ({subject})"


def proposals_in(entries: Sequence[TimelineEntry], incident: Incident) -> tuple[Proposal, ...]:
    """Every proposal of the timeline with where it stands now, oldest first."""
    found: dict[str, Proposal] = {}
    decisions: list[tuple[Marker, TimelineEntry]] = []
    newest: dict[str, str] = {}
    for entry in internal(entries):
        for mark in marker.find(entry.text):
            if mark.kind == ASKED and (proposal := _proposal(mark, entry, incident)) is not None:
                if proposal.id not in found:
                    found[proposal.id] = proposal
                    newest[proposal.audience] = proposal.id
            elif mark.kind in (APPROVED, RETURNED) and mark.get("id") in found:
                # a decision on what was not yet asked is none
                decisions.append((mark, entry))
    sent = {approval for record in records_in(entries) for approval in record.approvals}
    moved = max((entry.at for entry in entries if entry.kind in _MOVES), default=None)
    claims = claims_in(entries)
    return tuple(
        replace(
            _standing(proposal, incident, decisions, newest=newest[proposal.audience], sent=sent, moved=moved),
            claim=claims.get((proposal.id, proposal.digest)),
        )
        for proposal in found.values()
    )


def _proposal(mark: Marker, entry: TimelineEntry, incident: Incident) -> Proposal | None:
    """What a note asks for; None where its digest was made for another text or another incident."""
    body = unpacked(mark.get("body"))
    if not isinstance(body, dict) or not mark.get("id"):
        return None
    details = body.get("details")
    texts = {name: body.get(name) for name in ("audience", "language", "subject", "text")}
    if not all(isinstance(text, str) for text in texts.values()) or not isinstance(details, dict):
        return None
    if any(marker.find(str(text)) for text in texts.values()):
        # no console asks so; sent on in a note of ours it would speak under another name
        return None
    return Proposal(
        id=mark.get("id"),
        ref=incident.ref,
        audience=str(texts["audience"]),
        language=str(texts["language"]),
        subject=str(texts["subject"]),
        text=str(texts["text"]),
        details={str(key): str(value) for key, value in details.items()},
        digest=mark.get("digest"),
        by=entry.by,
        at=entry.at,
    )


def _standing(
    proposal: Proposal,
    incident: Incident,
    decisions: Sequence[tuple[Marker, TimelineEntry]],
    *,
    newest: str,
    sent: set[str],
    moved: datetime | None,
) -> Proposal:
    if proposal.id in sent:
        return replace(proposal, standing=Standing.SENT)
    if newest != proposal.id:
        return replace(proposal, standing=Standing.VOID, words="a newer text took its place")
    if proposal.digest != _now(proposal, incident):
        words = "the text is not what was asked for, or the incident's state, priority or impact has changed since"
        return replace(proposal, standing=Standing.VOID, words=words)
    if moved is not None and proposal.at is not None and moved > proposal.at:
        # changed and changed back: the text was written before whatever happened in between
        words = "the incident's state or priority has changed since, and back"
        return replace(proposal, standing=Standing.VOID, words=words)
    for mark, entry in decisions:
        if mark.get("id") != proposal.id or mark.get("digest") != proposal.digest:
            continue
        if mark.kind == RETURNED:
            why = unpacked(mark.get("why"))
            words = why if isinstance(why, str) else "without a comment"
            return replace(proposal, standing=Standing.RETURNED, words=words, decided_by=entry.by)
        if not same_person(entry.by, proposal.by):
            return replace(proposal, standing=Standing.APPROVED, decided_by=entry.by, decided_at=entry.at)
    return proposal


def _now(proposal: Proposal, incident: Incident) -> str:
    if proposal.details.get(OPENS) and incident.state is State.ACTIVE:
        # a public reply opens a new ticket in many a backend, and this one went out together with the request
        incident = replace(incident, state=State.NEW)
    return digest_of(
        incident,
        audience=proposal.audience,
        language=proposal.language,
        subject=proposal.subject,
        text=proposal.text,
        details=proposal.details,
    )


def same_person(one: str, other: str) -> bool:
    """Whether the backend means the same by both names; whoever has no name is nobody else."""
    return not one.strip() or not other.strip() or one.strip().casefold() == other.strip().casefold()
