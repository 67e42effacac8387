"""What waits for a second pair of eyes, over all incidents: found, approved and sent, or sent back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from uuid import UUID, uuid5

from vagt.adapters.protocol import AdapterError
from vagt.comms import approval, leaks, sending
from vagt.comms.approval import Proposal, Standing
from vagt.comms.delivery import Delivery
from vagt.comms.office import Office, Seen
from vagt.comms.record import moment_of
from vagt.domain.commands import Note
from vagt.domain.incident import Incident
from vagt.engine.intent import Stage
from vagt.engine.request import Request

_SPACE = UUID("c2a1f7de-57c3-4b5f-9a55-7d3a0f0b6a10")
_AT_ONCE = 6
"""Timelines that are read at the same time."""
_FEW = 30
"""So many are all looked through."""
MOST = 200
"""Incidents that are looked through, those that changed last first."""


class Why(Enum):
    """Why a decision was not taken."""

    REFUSED = auto()
    """It may not be, or it makes no sense any more."""
    AWAY = auto()
    """The backend could not be reached."""


class DecisionError(Exception):
    """The decision was not taken; the message says why."""

    def __init__(self, words: str, why: Why = Why.REFUSED) -> None:
        super().__init__(words)
        self.words = words
        self.why = why


@dataclass(frozen=True, slots=True)
class Waiting:
    """One text, with the incident that it is about."""

    proposal: Proposal
    seen: Seen


@dataclass(frozen=True, slots=True)
class Found:
    """What a look over all incidents brought."""

    waiting: tuple[Waiting, ...]
    problems: tuple[tuple[str, str], ...] = ()
    """(backend, why) where timelines could not be read."""
    left_out: int = 0
    """Incidents that were not looked through, as there are too many."""


async def look(office: Office, incidents: Sequence[Incident], *, every: bool = False) -> Found:
    """Texts that wait on these incidents; `every`: those that were approved, returned, sent or are void too."""
    recent = sorted(incidents, key=_changed, reverse=True)
    limit = asyncio.Semaphore(_AT_ONCE)

    async def one(incident: Incident) -> Seen:
        async with limit:
            return await office.look(incident)

    seen = await asyncio.gather(*(one(incident) for incident in recent[:MOST]))
    problems = dict.fromkeys((each.incident.backend, each.problem) for each in seen if each.problem)
    found = [
        Waiting(proposal, each)
        for each in seen
        for proposal in each.proposals
        if every or proposal.standing is Standing.WAITING
    ]
    return Found(tuple(found), tuple(problems), max(0, len(recent) - MOST))


def likely(office: Office, incidents: Sequence[Incident]) -> list[Incident]:
    """Those on which a text can wait: of many, the ones that concern an audience whose texts need approval."""
    facts = office.engine.board.facts()
    careful = [audience for audience in office.audiences if audience.approval]
    if not careful or len(incidents) <= _FEW:
        return list(incidents)
    return [one for one in incidents if any(audience.concerns(one, facts) for audience in careful)]


def _changed(incident: Incident) -> float:
    return incident.updated_at.timestamp() if incident.updated_at is not None else 0.0


def may_decide(office: Office, waiting: Waiting) -> str:
    """Why I cannot approve this text, in words; empty where nothing is known against it."""
    proposal, backend = waiting.proposal, waiting.seen.incident.backend
    if proposal.standing not in (Standing.WAITING, Standing.APPROVED):
        return f"it is {proposal.standing.value}" + (f": {proposal.words}" if proposal.words else "")
    # also of what is approved already: the author never sends it, whoever is said to have approved it
    if any(approval.same_person(name, proposal.by) for name in office.my_names(backend)):
        return "you wrote it yourself: somebody else must approve it"
    return _unsendable(office, proposal, waiting.seen)


def _unsendable(office: Office, proposal: Proposal, seen: Seen) -> str:
    """Why it must not leave from here as things stand now, in words; empty where it may."""
    audience = office.audience(proposal.audience)
    if audience is None:
        return f"this config has no audience “{proposal.audience}”, so it cannot be sent from here"
    if stale := _stale(office, proposal):
        return stale
    if audience.outside:
        # whoever wrote it, and with whatever program: nothing internal leaves from here
        found = leaks.find(f"{proposal.subject}\n{proposal.text}", office.internal(seen))
        if found:
            return f"not for outside: {'; '.join(leak.words for leak in found)}"
    return ""


def _stale(office: Office, proposal: Proposal) -> str:
    now = office.now()
    for name, words in (("next", "the next update that it promises"), ("expected", "the expected time in it")):
        moment = moment_of(proposal.details.get(name, ""))
        if moment is not None and moment <= now:
            return f"{words} has passed: send it back for a new one"
    return ""


async def approve(office: Office, waiting: Waiting, *, patience: float = 30.0) -> tuple[Delivery, ...]:
    """Approve a text, see that the backend has it from somebody else than its author, and send it.

    Waits at most `patience` seconds for the backend. Raises DecisionError, OutboxError.
    """
    if why := may_decide(office, waiting):
        raise DecisionError(why)
    proposal = waiting.proposal
    if proposal.standing is Standing.WAITING:
        mine = _decision(office, waiting, "approved")
        await _note(office, waiting, approval.approving_note(proposal, mine), mine, patience)
    incident = await _again(office, waiting.seen.incident)
    seen = await office.look(incident)
    if seen.problem:
        raise DecisionError(
            f"approved, but it cannot be seen yet: {seen.problem}; approve it again to send it", Why.AWAY
        )
    now = next((one for one in seen.proposals if one.id == proposal.id), None)
    if now is None or now.standing is not Standing.APPROVED:
        words = "the backend shows no approval by another person than its author"
        if now is not None and now.standing is not Standing.WAITING:
            words = f"it is {now.standing.value}" + (f": {now.words}" if now.words else "")
        raise DecisionError(f"not sent: {words}")
    if now.decision != _decision(office, waiting, "approved"):
        raise DecisionError(f"{now.decided_by} has approved it, and sends it")
    audience = office.audience(now.audience)
    # the answer may have taken its time, and the incident has new notes
    if audience is None or (why := _unsendable(office, now, seen)):
        raise DecisionError(f"not sent: {why}" if audience else f"this config has no audience “{now.audience}”")
    return await sending.send_approved(office, incident, now, audience)


async def send_back(office: Office, waiting: Waiting, comment: str, *, patience: float = 30.0) -> None:
    """Return a text to its author with a comment. Raises DecisionError, OutboxError."""
    if waiting.proposal.standing not in (Standing.WAITING, Standing.RETURNED):
        raise DecisionError(may_decide(office, waiting) or f"it is {waiting.proposal.standing.value}")
    mine = _decision(office, waiting, "returned")
    await _note(office, waiting, approval.returning_note(waiting.proposal, comment), mine, patience)


def _decision(office: Office, waiting: Waiting, what: str) -> str:
    """The id of my note on this text: the same however often I decide so."""
    me = office.engine.me(waiting.seen.incident.backend)
    return uuid5(_SPACE, f"{waiting.proposal.id}\0{what}\0{me}").hex


async def _note(office: Office, waiting: Waiting, text: str, id: str, patience: float) -> None:
    incident, engine = waiting.seen.incident, office.engine
    await engine.submit([Request(incident.backend, incident.key, Note(text), id)], undo=False)
    (intent,) = await engine.settled([id], patience)
    if intent.stage.is_pending:
        raise DecisionError(intent.reason or "no answer yet; it stays in the outbox", Why.AWAY)
    if intent.stage is not Stage.DONE:
        raise DecisionError(intent.reason or intent.stage.value)


async def _again(office: Office, incident: Incident) -> Incident:
    """The incident as its backend has it now: an approval is for that one."""
    try:
        return await office.engine.find(incident.ref)
    except AdapterError as error:
        raise DecisionError(
            f"approved, but not sent yet: {error.words}; approve it again to send it", Why.AWAY
        ) from error


def find(found: Sequence[Waiting], id: str) -> Waiting:
    """The one whose id begins so. Raises DecisionError."""
    fits = [one for one in found if one.proposal.id.startswith(id)] if id else []
    if len(fits) != 1:
        count = "no text that waits for approval" if not fits else "more than one text"
        raise DecisionError(f"{count} has an id that begins with “{id}”; “vagt approvals list” tells them")
    return fits[0]
