"""What waits for a second pair of eyes, over all incidents: found, judged, and sent back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from uuid import UUID, uuid5

from vagt.comms import approval, leaks
from vagt.comms.approval import Proposal, Standing
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
    TAKEN = auto()
    """Another console sends it."""
    SILENT = auto()
    """Another console began to send it and has not said that it did: a person decides."""


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


async def look(
    office: Office,
    incidents: Sequence[Incident],
    *,
    every: bool = False,
    on_read: Callable[[Sequence[Waiting], int, int], None] = lambda *_: None,
) -> Found:
    """Texts on these incidents that wait for approval, or are approved and not sent yet.

    `every`: those that were returned, sent or are void too. `on_read` is told after each timeline: what
    was found so far, how many have been read, and of how many.
    """
    recent = sorted(incidents, key=_changed, reverse=True)
    limit = asyncio.Semaphore(_AT_ONCE)

    wanted = recent[:MOST]
    read: dict[int, Seen] = {}

    async def one(place: int, incident: Incident) -> None:
        async with limit:
            read[place] = await office.look(incident)
        on_read(found(), len(read), len(wanted))

    def found() -> list[Waiting]:
        return [
            Waiting(proposal, read[place])
            for place in sorted(read)
            for proposal in read[place].proposals
            if every or proposal.standing.is_open
        ]

    await asyncio.gather(*(one(place, incident) for place, incident in enumerate(wanted)))
    problems = dict.fromkeys(
        (each.incident.backend, each.problem) for each in map(read.__getitem__, sorted(read)) if each.problem
    )
    return Found(tuple(found()), tuple(problems), max(0, len(recent) - MOST))


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
    """Why I cannot approve this text, or send what is approved, in words; empty where nothing is known against it."""
    proposal, backend = waiting.proposal, waiting.seen.incident.backend
    if not proposal.standing.is_open:
        return f"it is {proposal.standing.value}" + (f": {proposal.words}" if proposal.words else "")
    if proposal.standing is Standing.WAITING and is_mine(office, backend, proposal.by):
        return "you wrote it yourself: somebody else must approve it"
    return unsendable(office, proposal, waiting.seen)


def is_mine(office: Office, backend: str, name: str) -> bool:
    """Whether the backend calls me so, by any of the names that the config has for me."""
    return any(approval.same_person(mine, name) for mine in office.my_names(backend))


def unsendable(office: Office, proposal: Proposal, seen: Seen) -> str:
    """Why it must not leave from here as things stand now, in words; empty where it may."""
    audience = office.audience(proposal.audience)
    if audience is None:
        return f"this config has no audience “{proposal.audience}”, so it cannot be sent from here"
    if proposal.standing is Standing.APPROVED and _one_person(office, proposal.by, proposal.decided_by):
        return f"{proposal.decided_by} is {proposal.by}: somebody else must approve it"
    if stale := _stale(office, proposal):
        return stale
    if audience.outside:
        # whoever wrote it, and with whatever program: nothing internal leaves from here
        found = leaks.find(f"{proposal.subject}\n{proposal.text}", office.internal(seen))
        if found:
            return f"not for outside: {'; '.join(leak.words for leak in found)}"
    return ""


def _one_person(office: Office, one: str, other: str) -> bool:
    """Whether `[[people]]` has both names for the same person: a second login is no second pair of eyes."""
    wanted = {one.strip().casefold(), other.strip().casefold()}
    return approval.same_person(one, other) or any(
        wanted <= {name.casefold() for name in (person.name, person.full_name, *person.aliases)}
        for person in office.settings.people
    )


def _stale(office: Office, proposal: Proposal) -> str:
    now = office.now()
    for name, words in (("next", "the next update that it promises"), ("expected", "the expected time in it")):
        moment = moment_of(proposal.details.get(name, ""))
        if moment is not None and moment <= now:
            return f"{words} has passed: send it back for a new one"
    return ""


async def send_back(office: Office, waiting: Waiting, comment: str, *, patience: float = 30.0) -> None:
    """Return a text to its author with a comment. Raises DecisionError, OutboxError."""
    if waiting.proposal.standing not in (Standing.WAITING, Standing.RETURNED):
        raise DecisionError(may_decide(office, waiting) or f"it is {waiting.proposal.standing.value}")
    mine = decision_id(office, waiting, "returned")
    note = approval.returning_note(waiting.proposal, comment)
    await write(office, waiting.seen.incident, note, mine, patience)


def decision_id(office: Office, waiting: Waiting, what: str) -> str:
    """The id of my note on this text: the same however often I decide so."""
    me = office.engine.me(waiting.seen.incident.backend)
    return uuid5(_SPACE, f"{waiting.proposal.id}\0{what}\0{me}").hex


async def write(office: Office, incident: Incident, text: str, id: str, patience: float) -> None:
    """Write an internal note and see that the backend has it. Raises DecisionError, OutboxError."""
    engine = office.engine
    await engine.submit([Request(incident.backend, incident.key, Note(text), id)], undo=False)
    (intent,) = await engine.settled([id], patience)
    if intent.stage.is_pending:
        raise DecisionError(intent.reason or "no answer yet; it stays in the outbox", Why.AWAY)
    if intent.stage is not Stage.DONE:
        raise DecisionError(intent.reason or intent.stage.value)


def find(found: Sequence[Waiting], id: str) -> Waiting:
    """The one whose id begins so. Raises DecisionError."""
    fits = [one for one in found if one.proposal.id.startswith(id)] if id else []
    if len(fits) != 1:
        count = "no text that waits for approval" if not fits else "more than one text"
        raise DecisionError(f"{count} has an id that begins with “{id}”; “vagt approvals list” tells them")
    return fits[0]
